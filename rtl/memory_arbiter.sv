// memory_arbiter: whose turn it is on the memory port, and whose answer came back. It knows
// requests as bits only, one bit a walker. docs/blocks/memory_arbiter.md
//
//      walker     0 1 2 3
//      request    1 . 1 1     turn_q 1: the first at or after it, cyclically, is 2
//      selected   . . 1 .     not taken: 2 stays first in turn; taken: 3 is next, and 2 is last
`default_nettype none

module memory_arbiter #(
  parameter int WALKERS = 2  // 1 to 4
) (
  // clock and reset
  input  logic               clk,
  input  logic               rst_n,
  // walkers
  input  logic [WALKERS-1:0] request,        // it wants memory
  output logic [WALKERS-1:0] selected,       // its request is on the pins, one-hot
  output logic [WALKERS-1:0] answered,       // the answer of this cycle is its own
  // memory
  input  logic               mem_req_ready,
  input  logic               mem_resp_valid,
  input  logic [2:0]         mem_resp_id     // number of the walker
);

  localparam int TURN_BITS = WALKERS > 1 ? $clog2(WALKERS) : 1;

  logic [TURN_BITS-1:0] turn_q;
  logic [WALKERS-1:0]   later, candidates;

  assign later      = request & ({WALKERS{1'b1}} << turn_q);  // at or after the turn
  assign candidates = later != '0 ? later : request;
  assign selected   = candidates & -candidates;               // the lowest

  logic [TURN_BITS-1:0] place, follower;
  always @* begin
    place = '0;
    for (int i = 0; i < WALKERS; i++) if (selected[i]) place = TURN_BITS'(i);
  end
  assign follower = place == TURN_BITS'(WALKERS - 1) ? '0 : place + TURN_BITS'(1);

  always_ff @(posedge clk) begin
    if (!rst_n) turn_q <= '0;
    else if (selected != '0) turn_q <= mem_req_ready ? follower : place;
  end

  for (genvar i = 0; i < WALKERS; i++) begin : g_answered
    assign answered[i] = mem_resp_valid && mem_resp_id == 3'(i);
  end

endmodule
