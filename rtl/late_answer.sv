// late_answer: what one port hears when the TLB does not answer: a finished walk, or the second
// level's translation, in the same words. No state. docs/blocks/late_answer.md
//
//      walk that finishes ---.
//                            |--> done --> request_port
//      stage, l2 ------------'
//
// Who is answered makes the choice, not what the answer says: so the page to fill into the TLB is
// known before the PTE is judged.
`default_nettype none

module late_answer (
  // walkers
  input  logic        answer_mine,    // memory answers a walk of this port
  input  logic        walk_done_valid,
  input  logic [3:0]  walk_done_id,
  input  logic [63:0] walk_done_va,
  input  logic [1:0]  walk_done_op,
  input  logic [1:0]  walk_done_priv,
  input  logic [2:0]  walk_done_level,
  input  logic [3:0]  walk_done_check,
  input  logic [55:0] walk_done_pte_addr,
  input  logic [63:0] walk_done_pte,
  input  logic [5:0]  walk_done_size,
  input  logic        walk_done_global,
  // second level
  input  logic        l2_hit,         // it answers the stage's request, and that is this port's
  input  logic [63:0] l2_pte,
  input  logic        l2_global,
  // dispatch
  input  logic [3:0]  stage_id,
  input  logic [63:0] stage_va,
  input  logic [1:0]  stage_op,
  input  logic [1:0]  stage_priv,
  // port
  output logic        done_valid,
  output logic [3:0]  done_id,
  output logic [63:0] done_va,
  output logic [1:0]  done_op,
  output logic [1:0]  done_priv,
  output logic [2:0]  done_level,
  output logic [3:0]  done_check,
  output logic [55:0] done_pte_addr,
  output logic [63:0] done_pte,
  output logic [5:0]  done_size,
  output logic        done_global
);

  assign done_valid    = answer_mine ? walk_done_valid : l2_hit;
  assign done_id       = answer_mine ? walk_done_id : stage_id;
  assign done_va       = answer_mine ? walk_done_va : stage_va;
  assign done_op       = answer_mine ? walk_done_op : stage_op;
  assign done_priv     = answer_mine ? walk_done_priv : stage_priv;
  assign done_level    = answer_mine ? walk_done_level : '0;
  assign done_check    = answer_mine ? walk_done_check : tw_pkg::CHECK_NONE;
  assign done_pte_addr = answer_mine ? walk_done_pte_addr : '0;
  assign done_pte      = answer_mine ? walk_done_pte : l2_pte;
  assign done_size     = answer_mine ? walk_done_size : 6'(tw_pkg::PAGE_SHIFT);
  assign done_global   = answer_mine ? walk_done_global : l2_global;

endmodule
