// hash_walker: what the words of the hashed inverted table say to one walk, and where the next one
// stands. States and memory are the walker's. docs/blocks/hash_walker.md
//
//      va, asid -----------------> anchor_addr
//      word: an anchor ----------> more, next_addr; without V: CHECK_VALID
//            the page's entry ---> pte
//            another entry ------> more, next_addr; with E: CHECK_VALID
//
// What leads out of the table, or is longer than it, is CHECK_CHAIN: every walk ends.
//
//     63    48 47    28 27     8  7 6 5 4 3 2 1 0
//    |  asid  |  vpn   |  next  | D A E U X W R V |   of an anchor V and next alone count
`default_nettype none

module hash_walker (
  // clock and reset
  input  logic        clk,
  input  logic        rst_n,
  // registers: they stand still while the walker is busy
  input  logic [15:0] satp_asid,
  input  logic [43:0] hash_table_ppn,
  input  logic [19:0] hash_table_last,    // the last frame that has an entry
  input  logic [43:0] hash_anchors_ppn,
  input  logic [4:0]  hash_anchors_bits,  // log2 of the number of anchors
  // walker
  input  logic [63:0] va,                 // at a start already the new one's
  input  logic        enter,              // the walk goes to its anchor
  input  logic        follow,             // it goes on to the entry that `word` names
  input  logic [63:0] word,               // read, or swapped in
  output logic [55:0] anchor_addr,
  output logic [55:0] next_addr,
  output logic [3:0]  check,              // NONE, VALID: the chain ends here, or CHAIN
  output logic        more,               // the walk has to go on to next_addr
  output logic [63:0] pte,                // without check and more: what is to be judged
  // counters
  output logic        probing,            // the walk's word is an entry, not the anchor
  output logic [2:0]  chain               // entries read, in steps: none, 1, 2, 4, 8, more
);

  localparam int BITS = tw_pkg::HASHED_BITS;

  // Word `index` of the table at page `ppn`. Tables can be longer than a page, and wrap at 56 bits.
  function automatic logic [55:0] word_address(input logic [43:0] ppn,
                                               input logic [BITS-1:0] index);
    word_address = {ppn, 12'd0} + (56'(index) << tw_pkg::HASHED_SHIFT);
  endfunction

  logic            anchor_q;  // the walk's word is the anchor
  logic [BITS-1:0] index_q;   // else, whose entry it is
  logic [BITS-1:0] before_q;  // entries read before this one

  // ---- the anchor: pages in a row have anchors in a row, more than BITS bits count as BITS ----
  logic [BITS-1:0] vpn, x, hash;

  assign vpn         = BITS'(va >> tw_pkg::PAGE_SHIFT);
  assign x           = vpn ^ BITS'({satp_asid, 4'd0});
  assign hash        = (x ^ (x >> 10)) & ~({BITS{1'b1}} << hash_anchors_bits);
  assign anchor_addr = word_address(hash_anchors_ppn, hash);

  // ---- what the word says ----
  logic            valid, holds;
  logic [BITS-1:0] next;

  assign valid     = word[tw_pkg::PTE_V];
  assign next      = word[tw_pkg::HASHED_NEXT +: BITS];
  assign holds     = valid && word[tw_pkg::HASHED_VPN +: BITS] == vpn
                     && word[tw_pkg::HASHED_ASID +: tw_pkg::ASID_BITS] == satp_asid;
  assign next_addr = word_address(hash_table_ppn, next);

  always @* begin  // the first that applies
    check = tw_pkg::CHECK_NONE;
    more  = 1'b0;
    if (anchor_q && !valid) check = tw_pkg::CHECK_VALID;
    else if (!anchor_q && holds) more = 1'b0;
    else if (!anchor_q && word[tw_pkg::HASHED_END]) check = tw_pkg::CHECK_VALID;
    else if (next > hash_table_last) check = tw_pkg::CHECK_CHAIN;
    else if (!anchor_q && before_q == hash_table_last) check = tw_pkg::CHECK_CHAIN;
    else more = 1'b1;
  end

  always @* begin  // E stands where a PTE has G: nothing is global
    pte                     = 64'(index_q) << tw_pkg::PTE_PPN;
    pte[7:0]                = word[7:0];
    pte[tw_pkg::HASHED_END] = 1'b0;
  end

  // ---- where the walk stands ----
  always_ff @(posedge clk) begin
    if (!rst_n) begin
      anchor_q <= 1'b0;
      index_q  <= '0;
      before_q <= '0;
    end else if (enter) begin
      anchor_q <= 1'b1;
      index_q  <= '0;
      before_q <= '0;
    end else if (follow) begin
      anchor_q <= 1'b0;
      index_q  <= next;
      before_q <= anchor_q ? '0 : before_q + 1'b1;
    end
  end

  assign probing = !anchor_q;

  always @* begin
    if (anchor_q) chain = 3'd0;
    else if (before_q == BITS'(0)) chain = 3'd1;
    else if (before_q == BITS'(1)) chain = 3'd2;
    else if (before_q < BITS'(4)) chain = 3'd3;
    else if (before_q < BITS'(8)) chain = 3'd4;
    else chain = 3'd5;
  end

endmodule
