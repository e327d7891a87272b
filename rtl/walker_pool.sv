// walker_pool: WALKERS walkers side by side, and the arbiter between them and the memory: to the
// rest they look like one that can do several walks. docs/blocks/walker_pool.md
//
//      start --> the lowest that is idle     walker 0 --.
//                                            walker 1 --|-- selected --> mem_req
//      mem_resp --> the one that waits       ...      --'   answered --> done, pointer
//
// The memory answers one walker a cycle, so at most one finishes or goes down in a cycle.
`default_nettype none

module walker_pool #(
  parameter int WALKERS = 2,  // 1 to 4
  parameter int HASHED  = 1   // 1: mode 15 is built
) (
  // clock and reset
  input  logic        clk,
  input  logic        rst_n,
  // dispatch
  input  logic        start_valid,    // a walk begins; only while walker_idle
  input  logic        start_port,     // 0 fetch, 1 data
  input  logic [3:0]  start_id,
  input  logic [63:0] start_va,
  input  logic [1:0]  start_op,
  input  logic [1:0]  start_priv,
  input  logic        start_sum,
  input  logic        start_mxr,
  input  logic [2:0]  start_level,    // of the first PTE
  input  logic [43:0] start_table,    // page number of its table
  input  logic        start_global,   // G seen above
  input  logic        start_prefetch, // nobody asks for it
  input  logic [2:0]  start_way,      // carried to done_way
  output logic        walker_idle,    // some walker is idle
  output logic        all_idle,
  input  logic [63:0] page_va,        // is a walker busy on this page, and the lowest that is
  output logic        page_busy,
  output logic [1:0]  page_walker,
  input  logic        merge_valid,    // the stage's request merges with that walk
  // registers
  input  logic [3:0]  satp_mode,
  input  logic [15:0] satp_asid,
  input  logic [43:0] satp_ppn,
  input  logic [43:0] hash_table_ppn,
  input  logic [19:0] hash_table_last,
  input  logic [43:0] hash_anchors_ppn,
  input  logic [4:0]  hash_anchors_bits,
  input  logic        control_adue,
  input  logic        control_pbmte,
  input  logic        fence_valid,
  output logic        fence_busy,
  // memory
  output logic        mem_req_valid,
  input  logic        mem_req_ready,
  output logic [2:0]  mem_req_id,
  output logic        mem_req_op,
  output logic        mem_req_size,
  output logic [55:0] mem_req_addr,
  output logic [63:0] mem_req_expected,
  output logic [63:0] mem_req_desired,
  input  logic        mem_resp_valid,
  input  logic [2:0]  mem_resp_id,
  input  logic [63:0] mem_resp_data,
  input  logic        mem_resp_swapped,
  input  logic        mem_resp_error,
  // request ports: memory answers a port's walk; a walk, or a prefetch, finishes
  output logic        answer_valid,
  output logic        answer_port,
  output logic        done_valid,
  output logic [1:0]  done_walker,
  output logic [3:0]  done_id,
  output logic [63:0] done_va,
  output logic [1:0]  done_op,
  output logic [1:0]  done_priv,
  output logic [2:0]  done_level,
  output logic [3:0]  done_check,
  output logic [55:0] done_pte_addr,
  output logic [63:0] done_pte,
  output logic [5:0]  done_size,
  output logic        done_global,
  output logic [2:0]  done_way,
  // walk cache: a walk goes down from a good pointer
  output logic        pointer_valid,
  output logic [63:0] pointer_va,
  output logic [2:0]  pointer_level,
  output logic [43:0] pointer_table,
  output logic        pointer_global,
  // counters
  output logic        event_start,
  output logic        event_prefetch, // a start that is a prefetch
  output logic [2:0]  event_busy,     // how many walkers
  output logic        event_read,
  output logic        event_probe,    // it is of a hashed entry
  output logic        event_swap,
  output logic        event_retry,
  output logic [2:0]  event_restart,  // how many walkers
  output logic [2:0]  event_chain,    // a hashed walk finishes: entries read, in steps
  // observation
  output logic [15:0] state,          // walker w in bits 4w+3..4w
  output logic [11:0] level           // walker w in bits 3w+2..3w
);

  localparam int W           = WALKERS;
  localparam int NUMBER_BITS = W > 1 ? $clog2(W) : 1;

  // ---- a bit of each walker ----
  logic [W-1:0] idle, starts, fences, pages, merges, requests, unasked, selected, answered;
  logic [W-1:0] answers, ports, finishes, pointers, reads, probes, swaps, retries, restarts;
  logic [W-1:0] req_op, req_size, end_global, below_global;

  // ---- a field of each walker ----
  logic [55:0] req_addr     [0:W-1];
  logic [63:0] req_expected [0:W-1];
  logic [63:0] req_desired  [0:W-1];
  logic [3:0]  end_id       [0:W-1];
  logic [63:0] end_va       [0:W-1];
  logic [1:0]  end_op       [0:W-1];
  logic [1:0]  end_priv     [0:W-1];
  logic [2:0]  end_level    [0:W-1];
  logic [3:0]  end_check    [0:W-1];
  logic [55:0] end_pte_addr [0:W-1];
  logic [63:0] end_pte      [0:W-1];
  logic [5:0]  end_size     [0:W-1];
  logic [2:0]  end_way      [0:W-1];
  logic [2:0]  end_chain    [0:W-1];
  logic [63:0] below_va     [0:W-1];
  logic [2:0]  below_level  [0:W-1];
  logic [43:0] below_table  [0:W-1];

  assign starts = start_valid ? idle & -idle : '0;  // the lowest

  for (genvar w = 0; w < W; w++) begin : g_walker
    walker #(.HASHED(HASHED)) walker (
      .clk, .rst_n,
      .start_valid(starts[w]), .start_port, .start_id, .start_va, .start_op, .start_priv,
      .start_sum, .start_mxr, .start_level, .start_table, .start_global, .start_way,
      .start_prefetch, .idle(idle[w]), .page_va, .page_busy(pages[w]), .merged(merges[w]),
      .satp_mode, .satp_asid, .satp_ppn, .hash_table_ppn, .hash_table_last, .hash_anchors_ppn,
      .hash_anchors_bits, .control_adue, .control_pbmte, .fence_valid, .fence_busy(fences[w]),
      .mem_req_valid(requests[w]), .unasked(unasked[w]), .selected(selected[w]), .mem_req_ready,
      .mem_req_op(req_op[w]), .mem_req_size(req_size[w]), .mem_req_addr(req_addr[w]),
      .mem_req_expected(req_expected[w]), .mem_req_desired(req_desired[w]),
      .answered(answered[w]), .mem_resp_data, .mem_resp_swapped, .mem_resp_error,
      .answer_valid(answers[w]), .done_valid(finishes[w]), .done_port(ports[w]),
      .done_id(end_id[w]), .done_va(end_va[w]), .done_op(end_op[w]), .done_priv(end_priv[w]),
      .done_level(end_level[w]), .done_check(end_check[w]), .done_pte_addr(end_pte_addr[w]),
      .done_pte(end_pte[w]), .done_size(end_size[w]), .done_global(end_global[w]),
      .done_way(end_way[w]),
      .pointer_valid(pointers[w]), .pointer_va(below_va[w]), .pointer_level(below_level[w]),
      .pointer_table(below_table[w]), .pointer_global(below_global[w]),
      .event_read(reads[w]), .event_probe(probes[w]), .event_swap(swaps[w]),
      .event_retry(retries[w]), .event_restart(restarts[w]), .event_chain(end_chain[w]),
      .state(state[4*w +: 4]), .level(level[3*w +: 3])
    );
    assign merges[w] = merge_valid && page_walker == 2'(w);
  end

  if (W < 4) begin : g_absent
    assign state[15:4*W] = '0;
    assign level[11:3*W] = '0;
  end

  memory_arbiter #(
    .WALKERS(W)
  ) arbiter (
    .clk, .rst_n,
    .request(requests), .unasked, .selected, .answered,
    .mem_req_ready, .mem_resp_valid, .mem_resp_id
  );

  // ---- whose request is on the pins, and who is answered; 0 if nobody is ----
  logic [NUMBER_BITS-1:0] asking, ending;
  always @* begin
    asking        = '0;
    ending        = '0;
    page_walker   = '0;
    event_busy    = '0;
    event_restart = '0;
    for (int w = W - 1; w >= 0; w--) begin
      if (selected[w]) asking = NUMBER_BITS'(w);
      if (answered[w]) ending = NUMBER_BITS'(w);
      if (pages[w]) page_walker = 2'(w);
      event_busy    = event_busy + 3'(!idle[w]);
      event_restart = event_restart + 3'(restarts[w]);
    end
  end

  assign walker_idle = idle != '0;
  assign all_idle    = &idle;
  assign page_busy   = pages != '0;
  assign fence_busy  = fences != '0;

  // A walker that asks for nothing drives zeros.
  assign mem_req_valid    = selected != '0;
  assign mem_req_id       = 3'(asking);
  assign mem_req_op       = req_op[asking];
  assign mem_req_size     = req_size[asking];
  assign mem_req_addr     = req_addr[asking];
  assign mem_req_expected = req_expected[asking];
  assign mem_req_desired  = req_desired[asking];

  assign answer_valid  = answers != '0;
  assign answer_port   = ports[ending];
  assign done_valid    = finishes != '0;
  assign done_walker   = 2'(ending);
  assign done_id       = end_id[ending];
  assign done_va       = end_va[ending];
  assign done_op       = end_op[ending];
  assign done_priv     = end_priv[ending];
  assign done_level    = end_level[ending];
  assign done_check    = end_check[ending];
  assign done_pte_addr = end_pte_addr[ending];
  assign done_pte      = end_pte[ending];
  assign done_size     = end_size[ending];
  assign done_global   = end_global[ending];
  assign done_way      = end_way[ending];

  assign pointer_valid  = pointers != '0;
  assign pointer_va     = below_va[ending];
  assign pointer_level  = below_level[ending];
  assign pointer_table  = below_table[ending];
  assign pointer_global = below_global[ending];

  assign event_start    = start_valid;
  assign event_prefetch = start_valid && start_prefetch;
  assign event_read     = reads != '0;
  assign event_probe    = probes != '0;
  assign event_swap     = swaps != '0;
  assign event_retry    = retries != '0;
  assign event_chain    = end_chain[ending];

endmodule
