// walk_dispatch: two ports may miss in one cycle; the walker takes one. Who lost last time goes
// first, so a port that keeps missing gets every second walk at least. docs/blocks/walk_dispatch.md
`default_nettype none

module walk_dispatch (
  // clock and reset
  input  logic        clk,
  input  logic        rst_n,
  // fetch port
  input  logic        fetch_miss_valid,
  input  logic [3:0]  fetch_miss_id,
  input  logic [63:0] fetch_miss_va,
  input  logic [1:0]  fetch_miss_op,
  input  logic [1:0]  fetch_miss_priv,
  input  logic        fetch_miss_sum,
  input  logic        fetch_miss_mxr,
  output logic        fetch_miss_grant,
  // data port
  input  logic        data_miss_valid,
  input  logic [3:0]  data_miss_id,
  input  logic [63:0] data_miss_va,
  input  logic [1:0]  data_miss_op,
  input  logic [1:0]  data_miss_priv,
  input  logic        data_miss_sum,
  input  logic        data_miss_mxr,
  output logic        data_miss_grant,
  // walker
  input  logic        walker_idle,  // it can start in this cycle
  output logic        start_valid,
  output logic        start_port,   // 0 fetch, 1 data
  output logic [3:0]  start_id,
  output logic [63:0] start_va,
  output logic [1:0]  start_op,
  output logic [1:0]  start_priv,
  output logic        start_sum,
  output logic        start_mxr
);

  logic turn_q;  // the port that wins when both miss

  assign start_valid = walker_idle && (fetch_miss_valid || data_miss_valid);
  assign start_port  = fetch_miss_valid && data_miss_valid ? turn_q : data_miss_valid;

  assign fetch_miss_grant = start_valid && !start_port;
  assign data_miss_grant  = start_valid && start_port;

  assign start_id   = start_port ? data_miss_id : fetch_miss_id;
  assign start_va   = start_port ? data_miss_va : fetch_miss_va;
  assign start_op   = start_port ? data_miss_op : fetch_miss_op;
  assign start_priv = start_port ? data_miss_priv : fetch_miss_priv;
  assign start_sum  = start_port ? data_miss_sum : fetch_miss_sum;
  assign start_mxr  = start_port ? data_miss_mxr : fetch_miss_mxr;

  always_ff @(posedge clk) begin
    if (!rst_n) turn_q <= 1'b0;
    else if (start_valid) turn_q <= !start_port;
  end

endmodule
