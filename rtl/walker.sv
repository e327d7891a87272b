// walker: one walk at a time. It reads a PTE and decides: down, finish, or set A and D by
// compare-and-swap. It begins where the walk cache says; a fence during the walk sends it back to
// the root, and nobody is asked. docs/blocks/walker.md
//
//             start          ready         a pointer, or a restart
//      IDLE ---------> READ --------> WAIT -----------------------> READ
//        ^              ^              |  a leaf without A or D
//        |              |              '---------------------> SWAP --ready--> SWAP_WAIT
//        |              '----- the compare failed, or a restart ----------------'   |
//        '----- a touched leaf, a failed check, swapped, refused, out of tries -----'
//
// In hashed mode the root is the anchor, and an entry that leads on is what a pointer is in a tree:
// hash_walker says what a word is, and all else is as with one level.
//
// A prefetch is a walk that nobody asks for: it swaps nothing, and a fence ends it, unless somebody
// has merged with it by then.
`default_nettype none

module walker #(
  parameter int HASHED = 1  // 1: mode 15 is built
) (
  // clock and reset
  input  logic        clk,
  input  logic        rst_n,
  // dispatch
  input  logic        start_valid,       // a walk begins; only while idle
  input  logic        start_port,        // 0 fetch, 1 data
  input  logic [3:0]  start_id,
  input  logic [63:0] start_va,
  input  logic [1:0]  start_op,
  input  logic [1:0]  start_priv,
  input  logic        start_sum,
  input  logic        start_mxr,
  input  logic [2:0]  start_level,       // of the first PTE
  input  logic [43:0] start_table,       // page number of its table
  input  logic        start_global,      // G was seen above
  input  logic        start_prefetch,    // nobody asks for this walk
  input  logic [2:0]  start_way,         // carried to done_way
  output logic        idle,
  input  logic [63:0] page_va,
  output logic        page_busy,         // it walks for this page
  input  logic        merged,            // a request merges with its walk
  // registers
  input  logic [3:0]  satp_mode,         // all but fence_valid stand still while it is busy
  input  logic [15:0] satp_asid,
  input  logic [43:0] satp_ppn,
  input  logic [43:0] hash_table_ppn,
  input  logic [19:0] hash_table_last,
  input  logic [43:0] hash_anchors_ppn,
  input  logic [4:0]  hash_anchors_bits,
  input  logic        control_adue,
  input  logic        control_pbmte,
  input  logic        fence_valid,
  output logic        fence_busy,        // an access from before a fence is still under way
  // memory
  output logic        mem_req_valid,
  output logic        unasked,           // a prefetch, and nobody has merged with it yet
  input  logic        selected,          // its request is on the pins
  input  logic        mem_req_ready,     // what is on the pins is taken
  output logic        mem_req_op,        // 0 read, 1 compare-and-swap
  output logic        mem_req_size,      // 0 four bytes, 1 eight
  output logic [55:0] mem_req_addr,
  output logic [63:0] mem_req_expected,
  output logic [63:0] mem_req_desired,
  input  logic        answered,          // the answer is its own
  input  logic [63:0] mem_resp_data,
  input  logic        mem_resp_swapped,
  input  logic        mem_resp_error,
  output logic        answer_valid,      // and it waits for one, for a port
  // request ports: a walk finishes in this cycle
  output logic        done_valid,
  output logic        done_port,
  output logic [3:0]  done_id,
  output logic [63:0] done_va,
  output logic [1:0]  done_op,
  output logic [1:0]  done_priv,
  output logic [2:0]  done_level,
  output logic [3:0]  done_check,
  output logic [55:0] done_pte_addr,
  output logic [63:0] done_pte,
  output logic [5:0]  done_size,
  output logic        done_global,
  output logic [2:0]  done_way,          // where the second level shall keep it
  // walk cache: the walk goes down from a good pointer
  output logic        pointer_valid,
  output logic [63:0] pointer_va,
  output logic [2:0]  pointer_level,     // of the pointer
  output logic [43:0] pointer_table,     // where it points to
  output logic        pointer_global,    // G was seen in it or above
  // counters
  output logic        event_read,
  output logic        event_probe,       // it is of a hashed entry
  output logic        event_swap,
  output logic        event_retry,
  output logic        event_restart,
  output logic [2:0]  event_chain,       // a hashed walk finishes: entries read, in steps
  // observation
  output logic [3:0]  state,             // bit 3: a prefetch
  output logic [2:0]  level              // 0 while idle
);

  typedef enum logic [2:0] {
    WALK_IDLE      = tw_pkg::WALK_IDLE,      // waits for a start
    WALK_READ      = tw_pkg::WALK_READ,      // asks memory for the PTE
    WALK_WAIT      = tw_pkg::WALK_WAIT,      // waits for it and decides
    WALK_SWAP      = tw_pkg::WALK_SWAP,      // asks memory to swap the PTE for the touched one
    WALK_SWAP_WAIT = tw_pkg::WALK_SWAP_WAIT  // waits for the swap
  } state_t;

  state_t      state_q, state_d;
  logic        port_q, sum_q, mxr_q;
  logic [3:0]  id_q;
  logic [63:0] va_q;
  logic [1:0]  op_q, priv_q;
  logic [2:0]  level_q;    // of the PTE that is read
  logic [55:0] addr_q;     // where it stands
  logic [63:0] pte_q;      // what it was when it was judged
  logic        global_q;   // rule 15: G was seen on the way
  logic [2:0]  way_q;
  logic [3:0]  retries_q, retries_d;
  logic        restart_q, restart_d;
  logic        prefetch_q, unasked_q;

  // ---- what the memory's answer says ----
  logic        waiting, answer, global_here;
  logic [63:0] touched, word, leaf;
  logic [3:0]  verdict;

  // ---- hashed mode: what hash_walker says; nothing in other modes ----
  logic        hashed, more, probing;
  logic [3:0]  hash_check;
  logic [63:0] hash_pte;
  logic [55:0] anchor_addr, next_addr;
  logic [2:0]  chain;

  assign waiting     = state_q == WALK_WAIT || state_q == WALK_SWAP_WAIT;
  assign answer      = waiting && answered;
  assign touched     = tw_pkg::pte_touch(pte_q, op_q);
  assign word        = state_q == WALK_SWAP_WAIT ? touched : mem_resp_data;
  assign leaf        = hashed ? hash_pte : word;
  assign global_here = global_q || leaf[tw_pkg::PTE_G];
  assign verdict = tw_pkg::pte_judge(satp_mode, control_adue && !prefetch_q, control_pbmte,
                                     op_q, priv_q, sum_q, mxr_q, leaf, level_q);

  // ---- fences: what is on the pins or in the memory ends first, and its answer is dropped ----
  logic taken, restart;

  assign taken   = selected && mem_req_ready;
  assign restart = (fence_valid || restart_q) && (answer || (mem_req_valid && !selected));

  // ---- next state ----
  logic       enter, descend;  // go to the root; go a level down
  logic       follow;          // go on in the chain
  logic       keep, finish;    // keep the leaf for the swap; end the walk
  logic [3:0] check;

  always @* begin
    state_d   = state_q;
    retries_d = retries_q;
    restart_d = restart_q || (fence_valid && state_q != WALK_IDLE);
    enter     = 1'b0;
    descend   = 1'b0;
    follow    = 1'b0;
    keep      = 1'b0;
    finish    = 1'b0;
    check     = tw_pkg::CHECK_NONE;

    if (restart) begin  // nothing read before a fence may answer after it
      if (unasked_q && !merged) state_d = WALK_IDLE;  // nobody waits for it
      else state_d = WALK_READ;
      restart_d = 1'b0;
      enter     = 1'b1;
    end else begin
      case (state_q)
        WALK_IDLE:
          if (start_valid) begin
            state_d   = WALK_READ;
            retries_d = '0;
          end

        WALK_READ: if (taken) state_d = WALK_WAIT;

        WALK_WAIT:
          if (answer) begin
            if (mem_resp_error) begin  // rule 4
              finish = 1'b1;
              check  = tw_pkg::CHECK_READ;
            end else if (hash_check != tw_pkg::CHECK_NONE) begin  // rule 18
              finish = 1'b1;
              check  = hash_check;
            end else if (more) begin
              state_d = WALK_READ;
              follow  = 1'b1;
            end else if (verdict != tw_pkg::CHECK_NONE) begin
              finish = 1'b1;
              check  = verdict;
            end else if (tw_pkg::pte_is_pointer(leaf)) begin
              state_d = WALK_READ;
              descend = 1'b1;
            end else if (tw_pkg::pte_touched(leaf, op_q)) begin
              finish = 1'b1;
            end else begin  // rule 10: every check has passed
              state_d = WALK_SWAP;
              keep    = 1'b1;
            end
          end

        WALK_SWAP: if (taken) state_d = WALK_SWAP_WAIT;

        WALK_SWAP_WAIT:
          if (answer) begin
            if (mem_resp_error) begin
              finish = 1'b1;
              check  = tw_pkg::CHECK_SWAP;
            end else if (mem_resp_swapped) begin
              finish = 1'b1;
            end else begin  // rule 12: back to the root, a bounded number of times
              retries_d = retries_q + 4'd1;
              if (retries_d == 4'(tw_pkg::SWAP_TRIES)) begin
                finish = 1'b1;
                check  = tw_pkg::CHECK_RETRIES;
              end else begin
                state_d = WALK_READ;
                enter   = 1'b1;
              end
            end
          end

        default: state_d = WALK_IDLE;
      endcase
    end

    if (finish) state_d = WALK_IDLE;
  end

  // ---- where the next PTE stands (rule 3): at the start, below a pointer, or at the root; in
  // hashed mode (rule 18) in the chain, or at the anchor ----
  logic [2:0]  next_level;
  logic [43:0] next_table;
  logic        next_global;
  logic [55:0] addr_d;
  logic [63:0] walk_va;

  assign walk_va = idle ? start_va : va_q;

  always @* begin
    next_level  = tw_pkg::mode_levels(satp_mode) - 3'd1;
    next_table  = satp_ppn;
    next_global = 1'b0;
    if (idle && !hashed) begin  // a start or nothing
      next_level  = start_level;
      next_table  = start_table;
      next_global = start_global;
    end else if (descend) begin
      next_level  = level_q - 3'd1;
      next_table  = tw_pkg::pte_ppn(mem_resp_data);
      next_global = global_here;
    end

    if (hashed) addr_d = follow ? next_addr : anchor_addr;
    else addr_d = tw_pkg::pte_address(satp_mode, next_table, walk_va, next_level);
  end

  if (HASHED != 0) begin : g_hashed
    logic [3:0] word_check;
    logic       word_more;

    hash_walker chains (
      .clk, .rst_n,
      .satp_asid, .hash_table_ppn, .hash_table_last, .hash_anchors_ppn, .hash_anchors_bits,
      .va(walk_va), .enter(start_valid || enter), .follow, .word, .anchor_addr, .next_addr,
      .check(word_check), .more(word_more), .pte(hash_pte), .probing, .chain
    );

    assign hashed     = satp_mode == tw_pkg::MODE_HASHED;
    assign hash_check = hashed ? word_check : tw_pkg::CHECK_NONE;
    assign more       = hashed && word_more;
  end else begin : g_not_hashed
    logic unused_hashed;
    assign unused_hashed = &{1'b0, satp_asid, hash_table_ppn, hash_table_last, hash_anchors_ppn,
                             hash_anchors_bits};
    assign {hashed, hash_check, more, hash_pte, anchor_addr, next_addr, probing, chain} = '0;
  end

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      state_q   <= WALK_IDLE;
      retries_q <= '0;
      restart_q <= 1'b0;
    end else begin
      state_q   <= state_d;
      retries_q <= retries_d;
      restart_q <= restart_d;
    end
  end

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      prefetch_q <= 1'b0;
      unasked_q  <= 1'b0;
    end else if (start_valid) begin
      prefetch_q <= start_prefetch;
      unasked_q  <= start_prefetch;
    end else if (merged) begin
      unasked_q <= 1'b0;
    end
  end

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      port_q <= 1'b0;
      id_q   <= '0;
      va_q   <= '0;
      op_q   <= '0;
      priv_q <= '0;
      sum_q  <= 1'b0;
      mxr_q  <= 1'b0;
      way_q  <= '0;
    end else if (start_valid) begin
      port_q <= start_port;
      id_q   <= start_id;
      va_q   <= start_va;
      op_q   <= start_op;
      priv_q <= start_priv;
      sum_q  <= start_sum;
      mxr_q  <= start_mxr;
      way_q  <= start_way;
    end
  end

  always_ff @(posedge clk) begin
    if (!rst_n) begin
      level_q  <= '0;
      addr_q   <= '0;
      pte_q    <= '0;
      global_q <= 1'b0;
    end else if (start_valid || enter || descend || follow) begin
      level_q  <= next_level;
      addr_q   <= addr_d;
      global_q <= next_global;
    end else if (keep) begin
      pte_q    <= mem_resp_data;
      global_q <= global_here;
    end
  end

  // ---- memory: a request holds until it is taken ----
  logic swapping;
  assign swapping         = state_q == WALK_SWAP;
  assign mem_req_valid    = state_q == WALK_READ || swapping;
  assign mem_req_op       = swapping;
  assign mem_req_size     = mem_req_valid && !tw_pkg::mode_short(satp_mode);
  assign mem_req_addr     = mem_req_valid ? addr_q : '0;
  assign mem_req_expected = swapping ? pte_q : '0;
  assign mem_req_desired  = swapping ? touched : '0;  // rule 12: all other bits kept

  // ---- the finished walk ----
  assign answer_valid  = answer && !prefetch_q;
  assign done_valid    = finish;
  assign done_port     = port_q;
  assign done_id       = id_q;
  assign done_va       = va_q;
  assign done_op       = op_q;
  assign done_priv     = priv_q;
  assign done_level    = level_q;
  assign done_check    = check;
  assign done_pte_addr = addr_q;
  assign done_pte      = leaf;
  assign done_size     = tw_pkg::leaf_size(satp_mode, leaf, level_q);
  assign done_global   = global_here;
  assign done_way      = way_q;

  // ---- the pointer that it goes down from ----
  assign pointer_valid  = descend;
  assign pointer_va     = va_q;
  assign pointer_level  = level_q;
  assign pointer_table  = tw_pkg::pte_ppn(mem_resp_data);
  assign pointer_global = global_here;

  // ---- what others see ----
  logic swap_answer;
  assign swap_answer   = state_q == WALK_SWAP_WAIT && answer && !mem_resp_error;
  assign idle          = state_q == WALK_IDLE;
  assign page_busy     = !idle && ((va_q ^ page_va) >> tw_pkg::PAGE_SHIFT) == '0;
  assign fence_busy    = restart_q;
  assign unasked       = unasked_q;
  assign state         = 4'(state_q) + (prefetch_q && !idle ? tw_pkg::WALK_PREFETCH : '0);
  assign level         = idle ? '0 : level_q;
  assign event_read    = state_q == WALK_READ && taken;
  assign event_probe   = event_read && hashed && probing;
  assign event_swap    = swap_answer && mem_resp_swapped;
  assign event_retry   = swap_answer && !mem_resp_swapped;
  assign event_restart = fence_valid && !idle && !restart_q;
  assign event_chain   = finish && hashed ? chain : '0;

endmodule
