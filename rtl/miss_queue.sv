// miss_queue: the requests of one port that missed its TLB and are not yet answered nor in a
// walker. Each keeps its slot and its age until it leaves. docs/blocks/miss_queue.md
//
//      enqueue --> STAGE <--grant-- AWAKE <--wake-- MERGED     FREE: answered, or in a walker
//                   |                 ^               ^
//                   '----- settle ----+---------------+--> WAITING --grant--> STAGE
//
//      slot        0        1        2        3        who is offered: of those AWAKE, and WAITING
//      state       WAITING  AWAKE    FREE     MERGED   while a walker is idle, the oldest
//      older than  1 3      -        .        1
`default_nettype none

module miss_queue #(
  parameter int MISSES = 4  // slots, 1 to 8
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
  output logic [2:0]  free_slot,     // where it goes
  // lookup: the oldest entry that may look up again
  output logic        replay_valid,
  output logic [2:0]  replay_slot,
  output logic [3:0]  replay_id,
  output logic [63:0] replay_va,
  output logic [1:0]  replay_op,
  output logic [1:0]  replay_priv,
  output logic        replay_sum,
  output logic        replay_mxr,
  input  logic        dequeue,       // it was answered
  // dispatch
  input  logic        grant,         // the entry that looks up, new or offered, enters the stage
  input  logic        settle_valid,  // the verdict on the entry in the stage
  input  logic [2:0]  settle_slot,
  input  logic [2:0]  settle_state,
  input  logic [1:0]  settle_walker,
  output logic        waiting,       // somebody waits for a walker
  // walkers
  input  logic        walker_idle,   // one can start; function of state
  input  logic        wake_valid,    // a walk of either port finishes in this cycle
  input  logic [1:0]  wake_walker,
  // request port
  output logic        full,
  output logic [3:0]  count
);

  localparam int SLOT_BITS    = MISSES > 1 ? $clog2(MISSES) : 1;
  localparam int REQUEST_BITS = 4 + 64 + 2 + 2 + 1 + 1;  // the queue never looks inside a request

  logic [REQUEST_BITS-1:0] newest;
  logic [REQUEST_BITS-1:0] request_q [0:MISSES-1];

  assign newest = {enqueue_id, enqueue_va, enqueue_op, enqueue_priv, enqueue_sum, enqueue_mxr};

  logic [MISSES-1:0] occupied, waits, candidate, offered;
  logic [MISSES-1:0] older [0:MISSES-1];  // bit j of i: i holds an older request than j

  for (genvar i = 0; i < MISSES; i++) begin : g_slot
    logic [2:0]        state_q, state_d;
    logic [1:0]        on_q, on_d;  // MERGED: the walker that it waits for
    logic [MISSES-1:0] older_q, elders;
    logic              enter;

    assign enter = enqueue && free_slot == 3'(i);

    // ---- who is offered: the candidate with no elder among the candidates ----
    assign occupied[i]  = state_q != tw_pkg::MISS_FREE;
    assign waits[i]     = state_q == tw_pkg::MISS_WAITING;
    assign candidate[i] = state_q == tw_pkg::MISS_AWAKE || (waits[i] && walker_idle);
    assign offered[i]   = candidate[i] && elders == '0;
    assign older[i]     = older_q;
    for (genvar j = 0; j < MISSES; j++) begin : g_elder
      assign elders[j] = candidate[j] && older[j][i];
    end

    // ---- next state; a walk that ends wakes also who is merged with it in this very cycle ----
    always @* begin
      state_d = state_q;
      on_d    = on_q;
      if (enter) state_d = grant ? tw_pkg::MISS_STAGE : tw_pkg::MISS_AWAKE;
      if (offered[i] && dequeue) state_d = tw_pkg::MISS_FREE;
      if (offered[i] && grant && !enqueue) state_d = tw_pkg::MISS_STAGE;
      if (settle_valid && settle_slot == 3'(i)) begin
        state_d = settle_state;
        on_d    = settle_walker;
      end
      if (wake_valid && state_d == tw_pkg::MISS_MERGED && on_d == wake_walker)
        state_d = tw_pkg::MISS_AWAKE;
    end

    always_ff @(posedge clk) begin
      if (!rst_n) begin
        state_q      <= tw_pkg::MISS_FREE;
        on_q         <= '0;
        older_q      <= '0;
        request_q[i] <= '0;
      end else begin
        state_q <= state_d;
        on_q    <= on_d;
        if (enter) older_q <= '0;
        else if (enqueue) older_q <= older_q | MISSES'(1) << free_slot;
        if (enter) request_q[i] <= newest;
      end
    end
  end

  // ---- slots as numbers ----
  always @* begin
    free_slot   = '0;
    replay_slot = '0;
    count       = '0;
    for (int i = MISSES - 1; i >= 0; i--) begin
      if (!occupied[i]) free_slot = 3'(i);
      if (offered[i]) replay_slot = 3'(i);
      count = count + 4'(occupied[i]);
    end
  end

  assign full         = &occupied;
  assign waiting      = waits != '0;
  assign replay_valid = candidate != '0;
  assign {replay_id, replay_va, replay_op, replay_priv, replay_sum, replay_mxr} =
      request_q[SLOT_BITS'(replay_slot)];

endmodule
