// prefetcher: which page to fetch ahead: the one behind a page that was just asked for, if its PTE
// lies in the same table and that table is known. docs/blocks/prefetcher.md
//
//      served_va --> page behind ---------> page_q --> prefetch_va
//                         | same table?
//      served_valid, table_known ---------> want_q --> prefetch_valid: a walker is idle, no drop
//                                             ^ grant, drop
//
// It enters the stage when no request does, and what comes of it is for others to say.
`default_nettype none

module prefetcher (
  // clock and reset
  input  logic        clk,
  input  logic        rst_n,
  // registers
  input  logic        enable,          // CONTROL.PREFETCH
  input  logic [3:0]  satp_mode,       // how many bits index a table
  input  logic        drop,            // a fence, or a write of registers that waits
  // dispatch
  input  logic        served_valid,    // the second level or a walker takes a port's request
  input  logic [63:0] served_va,
  output logic        prefetch_valid,  // it wants this page
  output logic [63:0] prefetch_va,
  input  logic        prefetch_grant,  // the page enters the stage
  // walk cache and walkers
  input  logic        table_known,     // the last table of served_va's page
  input  logic        walker_idle      // one can start
);

  logic        want_q;
  logic [51:0] page_q;  // VA bits 63..12, kept while not wanted

  // An index has at most ten bits, so no page of the same table needs a longer carry.
  logic [51:0] page, behind;
  logic        same_table, wanted;

  assign page       = 52'(served_va >> tw_pkg::PAGE_SHIFT);
  assign behind     = {page[51:10], page[9:0] + 10'd1};
  assign same_table = tw_pkg::va_index(satp_mode, {behind, 12'd0}, 3'd0) != '0;
  assign wanted     = enable && served_valid && table_known && same_table;

  always_ff @(posedge clk) begin
    if (!rst_n) want_q <= 1'b0;
    else if (drop) want_q <= 1'b0;
    else if (wanted) want_q <= 1'b1;
    else if (prefetch_grant) want_q <= 1'b0;
  end

  always_ff @(posedge clk) begin
    if (!rst_n) page_q <= '0;
    else if (wanted) page_q <= behind;
  end

  // While all walkers are busy it would only be forgotten in the stage. In a cycle of `drop` it
  // would get there one cycle later, when SATP may be another.
  assign prefetch_valid = want_q && walker_idle && !drop;
  assign prefetch_va    = {page_q, 12'd0};

endmodule
