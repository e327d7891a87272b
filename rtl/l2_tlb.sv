// l2_tlb: the second level, shared by both ports: leaf PTEs of 4-KiB pages in SETS sets of WAYS
// ways. A lookup takes two cycles: the set is read, then compared. docs/blocks/l2_tlb.md
//
//      read_va --> ram (a way each) --> word --> parity, mode, tag, asid --> match
//                                       valid_q, global_q --'
//
//      word:  parity 1 | tag | asid 16 | mode 4 | pbmt 2 | ppn 44 | flags 8
//
// What a fence must change in one cycle is in registers, a bit a set, and not in the words. A word
// that is not valid may be anything: no bit of it passes the valid bit.
`default_nettype none

module l2_tlb #(
  parameter int ENTRIES = 512,  // a power of two, 16 to 8192
  parameter int WAYS    = 4     // 1, 2, 4 or 8
) (
  // clock and reset
  input  logic        clk,
  input  logic        rst_n,
  // registers
  input  logic [3:0]  satp_mode,      // of lookups and fills
  input  logic [15:0] satp_asid,
  input  logic        fence_valid,    // drop translations at the end of the cycle
  input  logic        fence_by_va,
  input  logic        fence_by_asid,
  input  logic [63:0] fence_va,
  input  logic        inject_valid,   // spoil a bit of the word that is written in this cycle
  input  logic [7:0]  inject_bit,
  // dispatch
  input  logic [63:0] read_va,        // its set is read at the end of the cycle
  input  logic        lookup_valid,   // in the next cycle: the VA that was read is wanted
  input  logic [63:0] lookup_va,
  output logic        match,          // a way holds it, in this mode and space
  output logic [63:0] match_pte,      // N, RSW and reserved bits read 0
  output logic        match_global,
  output logic [2:0]  way,            // where a walk for lookup_va shall fill
  // fill
  input  logic        fill_valid,     // write a 4-KiB translation at the end of the cycle
  input  logic [63:0] fill_va,
  input  logic [63:0] fill_pte,
  input  logic        fill_global,
  input  logic [2:0]  fill_way,
  // counters
  output logic        event_parity    // a lookup met wrong parity
);

  localparam int SETS     = ENTRIES / WAYS;
  localparam int SET_BITS = $clog2(SETS);
  localparam int TAG_BITS = tw_pkg::VPN_BITS - SET_BITS;
  localparam int WIDTH    = 1 + TAG_BITS + 16 + 4 + 2 + 44 + 8;

  // ---- addresses: the set is the VPN modulo SETS, the tag is the rest ----
  logic [SET_BITS-1:0] read_set, lookup_set, fill_set, fence_set;
  logic [TAG_BITS-1:0] lookup_tag, fill_tag;

  assign read_set   = SET_BITS'(read_va >> tw_pkg::PAGE_SHIFT);
  assign lookup_set = SET_BITS'(lookup_va >> tw_pkg::PAGE_SHIFT);
  assign fill_set   = SET_BITS'(fill_va >> tw_pkg::PAGE_SHIFT);
  assign fence_set  = SET_BITS'(fence_va >> tw_pkg::PAGE_SHIFT);
  assign lookup_tag = TAG_BITS'(lookup_va >> (tw_pkg::PAGE_SHIFT + SET_BITS));
  assign fill_tag   = TAG_BITS'(fill_va >> (tw_pkg::PAGE_SHIFT + SET_BITS));

  // ---- the word to write: an even number of ones, unless it is spoilt ----
  logic [WIDTH-2:0] fill_bits;
  logic [WIDTH-1:0] fill_word;

  assign fill_bits = {fill_tag, satp_asid, satp_mode, tw_pkg::pte_pbmt(fill_pte),
                      tw_pkg::pte_ppn(fill_pte), fill_pte[7:0]};
  assign fill_word = {^fill_bits, fill_bits}
                     ^ (inject_valid ? WIDTH'(1) << inject_bit : '0);

  // ---- fence: which sets keep what they hold ----
  logic [SETS-1:0] untouched;
  assign untouched = fence_by_va ? ~(SETS'(1) << fence_set) : '0;

  // ---- the word written last, for a lookup that read its set while it was written ----
  logic [WIDTH-1:0] written_q;
  always_ff @(posedge clk) begin
    if (!rst_n) written_q <= '0;
    else if (fill_valid) written_q <= fill_word;
  end

  // ---- ways ----
  localparam int LEAF = 2 + 44 + 8;  // pbmt, ppn, flags

  logic [WAYS-1:0]      valid, glob, wrong, matched;
  logic [LEAF*WAYS-1:0] leaves;  // 0 where the way does not match

  for (genvar i = 0; i < WAYS; i++) begin : g_way
    logic [SETS-1:0]     valid_q, global_q;
    logic [WIDTH-1:0]    read_word, word;
    logic [TAG_BITS-1:0] tag;
    logic [15:0]         asid;
    logic [3:0]          mode;
    logic [LEAF-1:0]     leaf;
    logic                parity, write, bypass_q;

    assign word = bypass_q ? written_q : read_word;
    assign {parity, tag, asid, mode, leaf} = word;
    assign valid[i]   = valid_q[lookup_set];
    assign glob[i]    = global_q[lookup_set];
    assign wrong[i]   = valid[i] && parity != ^{tag, asid, mode, leaf};
    assign matched[i] = valid[i] && !wrong[i] && mode == satp_mode && tag == lookup_tag
                        && (glob[i] || asid == satp_asid);
    assign leaves[i*LEAF +: LEAF] = leaf & {LEAF{matched[i]}};

    assign write = fill_valid && fill_way == 3'(i);

    ram #(
      .WORDS(SETS),
      .WIDTH(WIDTH)
    ) words (
      .clk,
      .write_valid(write),
      .write_address(fill_set),
      .write_data(fill_word),
      .read_address(read_set),
      .read_data(read_word)
    );

    always_ff @(posedge clk) begin
      if (!rst_n) bypass_q <= 1'b0;
      else bypass_q <= write && fill_set == read_set;
    end

    // A fill never meets a fence. It may meet a lookup of its set that found another way spoilt.
    always_ff @(posedge clk) begin
      if (!rst_n) valid_q <= '0;
      else if (fence_valid) valid_q <= valid_q & (untouched | (fence_by_asid ? global_q : '0));
      else begin
        if (lookup_valid && wrong[i]) valid_q[lookup_set] <= 1'b0;
        if (write) valid_q[fill_set] <= 1'b1;
        else if (fill_valid && fill_global) valid_q[fill_set] <= 1'b0;
      end
    end

    always_ff @(posedge clk) begin
      if (!rst_n) global_q <= '0;
      else if (write) global_q[fill_set] <= fill_global;
    end
  end

  // ---- the way to replace: of every set a number of three bits, each in a vector of its own ----
  logic [2:0] next, fill_next, after;
  logic       replaced;

  assign replaced = fill_valid && fill_way == fill_next;
  assign after    = (fill_next + 3'd1) & 3'(WAYS - 1);

  for (genvar b = 0; b < 3; b++) begin : g_next
    logic [SETS-1:0] next_q;
    assign next[b]      = next_q[lookup_set];
    assign fill_next[b] = next_q[fill_set];

    always_ff @(posedge clk) begin
      if (!rst_n) next_q <= '0;
      else if (replaced) next_q[fill_set] <= after[b];
    end
  end

  // ---- what the lookup finds: at most one way matches ----
  logic [LEAF-1:0] found;
  always @* begin
    found = '0;
    way   = next;
    for (int i = WAYS - 1; i >= 0; i--) if (!valid[i] || wrong[i]) way = 3'(i);
    for (int i = WAYS - 1; i >= 0; i--) begin
      found = found | leaves[i*LEAF +: LEAF];
      if (matched[i]) way = 3'(i);
    end
  end

  assign match        = matched != '0;
  assign match_pte    = {1'b0, found[53:52], 7'd0, found[51:8], 2'd0, found[7:0]};
  assign match_global = (matched & glob) != '0;
  assign event_parity = lookup_valid && wrong != '0;

endmodule
