// walk_dispatch: what becomes of a miss. One miss a cycle enters the stage; in the next cycle it is
// answered, gets a walker, or goes back to its queue. docs/blocks/walk_dispatch.md
//
//      fetch miss --.  grant             verdict  .--> hit: the second level answers
//      data miss ---|---------> [stage] ----------|--> start: a walker takes it
//      prefetch ----'    |                        '--> settle: it waits in its queue
//                        '--> read_va: the second level reads its set
//
// A page to fetch ahead enters when no miss does, and gets a walker or is forgotten.
//
// Two turns keep it fair: who lost the stage gets it next, and so with the walkers.
`default_nettype none

module walk_dispatch (
  // clock and reset
  input  logic        clk,
  input  logic        rst_n,
  // fetch port: a lookup of this cycle misses
  input  logic        fetch_miss_valid,
  input  logic [2:0]  fetch_miss_slot,
  input  logic        fetch_miss_replay,
  input  logic [3:0]  fetch_miss_id,
  input  logic [63:0] fetch_miss_va,
  input  logic [1:0]  fetch_miss_op,
  input  logic [1:0]  fetch_miss_priv,
  input  logic        fetch_miss_sum,
  input  logic        fetch_miss_mxr,
  output logic        fetch_miss_grant,   // it enters the stage
  input  logic        fetch_waiting,      // somebody there waits for a walker
  output logic        fetch_settle_valid, // the verdict is on its miss
  // data port
  input  logic        data_miss_valid,
  input  logic [2:0]  data_miss_slot,
  input  logic        data_miss_replay,
  input  logic [3:0]  data_miss_id,
  input  logic [63:0] data_miss_va,
  input  logic [1:0]  data_miss_op,
  input  logic [1:0]  data_miss_priv,
  input  logic        data_miss_sum,
  input  logic        data_miss_mxr,
  output logic        data_miss_grant,
  input  logic        data_waiting,
  output logic        data_settle_valid,
  // both ports: the verdict
  output logic [2:0]  settle_state,
  output logic [1:0]  settle_walker,
  // registers
  input  logic        fence_valid,
  input  logic        drain,              // a write of registers waits
  // prefetcher
  input  logic        prefetch_valid,     // it wants this page
  input  logic [63:0] prefetch_va,
  output logic        prefetch_grant,     // the page enters the stage
  output logic        served_valid,       // a port's request is answered or gets a walker
  // the stage
  output logic        stage_valid,        // a port's request is in it
  output logic        stage_prefetch,     // the prefetcher's page is in it
  output logic        stage_port,         // 0 fetch, 1 data
  output logic [2:0]  stage_slot,
  output logic [3:0]  stage_id,
  output logic [63:0] stage_va,
  output logic [1:0]  stage_op,
  output logic [1:0]  stage_priv,
  output logic        stage_sum,
  output logic        stage_mxr,
  // second level
  output logic [63:0] read_va,            // of what is granted
  output logic        lookup_valid,       // the stage asks for its page
  input  logic        l2_match,
  input  logic [63:0] l2_pte,
  output logic        hit,                // its translation answers the stage
  // walk cache
  input  logic        table_known,        // the last table of the stage's page
  // walkers
  input  logic        page_busy,          // one is busy on the stage's page
  input  logic [1:0]  page_walker,
  input  logic        walker_idle,        // one can start
  input  logic        answer_valid,       // memory answers one, and of this port
  input  logic        answer_port,
  output logic        merge_valid,        // the stage's request merges with page_walker's walk
  output logic        start_valid         // one takes what is in the stage
);

  // ---- the grant ----
  logic turn_q;    // the port that wins when both miss
  logic granted, granted_port;

  assign fetch_miss_grant = fetch_miss_valid && !(data_miss_valid && turn_q);
  assign data_miss_grant  = data_miss_valid && !(fetch_miss_valid && !turn_q);
  assign granted          = fetch_miss_valid || data_miss_valid;
  assign granted_port     = !fetch_miss_grant;
  assign prefetch_grant   = prefetch_valid && !granted;
  assign read_va          = prefetch_grant ? prefetch_va
                            : granted_port ? data_miss_va : fetch_miss_va;

  // ---- the stage ----
  logic        stage_valid_q, stage_prefetch_q, stage_port_q, stage_replay_q;
  logic [2:0]  stage_slot_q;
  logic [3:0]  stage_id_q;
  logic [63:0] stage_va_q;
  logic [1:0]  stage_op_q, stage_priv_q;
  logic        stage_sum_q, stage_mxr_q;

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      turn_q           <= 1'b0;
      stage_valid_q    <= 1'b0;
      stage_prefetch_q <= 1'b0;
      stage_port_q     <= 1'b0;
      stage_slot_q     <= '0;
      stage_replay_q   <= 1'b0;
      stage_id_q       <= '0;
      stage_va_q       <= '0;
      stage_op_q       <= '0;
      stage_priv_q     <= '0;
      stage_sum_q      <= 1'b0;
      stage_mxr_q      <= 1'b0;
    end else begin
      stage_valid_q    <= granted;
      stage_prefetch_q <= prefetch_grant;
      if (granted) begin
        turn_q         <= !granted_port;
        stage_port_q   <= granted_port;
        stage_slot_q   <= granted_port ? data_miss_slot : fetch_miss_slot;
        stage_replay_q <= granted_port ? data_miss_replay : fetch_miss_replay;
        stage_id_q     <= granted_port ? data_miss_id : fetch_miss_id;
        stage_va_q     <= read_va;
        stage_op_q     <= granted_port ? data_miss_op : fetch_miss_op;
        stage_priv_q   <= granted_port ? data_miss_priv : fetch_miss_priv;
        stage_sum_q    <= granted_port ? data_miss_sum : fetch_miss_sum;
        stage_mxr_q    <= granted_port ? data_miss_mxr : fetch_miss_mxr;
      end else if (prefetch_grant) begin  // a request that any good leaf grants
        stage_port_q   <= 1'b0;
        stage_slot_q   <= '0;
        stage_replay_q <= 1'b0;
        stage_id_q     <= '0;
        stage_va_q     <= prefetch_va;
        stage_op_q     <= tw_pkg::OP_LOAD;
        stage_priv_q   <= tw_pkg::PRIV_S;
        stage_sum_q    <= 1'b1;
        stage_mxr_q    <= 1'b1;
      end
    end
  end

  assign stage_valid    = stage_valid_q;
  assign stage_prefetch = stage_prefetch_q;
  assign stage_port     = stage_port_q;
  assign stage_slot     = stage_slot_q;
  assign stage_id       = stage_id_q;
  assign stage_va       = stage_va_q;
  assign stage_op       = stage_op_q;
  assign stage_priv     = stage_priv_q;
  assign stage_sum      = stage_sum_q;
  assign stage_mxr      = stage_mxr_q;

  // ---- what the verdict is made of ----
  logic walker_turn_q;  // the port that starts when both wait for a walker
  logic found, answers_port, mine_waiting, other_waiting, my_turn;

  assign found         = l2_match
                         && tw_pkg::leaf_grants(l2_pte, stage_op_q, stage_priv_q, stage_sum_q,
                                                stage_mxr_q)
                         && tw_pkg::pte_touched(l2_pte, stage_op_q);
  assign answers_port  = answer_valid && answer_port == stage_port_q;
  assign mine_waiting  = stage_port_q ? data_waiting : fetch_waiting;
  assign other_waiting = stage_port_q ? fetch_waiting : data_waiting;
  assign my_turn       = (stage_replay_q || !mine_waiting)
                         && (!other_waiting || walker_turn_q == stage_port_q);

  // ---- the verdict on a request: the first rule that applies ----
  logic takes;  // a walker takes it

  always @* begin
    hit          = 1'b0;
    merge_valid  = 1'b0;
    takes        = 1'b0;
    settle_state = tw_pkg::MISS_AWAKE;  // it looks up again
    if (stage_valid_q && !fence_valid) begin
      if (found && !answers_port) begin
        hit          = 1'b1;
        settle_state = tw_pkg::MISS_FREE;
      end else if (found && !stage_replay_q) begin  // once more; then it gets a walk of its own
        settle_state = tw_pkg::MISS_AWAKE;
      end else if (page_busy) begin
        merge_valid  = 1'b1;
        settle_state = tw_pkg::MISS_MERGED;
      end else if (walker_idle && my_turn) begin
        takes        = 1'b1;
        settle_state = tw_pkg::MISS_FREE;
      end else begin
        settle_state = tw_pkg::MISS_WAITING;
      end
    end
  end

  // ---- the verdict on a prefetch: one read, if nobody waits for the walker that makes it ----
  logic takes_prefetch;

  assign takes_prefetch = stage_prefetch_q && !fence_valid && !drain && !l2_match && !page_busy
                          && table_known && walker_idle && !fetch_waiting && !data_waiting;

  assign lookup_valid = (stage_valid_q || stage_prefetch_q) && !fence_valid;
  assign served_valid = hit || takes;
  assign start_valid  = takes || takes_prefetch;

  assign fetch_settle_valid = stage_valid_q && !stage_port_q;
  assign data_settle_valid  = stage_valid_q && stage_port_q;
  assign settle_walker      = page_walker;

  always_ff @(posedge clk) begin
    if (!rst_n) walker_turn_q <= 1'b0;
    else if (takes) walker_turn_q <= !stage_port_q;
  end

endmodule
