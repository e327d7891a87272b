// request_port: one request port from request to answer. It looks up, judges, answers in the next
// cycle, or asks for more; a late answer fills its TLB and answers. docs/blocks/request_port.md
//
//      pins ----.                     .--> answer register --> pins
//               |--> lookup, verdict -|
//      queue ---'                     '--> miss --> queue, and the stage if granted
//      late answer --> fill, answer --> pending if the answer register is taken
//
// A pending answer blocks the next lookup, so it leaves in that cycle, and one place is enough.
`default_nettype none

module request_port #(
  parameter int ENTRIES  = 16,              // of the TLB
  parameter int MISSES   = 4,               // that can wait
  parameter int WAY_BITS = $clog2(ENTRIES)  // derived, not to be set
) (
  // clock and reset
  input  logic                clk,
  input  logic                rst_n,
  // requester
  input  logic                req_valid,
  output logic                req_ready,
  input  logic [3:0]          req_id,
  input  logic [63:0]         req_va,         // linear
  input  logic [1:0]          req_op,
  input  logic [1:0]          req_priv,
  input  logic                req_sum,
  input  logic                req_mxr,
  input  logic [3:0]          req_check,      // what its segment says, and its address there
  input  logic [63:0]         req_offset,
  input  logic [3:0]          req_seg,
  output logic                resp_valid,
  output logic [3:0]          resp_id,
  output logic [55:0]         resp_pa,
  output logic [1:0]          resp_pbmt,
  output logic [5:0]          resp_size,
  output logic [5:0]          resp_fault,
  // fault queue: the record beside an answer with a fault, 0 without one
  output logic [63:0]         fault_va,
  output logic [1:0]          fault_op,
  output logic [1:0]          fault_priv,
  output logic [2:0]          fault_level,
  output logic [3:0]          fault_check,
  output logic [55:0]         fault_pte_addr,
  output logic [3:0]          fault_id,
  output logic [3:0]          fault_seg,
  // registers
  input  logic [3:0]          satp_mode,
  input  logic [15:0]         satp_asid,
  input  logic                drain,          // take no new request
  output logic                idle,           // nothing waits here
  input  logic                fence_valid,
  input  logic                fence_by_va,
  input  logic                fence_by_asid,
  input  logic [63:0]         fence_va,
  input  logic [15:0]         fence_asid,
  // dispatch: a lookup of this cycle misses
  output logic                miss_valid,
  output logic [2:0]          miss_slot,      // its slot in the queue
  output logic                miss_replay,    // it comes from the queue
  output logic [3:0]          miss_id,
  output logic [63:0]         miss_va,
  output logic [1:0]          miss_op,
  output logic [1:0]          miss_priv,
  output logic                miss_sum,
  output logic                miss_mxr,
  input  logic                miss_grant,     // it enters the stage in this cycle
  // dispatch: the verdict on this port's miss in the stage
  input  logic                settle_valid,
  input  logic [2:0]          settle_slot,
  input  logic [2:0]          settle_state,
  input  logic [1:0]          settle_walker,
  output logic                waiting,        // somebody here waits for a walker
  // walkers
  input  logic                walker_idle,    // one can start
  input  logic                wake_valid,     // a walk of either port finishes in this cycle
  input  logic [1:0]          wake_walker,
  // late answer: a finished walk, or the second level
  input  logic                done_valid,
  input  logic [3:0]          done_id,
  input  logic [63:0]         done_va,
  input  logic [1:0]          done_op,
  input  logic [1:0]          done_priv,
  input  logic [2:0]          done_level,
  input  logic [3:0]          done_check,
  input  logic [55:0]         done_pte_addr,
  input  logic [63:0]         done_pte,
  input  logic [5:0]          done_size,
  input  logic                done_global,
  // counters
  output logic                event_request,
  output logic                event_hit,
  output logic                event_merge,
  output logic                event_stall,
  // observation
  output logic [WAY_BITS-1:0] victim,
  output logic [3:0]          misses
);

  // An answer with its fault record; all 0 if it is not valid.
  typedef struct packed {
    logic        valid;
    logic [3:0]  id;
    logic [55:0] pa;
    logic [1:0]  pbmt;
    logic [5:0]  size;
    logic [5:0]  fault;
    logic [63:0] va;
    logic [1:0]  op;
    logic [1:0]  priv;
    logic [2:0]  level;
    logic [3:0]  check;
    logic [55:0] pte_addr;
    logic [3:0]  seg;
  } answer_t;

  answer_t resp_q, pending_q, lookup_answer, late_answer;

  // ---- whose turn it is: those who wait go before the pins ----
  logic        full, accept, replay, replay_valid, replay_sum, replay_mxr;
  logic [2:0]  free_slot, replay_slot;
  logic [3:0]  replay_id;
  logic [63:0] replay_va;
  logic [1:0]  replay_op, replay_priv;

  assign replay    = replay_valid && !pending_q.valid;
  assign req_ready = !pending_q.valid && !replay_valid && !full && !drain;
  assign accept    = req_valid && req_ready;

  // ---- lookup ----
  logic [3:0]  id;
  logic [63:0] va;
  logic [1:0]  op, priv;
  logic        lookup, sum, mxr;

  assign lookup = replay || accept;
  assign id     = replay ? replay_id : req_id;
  assign va     = replay ? replay_va : req_va;
  assign op     = replay ? replay_op : req_op;
  assign priv   = replay ? replay_priv : req_priv;
  assign sum    = replay ? replay_sum : req_sum;
  assign mxr    = replay ? replay_mxr : req_mxr;

  // ---- verdict: exactly one of four for every lookup ----
  logic        outside, untranslated, canonical, grants, touched;
  logic        pass, refuse, hit, miss;
  logic        match;
  logic [63:0] match_pte;
  logic [5:0]  match_size;
  logic [3:0]  check;  // that refuses

  assign outside      = !replay && req_check != tw_pkg::CHECK_NONE;                // rule 16
  assign untranslated = priv == tw_pkg::PRIV_M || satp_mode == tw_pkg::MODE_BARE;  // rule 1
  assign canonical    = tw_pkg::va_canonical(satp_mode, va);                       // rule 2
  assign grants       = tw_pkg::leaf_grants(match_pte, op, priv, sum, mxr);        // rules 8 and 14
  assign touched      = tw_pkg::pte_touched(match_pte, op);                        // rule 10

  assign pass   = lookup && !outside && untranslated;
  assign refuse = lookup && (outside || (!untranslated && !canonical));
  assign hit    = lookup && !outside && !untranslated && canonical && match && grants && touched;
  assign miss   = lookup && !pass && !refuse && !hit;
  assign check  = outside ? req_check : tw_pkg::CHECK_CANONICAL;

  // ---- miss: a refused permission or a missing D too: the walk sees what memory says today ----
  assign miss_valid  = miss;
  assign miss_slot   = replay ? replay_slot : free_slot;
  assign miss_replay = replay;
  assign miss_id     = id;
  assign miss_va     = va;
  assign miss_op     = op;
  assign miss_priv   = priv;
  assign miss_sum    = sum;
  assign miss_mxr    = mxr;

  // ---- the lookup's answer ----
  always @* begin
    lookup_answer = '0;
    if (pass || refuse || hit) begin
      lookup_answer.valid = 1'b1;
      lookup_answer.id    = id;
    end
    if (pass) lookup_answer.pa = va[55:0];
    if (hit) begin
      lookup_answer.pa   = tw_pkg::leaf_pa(match_pte, match_size, va[55:0]);
      lookup_answer.pbmt = tw_pkg::pte_pbmt(match_pte);
      lookup_answer.size = match_size;
    end
    if (refuse) begin
      lookup_answer.fault = tw_pkg::check_cause(check, op);
      lookup_answer.va    = outside ? req_offset : va;
      lookup_answer.op    = op;
      lookup_answer.priv  = priv;
      lookup_answer.check = check;
      lookup_answer.seg   = outside ? req_seg : '0;
    end
  end

  // ---- the late answer ----
  logic done_good;
  assign done_good = done_valid && done_check == tw_pkg::CHECK_NONE;

  always @* begin
    late_answer = '0;
    if (done_valid) begin
      late_answer.valid = 1'b1;
      late_answer.id    = done_id;
    end
    if (done_good) begin
      late_answer.pa   = tw_pkg::leaf_pa(done_pte, done_size, done_va[55:0]);
      late_answer.pbmt = tw_pkg::pte_pbmt(done_pte);
      late_answer.size = done_size;
    end
    if (done_valid && !done_good) begin
      late_answer.fault    = tw_pkg::check_cause(done_check, done_op);
      late_answer.va       = done_va;
      late_answer.op       = done_op;
      late_answer.priv     = done_priv;
      late_answer.level    = done_level;
      late_answer.check    = done_check;
      late_answer.pte_addr = done_pte_addr;
    end
  end

  // ---- answer register: the pending answer, else the lookup's, else the late one ----
  always_ff @(posedge clk) begin
    if (!rst_n) begin
      resp_q    <= '0;
      pending_q <= '0;
    end else if (pending_q.valid || lookup_answer.valid) begin
      resp_q    <= pending_q.valid ? pending_q : lookup_answer;
      pending_q <= late_answer;
    end else begin
      resp_q    <= late_answer;
      pending_q <= '0;
    end
  end

  assign resp_valid     = resp_q.valid;
  assign resp_id        = resp_q.id;
  assign resp_pa        = resp_q.pa;
  assign resp_pbmt      = resp_q.pbmt;
  assign resp_size      = resp_q.size;
  assign resp_fault     = resp_q.fault;
  assign fault_va       = resp_q.va;
  assign fault_op       = resp_q.op;
  assign fault_priv     = resp_q.priv;
  assign fault_level    = resp_q.level;
  assign fault_check    = resp_q.check;
  assign fault_pte_addr = resp_q.pte_addr;
  assign fault_seg      = resp_q.seg;
  assign fault_id       = resp_q.fault != tw_pkg::CAUSE_NONE ? resp_q.id : '0;

  // ---- state and events that others see ----
  assign idle          = misses == '0 && !pending_q.valid;
  assign event_request = accept;
  assign event_stall   = req_valid && !req_ready;
  assign event_hit     = hit && !replay;
  assign event_merge   = hit && replay;

  tlb #(
    .ENTRIES(ENTRIES)
  ) tlb (
    .clk,
    .rst_n,
    .satp_mode,
    .satp_asid,
    .fence_valid,
    .fence_by_va,
    .fence_by_asid,
    .fence_va,
    .fence_asid,
    .lookup_va(va),
    .match,
    .match_pte,
    .match_size,
    .hit,
    .fill_valid(done_good),
    .fill_va(done_va),
    .fill_pte(done_pte),
    .fill_size(done_size),
    .fill_global(done_global),
    .victim
  );

  // A new miss enters the queue, granted or not; an old one leaves with an answer.
  logic enqueue, dequeue;
  assign enqueue = miss && !replay;
  assign dequeue = replay && !miss;

  miss_queue #(
    .MISSES(MISSES)
  ) queue (
    .clk,
    .rst_n,
    .enqueue,
    .enqueue_id(req_id),
    .enqueue_va(req_va),
    .enqueue_op(req_op),
    .enqueue_priv(req_priv),
    .enqueue_sum(req_sum),
    .enqueue_mxr(req_mxr),
    .free_slot,
    .replay_valid,
    .replay_slot,
    .replay_id,
    .replay_va,
    .replay_op,
    .replay_priv,
    .replay_sum,
    .replay_mxr,
    .dequeue,
    .grant(miss_grant),
    .settle_valid,
    .settle_slot,
    .settle_state,
    .settle_walker,
    .waiting,
    .walker_idle,
    .wake_valid,
    .wake_walker,
    .full,
    .count(misses)
  );

endmodule
