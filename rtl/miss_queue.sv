// miss_queue: the requests of one port that wait for the walker, oldest first. Every finished walk
// wakes all of them; each then tries the TLB again, oldest first. docs/blocks/miss_queue.md
//
//               entry 0   1   2   3
//      requests:   [A] [B] [C] [ ]     count 3
//      awake:       0   1   1          B is offered; when it leaves, C closes the gap
//
// Whoever is asleep, the walker is busy: so nobody sleeps for ever.
`default_nettype none

module miss_queue #(
  parameter int MISSES = 4  // entries, 1 to 8
) (
  // clock and reset
  input  logic        clk,
  input  logic        rst_n,
  // lookup: a new miss
  input  logic        enqueue,       // never while full
  input  logic [3:0]  enqueue_id,
  input  logic [63:0] enqueue_va,
  input  logic [1:0]  enqueue_op,
  input  logic [1:0]  enqueue_priv,
  input  logic        enqueue_sum,
  input  logic        enqueue_mxr,
  // lookup: the oldest entry that is awake
  output logic        replay_valid,
  output logic [3:0]  replay_id,
  output logic [63:0] replay_va,
  output logic [1:0]  replay_op,
  output logic [1:0]  replay_priv,
  output logic        replay_sum,
  output logic        replay_mxr,
  input  logic        dequeue,       // it was answered or got the walker
  input  logic        sleep,         // it missed again and got no walker
  // walker
  input  logic        wake,          // a walk of either port finishes in this cycle
  // request port
  output logic        full,
  output logic [3:0]  count
);

  localparam int PLACE_BITS   = MISSES > 1 ? $clog2(MISSES) : 1;
  localparam int REQUEST_BITS = 4 + 64 + 2 + 2 + 1 + 1;  // the queue never looks inside a request

  logic [3:0]              count_q;
  logic [MISSES-1:0]       awake_q;
  logic [REQUEST_BITS-1:0] newest;
  logic [REQUEST_BITS-1:0] request_q [0:MISSES-1];

  assign count  = count_q;
  assign full   = count_q == 4'(MISSES);
  assign newest = {enqueue_id, enqueue_va, enqueue_op, enqueue_priv, enqueue_sum, enqueue_mxr};

  // awake_q is 0 beyond the count, so its lowest 1 is the entry to offer.
  logic [3:0] offered;
  always @* begin
    offered = '0;
    for (int i = MISSES - 1; i >= 0; i--) if (awake_q[i]) offered = 4'(i);
  end

  assign replay_valid = awake_q != '0;
  assign {replay_id, replay_va, replay_op, replay_priv, replay_sum, replay_mxr} =
      request_q[PLACE_BITS'(offered)];

  // The entry that leaves and all behind it take what stands one place further back.
  logic [3:0] count_d;
  assign count_d = count_q + 4'(enqueue) - 4'(dequeue);

  for (genvar i = 0; i < MISSES; i++) begin : g_entry
    logic [REQUEST_BITS-1:0] behind;
    logic                    behind_awake, moves;
    assign moves = dequeue && 4'(i) >= offered;
    if (i + 1 < MISSES) begin : g_inner
      assign behind       = request_q[i + 1];
      assign behind_awake = awake_q[i + 1];
    end else begin : g_last
      assign behind       = '0;
      assign behind_awake = 1'b0;
    end

    always_ff @(posedge clk) begin
      if (!rst_n) request_q[i] <= '0;
      else if (enqueue && count_q == 4'(i)) request_q[i] <= newest;
      else if (moves) request_q[i] <= behind;
    end

    always_ff @(posedge clk) begin
      if (!rst_n) awake_q[i] <= 1'b0;
      else if (wake) awake_q[i] <= 4'(i) < count_d;
      else if (moves) awake_q[i] <= behind_awake;
      else if (sleep && offered == 4'(i)) awake_q[i] <= 1'b0;
    end
  end

  always_ff @(posedge clk) begin
    if (!rst_n) count_q <= '0;
    else count_q <= count_d;
  end

endmodule
