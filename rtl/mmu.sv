// mmu: the wiring, and nothing else. The ports are the pins of include/tablewalk/pins.h, by name;
// every output is a function of state alone. docs/blocks/mmu.md
//
//      fetch pins --> fetch_port --miss--.
//                                        dispatch --> walker --> mem pins
//      data pins ---> data_port ---miss--'              |
//                        ^                              |
//                        '----------- done, wake -------'
//      reg pins --> regs --satp, control, fence, drain--> all
//      answers with a fault --> faults --> regs, irq          events --> counts --> regs
`default_nettype none

module mmu #(
  parameter int          FETCH_ENTRIES = 16,       // TLB entries: a power of two, 2 to 64
  parameter int          DATA_ENTRIES  = 16,       // the same
  parameter int          MISSES        = 4,        // misses that can wait on each port, 1 to 8
  parameter logic [15:0] MODES         = 16'h0703  // bit m: SATP.MODE m is built
) (
  // clock and reset
  input  logic        clk,
  input  logic        rst_n,
  // fetch port
  input  logic        fetch_req_valid,
  output logic        fetch_req_ready,
  input  logic [3:0]  fetch_req_id,     // unique among those in flight
  input  logic [63:0] fetch_req_va,
  input  logic [1:0]  fetch_req_op,     // fetch, load, store, amo
  input  logic [1:0]  fetch_req_priv,   // 0 U, 1 S, 3 M
  input  logic        fetch_req_sum,
  input  logic        fetch_req_mxr,
  input  logic [3:0]  fetch_req_seg,    // no segments yet
  output logic        fetch_resp_valid,
  output logic [3:0]  fetch_resp_id,
  output logic [55:0] fetch_resp_pa,    // bytes; 0 with a fault
  output logic [1:0]  fetch_resp_pbmt,
  output logic [5:0]  fetch_resp_size,  // log2 of the page, 0: not translated
  output logic [5:0]  fetch_resp_fault, // exception cause, 0 for none
  // data port
  input  logic        data_req_valid,
  output logic        data_req_ready,
  input  logic [3:0]  data_req_id,
  input  logic [63:0] data_req_va,
  input  logic [1:0]  data_req_op,
  input  logic [1:0]  data_req_priv,
  input  logic        data_req_sum,
  input  logic        data_req_mxr,
  input  logic [3:0]  data_req_seg,
  output logic        data_resp_valid,
  output logic [3:0]  data_resp_id,
  output logic [55:0] data_resp_pa,
  output logic [1:0]  data_resp_pbmt,
  output logic [5:0]  data_resp_size,
  output logic [5:0]  data_resp_fault,
  // memory
  output logic        mem_req_valid,
  input  logic        mem_req_ready,
  output logic [2:0]  mem_req_id,       // number of the walker
  output logic        mem_req_op,       // 0 read, 1 compare-and-swap
  output logic        mem_req_size,     // 0 four bytes, 1 eight
  output logic [55:0] mem_req_addr,
  output logic [63:0] mem_req_expected,
  output logic [63:0] mem_req_desired,
  input  logic        mem_resp_valid,
  input  logic [2:0]  mem_resp_id,
  input  logic [63:0] mem_resp_data,    // zero-extended
  input  logic        mem_resp_swapped,
  input  logic        mem_resp_error,
  // software
  input  logic        reg_req_valid,
  output logic        reg_req_ready,
  input  logic        reg_req_write,
  input  logic [11:0] reg_req_offset,   // bytes
  input  logic [63:0] reg_req_data,
  input  logic [1:0]  reg_req_priv,     // U is refused
  output logic        reg_resp_valid,
  output logic [63:0] reg_resp_data,
  output logic        reg_resp_error,
  output logic        irq,              // the fault queue is not empty
  // observation
  output logic [15:0] obs_walker_state, // walker w in bits 4w+3..4w
  output logic [11:0] obs_walker_level, // walker w in bits 3w+2..3w
  output logic [5:0]  obs_fetch_victim, // way that the tree would replace
  output logic [5:0]  obs_data_victim,
  output logic [3:0]  obs_fetch_misses, // misses that wait
  output logic [3:0]  obs_data_misses
);

  function automatic logic entries_built(input int entries);
    entries_built = entries >= 2 && entries <= 64 && (entries & (entries - 1)) == 0;
  endfunction

  initial begin
    if (!entries_built(FETCH_ENTRIES)) $fatal(1, "FETCH_ENTRIES must be 2, 4, 8, 16, 32 or 64.");
    if (!entries_built(DATA_ENTRIES)) $fatal(1, "DATA_ENTRIES must be 2, 4, 8, 16, 32 or 64.");
    if (MISSES < 1 || MISSES > 8) $fatal(1, "MISSES must be 1 to 8.");
    if (!MODES[0]) $fatal(1, "MODES must have bit 0: the MMU starts in bare mode.");
    if ((MODES & ~16'h0703) != '0) $fatal(1, "MODES may have bits 0, 1, 8, 9 and 10 alone.");
  end

  // registers, to all
  logic [3:0]  satp_mode;
  logic [15:0] satp_asid, fence_asid;
  logic [43:0] satp_ppn;
  logic        control_adue, control_pbmte, drain, quiet;
  logic        fence_valid, fence_by_va, fence_by_asid, fence_busy;
  logic [63:0] fence_va;

  // misses, to the dispatch; it starts the walker
  logic        fetch_miss_valid, fetch_miss_grant, fetch_miss_sum, fetch_miss_mxr;
  logic [3:0]  fetch_miss_id;
  logic [63:0] fetch_miss_va;
  logic [1:0]  fetch_miss_op, fetch_miss_priv;
  logic        data_miss_valid, data_miss_grant, data_miss_sum, data_miss_mxr;
  logic [3:0]  data_miss_id;
  logic [63:0] data_miss_va;
  logic [1:0]  data_miss_op, data_miss_priv;
  logic        start_valid, start_port, start_sum, start_mxr;
  logic [3:0]  start_id;
  logic [63:0] start_va;
  logic [1:0]  start_op, start_priv;

  // a finished walk, to the port that asked for it
  logic        walker_idle, done_valid, done_port, done_global, fetch_done, data_done;
  logic [3:0]  done_id, done_check;
  logic [63:0] done_va, done_pte;
  logic [1:0]  done_op, done_priv;
  logic [2:0]  done_level;
  logic [55:0] done_pte_addr;
  logic [5:0]  done_size;

  // records beside answers with a fault, to the fault queue
  logic [63:0] fetch_fault_va;
  logic [1:0]  fetch_fault_op, fetch_fault_priv;
  logic [2:0]  fetch_fault_level;
  logic [3:0]  fetch_fault_check, fetch_fault_id;
  logic [55:0] fetch_fault_pte_addr;
  logic [63:0] data_fault_va;
  logic [1:0]  data_fault_op, data_fault_priv;
  logic [2:0]  data_fault_level;
  logic [3:0]  data_fault_check, data_fault_id;
  logic [55:0] data_fault_pte_addr;

  // the oldest fault, and the selected counter, to the registers
  localparam int INFO_BITS = tw_pkg::FAULT_INFO_X86_I_LOW + 1;
  logic [5:0]           head_cause;
  logic [63:0]          head_va, fault_status, count_value;
  logic [INFO_BITS-1:0] head_info;
  logic [55:0]          head_pte_addr;
  logic [15:0]          head_asid;
  logic                 fault_pop, fault_clear;
  logic [11:0]          count_offset;

  // events, to the counters
  logic fetch_request, fetch_hit, fetch_merge, fetch_stall;
  logic data_request, data_hit, data_merge, data_stall;
  logic walk_start, walk_busy, walk_read, walk_swap, walk_retry, walk_restart;

  // observation
  logic [$clog2(FETCH_ENTRIES)-1:0] fetch_victim;
  logic [$clog2(DATA_ENTRIES)-1:0]  data_victim;
  logic [2:0]                       walker_state, walker_level;
  logic                             fetch_idle, data_idle;

  assign quiet      = fetch_idle && data_idle && walker_idle;
  assign fetch_done = done_valid && !done_port;
  assign data_done  = done_valid && done_port;

  assign obs_walker_state = 16'(walker_state);
  assign obs_walker_level = 12'(walker_level);
  assign obs_fetch_victim = 6'(fetch_victim);
  assign obs_data_victim  = 6'(data_victim);

  // Segment selectors are on the pins from the start, for the segment unit to come.
  logic unused_segments;
  assign unused_segments = &{1'b0, fetch_req_seg, data_req_seg};

  request_port #(
    .ENTRIES(FETCH_ENTRIES),
    .MISSES(MISSES)
  ) fetch_port (
    .clk, .rst_n,
    .req_valid(fetch_req_valid), .req_ready(fetch_req_ready), .req_id(fetch_req_id),
    .req_va(fetch_req_va), .req_op(fetch_req_op), .req_priv(fetch_req_priv),
    .req_sum(fetch_req_sum), .req_mxr(fetch_req_mxr),
    .resp_valid(fetch_resp_valid), .resp_id(fetch_resp_id), .resp_pa(fetch_resp_pa),
    .resp_pbmt(fetch_resp_pbmt), .resp_size(fetch_resp_size), .resp_fault(fetch_resp_fault),
    .fault_va(fetch_fault_va), .fault_op(fetch_fault_op), .fault_priv(fetch_fault_priv),
    .fault_level(fetch_fault_level), .fault_check(fetch_fault_check),
    .fault_pte_addr(fetch_fault_pte_addr), .fault_id(fetch_fault_id),
    .satp_mode, .satp_asid, .drain, .idle(fetch_idle),
    .fence_valid, .fence_by_va, .fence_by_asid, .fence_va, .fence_asid,
    .miss_valid(fetch_miss_valid), .miss_id(fetch_miss_id), .miss_va(fetch_miss_va),
    .miss_op(fetch_miss_op), .miss_priv(fetch_miss_priv), .miss_sum(fetch_miss_sum),
    .miss_mxr(fetch_miss_mxr), .miss_grant(fetch_miss_grant),
    .done_valid(fetch_done), .done_id, .done_va, .done_op, .done_priv, .done_level, .done_check,
    .done_pte_addr, .done_pte, .done_size, .done_global,
    .wake(done_valid),
    .event_request(fetch_request), .event_hit(fetch_hit), .event_merge(fetch_merge),
    .event_stall(fetch_stall),
    .victim(fetch_victim), .misses(obs_fetch_misses)
  );

  request_port #(
    .ENTRIES(DATA_ENTRIES),
    .MISSES(MISSES)
  ) data_port (
    .clk, .rst_n,
    .req_valid(data_req_valid), .req_ready(data_req_ready), .req_id(data_req_id),
    .req_va(data_req_va), .req_op(data_req_op), .req_priv(data_req_priv), .req_sum(data_req_sum),
    .req_mxr(data_req_mxr),
    .resp_valid(data_resp_valid), .resp_id(data_resp_id), .resp_pa(data_resp_pa),
    .resp_pbmt(data_resp_pbmt), .resp_size(data_resp_size), .resp_fault(data_resp_fault),
    .fault_va(data_fault_va), .fault_op(data_fault_op), .fault_priv(data_fault_priv),
    .fault_level(data_fault_level), .fault_check(data_fault_check),
    .fault_pte_addr(data_fault_pte_addr), .fault_id(data_fault_id),
    .satp_mode, .satp_asid, .drain, .idle(data_idle),
    .fence_valid, .fence_by_va, .fence_by_asid, .fence_va, .fence_asid,
    .miss_valid(data_miss_valid), .miss_id(data_miss_id), .miss_va(data_miss_va),
    .miss_op(data_miss_op), .miss_priv(data_miss_priv), .miss_sum(data_miss_sum),
    .miss_mxr(data_miss_mxr), .miss_grant(data_miss_grant),
    .done_valid(data_done), .done_id, .done_va, .done_op, .done_priv, .done_level, .done_check,
    .done_pte_addr, .done_pte, .done_size, .done_global,
    .wake(done_valid),
    .event_request(data_request), .event_hit(data_hit), .event_merge(data_merge),
    .event_stall(data_stall),
    .victim(data_victim), .misses(obs_data_misses)
  );

  walk_dispatch dispatch (
    .clk, .rst_n,
    .fetch_miss_valid, .fetch_miss_id, .fetch_miss_va, .fetch_miss_op, .fetch_miss_priv,
    .fetch_miss_sum, .fetch_miss_mxr, .fetch_miss_grant,
    .data_miss_valid, .data_miss_id, .data_miss_va, .data_miss_op, .data_miss_priv, .data_miss_sum,
    .data_miss_mxr, .data_miss_grant,
    .walker_idle,
    .start_valid, .start_port, .start_id, .start_va, .start_op, .start_priv, .start_sum, .start_mxr
  );

  walker walker (
    .clk, .rst_n,
    .start_valid, .start_port, .start_id, .start_va, .start_op, .start_priv, .start_sum, .start_mxr,
    .idle(walker_idle),
    .satp_mode, .satp_ppn, .control_adue, .control_pbmte, .fence_valid, .fence_busy,
    .mem_req_valid, .mem_req_ready, .mem_req_id, .mem_req_op, .mem_req_size, .mem_req_addr,
    .mem_req_expected, .mem_req_desired,
    .mem_resp_valid, .mem_resp_id, .mem_resp_data, .mem_resp_swapped, .mem_resp_error,
    .done_valid, .done_port, .done_id, .done_va, .done_op, .done_priv, .done_level, .done_check,
    .done_pte_addr, .done_pte, .done_size, .done_global,
    .event_start(walk_start), .event_busy(walk_busy), .event_read(walk_read),
    .event_swap(walk_swap), .event_retry(walk_retry), .event_restart(walk_restart),
    .state(walker_state), .level(walker_level)
  );

  fault_queue faults (
    .clk, .rst_n,
    .fetch_valid(fetch_resp_fault != tw_pkg::CAUSE_NONE), .fetch_cause(fetch_resp_fault),
    .fetch_va(fetch_fault_va), .fetch_op(fetch_fault_op), .fetch_priv(fetch_fault_priv),
    .fetch_level(fetch_fault_level), .fetch_check(fetch_fault_check),
    .fetch_pte_addr(fetch_fault_pte_addr), .fetch_id(fetch_fault_id),
    .data_valid(data_resp_fault != tw_pkg::CAUSE_NONE), .data_cause(data_resp_fault),
    .data_va(data_fault_va), .data_op(data_fault_op), .data_priv(data_fault_priv),
    .data_level(data_fault_level), .data_check(data_fault_check),
    .data_pte_addr(data_fault_pte_addr), .data_id(data_fault_id),
    .satp_asid, .pop(fault_pop), .clear(fault_clear),
    .head_cause, .head_va, .head_info, .head_pte_addr, .head_asid,
    .status(fault_status), .irq
  );

  registers #(
    .FETCH_ENTRIES(FETCH_ENTRIES),
    .DATA_ENTRIES(DATA_ENTRIES),
    .MISSES(MISSES),
    .MODES(MODES)
  ) regs (
    .clk, .rst_n,
    .reg_req_valid, .reg_req_ready, .reg_req_write, .reg_req_offset, .reg_req_data, .reg_req_priv,
    .reg_resp_valid, .reg_resp_data, .reg_resp_error,
    .quiet, .drain,
    .satp_mode, .satp_asid, .satp_ppn, .control_adue, .control_pbmte,
    .fence_valid, .fence_by_va, .fence_by_asid, .fence_va, .fence_asid, .fence_busy,
    .fault_cause(head_cause), .fault_va(head_va), .fault_info(head_info),
    .fault_pte_addr(head_pte_addr), .fault_asid(head_asid), .fault_status, .fault_pop, .fault_clear,
    .count_offset, .count_value
  );

  counters counts (
    .clk, .rst_n,
    .fence_valid, .count_offset, .count_value,
    .fetch_request, .fetch_hit, .fetch_merge, .fetch_stall, .fetch_fault(fetch_resp_fault),
    .data_request, .data_hit, .data_merge, .data_stall, .data_fault(data_resp_fault),
    .walk_start, .walk_busy, .walk_read, .walk_swap, .walk_retry, .walk_restart
  );

endmodule
