// segment_table: the segment registers, and the window through which software reaches one at a
// time. docs/blocks/segment_table.md
//
//      SEGMENT ---> index_q --.
//      SEGMENT_BASE           |--> base_q[index], limit_q[index], flags_q[index] --> segment units
//      SEGMENT_LIMIT          |
//      SEGMENT_FLAGS ---------'
`default_nettype none

module segment_table #(
  parameter int SEGMENTS = 16,                       // 1 to 16
  parameter int FLAGS    = tw_pkg::SEGMENT_DOWN + 1  // bits of flags; derived, not to be set
) (
  // clock and reset
  input  logic                      clk,
  input  logic                      rst_n,
  // registers
  input  logic                      write_valid,  // a write executes in this cycle
  input  logic [11:0]               offset,       // which register is read or written
  input  logic [63:0]               write_data,
  output logic [63:0]               value,        // of that register; 0 if it is not here
  // segment units
  output logic [64*SEGMENTS-1:0]    base,         // of all segments, number 0 lowest
  output logic [64*SEGMENTS-1:0]    limit,
  output logic [FLAGS*SEGMENTS-1:0] flags
);

  logic [3:0] index_q;

  always_ff @(posedge clk) begin
    if (!rst_n) index_q <= '0;
    else if (write_valid && offset == tw_pkg::REG_SEGMENT)
      index_q <= write_data[tw_pkg::SEGMENT_INDEX_LOW +: tw_pkg::SEGMENT_INDEX_BITS];
  end

  for (genvar i = 0; i < SEGMENTS; i++) begin : g_segment
    logic [63:0]      base_q, limit_q;
    logic [FLAGS-1:0] flags_q;
    logic             write;

    assign write = write_valid && index_q == 4'(i);

    // Bit 0 of the flags, V in a PTE, means nothing here and stays 0.
    always_ff @(posedge clk) begin
      if (!rst_n) begin
        base_q  <= '0;
        limit_q <= '0;
        flags_q <= '0;
      end else if (write) begin
        if (offset == tw_pkg::REG_SEGMENT_BASE) base_q <= write_data;
        if (offset == tw_pkg::REG_SEGMENT_LIMIT) limit_q <= write_data;
        if (offset == tw_pkg::REG_SEGMENT_FLAGS) flags_q <= {write_data[FLAGS-1:1], 1'b0};
      end
    end

    assign base[64*i +: 64]        = base_q;
    assign limit[64*i +: 64]       = limit_q;
    assign flags[FLAGS*i +: FLAGS] = flags_q;
  end

  // ---- what software sees: a segment that is not built reads 0 ----
  logic [63:0]      own_base, own_limit;
  logic [FLAGS-1:0] own_flags;

  always @* begin
    own_base  = '0;
    own_limit = '0;
    own_flags = '0;
    for (int i = 0; i < SEGMENTS; i++) begin
      if (index_q == 4'(i)) begin
        own_base  = base[64*i +: 64];
        own_limit = limit[64*i +: 64];
        own_flags = flags[FLAGS*i +: FLAGS];
      end
    end
  end

  always @* begin
    case (offset)
      tw_pkg::REG_SEGMENT: begin
        value = 64'(index_q) << tw_pkg::SEGMENT_INDEX_LOW
                | 64'(SEGMENTS) << tw_pkg::SEGMENT_COUNT_LOW;
      end
      tw_pkg::REG_SEGMENT_BASE:  value = own_base;
      tw_pkg::REG_SEGMENT_LIMIT: value = own_limit;
      tw_pkg::REG_SEGMENT_FLAGS: value = 64'(own_flags);
      default:                   value = '0;
    endcase
  end

endmodule
