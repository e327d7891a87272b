// mmu: the wiring, and nothing else. The ports are the pins of include/tablewalk/pins.h, by name;
// every output is a function of state alone. docs/blocks/mmu.md
//
//      fetch pins --> fetch_segment --> fetch_port --miss--.              .--> cache <----.
//                                         ^ fetch_late      dispatch --+--+      start    | pointer
//      data pins ---> data_segment ---> data_port ---miss--' (stage)   |  '--> pool ------+--> mem
//                                         ^ data_late      ahead --'   |         |
//                                         '--- hit, done --------------+-- l2 <--' done
//      reg pins --> regs --satp, control, fence, drain, inject--> all
//      answers with a fault --> faults --> regs, irq          events --> counts --> regs
`default_nettype none

module mmu #(
  parameter int          FETCH_ENTRIES = 16,       // TLB entries: a power of two, 2 to 64
  parameter int          DATA_ENTRIES  = 16,       // the same
  parameter int          MISSES        = 4,        // misses that can wait on each port, 1 to 8
  parameter int          WALKERS       = 2,        // walks at a time, 1 to 4
  parameter int          L2_ENTRIES    = 512,      // second level: 0, or a power of two, 16 to 8192
  parameter int          L2_WAYS       = 4,        // its ways: 1, 2, 4 or 8
  parameter int          WALK_CACHE    = 8,        // entries: 0, or a power of two, 2 to 32
  parameter int          PREFETCH      = 0,        // 1: translation prefetch is built
  parameter int          SEGMENTS      = 16,       // segment registers, 0 to 16
  parameter logic [15:0] MODES         = 16'hc703  // bit m: SATP.MODE m is built
) (
  // clock and reset
  input  logic        clk,
  input  logic        rst_n,
  // fetch port
  input  logic        fetch_req_valid,
  output logic        fetch_req_ready,
  input  logic [3:0]  fetch_req_id,     // unique among those in flight
  input  logic [63:0] fetch_req_va,     // offset into its segment
  input  logic [1:0]  fetch_req_op,     // fetch, load, store, amo
  input  logic [1:0]  fetch_req_priv,   // 0 U, 1 S, 3 M
  input  logic        fetch_req_sum,
  input  logic        fetch_req_mxr,
  input  logic [3:0]  fetch_req_seg,
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
  output logic [15:0] obs_walker_state, // walker w in bits 4w+2..4w, prefetch above
  output logic [11:0] obs_walker_level, // walker w in bits 3w+2..3w
  output logic [5:0]  obs_fetch_victim, // way that the tree would replace
  output logic [5:0]  obs_data_victim,
  output logic [3:0]  obs_fetch_misses, // misses that wait
  output logic [3:0]  obs_data_misses,
  output logic [4:0]  obs_stage         // 1 if taken, port in bit 1, slot above
);

  function automatic logic built(input int entries, input int least, input int most);
    built = entries >= least && entries <= most && (entries & (entries - 1)) == 0;
  endfunction

  // Out of bounds: a module that no file has, so that each tool refuses to build, with its name.
  if (!built(FETCH_ENTRIES, 2, 64)) begin : g_fetch_entries
    FETCH_ENTRIES_must_be_a_power_of_two_from_2_to_64 refused ();
  end
  if (!built(DATA_ENTRIES, 2, 64)) begin : g_data_entries
    DATA_ENTRIES_must_be_a_power_of_two_from_2_to_64 refused ();
  end
  if (MISSES < 1 || MISSES > 8) begin : g_misses
    MISSES_must_be_1_to_8 refused ();
  end
  if (WALKERS < 1 || WALKERS > 4) begin : g_walkers
    WALKERS_must_be_1_to_4 refused ();
  end
  if (L2_ENTRIES != 0 && !built(L2_ENTRIES, 16, 8192)) begin : g_l2_entries
    L2_ENTRIES_must_be_0_or_a_power_of_two_from_16_to_8192 refused ();
  end
  if (!built(L2_WAYS, 1, 8)) begin : g_l2_ways
    L2_WAYS_must_be_1_2_4_or_8 refused ();
  end
  if (WALK_CACHE != 0 && !built(WALK_CACHE, 2, 32)) begin : g_walk_cache_entries
    WALK_CACHE_must_be_0_or_a_power_of_two_from_2_to_32 refused ();
  end
  if (PREFETCH != 0 && PREFETCH != 1) begin : g_prefetch
    PREFETCH_must_be_0_or_1 refused ();
  end
  if (PREFETCH != 0 && (L2_ENTRIES == 0 || WALK_CACHE == 0)) begin : g_prefetch_needs
    PREFETCH_needs_a_second_level_and_a_walk_cache refused ();
  end
  if (SEGMENTS < 0 || SEGMENTS > 16) begin : g_segment_registers
    SEGMENTS_must_be_0_to_16 refused ();
  end
  if (!MODES[0] || (MODES & ~16'hc703) != '0) begin : g_modes
    MODES_must_have_bit_0_and_may_have_bits_1_8_9_10_14_and_15 refused ();
  end

  localparam int INFO_BITS = tw_pkg::FAULT_INFO_BITS;

  // registers, to all
  logic [3:0]  satp_mode;
  logic [15:0] satp_asid, fence_asid;
  logic [43:0] satp_ppn, hash_table_ppn, hash_anchors_ppn;
  logic [19:0] hash_table_last;
  logic [4:0]  hash_anchors_bits;
  logic        control_adue, control_pbmte, control_prefetch, control_segments, drain, quiet;
  logic        fence_valid, fence_by_va, fence_by_asid, fence_busy, inject_armed;
  logic [63:0] fence_va;
  logic [7:0]  inject_bit;

  // what segments make of the requests on the pins
  logic [63:0] write_data, segment_value, fetch_linear, data_linear;
  logic [3:0]  fetch_check, data_check;
  logic        write_valid;

  // misses, to the dispatch
  logic        fetch_miss_valid, fetch_miss_replay, fetch_miss_sum, fetch_miss_mxr;
  logic        data_miss_valid, data_miss_replay, data_miss_sum, data_miss_mxr;
  logic [2:0]  fetch_miss_slot, data_miss_slot;
  logic [3:0]  fetch_miss_id, data_miss_id;
  logic [63:0] fetch_miss_va, data_miss_va;
  logic [1:0]  fetch_miss_op, fetch_miss_priv, data_miss_op, data_miss_priv;
  logic        fetch_miss_grant, fetch_waiting, data_miss_grant, data_waiting;

  // the stage, and the verdict on it
  logic        stage_valid, stage_prefetch, stage_port, stage_sum, stage_mxr;
  logic [2:0]  stage_slot, settle_state;
  logic [3:0]  stage_id;
  logic [63:0] stage_va;
  logic [1:0]  stage_op, stage_priv, settle_walker;
  logic        fetch_settle_valid, data_settle_valid, hit, merge_valid, start_valid, served_valid;

  // the page to fetch ahead
  logic        prefetch_valid, prefetch_grant, table_known;
  logic [63:0] prefetch_va;

  // the second level
  logic [63:0] read_va, l2_pte;
  logic        lookup_valid, l2_match, l2_global, l2_fill, event_parity;
  logic [2:0]  l2_way;

  // where a walk begins, and the pointers that it meets
  logic        start_match, start_global, pointer_valid, pointer_global;
  logic [2:0]  start_level, pointer_level;
  logic [43:0] start_table, pointer_table;
  logic [63:0] pointer_va;

  // walkers; a finished walk
  logic        walker_idle, all_idle, page_busy, answer_valid, answer_port;
  logic        done_valid, done_global;
  logic [1:0]  page_walker, done_walker, done_op, done_priv;
  logic [3:0]  done_id, done_check;
  logic [63:0] done_va, done_pte;
  logic [2:0]  done_level, done_way;
  logic [55:0] done_pte_addr;
  logic [5:0]  done_size;

  // late answers, to the ports
  logic        fetch_done_valid, fetch_done_global, data_done_valid, data_done_global;
  logic [3:0]  fetch_done_id, fetch_done_check, data_done_id, data_done_check;
  logic [63:0] fetch_done_va, fetch_done_pte, data_done_va, data_done_pte;
  logic [1:0]  fetch_done_op, fetch_done_priv, data_done_op, data_done_priv;
  logic [2:0]  fetch_done_level, data_done_level;
  logic [55:0] fetch_done_pte_addr, data_done_pte_addr;
  logic [5:0]  fetch_done_size, data_done_size;

  // records beside answers with a fault, to the fault queue
  logic [63:0] fetch_fault_va, data_fault_va;
  logic [1:0]  fetch_fault_op, fetch_fault_priv, data_fault_op, data_fault_priv;
  logic [2:0]  fetch_fault_level, data_fault_level;
  logic [3:0]  fetch_fault_check, fetch_fault_id, fetch_fault_seg;
  logic [3:0]  data_fault_check, data_fault_id, data_fault_seg;
  logic [55:0] fetch_fault_pte_addr, data_fault_pte_addr;

  // the oldest fault, and the selected counter, to the registers
  logic [5:0]           head_cause;
  logic [63:0]          head_va, fault_status, count_value;
  logic [INFO_BITS-1:0] head_info;
  logic [55:0]          head_pte_addr;
  logic [15:0]          head_asid;
  logic                 fault_pop, fault_clear;
  logic [11:0]          count_offset;

  // events, to the counters
  logic       fetch_request, fetch_hit, fetch_merge, fetch_stall;
  logic       data_request, data_hit, data_merge, data_stall;
  logic       walk_start, walk_prefetch, walk_read, walk_probe, walk_swap, walk_retry;
  logic [2:0] walk_busy, walk_restart, walk_chain;

  // observation; who has nothing to do
  logic [$clog2(FETCH_ENTRIES)-1:0] fetch_victim;
  logic [$clog2(DATA_ENTRIES)-1:0]  data_victim;
  logic                             fetch_idle, data_idle;

  assign quiet   = fetch_idle && data_idle && all_idle;
  assign l2_fill = done_valid && done_check == tw_pkg::CHECK_NONE
                   && done_size == 6'(tw_pkg::PAGE_SHIFT);

  assign table_known = start_match && start_level == 3'd0;

  assign obs_fetch_victim = 6'(fetch_victim);
  assign obs_data_victim  = 6'(data_victim);
  assign obs_stage        = stage_valid ? {stage_slot, stage_port, 1'b1} : '0;

  if (SEGMENTS > 0) begin : g_segments
    logic [64*SEGMENTS-1:0] base, limit;
    logic [6*SEGMENTS-1:0]  flags;

    segment_table #(.SEGMENTS(SEGMENTS)) segments (
      .clk, .rst_n,
      .write_valid, .offset(count_offset), .write_data, .value(segment_value),
      .base, .limit, .flags
    );

    segment_unit #(.SEGMENTS(SEGMENTS)) fetch_segment (
      .enable(control_segments), .base, .limit, .flags,
      .req_va(fetch_req_va), .req_op(fetch_req_op), .req_priv(fetch_req_priv),
      .req_sum(fetch_req_sum), .req_mxr(fetch_req_mxr), .req_seg(fetch_req_seg),
      .va(fetch_linear), .check(fetch_check)
    );

    segment_unit #(.SEGMENTS(SEGMENTS)) data_segment (
      .enable(control_segments), .base, .limit, .flags,
      .req_va(data_req_va), .req_op(data_req_op), .req_priv(data_req_priv),
      .req_sum(data_req_sum), .req_mxr(data_req_mxr), .req_seg(data_req_seg),
      .va(data_linear), .check(data_check)
    );
  end else begin : g_no_segments
    logic unused_segments;
    assign unused_segments = &{1'b0, control_segments, write_valid, write_data};
    assign segment_value   = '0;
    assign fetch_linear    = fetch_req_va;
    assign fetch_check     = tw_pkg::CHECK_NONE;
    assign data_linear     = data_req_va;
    assign data_check      = tw_pkg::CHECK_NONE;
  end

  request_port #(.ENTRIES(FETCH_ENTRIES), .MISSES(MISSES)) fetch_port (
    .clk, .rst_n,
    .req_valid(fetch_req_valid), .req_ready(fetch_req_ready), .req_id(fetch_req_id),
    .req_va(fetch_linear), .req_op(fetch_req_op), .req_priv(fetch_req_priv),
    .req_sum(fetch_req_sum), .req_mxr(fetch_req_mxr), .req_check(fetch_check),
    .req_offset(fetch_req_va), .req_seg(fetch_req_seg),
    .resp_valid(fetch_resp_valid), .resp_id(fetch_resp_id), .resp_pa(fetch_resp_pa),
    .resp_pbmt(fetch_resp_pbmt), .resp_size(fetch_resp_size), .resp_fault(fetch_resp_fault),
    .fault_va(fetch_fault_va), .fault_op(fetch_fault_op), .fault_priv(fetch_fault_priv),
    .fault_level(fetch_fault_level), .fault_check(fetch_fault_check),
    .fault_pte_addr(fetch_fault_pte_addr), .fault_id(fetch_fault_id),
    .fault_seg(fetch_fault_seg),
    .satp_mode, .satp_asid, .drain, .fence_valid, .fence_by_va, .fence_by_asid, .fence_va,
    .fence_asid, .idle(fetch_idle),
    .miss_valid(fetch_miss_valid), .miss_slot(fetch_miss_slot), .miss_replay(fetch_miss_replay),
    .miss_id(fetch_miss_id), .miss_va(fetch_miss_va), .miss_op(fetch_miss_op),
    .miss_priv(fetch_miss_priv), .miss_sum(fetch_miss_sum), .miss_mxr(fetch_miss_mxr),
    .miss_grant(fetch_miss_grant), .waiting(fetch_waiting), .settle_valid(fetch_settle_valid),
    .settle_slot(stage_slot), .settle_state, .settle_walker,
    .walker_idle, .wake_valid(done_valid), .wake_walker(done_walker),
    .done_valid(fetch_done_valid), .done_id(fetch_done_id), .done_va(fetch_done_va),
    .done_op(fetch_done_op), .done_priv(fetch_done_priv), .done_level(fetch_done_level),
    .done_check(fetch_done_check), .done_pte_addr(fetch_done_pte_addr), .done_pte(fetch_done_pte),
    .done_size(fetch_done_size), .done_global(fetch_done_global),
    .event_request(fetch_request), .event_hit(fetch_hit), .event_merge(fetch_merge),
    .event_stall(fetch_stall), .victim(fetch_victim), .misses(obs_fetch_misses)
  );

  request_port #(.ENTRIES(DATA_ENTRIES), .MISSES(MISSES)) data_port (
    .clk, .rst_n,
    .req_valid(data_req_valid), .req_ready(data_req_ready), .req_id(data_req_id),
    .req_va(data_linear), .req_op(data_req_op), .req_priv(data_req_priv),
    .req_sum(data_req_sum), .req_mxr(data_req_mxr), .req_check(data_check),
    .req_offset(data_req_va), .req_seg(data_req_seg),
    .resp_valid(data_resp_valid), .resp_id(data_resp_id), .resp_pa(data_resp_pa),
    .resp_pbmt(data_resp_pbmt), .resp_size(data_resp_size), .resp_fault(data_resp_fault),
    .fault_va(data_fault_va), .fault_op(data_fault_op), .fault_priv(data_fault_priv),
    .fault_level(data_fault_level), .fault_check(data_fault_check),
    .fault_pte_addr(data_fault_pte_addr), .fault_id(data_fault_id),
    .fault_seg(data_fault_seg),
    .satp_mode, .satp_asid, .drain, .fence_valid, .fence_by_va, .fence_by_asid, .fence_va,
    .fence_asid, .idle(data_idle),
    .miss_valid(data_miss_valid), .miss_slot(data_miss_slot), .miss_replay(data_miss_replay),
    .miss_id(data_miss_id), .miss_va(data_miss_va), .miss_op(data_miss_op),
    .miss_priv(data_miss_priv), .miss_sum(data_miss_sum), .miss_mxr(data_miss_mxr),
    .miss_grant(data_miss_grant), .waiting(data_waiting), .settle_valid(data_settle_valid),
    .settle_slot(stage_slot), .settle_state, .settle_walker,
    .walker_idle, .wake_valid(done_valid), .wake_walker(done_walker),
    .done_valid(data_done_valid), .done_id(data_done_id), .done_va(data_done_va),
    .done_op(data_done_op), .done_priv(data_done_priv), .done_level(data_done_level),
    .done_check(data_done_check), .done_pte_addr(data_done_pte_addr), .done_pte(data_done_pte),
    .done_size(data_done_size), .done_global(data_done_global),
    .event_request(data_request), .event_hit(data_hit), .event_merge(data_merge),
    .event_stall(data_stall), .victim(data_victim), .misses(obs_data_misses)
  );

  late_answer fetch_late (
    .answer_mine(answer_valid && !answer_port), .walk_done_valid(done_valid),
    .walk_done_id(done_id), .walk_done_va(done_va), .walk_done_op(done_op),
    .walk_done_priv(done_priv), .walk_done_level(done_level), .walk_done_check(done_check),
    .walk_done_pte_addr(done_pte_addr), .walk_done_pte(done_pte), .walk_done_size(done_size),
    .walk_done_global(done_global), .l2_hit(hit && !stage_port), .l2_pte, .l2_global,
    .stage_id, .stage_va, .stage_op, .stage_priv,
    .done_valid(fetch_done_valid), .done_id(fetch_done_id), .done_va(fetch_done_va),
    .done_op(fetch_done_op), .done_priv(fetch_done_priv), .done_level(fetch_done_level),
    .done_check(fetch_done_check), .done_pte_addr(fetch_done_pte_addr), .done_pte(fetch_done_pte),
    .done_size(fetch_done_size), .done_global(fetch_done_global)
  );

  late_answer data_late (
    .answer_mine(answer_valid && answer_port), .walk_done_valid(done_valid),
    .walk_done_id(done_id), .walk_done_va(done_va), .walk_done_op(done_op),
    .walk_done_priv(done_priv), .walk_done_level(done_level), .walk_done_check(done_check),
    .walk_done_pte_addr(done_pte_addr), .walk_done_pte(done_pte), .walk_done_size(done_size),
    .walk_done_global(done_global), .l2_hit(hit && stage_port), .l2_pte, .l2_global,
    .stage_id, .stage_va, .stage_op, .stage_priv,
    .done_valid(data_done_valid), .done_id(data_done_id), .done_va(data_done_va),
    .done_op(data_done_op), .done_priv(data_done_priv), .done_level(data_done_level),
    .done_check(data_done_check), .done_pte_addr(data_done_pte_addr), .done_pte(data_done_pte),
    .done_size(data_done_size), .done_global(data_done_global)
  );

  walk_dispatch dispatch (
    .clk, .rst_n,
    .fetch_miss_valid, .fetch_miss_slot, .fetch_miss_replay, .fetch_miss_id, .fetch_miss_va,
    .fetch_miss_op, .fetch_miss_priv, .fetch_miss_sum, .fetch_miss_mxr, .fetch_miss_grant,
    .fetch_waiting, .fetch_settle_valid,
    .data_miss_valid, .data_miss_slot, .data_miss_replay, .data_miss_id, .data_miss_va,
    .data_miss_op, .data_miss_priv, .data_miss_sum, .data_miss_mxr, .data_miss_grant,
    .data_waiting, .data_settle_valid,
    .settle_state, .settle_walker, .fence_valid, .drain,
    .prefetch_valid, .prefetch_va, .prefetch_grant, .served_valid,
    .stage_valid, .stage_prefetch, .stage_port, .stage_slot, .stage_id, .stage_va, .stage_op,
    .stage_priv, .stage_sum, .stage_mxr, .read_va, .lookup_valid, .l2_match, .l2_pte, .hit,
    .table_known, .page_busy, .page_walker, .walker_idle, .answer_valid, .answer_port,
    .merge_valid, .start_valid
  );

  if (PREFETCH != 0) begin : g_ahead
    prefetcher ahead (
      .clk, .rst_n,
      .enable(control_prefetch), .satp_mode, .drop(fence_valid || drain),
      .served_valid, .served_va(stage_va), .prefetch_valid, .prefetch_va, .prefetch_grant,
      .table_known, .walker_idle
    );
  end else begin : g_no_ahead
    logic unused_ahead;
    assign unused_ahead   = &{1'b0, control_prefetch, served_valid, prefetch_grant};
    assign prefetch_valid = 1'b0;
    assign prefetch_va    = '0;
  end

  if (L2_ENTRIES != 0) begin : g_l2
    l2_tlb #(.ENTRIES(L2_ENTRIES), .WAYS(L2_WAYS)) l2 (
      .clk, .rst_n,
      .satp_mode, .satp_asid, .fence_valid, .fence_by_va, .fence_by_asid, .fence_va,
      .inject_valid(inject_armed), .inject_bit,
      .read_va, .lookup_valid, .lookup_va(stage_va), .match(l2_match), .match_pte(l2_pte),
      .match_global(l2_global), .way(l2_way),
      .fill_valid(l2_fill), .fill_va(done_va), .fill_pte(done_pte), .fill_global(done_global),
      .fill_way(done_way),
      .event_parity
    );
  end else begin : g_no_l2
    logic unused_l2;
    assign unused_l2    = &{1'b0, read_va, lookup_valid, done_way, inject_armed, inject_bit};
    assign l2_match     = 1'b0;
    assign l2_pte       = '0;
    assign l2_global    = 1'b0;
    assign l2_way       = '0;
    assign event_parity = 1'b0;
  end

  if (WALK_CACHE != 0) begin : g_cache
    walk_cache #(.ENTRIES(WALK_CACHE)) cache (
      .clk, .rst_n,
      .satp_mode, .satp_asid, .satp_ppn,
      .fence_valid, .fence_by_va, .fence_by_asid, .fence_va, .fence_asid,
      .lookup_va(stage_va), .match(start_match), .start_level, .start_table, .start_global,
      .used(start_valid),
      .fill_valid(pointer_valid), .fill_va(pointer_va), .fill_level(pointer_level),
      .fill_table(pointer_table), .fill_global(pointer_global)
    );
  end else begin : g_no_cache
    logic unused_cache;
    assign unused_cache = &{1'b0, pointer_valid, pointer_va, pointer_level, pointer_table,
                            pointer_global};
    assign start_match  = 1'b0;
    assign start_level  = tw_pkg::mode_levels(satp_mode) - 3'd1;
    assign start_table  = satp_ppn;
    assign start_global = 1'b0;
  end

  walker_pool #(.WALKERS(WALKERS), .HASHED(MODES[tw_pkg::MODE_HASHED] ? 1 : 0)) pool (
    .clk, .rst_n,
    .start_valid, .start_port(stage_port), .start_id(stage_id), .start_va(stage_va),
    .start_op(stage_op), .start_priv(stage_priv), .start_sum(stage_sum), .start_mxr(stage_mxr),
    .start_level, .start_table, .start_global, .start_way(l2_way), .start_prefetch(stage_prefetch),
    .walker_idle, .all_idle, .page_va(stage_va), .page_busy, .page_walker, .merge_valid,
    .satp_mode, .satp_asid, .satp_ppn, .hash_table_ppn, .hash_table_last, .hash_anchors_ppn,
    .hash_anchors_bits, .control_adue, .control_pbmte, .fence_valid, .fence_busy,
    .mem_req_valid, .mem_req_ready, .mem_req_id, .mem_req_op, .mem_req_size, .mem_req_addr,
    .mem_req_expected, .mem_req_desired,
    .mem_resp_valid, .mem_resp_id, .mem_resp_data, .mem_resp_swapped, .mem_resp_error,
    .answer_valid, .answer_port, .done_valid, .done_walker, .done_id, .done_va, .done_op,
    .done_priv, .done_level, .done_check, .done_pte_addr, .done_pte, .done_size, .done_global,
    .done_way, .pointer_valid, .pointer_va, .pointer_level, .pointer_table, .pointer_global,
    .event_start(walk_start), .event_prefetch(walk_prefetch), .event_busy(walk_busy),
    .event_read(walk_read), .event_probe(walk_probe), .event_swap(walk_swap),
    .event_retry(walk_retry), .event_restart(walk_restart), .event_chain(walk_chain),
    .state(obs_walker_state), .level(obs_walker_level)
  );

  fault_queue faults (
    .clk, .rst_n,
    .fetch_valid(fetch_resp_fault != tw_pkg::CAUSE_NONE), .fetch_cause(fetch_resp_fault),
    .fetch_va(fetch_fault_va), .fetch_op(fetch_fault_op), .fetch_priv(fetch_fault_priv),
    .fetch_level(fetch_fault_level), .fetch_check(fetch_fault_check),
    .fetch_pte_addr(fetch_fault_pte_addr), .fetch_id(fetch_fault_id),
    .fetch_seg(fetch_fault_seg),
    .data_valid(data_resp_fault != tw_pkg::CAUSE_NONE), .data_cause(data_resp_fault),
    .data_va(data_fault_va), .data_op(data_fault_op), .data_priv(data_fault_priv),
    .data_level(data_fault_level), .data_check(data_fault_check),
    .data_pte_addr(data_fault_pte_addr), .data_id(data_fault_id),
    .data_seg(data_fault_seg),
    .parity(event_parity), .satp_asid, .pop(fault_pop), .clear(fault_clear),
    .head_cause, .head_va, .head_info, .head_pte_addr, .head_asid,
    .status(fault_status), .irq
  );

  registers #(
    .FETCH_ENTRIES(FETCH_ENTRIES), .DATA_ENTRIES(DATA_ENTRIES), .MISSES(MISSES), .WALKERS(WALKERS),
    .L2_ENTRIES(L2_ENTRIES), .L2_WAYS(L2_WAYS), .WALK_CACHE(WALK_CACHE),
    .PREFETCH(PREFETCH), .SEGMENTS(SEGMENTS), .MODES(MODES)
  ) regs (
    .clk, .rst_n,
    .reg_req_valid, .reg_req_ready, .reg_req_write, .reg_req_offset, .reg_req_data, .reg_req_priv,
    .reg_resp_valid, .reg_resp_data, .reg_resp_error,
    .quiet, .drain, .satp_mode, .satp_asid, .satp_ppn, .hash_table_ppn, .hash_table_last,
    .hash_anchors_ppn, .hash_anchors_bits, .control_adue, .control_pbmte, .control_prefetch,
    .control_segments, .write_valid, .write_data, .segment_value,
    .fence_valid, .fence_by_va, .fence_by_asid, .fence_va, .fence_asid,
    .fence_busy, .inject_armed, .inject_bit, .inject_done(l2_fill),
    .fault_cause(head_cause), .fault_va(head_va), .fault_info(head_info),
    .fault_pte_addr(head_pte_addr), .fault_asid(head_asid), .fault_status, .fault_pop, .fault_clear,
    .count_offset, .count_value
  );

  counters counts (
    .clk, .rst_n,
    .fence_valid, .count_offset, .count_value,
    .fetch_request, .fetch_hit, .fetch_merge, .fetch_stall, .fetch_fault(fetch_resp_fault),
    .data_request, .data_hit, .data_merge, .data_stall, .data_fault(data_resp_fault),
    .walk_start, .walk_prefetch, .walk_busy, .walk_read, .walk_probe, .walk_swap, .walk_retry,
    .walk_restart, .walk_chain, .start_match, .start_level,
    .l2_hit(hit), .l2_port(stage_port), .l2_parity(event_parity)
  );

endmodule
