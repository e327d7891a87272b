// ram: WORDS words of WIDTH bits with one read and one write port. It is what synthesis maps to a
// memory block, and the one file to replace by a technology's macro. docs/blocks/ram.md
//
//      cycle              t    t+1
//      read_address       A
//      read_data               word A; anything if A was written in t
//
// Nothing is reset: until it is written, a word is anything.
`default_nettype none

module ram #(
  parameter int WORDS        = 128,           // at least 2
  parameter int WIDTH        = 113,
  parameter int ADDRESS_BITS = $clog2(WORDS)  // derived, not to be set
) (
  // clock
  input  logic                    clk,
  // write
  input  logic                    write_valid,
  input  logic [ADDRESS_BITS-1:0] write_address,
  input  logic [WIDTH-1:0]        write_data,
  // read
  input  logic [ADDRESS_BITS-1:0] read_address,
  output logic [WIDTH-1:0]        read_data
);

  logic [WIDTH-1:0] word_q [0:WORDS-1];

  always_ff @(posedge clk) begin
    if (write_valid) word_q[write_address] <= write_data;
    read_data <= word_q[read_address];
  end

endmodule
