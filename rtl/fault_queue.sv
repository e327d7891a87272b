// fault_queue: the faults that software has not yet popped, oldest first. A fault that finds it
// full is counted as dropped; its answer carries it all the same. docs/blocks/fault_queue.md
//
//      record:  cause 6 | va 64 | info 28 | pte_addr 56 | asid 16
//      ring:    head_q --> [oldest] [ ] [newest] [free: fetch] [free: data] ...    count_q used
`default_nettype none

module fault_queue #(
  parameter int INFO_BITS = tw_pkg::FAULT_INFO_BITS  // derived, not to be set
) (
  // clock and reset
  input  logic                 clk,
  input  logic                 rst_n,
  // fetch port: a fault is on the answer pins in this cycle
  input  logic                 fetch_valid,
  input  logic [5:0]           fetch_cause,
  input  logic [63:0]          fetch_va,
  input  logic [1:0]           fetch_op,
  input  logic [1:0]           fetch_priv,
  input  logic [2:0]           fetch_level,
  input  logic [3:0]           fetch_check,
  input  logic [55:0]          fetch_pte_addr,
  input  logic [3:0]           fetch_id,
  input  logic [3:0]           fetch_seg,
  // data port
  input  logic                 data_valid,
  input  logic [5:0]           data_cause,
  input  logic [63:0]          data_va,
  input  logic [1:0]           data_op,
  input  logic [1:0]           data_priv,
  input  logic [2:0]           data_level,
  input  logic [3:0]           data_check,
  input  logic [55:0]          data_pte_addr,
  input  logic [3:0]           data_id,
  input  logic [3:0]           data_seg,
  // second level
  input  logic                 parity,        // a lookup met wrong parity
  // registers
  input  logic [15:0]          satp_asid,     // address space of both
  input  logic                 pop,           // drop the oldest
  input  logic                 clear,         // forget how many were dropped
  output logic [5:0]           head_cause,    // the oldest; all 0 when empty
  output logic [63:0]          head_va,
  output logic [INFO_BITS-1:0] head_info,
  output logic [55:0]          head_pte_addr,
  output logic [15:0]          head_asid,
  output logic [63:0]          status,        // FAULT_STATUS
  // software
  output logic                 irq            // not empty
);

  localparam int ENTRIES     = tw_pkg::FAULT_QUEUE_ENTRIES;  // a power of two, so that places wrap
  localparam int PLACE_BITS  = $clog2(ENTRIES);
  localparam int RECORD_BITS = 6 + 64 + INFO_BITS + 56 + 16;

  // FAULT_INFO, with the x86 view of the same fault.
  function automatic logic [INFO_BITS-1:0] info(
    input logic       port,
    input logic [1:0] op,
    input logic [1:0] priv,
    input logic [2:0] level,
    input logic [3:0] check,
    input logic [3:0] id,
    input logic [3:0] seg
  );
    logic encoding;
    encoding = check == tw_pkg::CHECK_RESERVED || check == tw_pkg::CHECK_POINTER
               || check == tw_pkg::CHECK_ALIGNED;
    info = '0;
    info[tw_pkg::FAULT_INFO_OP_LOW +: tw_pkg::FAULT_INFO_OP_BITS]       = op;
    info[tw_pkg::FAULT_INFO_PRIV_LOW +: tw_pkg::FAULT_INFO_PRIV_BITS]   = priv;
    info[tw_pkg::FAULT_INFO_LEVEL_LOW +: tw_pkg::FAULT_INFO_LEVEL_BITS] = level;
    info[tw_pkg::FAULT_INFO_PORT_LOW]                                   = port;
    info[tw_pkg::FAULT_INFO_CHECK_LOW +: tw_pkg::FAULT_INFO_CHECK_BITS] = check;
    info[tw_pkg::FAULT_INFO_ID_LOW +: tw_pkg::FAULT_INFO_ID_BITS]       = id;
    // A valid PTE was judged, or the walk got as far as touching it.
    info[tw_pkg::FAULT_INFO_X86_P_LOW]    = encoding || check == tw_pkg::CHECK_USER
                                            || check == tw_pkg::CHECK_PERMISSION
                                            || check == tw_pkg::CHECK_TOUCHED
                                            || check == tw_pkg::CHECK_SWAP
                                            || check == tw_pkg::CHECK_RETRIES;
    info[tw_pkg::FAULT_INFO_X86_W_LOW]    = tw_pkg::op_writes(op);
    info[tw_pkg::FAULT_INFO_X86_U_LOW]    = priv != tw_pkg::PRIV_S && priv != tw_pkg::PRIV_M;
    info[tw_pkg::FAULT_INFO_X86_RSVD_LOW] = encoding;
    info[tw_pkg::FAULT_INFO_X86_I_LOW]    = op == tw_pkg::OP_FETCH;
    info[tw_pkg::FAULT_INFO_SEGMENT_LOW +: tw_pkg::FAULT_INFO_SEGMENT_BITS] = seg;
  endfunction

  logic [RECORD_BITS-1:0] fetch_record, data_record;
  assign fetch_record = {fetch_cause, fetch_va,
                         info(1'b0, fetch_op, fetch_priv, fetch_level, fetch_check, fetch_id,
                              fetch_seg),
                         fetch_pte_addr, satp_asid};
  assign data_record  = {data_cause, data_va,
                         info(1'b1, data_op, data_priv, data_level, data_check, data_id,
                              data_seg),
                         data_pte_addr, satp_asid};

  // Space is judged before this cycle's pop, and the fetch port goes first.
  logic [PLACE_BITS:0]   count_q, free;
  logic [PLACE_BITS-1:0] head_q, fetch_place, data_place;
  logic                  push_fetch, push_data, drop;

  assign free       = (PLACE_BITS + 1)'(ENTRIES) - count_q;
  assign push_fetch = fetch_valid && free != '0;
  assign push_data  = data_valid && free > (PLACE_BITS + 1)'(fetch_valid);
  assign drop       = pop && count_q != '0;

  assign fetch_place = head_q + PLACE_BITS'(count_q);
  assign data_place  = fetch_place + PLACE_BITS'(push_fetch);

  logic [RECORD_BITS-1:0] record_q [0:ENTRIES-1];
  for (genvar i = 0; i < ENTRIES; i++) begin : g_entry
    always_ff @(posedge clk) begin
      if (!rst_n) record_q[i] <= '0;
      else if (push_fetch && fetch_place == PLACE_BITS'(i)) record_q[i] <= fetch_record;
      else if (push_data && data_place == PLACE_BITS'(i)) record_q[i] <= data_record;
    end
  end

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      head_q  <= '0;
      count_q <= '0;
    end else begin
      head_q  <= head_q + PLACE_BITS'(drop);
      count_q <= count_q + (PLACE_BITS + 1)'(push_fetch) + (PLACE_BITS + 1)'(push_data)
                 - (PLACE_BITS + 1)'(drop);
    end
  end

  // What was lost, and wrong parity: a clear, then what happens in this cycle; the counts stop at
  // their largest values.
  logic        overflow_q, lost_fetch, lost_data;
  logic [31:0] dropped_q;
  logic [32:0] dropped_sum;
  logic [15:0] parity_q;
  logic [16:0] parity_sum;

  assign lost_fetch  = fetch_valid && !push_fetch;
  assign lost_data   = data_valid && !push_data;
  assign dropped_sum = (clear ? '0 : {1'b0, dropped_q}) + 33'(lost_fetch) + 33'(lost_data);
  assign parity_sum  = (clear ? '0 : {1'b0, parity_q}) + 17'(parity);

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      overflow_q <= 1'b0;
      dropped_q  <= '0;
      parity_q   <= '0;
    end else begin
      overflow_q <= (overflow_q && !clear) || lost_fetch || lost_data;
      dropped_q  <= dropped_sum[32] ? '1 : dropped_sum[31:0];
      parity_q   <= parity_sum[16] ? '1 : parity_sum[15:0];
    end
  end

  // ---- what software sees ----
  assign irq = count_q != '0;
  assign {head_cause, head_va, head_info, head_pte_addr, head_asid} = irq ? record_q[head_q] : '0;
  assign status = 64'(count_q) << tw_pkg::FAULT_STATUS_COUNT_LOW
                  | 64'(overflow_q) << tw_pkg::FAULT_STATUS_OVERFLOW_LOW
                  | 64'(parity_q) << tw_pkg::FAULT_STATUS_PARITY_LOW
                  | 64'(dropped_q) << tw_pkg::FAULT_STATUS_DROPPED_LOW;

endmodule
