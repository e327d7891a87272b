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
  // walker
  input  logic        walk_start,
  input  logic        walk_busy,
  input  logic        walk_read,
  input  logic        walk_swap,
  input  logic        walk_retry,
  input  logic        walk_restart
);

  localparam int FIRST        = 32'(tw_pkg::REG_COUNT_CYCLES) / 8;
  localparam int FIRST_SHARED = 32'(tw_pkg::REG_COUNT_FAULT_FETCH_ACCESS) / 8;
  localparam int LAST         = 32'(tw_pkg::REG_COUNT_FAULT_STORE_PAGE) / 8;
  localparam int COUNTERS     = LAST - FIRST + 1;
  localparam int PLACE_BITS   = $clog2(COUNTERS);

  logic [LAST:FIRST] once;   // something to count
  logic [LAST:FIRST] twice;  // on the data port as well: both ports share the counters of faults

  assign once[tw_pkg::REG_COUNT_CYCLES / 8]         = 1'b1;
  assign once[tw_pkg::REG_COUNT_FETCH_REQUESTS / 8] = fetch_request;
  assign once[tw_pkg::REG_COUNT_FETCH_HITS / 8]     = fetch_hit;
  assign once[tw_pkg::REG_COUNT_FETCH_MERGES / 8]   = fetch_merge;
  assign once[tw_pkg::REG_COUNT_FETCH_STALLS / 8]   = fetch_stall;
  assign once[tw_pkg::REG_COUNT_DATA_REQUESTS / 8]  = data_request;
  assign once[tw_pkg::REG_COUNT_DATA_HITS / 8]      = data_hit;
  assign once[tw_pkg::REG_COUNT_DATA_MERGES / 8]    = data_merge;
  assign once[tw_pkg::REG_COUNT_DATA_STALLS / 8]    = data_stall;
  assign once[tw_pkg::REG_COUNT_WALKS / 8]          = walk_start;
  assign once[tw_pkg::REG_COUNT_WALK_CYCLES / 8]    = walk_busy;
  assign once[tw_pkg::REG_COUNT_READS / 8]          = walk_read;
  assign once[tw_pkg::REG_COUNT_SWAPS / 8]          = walk_swap;
  assign once[tw_pkg::REG_COUNT_RETRIES / 8]        = walk_retry;
  assign once[tw_pkg::REG_COUNT_RESTARTS / 8]       = walk_restart;
  assign once[tw_pkg::REG_COUNT_FENCES / 8]         = fence_valid;

  assign once[tw_pkg::REG_COUNT_FAULT_FETCH_ACCESS / 8] = fetch_fault == tw_pkg::CAUSE_FETCH_ACCESS;
  assign once[tw_pkg::REG_COUNT_FAULT_LOAD_ACCESS / 8]  = fetch_fault == tw_pkg::CAUSE_LOAD_ACCESS;
  assign once[tw_pkg::REG_COUNT_FAULT_STORE_ACCESS / 8] = fetch_fault == tw_pkg::CAUSE_STORE_ACCESS;
  assign once[tw_pkg::REG_COUNT_FAULT_FETCH_PAGE / 8]   = fetch_fault == tw_pkg::CAUSE_FETCH_PAGE;
  assign once[tw_pkg::REG_COUNT_FAULT_LOAD_PAGE / 8]    = fetch_fault == tw_pkg::CAUSE_LOAD_PAGE;
  assign once[tw_pkg::REG_COUNT_FAULT_STORE_PAGE / 8]   = fetch_fault == tw_pkg::CAUSE_STORE_PAGE;

  assign twice[FIRST_SHARED-1:FIRST] = '0;
  assign twice[tw_pkg::REG_COUNT_FAULT_FETCH_ACCESS / 8] = data_fault == tw_pkg::CAUSE_FETCH_ACCESS;
  assign twice[tw_pkg::REG_COUNT_FAULT_LOAD_ACCESS / 8]  = data_fault == tw_pkg::CAUSE_LOAD_ACCESS;
  assign twice[tw_pkg::REG_COUNT_FAULT_STORE_ACCESS / 8] = data_fault == tw_pkg::CAUSE_STORE_ACCESS;
  assign twice[tw_pkg::REG_COUNT_FAULT_FETCH_PAGE / 8]   = data_fault == tw_pkg::CAUSE_FETCH_PAGE;
  assign twice[tw_pkg::REG_COUNT_FAULT_LOAD_PAGE / 8]    = data_fault == tw_pkg::CAUSE_LOAD_PAGE;
  assign twice[tw_pkg::REG_COUNT_FAULT_STORE_PAGE / 8]   = data_fault == tw_pkg::CAUSE_STORE_PAGE;

  logic [63:0] count_q [0:COUNTERS-1];
  for (genvar i = 0; i < COUNTERS; i++) begin : g_count
    always_ff @(posedge clk) begin
      if (!rst_n) count_q[i] <= '0;
      else count_q[i] <= count_q[i] + 64'(once[FIRST + i]) + 64'(twice[FIRST + i]);
    end
  end

  logic                  is_counter;
  logic [PLACE_BITS-1:0] place;
  assign is_counter  = count_offset >= tw_pkg::REG_COUNT_CYCLES
                       && count_offset <= tw_pkg::REG_COUNT_FAULT_STORE_PAGE
                       && count_offset[2:0] == 3'd0;
  assign place       = PLACE_BITS'(count_offset[11:3] - 9'(FIRST));
  assign count_value = is_counter ? count_q[place] : '0;

endmodule
