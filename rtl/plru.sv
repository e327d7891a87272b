// plru: which of WAYS ways was used least recently, by a binary tree of WAYS - 1 bits: exact for
// two ways, a good guess for more. docs/blocks/plru.md
//
// Nodes are numbered as in a heap, so way w is the leaf WAYS + w, and shifting a leaf's number
// right gives the numbers of all its ancestors.
//
//                1               bit 0: the victim is in the lower half
//              .' `.             bit 1: in the upper half
//             2     3
//            / \   / \
//      way  0   1 2   3
`default_nettype none

module plru #(
  parameter int WAYS     = 16,           // a power of two, 2 to 64
  parameter int WAY_BITS = $clog2(WAYS)  // derived, not to be set
) (
  // clock and reset
  input  logic                clk,
  input  logic                rst_n,
  // lookup
  input  logic                hit_valid,   // a lookup uses this way in this cycle
  input  logic [WAY_BITS-1:0] hit_way,
  // fill
  input  logic                fill_valid,  // this way is written in this cycle
  input  logic [WAY_BITS-1:0] fill_way,
  output logic [WAY_BITS-1:0] victim       // the way that the tree points to
);

  logic [WAYS-1:1] tree_q;

  // Each node above a used way turns to the other half; where they share one, the fill decides.
  for (genvar n = 1; n < WAYS; n++) begin : g_node
    localparam int SIDE = WAY_BITS - $clog2(n + 1);  // the bit of a way that this node decides
    logic hit_below, fill_below;
    assign hit_below  = hit_valid && {1'b1, hit_way} >> (SIDE + 1) == (WAY_BITS + 1)'(n);
    assign fill_below = fill_valid && {1'b1, fill_way} >> (SIDE + 1) == (WAY_BITS + 1)'(n);

    always_ff @(posedge clk) begin
      if (!rst_n) tree_q[n] <= 1'b0;
      else if (fill_below) tree_q[n] <= !fill_way[SIDE];
      else if (hit_below) tree_q[n] <= !hit_way[SIDE];
    end
  end

  // Walk down from the root. The number of the node grows by one bit a level; with the last, the
  // leading one falls off, and what is left is the way.
  always @* begin
    victim = WAY_BITS'(1);
    for (int depth = 0; depth < WAY_BITS; depth++) begin
      victim = WAY_BITS'({victim, tree_q[victim]});
    end
  end

endmodule
