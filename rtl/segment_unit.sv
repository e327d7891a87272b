// segment_unit: where a request's segment puts it in the linear address space, and whether it may
// go there (rule 16). Combinational, in front of a request port. docs/blocks/segment_unit.md
//
//      req_va --+--> + base ----------> sum, carry --.
//               |                                    |--> va, check
//               '--> < limit, ~ if it grows down ----'
//
// The sum and the comparison stand side by side, as the TLB's lookup waits for both.
`default_nettype none

module segment_unit #(
  parameter int SEGMENTS = 16,                       // 1 to 16
  parameter int FLAGS    = tw_pkg::SEGMENT_DOWN + 1  // bits of flags; derived, not to be set
) (
  // registers
  input  logic                      enable,
  input  logic [64*SEGMENTS-1:0]    base,     // of all segments, number 0 lowest
  input  logic [64*SEGMENTS-1:0]    limit,
  input  logic [FLAGS*SEGMENTS-1:0] flags,
  // request
  input  logic [63:0]               req_va,   // offset into segment req_seg
  input  logic [1:0]                req_op,
  input  logic [1:0]                req_priv,
  input  logic                      req_sum,
  input  logic                      req_mxr,
  input  logic [3:0]                req_seg,
  // request port
  output logic [63:0]               va,       // linear; 0 if a check failed
  output logic [3:0]                check
);

  // The segments by number. Those that are not built hold nothing, as their limit is 0.
  logic [63:0]      bases [0:15];
  logic [63:0]      limits[0:15];
  logic [FLAGS-1:0] rights[0:15];

  for (genvar i = 0; i < 16; i++) begin : g_segment
    if (i < SEGMENTS) begin : g_built
      assign bases[i]  = base[64*i +: 64];
      assign limits[i] = limit[64*i +: 64];
      assign rights[i] = flags[FLAGS*i +: FLAGS];
    end else begin : g_not_built
      assign bases[i]  = '0;
      assign limits[i] = '0;
      assign rights[i] = '0;
    end
  end

  logic [FLAGS-1:0] own;
  logic [63:0]      own_base, own_limit;

  assign own       = rights[req_seg];
  assign own_base  = bases[req_seg];
  assign own_limit = limits[req_seg];

  // x + y carries just if ~x < y, and a comparison is a short tree: so both halves add at once.
  logic        half_carries, sum_carries;
  logic [63:0] sum;

  assign half_carries = ~req_va[31:0] < own_base[31:0];
  assign sum_carries  = ~req_va < own_base;
  assign sum[31:0]    = req_va[31:0] + own_base[31:0];
  assign sum[63:32]   = req_va[63:32] + own_base[63:32] + 32'(half_carries);

  // One that grows down holds -limit to -1: for negative offsets the sum must carry.
  logic        down, in_bounds;
  logic [63:0] distance;

  assign down      = own[tw_pkg::SEGMENT_DOWN];
  assign distance  = down ? ~req_va : req_va;
  assign in_bounds = distance < own_limit && sum_carries == down;

  always @* begin
    va    = '0;
    check = tw_pkg::CHECK_NONE;
    if (!enable || req_priv == tw_pkg::PRIV_M) va = req_va;
    else if (!in_bounds) check = tw_pkg::CHECK_LIMIT;
    else if (!tw_pkg::leaf_grants(64'(own), req_op, req_priv, req_sum, req_mxr))
      check = tw_pkg::CHECK_SEGMENT;
    else va = sum;
  end

endmodule
