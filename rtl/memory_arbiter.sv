// memory_arbiter: whose turn it is on the memory port, and whose answer came back. It knows
// requests as bits only, one bit a walker. docs/blocks/memory_arbiter.md
//
//      walker     0 1 2 3
//      request    1 1 1 1     a prefetch gives way to whoever asks for somebody
//      unasked    . 1 . .     turn_q 1: the first of the others at or after it, cyclically, is 2
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
  input  logic [WALKERS-1:0] unasked,        // for a prefetch that nobody has asked for
  output logic [WALKERS-1:0] selected,       // its request is on the pins, one-hot
  output logic [WALKERS-1:0] answered,       // the answer of this cycle is its own
  // memory
  input  logic               mem_req_ready,
  input  logic               mem_resp_valid,
  input  logic [2:0]         mem_resp_id     // number of the walker
);

  localparam int TURN_BITS = WALKERS > 1 ? $clog2(WALKERS) : 1;

  logic [TURN_BITS-1:0] turn_q;
  logic                 held_q;  // what nobody asks for is on the pins and was not taken
  logic [WALKERS-1:0]   asked, candidates, later, first;

  // What is asked for stays on the pins by its turn alone, so only what is not needs to be held.
  assign asked      = request & ~unasked;
  assign candidates = held_q ? WALKERS'(1) << turn_q : asked != '0 ? asked : request;
  assign later      = candidates & ({WALKERS{1'b1}} << turn_q);  // at or after the turn
  assign first      = later != '0 ? later : candidates;
  assign selected   = first & -first;                            // the lowest

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

  always_ff @(posedge clk) begin
    if (!rst_n) held_q <= 1'b0;
    else held_q <= (selected & unasked) != '0 && !mem_req_ready;
  end

  for (genvar i = 0; i < WALKERS; i++) begin : g_answered
    assign answered[i] = mem_resp_valid && mem_resp_id == 3'(i);
  end

endmodule
