// counters: how often what happened: 64 bits for each COUNT_* register, cleared by reset alone. An
// event of one cycle is in the value from the next on. docs/blocks/counters.md
//
// Events are numbered by offset / 8, so each stands where its register does.
`default_nettype none

module counters (
  // clock and reset
  input  logic        clk,
  input  logic        rst_n,
  // registers
  input  logic        fence_valid,
  input  logic [11:0] count_offset,  // which counter is read
  output logic [63:0] count_value,   // its value in this cycle; 0 for an offset that is no counter
  // fetch port
  input  logic        fetch_request,
  input  logic        fetch_hit,
  input  logic        fetch_merge,
  input  logic        fetch_stall,
  input  logic [5:0]  fetch_fault,   // cause of the answer on the pins, 0 for none
  // data port
  input  logic        data_request,
  input  logic        data_hit,
  input  logic        data_merge,
  input  logic        data_stall,
  input  logic [5:0]  data_fault,
  // walkers
  input  logic        walk_start,
  input  logic        walk_prefetch, // it is a prefetch
  input  logic [2:0]  walk_busy,     // how many walkers
  input  logic        walk_read,
  input  logic        walk_probe,    // it is of a hashed entry
  input  logic        walk_swap,
  input  logic        walk_retry,
  input  logic [2:0]  walk_restart,  // how many walkers
  input  logic [2:0]  walk_chain,    // a hashed walk finishes: entries read, in steps, 1 to 5
  // walk cache: of a walk that starts
  input  logic        start_match,   // it begins below a cached pointer
  input  logic [2:0]  start_level,   // at this level
  // second level
  input  logic        l2_hit,
  input  logic        l2_port,       // of the port: 0 fetch, 1 data
  input  logic        l2_parity
);

  localparam int FIRST      = 32'(tw_pkg::REG_COUNT_CYCLES) / 8;
  localparam int LAST       = 32'(tw_pkg::REG_COUNT_CHAIN_MORE) / 8;
  localparam int COUNTERS   = LAST - FIRST + 1;
  localparam int PLACE_BITS = $clog2(COUNTERS);

  // Both ports share the counters of faults.
  function automatic logic [2:0] faults(input logic [5:0] cause, input logic [5:0] one,
                                        input logic [5:0] other);
    faults = 3'(one == cause) + 3'(other == cause);
  endfunction

  logic below;
  assign below = walk_start && start_match;

  logic [2:0] add [FIRST:LAST];  // how many events of this cycle
  assign add[tw_pkg::REG_COUNT_CYCLES / 8]         = 3'd1;
  assign add[tw_pkg::REG_COUNT_FETCH_REQUESTS / 8] = 3'(fetch_request);
  assign add[tw_pkg::REG_COUNT_FETCH_HITS / 8]     = 3'(fetch_hit);
  assign add[tw_pkg::REG_COUNT_FETCH_MERGES / 8]   = 3'(fetch_merge);
  assign add[tw_pkg::REG_COUNT_FETCH_STALLS / 8]   = 3'(fetch_stall);
  assign add[tw_pkg::REG_COUNT_DATA_REQUESTS / 8]  = 3'(data_request);
  assign add[tw_pkg::REG_COUNT_DATA_HITS / 8]      = 3'(data_hit);
  assign add[tw_pkg::REG_COUNT_DATA_MERGES / 8]    = 3'(data_merge);
  assign add[tw_pkg::REG_COUNT_DATA_STALLS / 8]    = 3'(data_stall);
  assign add[tw_pkg::REG_COUNT_WALKS / 8]          = 3'(walk_start);
  assign add[tw_pkg::REG_COUNT_WALK_CYCLES / 8]    = walk_busy;
  assign add[tw_pkg::REG_COUNT_READS / 8]          = 3'(walk_read);
  assign add[tw_pkg::REG_COUNT_SWAPS / 8]          = 3'(walk_swap);
  assign add[tw_pkg::REG_COUNT_RETRIES / 8]        = 3'(walk_retry);
  assign add[tw_pkg::REG_COUNT_RESTARTS / 8]       = walk_restart;
  assign add[tw_pkg::REG_COUNT_FENCES / 8]         = 3'(fence_valid);
  assign add[tw_pkg::REG_COUNT_FETCH_L2_HITS / 8]  = 3'(l2_hit && !l2_port);
  assign add[tw_pkg::REG_COUNT_DATA_L2_HITS / 8]   = 3'(l2_hit && l2_port);
  assign add[tw_pkg::REG_COUNT_L2_PARITY / 8]      = 3'(l2_parity);
  assign add[tw_pkg::REG_COUNT_WALK_CACHE_1 / 8]   = 3'(below && start_level == 3'd0);
  assign add[tw_pkg::REG_COUNT_WALK_CACHE_2 / 8]   = 3'(below && start_level == 3'd1);
  assign add[tw_pkg::REG_COUNT_WALK_CACHE_3 / 8]   = 3'(below && start_level == 3'd2);
  assign add[tw_pkg::REG_COUNT_WALK_CACHE_4 / 8]   = 3'(below && start_level == 3'd3);
  assign add[tw_pkg::REG_COUNT_PREFETCHES / 8]     = 3'(walk_prefetch);
  assign add[tw_pkg::REG_COUNT_PROBES / 8]         = 3'(walk_probe);
  assign add[tw_pkg::REG_COUNT_CHAIN_1 / 8]        = 3'(walk_chain == 3'd1);
  assign add[tw_pkg::REG_COUNT_CHAIN_2 / 8]        = 3'(walk_chain == 3'd2);
  assign add[tw_pkg::REG_COUNT_CHAIN_4 / 8]        = 3'(walk_chain == 3'd3);
  assign add[tw_pkg::REG_COUNT_CHAIN_8 / 8]        = 3'(walk_chain == 3'd4);
  assign add[tw_pkg::REG_COUNT_CHAIN_MORE / 8]     = 3'(walk_chain == 3'd5);

  assign add[tw_pkg::REG_COUNT_FAULT_FETCH_ACCESS / 8] =
      faults(tw_pkg::CAUSE_FETCH_ACCESS, fetch_fault, data_fault);
  assign add[tw_pkg::REG_COUNT_FAULT_LOAD_ACCESS / 8]  =
      faults(tw_pkg::CAUSE_LOAD_ACCESS, fetch_fault, data_fault);
  assign add[tw_pkg::REG_COUNT_FAULT_STORE_ACCESS / 8] =
      faults(tw_pkg::CAUSE_STORE_ACCESS, fetch_fault, data_fault);
  assign add[tw_pkg::REG_COUNT_FAULT_FETCH_PAGE / 8]   =
      faults(tw_pkg::CAUSE_FETCH_PAGE, fetch_fault, data_fault);
  assign add[tw_pkg::REG_COUNT_FAULT_LOAD_PAGE / 8]    =
      faults(tw_pkg::CAUSE_LOAD_PAGE, fetch_fault, data_fault);
  assign add[tw_pkg::REG_COUNT_FAULT_STORE_PAGE / 8]   =
      faults(tw_pkg::CAUSE_STORE_PAGE, fetch_fault, data_fault);

  logic [63:0] count_q [0:COUNTERS-1];
  for (genvar i = 0; i < COUNTERS; i++) begin : g_count
    always_ff @(posedge clk) begin
      if (!rst_n) count_q[i] <= '0;
      else count_q[i] <= count_q[i] + 64'(add[FIRST + i]);
    end
  end

  logic                  is_counter;
  logic [PLACE_BITS-1:0] place;
  assign is_counter  = count_offset >= tw_pkg::REG_COUNT_CYCLES
                       && count_offset <= tw_pkg::REG_COUNT_CHAIN_MORE
                       && count_offset[2:0] == 3'd0;
  assign place       = PLACE_BITS'(count_offset[11:3] - 9'(FIRST));
  assign count_value = is_counter ? count_q[place] : '0;

endmodule
