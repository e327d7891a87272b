// registers: what software can read and write, and when a write takes effect. One access at a time;
// names, offsets and fields are those of include/tablewalk/registers.h. docs/blocks/registers.md
//
//      cycle            t      t+1      t+2
//      reg_req          1
//      state            IDLE   EXECUTE  RESPOND
//      reg_resp_valid                   1
//
// A write to SATP, CONTROL, HASH_TABLE or HASH_ANCHORS stays in EXECUTE, with drain = 1, until
// nothing is in flight: so every request is translated wholly under what stood when it was taken.
`default_nettype none

module registers #(
  parameter int          FETCH_ENTRIES = 16,
  parameter int          DATA_ENTRIES  = 16,
  parameter int          MISSES        = 4,
  parameter int          WALKERS       = 2,
  parameter int          L2_ENTRIES    = 512,
  parameter int          L2_WAYS       = 4,
  parameter int          WALK_CACHE    = 8,
  parameter int          PREFETCH      = 0,
  parameter int          SEGMENTS      = 16,
  parameter logic [15:0] MODES         = 16'hc703,
  parameter int          INFO_BITS     = tw_pkg::FAULT_INFO_BITS  // derived, not to be set
) (
  // clock and reset
  input  logic                 clk,
  input  logic                 rst_n,
  // software
  input  logic                 reg_req_valid,
  output logic                 reg_req_ready,
  input  logic                 reg_req_write,
  input  logic [11:0]          reg_req_offset,
  input  logic [63:0]          reg_req_data,
  input  logic [1:0]           reg_req_priv,
  output logic                 reg_resp_valid,
  output logic [63:0]          reg_resp_data,
  output logic                 reg_resp_error,
  // request ports and walkers
  input  logic                 quiet,           // all are idle
  output logic                 drain,           // the ports shall take no request
  output logic [3:0]           satp_mode,
  output logic [15:0]          satp_asid,
  output logic [43:0]          satp_ppn,
  output logic [43:0]          hash_table_ppn,
  output logic [19:0]          hash_table_last,
  output logic [43:0]          hash_anchors_ppn,
  output logic [4:0]           hash_anchors_bits,
  output logic                 control_adue,
  output logic                 control_pbmte,
  output logic                 control_prefetch,
  output logic                 control_segments,
  output logic                 fence_valid,     // a fence happens in this cycle
  output logic                 fence_by_va,
  output logic                 fence_by_asid,
  output logic [63:0]          fence_va,
  output logic [15:0]          fence_asid,
  input  logic                 fence_busy,
  // segment table
  output logic                 write_valid,     // a write executes in this cycle
  output logic [63:0]          write_data,
  input  logic [63:0]          segment_value,   // of the register at count_offset
  // second level
  output logic                 inject_armed,    // the next word that is written shall be spoilt
  output logic [7:0]           inject_bit,
  input  logic                 inject_done,     // a word is written in this cycle
  // fault queue
  input  logic [5:0]           fault_cause,     // the oldest fault
  input  logic [63:0]          fault_va,
  input  logic [INFO_BITS-1:0] fault_info,
  input  logic [55:0]          fault_pte_addr,
  input  logic [15:0]          fault_asid,
  input  logic [63:0]          fault_status,
  output logic                 fault_pop,
  output logic                 fault_clear,
  // counters
  output logic [11:0]          count_offset,    // of the access: to the segment table too
  input  logic [63:0]          count_value
);

  typedef enum logic [1:0] {
    ACCESS_IDLE    = tw_pkg::ACCESS_IDLE,     // takes a request
    ACCESS_EXECUTE = tw_pkg::ACCESS_EXECUTE,  // does it, at the end of the cycle
    ACCESS_RESPOND = tw_pkg::ACCESS_RESPOND   // shows data or error
  } state_t;

  localparam int L2_SETS = L2_ENTRIES / L2_WAYS;

  localparam logic [63:0] CAPABILITIES =
      64'(MODES) << tw_pkg::CAPABILITIES_MODES_LOW
      | 64'(FETCH_ENTRIES) << tw_pkg::CAPABILITIES_FETCH_ENTRIES_LOW
      | 64'(PREFETCH) << tw_pkg::CAPABILITIES_PREFETCH_LOW
      | 64'(DATA_ENTRIES) << tw_pkg::CAPABILITIES_DATA_ENTRIES_LOW
      | 64'(MISSES) << tw_pkg::CAPABILITIES_MISSES_LOW
      | 64'(WALKERS) << tw_pkg::CAPABILITIES_WALKERS_LOW
      | 64'(WALK_CACHE) << tw_pkg::CAPABILITIES_WALK_CACHE_LOW
      | 64'(L2_WAYS) << tw_pkg::CAPABILITIES_L2_WAYS_LOW
      | 64'(L2_SETS) << tw_pkg::CAPABILITIES_L2_SETS_LOW;

  state_t      state_q, state_d;
  logic        write_q;
  logic [11:0] offset_q;
  logic [63:0] data_q;
  logic [1:0]  priv_q;

  // ---- what the access is: its value, and whether it may be done ----
  logic [63:0] value;
  logic        known, writable, refused;

  always @* begin
    value    = '0;
    known    = 1'b1;
    writable = 1'b0;
    case (offset_q)
      tw_pkg::REG_ID:           value = tw_pkg::ID_RESET;
      tw_pkg::REG_CAPABILITIES: value = CAPABILITIES;
      tw_pkg::REG_SATP: begin
        value    = {satp_mode, satp_asid, satp_ppn};
        writable = 1'b1;
      end
      tw_pkg::REG_CONTROL: begin
        value[tw_pkg::CONTROL_ADUE_LOW]     = control_adue;
        value[tw_pkg::CONTROL_PBMTE_LOW]    = control_pbmte;
        value[tw_pkg::CONTROL_PREFETCH_LOW] = control_prefetch;
        value[tw_pkg::CONTROL_SEGMENTS_LOW] = control_segments;
        writable = 1'b1;
      end
      tw_pkg::REG_HASH_TABLE: begin
        value    = {hash_table_last, hash_table_ppn};
        writable = 1'b1;
      end
      tw_pkg::REG_HASH_ANCHORS: begin
        value    = 64'({hash_anchors_bits, hash_anchors_ppn});
        writable = 1'b1;
      end
      tw_pkg::REG_FENCE_VA: begin
        value    = fence_va;
        writable = 1'b1;
      end
      tw_pkg::REG_FENCE_ASID: begin
        value    = 64'(fence_asid);
        writable = 1'b1;
      end
      tw_pkg::REG_FENCE: begin
        value[tw_pkg::FENCE_BUSY_LOW] = fence_busy;
        writable = 1'b1;
      end
      tw_pkg::REG_FAULT_STATUS: begin
        value    = fault_status;
        writable = 1'b1;
      end
      tw_pkg::REG_FAULT_CAUSE: value = 64'(fault_cause);
      tw_pkg::REG_FAULT_VA:    value = fault_va;
      tw_pkg::REG_FAULT_INFO:  value = 64'(fault_info);
      tw_pkg::REG_FAULT_PTE:   value = 64'(fault_pte_addr);
      tw_pkg::REG_FAULT_ASID:  value = 64'(fault_asid);
      tw_pkg::REG_FAULT_POP:   writable = 1'b1;
      tw_pkg::REG_L2_INJECT: begin
        value[tw_pkg::L2_INJECT_BIT_LOW +: tw_pkg::L2_INJECT_BIT_BITS] = inject_bit;
        value[tw_pkg::L2_INJECT_ARMED_LOW] = inject_armed;
        writable = 1'b1;
      end
      tw_pkg::REG_SEGMENT, tw_pkg::REG_SEGMENT_BASE, tw_pkg::REG_SEGMENT_LIMIT,
      tw_pkg::REG_SEGMENT_FLAGS: begin
        value    = segment_value;
        writable = 1'b1;
      end
      default: begin
        value = count_value;
        known = offset_q >= tw_pkg::REG_COUNT_CYCLES
                && offset_q <= tw_pkg::REG_COUNT_CHAIN_MORE && offset_q[2:0] == 3'd0;
      end
    endcase
  end

  assign refused = !known || (write_q && !writable)
                   || (priv_q != tw_pkg::PRIV_S && priv_q != tw_pkg::PRIV_M);

  // ---- when a write happens ----
  logic execute, writes, writes_satp, writes_control, writes_table, writes_anchors;

  assign writes         = state_q == ACCESS_EXECUTE && write_q && !refused;
  assign writes_satp    = writes && offset_q == tw_pkg::REG_SATP;
  assign writes_control = writes && offset_q == tw_pkg::REG_CONTROL;
  assign writes_table   = writes && offset_q == tw_pkg::REG_HASH_TABLE;
  assign writes_anchors = writes && offset_q == tw_pkg::REG_HASH_ANCHORS;
  assign drain          = writes_satp || writes_control || writes_table || writes_anchors;
  assign execute        = state_q == ACCESS_EXECUTE && (!drain || quiet);

  assign fence_valid   = writes && offset_q == tw_pkg::REG_FENCE;
  assign fence_by_va   = data_q[tw_pkg::FENCE_BY_VA_LOW];
  assign fence_by_asid = data_q[tw_pkg::FENCE_BY_ASID_LOW];
  assign fault_pop     = writes && offset_q == tw_pkg::REG_FAULT_POP;
  assign fault_clear   = writes && offset_q == tw_pkg::REG_FAULT_STATUS
                         && data_q[tw_pkg::FAULT_STATUS_OVERFLOW_LOW];
  assign count_offset  = offset_q;
  assign write_valid   = writes && execute;
  assign write_data    = data_q;

  always @* begin
    state_d = state_q;
    case (state_q)
      ACCESS_IDLE:    if (reg_req_valid) state_d = ACCESS_EXECUTE;
      ACCESS_EXECUTE: if (execute) state_d = ACCESS_RESPOND;
      default:        state_d = ACCESS_IDLE;
    endcase
  end

  always_ff @(posedge clk) begin
    if (!rst_n) state_q <= ACCESS_IDLE;
    else state_q <= state_d;
  end

  // ---- the access, and its answer ----
  logic [63:0] answer_q;
  logic        error_q;

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      write_q  <= 1'b0;
      offset_q <= '0;
      data_q   <= '0;
      priv_q   <= '0;
      answer_q <= '0;
      error_q  <= 1'b0;
    end else begin
      if (reg_req_valid && reg_req_ready) begin
        write_q  <= reg_req_write;
        offset_q <= reg_req_offset;
        data_q   <= reg_req_data;
        priv_q   <= reg_req_priv;
      end
      answer_q <= execute && !write_q && !refused ? value : '0;
      error_q  <= execute && refused;
    end
  end

  assign reg_req_ready  = state_q == ACCESS_IDLE;
  assign reg_resp_valid = state_q == ACCESS_RESPOND;
  assign reg_resp_data  = answer_q;
  assign reg_resp_error = error_q;

  // ---- the registers ----
  logic [3:0] new_mode;
  assign new_mode = data_q[tw_pkg::SATP_MODE_LOW +: tw_pkg::SATP_MODE_BITS];

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      satp_mode         <= tw_pkg::MODE_BARE;
      satp_asid         <= '0;
      satp_ppn          <= '0;
      hash_table_ppn    <= '0;
      hash_table_last   <= '0;
      hash_anchors_ppn  <= '0;
      hash_anchors_bits <= '0;
      control_adue      <= 1'b0;
      control_pbmte     <= 1'b0;
      control_prefetch  <= 1'b0;
      control_segments  <= 1'b0;
      fence_va          <= '0;
      fence_asid        <= '0;
      inject_armed      <= 1'b0;
      inject_bit        <= '0;
    end else begin
      if (execute && writes_satp && MODES[new_mode]) begin
        satp_mode <= new_mode;
        satp_asid <= data_q[tw_pkg::SATP_ASID_LOW +: tw_pkg::SATP_ASID_BITS];
        satp_ppn  <= data_q[tw_pkg::SATP_PPN_LOW +: tw_pkg::SATP_PPN_BITS];
      end
      if (execute && writes_table && MODES[tw_pkg::MODE_HASHED]) begin
        hash_table_ppn  <= data_q[tw_pkg::HASH_TABLE_PPN_LOW +: tw_pkg::HASH_TABLE_PPN_BITS];
        hash_table_last <= data_q[tw_pkg::HASH_TABLE_LAST_LOW +: tw_pkg::HASH_TABLE_LAST_BITS];
      end
      if (execute && writes_anchors && MODES[tw_pkg::MODE_HASHED]) begin
        hash_anchors_ppn  <= data_q[tw_pkg::HASH_ANCHORS_PPN_LOW +: tw_pkg::HASH_ANCHORS_PPN_BITS];
        hash_anchors_bits <=
            data_q[tw_pkg::HASH_ANCHORS_BITS_LOW +: tw_pkg::HASH_ANCHORS_BITS_BITS];
      end
      if (execute && writes_control) begin
        control_adue     <= data_q[tw_pkg::CONTROL_ADUE_LOW];
        control_pbmte    <= data_q[tw_pkg::CONTROL_PBMTE_LOW];
        control_prefetch <= data_q[tw_pkg::CONTROL_PREFETCH_LOW] && PREFETCH != 0;
        control_segments <= data_q[tw_pkg::CONTROL_SEGMENTS_LOW] && SEGMENTS != 0;
      end
      if (writes && offset_q == tw_pkg::REG_FENCE_VA) fence_va <= data_q;
      if (writes && offset_q == tw_pkg::REG_FENCE_ASID) fence_asid <= data_q[15:0];
      if (inject_done) inject_armed <= 1'b0;
      if (writes && offset_q == tw_pkg::REG_L2_INJECT && L2_ENTRIES != 0) begin
        inject_armed <= data_q[tw_pkg::L2_INJECT_ARMED_LOW];
        inject_bit   <= data_q[tw_pkg::L2_INJECT_BIT_LOW +: tw_pkg::L2_INJECT_BIT_BITS];
      end
    end
  end

endmodule
