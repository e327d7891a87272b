// tw_pkg: the constants and the pure rules that every block shares. docs/blocks/tw_pkg.md
//
// Twin of include/tablewalk/pte.h, registers.h, hashed.h and states.h: the same names with the same
// values, proved equal when the Verilator shim compiles. "Rule N" is a rule of the table in
// docs/rules.md, made from the privileged specification 1.13. A PTE of Sv32 or of a linear table is
// its 32 bits zero-extended, so that one set of rules serves all modes.
//
// Every file keeps to what Verilator, Yosys and Icarus read alike. Combinational blocks are always
// @*, as Icarus 11 can run two always_comb blocks for ever, each waking the other.
//
//     63  62 61  60   54  53          10  9 8  7 6 5 4 3 2 1 0
//    | N | PBMT | reserved |     PPN     | RSW |D A G U X W R V|
`default_nettype none

package tw_pkg;

  // PTE bit numbers.
  localparam int PTE_V        = 0;
  localparam int PTE_R        = 1;
  localparam int PTE_W        = 2;
  localparam int PTE_X        = 3;
  localparam int PTE_U        = 4;
  localparam int PTE_G        = 5;
  localparam int PTE_A        = 6;
  localparam int PTE_D        = 7;
  localparam int PTE_PPN      = 10;  // lowest bit of the physical page number
  localparam int PTE_PPN_BITS = 44;  // 4-byte PTEs have 22, the rest reads 0
  localparam int PTE_RESERVED = 54;  // lowest of seven bits that must be 0
  localparam int PTE_PBMT     = 61;  // lowest of two bits, Svpbmt
  localparam int PTE_N        = 63;  // Svnapot

  localparam int PAGE_SHIFT = 12;
  localparam int LEVELS_MAX = 5;
  localparam int SWAP_TRIES = 8;     // failed compares after which a walk gives up
  localparam int ASID_BITS  = 16;
  localparam int VPN_BITS   = 45;    // VA bits 56..12: the widest virtual page number

  // SATP.MODE.
  localparam logic [3:0] MODE_BARE   = 4'd0;
  localparam logic [3:0] MODE_SV32   = 4'd1;
  localparam logic [3:0] MODE_SV39   = 4'd8;
  localparam logic [3:0] MODE_SV48   = 4'd9;
  localparam logic [3:0] MODE_SV57   = 4'd10;
  localparam logic [3:0] MODE_LINEAR = 4'd14;  // one table of 2^20 PTEs, as Sv32's (rule 17)
  localparam logic [3:0] MODE_HASHED = 4'd15;  // an entry a frame, found by chains (rule 18)

  // What a request wants.
  localparam logic [1:0] OP_FETCH = 2'd0;
  localparam logic [1:0] OP_LOAD  = 2'd1;
  localparam logic [1:0] OP_STORE = 2'd2;
  localparam logic [1:0] OP_AMO   = 2'd3;

  // Effective privilege; 2 counts as U.
  localparam logic [1:0] PRIV_U = 2'd0;
  localparam logic [1:0] PRIV_S = 2'd1;
  localparam logic [1:0] PRIV_M = 2'd3;

  // Exception causes; 0 stands for no fault.
  localparam logic [5:0] CAUSE_NONE         = 6'd0;
  localparam logic [5:0] CAUSE_FETCH_ACCESS = 6'd1;
  localparam logic [5:0] CAUSE_LOAD_ACCESS  = 6'd5;
  localparam logic [5:0] CAUSE_STORE_ACCESS = 6'd7;
  localparam logic [5:0] CAUSE_FETCH_PAGE   = 6'd12;
  localparam logic [5:0] CAUSE_LOAD_PAGE    = 6'd13;
  localparam logic [5:0] CAUSE_STORE_PAGE   = 6'd15;

  // Which check failed, in the order in which they are made; but those of segments come first.
  localparam logic [3:0] CHECK_NONE       = 4'd0;
  localparam logic [3:0] CHECK_CANONICAL  = 4'd1;
  localparam logic [3:0] CHECK_READ       = 4'd2;
  localparam logic [3:0] CHECK_VALID      = 4'd3;
  localparam logic [3:0] CHECK_RESERVED   = 4'd4;
  localparam logic [3:0] CHECK_POINTER    = 4'd5;
  localparam logic [3:0] CHECK_ALIGNED    = 4'd6;
  localparam logic [3:0] CHECK_USER       = 4'd7;
  localparam logic [3:0] CHECK_PERMISSION = 4'd8;
  localparam logic [3:0] CHECK_TOUCHED    = 4'd9;
  localparam logic [3:0] CHECK_SWAP       = 4'd10;
  localparam logic [3:0] CHECK_RETRIES    = 4'd11;
  localparam logic [3:0] CHECK_LIMIT      = 4'd12;
  localparam logic [3:0] CHECK_SEGMENT    = 4'd13;
  localparam logic [3:0] CHECK_CHAIN      = 4'd14;

  // Flags of a segment: R, W, X and U where a PTE has them, and this bit: it grows down.
  localparam int SEGMENT_DOWN = 5;

  // A word of the hashed table: a PTE's flags but E for G, then next, vpn and asid.
  localparam int HASHED_END   = 5;   // bit: the last of its chain
  localparam int HASHED_NEXT  = 8;
  localparam int HASHED_VPN   = 28;
  localparam int HASHED_ASID  = 48;
  localparam int HASHED_BITS  = 20;  // of a vpn, of a frame's number, and of next
  localparam int HASHED_SHIFT = 3;   // log2 of a word's bytes

  // States that the observation pins show.
  localparam logic [2:0] WALK_IDLE      = 3'd0;
  localparam logic [2:0] WALK_READ      = 3'd1;
  localparam logic [2:0] WALK_WAIT      = 3'd2;
  localparam logic [2:0] WALK_SWAP      = 3'd3;
  localparam logic [2:0] WALK_SWAP_WAIT = 3'd4;
  localparam logic [3:0] WALK_PREFETCH  = 4'd8;  // added while the walk is a prefetch

  localparam logic [1:0] ACCESS_IDLE    = 2'd0;
  localparam logic [1:0] ACCESS_EXECUTE = 2'd1;
  localparam logic [1:0] ACCESS_RESPOND = 2'd2;

  // What an entry of a miss queue waits for.
  localparam logic [2:0] MISS_FREE    = 3'd0;
  localparam logic [2:0] MISS_STAGE   = 3'd1;
  localparam logic [2:0] MISS_AWAKE   = 3'd2;
  localparam logic [2:0] MISS_MERGED  = 3'd3;
  localparam logic [2:0] MISS_WAITING = 3'd4;

  // Register offsets, bytes.
  localparam logic [11:0] REG_ID                       = 12'h000;
  localparam logic [11:0] REG_CAPABILITIES             = 12'h008;
  localparam logic [11:0] REG_SATP                     = 12'h010;
  localparam logic [11:0] REG_CONTROL                  = 12'h018;
  localparam logic [11:0] REG_FENCE_VA                 = 12'h020;
  localparam logic [11:0] REG_FENCE_ASID               = 12'h028;
  localparam logic [11:0] REG_FENCE                    = 12'h030;
  localparam logic [11:0] REG_FAULT_STATUS             = 12'h040;
  localparam logic [11:0] REG_FAULT_CAUSE              = 12'h048;
  localparam logic [11:0] REG_FAULT_VA                 = 12'h050;
  localparam logic [11:0] REG_FAULT_INFO               = 12'h058;
  localparam logic [11:0] REG_FAULT_PTE                = 12'h060;
  localparam logic [11:0] REG_FAULT_ASID               = 12'h068;
  localparam logic [11:0] REG_FAULT_POP                = 12'h070;
  localparam logic [11:0] REG_L2_INJECT                = 12'h078;
  localparam logic [11:0] REG_SEGMENT                  = 12'h080;
  localparam logic [11:0] REG_SEGMENT_BASE             = 12'h088;
  localparam logic [11:0] REG_SEGMENT_LIMIT            = 12'h090;
  localparam logic [11:0] REG_SEGMENT_FLAGS            = 12'h098;
  localparam logic [11:0] REG_HASH_TABLE               = 12'h0a0;
  localparam logic [11:0] REG_HASH_ANCHORS             = 12'h0a8;
  localparam logic [11:0] REG_COUNT_CYCLES             = 12'h400;
  localparam logic [11:0] REG_COUNT_FETCH_REQUESTS     = 12'h408;
  localparam logic [11:0] REG_COUNT_FETCH_HITS         = 12'h410;
  localparam logic [11:0] REG_COUNT_FETCH_MERGES       = 12'h418;
  localparam logic [11:0] REG_COUNT_FETCH_STALLS       = 12'h420;
  localparam logic [11:0] REG_COUNT_DATA_REQUESTS      = 12'h428;
  localparam logic [11:0] REG_COUNT_DATA_HITS          = 12'h430;
  localparam logic [11:0] REG_COUNT_DATA_MERGES        = 12'h438;
  localparam logic [11:0] REG_COUNT_DATA_STALLS        = 12'h440;
  localparam logic [11:0] REG_COUNT_WALKS              = 12'h448;
  localparam logic [11:0] REG_COUNT_WALK_CYCLES        = 12'h450;
  localparam logic [11:0] REG_COUNT_READS              = 12'h458;
  localparam logic [11:0] REG_COUNT_SWAPS              = 12'h460;
  localparam logic [11:0] REG_COUNT_RETRIES            = 12'h468;
  localparam logic [11:0] REG_COUNT_RESTARTS           = 12'h470;
  localparam logic [11:0] REG_COUNT_FENCES             = 12'h478;
  localparam logic [11:0] REG_COUNT_FAULT_FETCH_ACCESS = 12'h480;
  localparam logic [11:0] REG_COUNT_FAULT_LOAD_ACCESS  = 12'h488;
  localparam logic [11:0] REG_COUNT_FAULT_STORE_ACCESS = 12'h490;
  localparam logic [11:0] REG_COUNT_FAULT_FETCH_PAGE   = 12'h498;
  localparam logic [11:0] REG_COUNT_FAULT_LOAD_PAGE    = 12'h4a0;
  localparam logic [11:0] REG_COUNT_FAULT_STORE_PAGE   = 12'h4a8;
  localparam logic [11:0] REG_COUNT_FETCH_L2_HITS      = 12'h4b0;
  localparam logic [11:0] REG_COUNT_DATA_L2_HITS       = 12'h4b8;
  localparam logic [11:0] REG_COUNT_L2_PARITY          = 12'h4c0;
  localparam logic [11:0] REG_COUNT_WALK_CACHE_1       = 12'h4c8;
  localparam logic [11:0] REG_COUNT_WALK_CACHE_2       = 12'h4d0;
  localparam logic [11:0] REG_COUNT_WALK_CACHE_3       = 12'h4d8;
  localparam logic [11:0] REG_COUNT_WALK_CACHE_4       = 12'h4e0;
  localparam logic [11:0] REG_COUNT_PREFETCHES         = 12'h4e8;
  localparam logic [11:0] REG_COUNT_PROBES             = 12'h4f0;
  localparam logic [11:0] REG_COUNT_CHAIN_1            = 12'h4f8;
  localparam logic [11:0] REG_COUNT_CHAIN_2            = 12'h500;
  localparam logic [11:0] REG_COUNT_CHAIN_4            = 12'h508;
  localparam logic [11:0] REG_COUNT_CHAIN_8            = 12'h510;
  localparam logic [11:0] REG_COUNT_CHAIN_MORE         = 12'h518;  // the last

  localparam logic [63:0] ID_RESET = 64'h0000_0001_4d4d_5754;  // "TWMM", version 1

  // Register fields: lowest bit and width.
  localparam int CAPABILITIES_MODES_LOW         =  0, CAPABILITIES_MODES_BITS         = 16;
  localparam int CAPABILITIES_FETCH_ENTRIES_LOW = 16, CAPABILITIES_FETCH_ENTRIES_BITS =  7;
  localparam int CAPABILITIES_PREFETCH_LOW      = 23, CAPABILITIES_PREFETCH_BITS      =  1;
  localparam int CAPABILITIES_DATA_ENTRIES_LOW  = 24, CAPABILITIES_DATA_ENTRIES_BITS  =  8;
  localparam int CAPABILITIES_MISSES_LOW        = 32, CAPABILITIES_MISSES_BITS        =  4;
  localparam int CAPABILITIES_WALKERS_LOW       = 36, CAPABILITIES_WALKERS_BITS       =  4;
  localparam int CAPABILITIES_WALK_CACHE_LOW    = 40, CAPABILITIES_WALK_CACHE_BITS    =  6;
  localparam int CAPABILITIES_L2_WAYS_LOW       = 46, CAPABILITIES_L2_WAYS_BITS       =  4;
  localparam int CAPABILITIES_L2_SETS_LOW       = 50, CAPABILITIES_L2_SETS_BITS       = 14;
  localparam int SATP_PPN_LOW                   =  0, SATP_PPN_BITS                   = 44;
  localparam int SATP_ASID_LOW                  = 44, SATP_ASID_BITS                  = 16;
  localparam int SATP_MODE_LOW                  = 60, SATP_MODE_BITS                  =  4;
  localparam int CONTROL_ADUE_LOW               =  0, CONTROL_ADUE_BITS               =  1;
  localparam int CONTROL_PBMTE_LOW              =  1, CONTROL_PBMTE_BITS              =  1;
  localparam int CONTROL_PREFETCH_LOW           =  2, CONTROL_PREFETCH_BITS           =  1;
  localparam int CONTROL_SEGMENTS_LOW           =  3, CONTROL_SEGMENTS_BITS           =  1;
  localparam int SEGMENT_INDEX_LOW              =  0, SEGMENT_INDEX_BITS              =  4;
  localparam int SEGMENT_COUNT_LOW              =  8, SEGMENT_COUNT_BITS              =  5;
  localparam int SEGMENT_FLAGS_R_LOW            =  1, SEGMENT_FLAGS_R_BITS            =  1;
  localparam int SEGMENT_FLAGS_W_LOW            =  2, SEGMENT_FLAGS_W_BITS            =  1;
  localparam int SEGMENT_FLAGS_X_LOW            =  3, SEGMENT_FLAGS_X_BITS            =  1;
  localparam int SEGMENT_FLAGS_U_LOW            =  4, SEGMENT_FLAGS_U_BITS            =  1;
  localparam int SEGMENT_FLAGS_DOWN_LOW         =  5, SEGMENT_FLAGS_DOWN_BITS         =  1;
  localparam int HASH_TABLE_PPN_LOW             =  0, HASH_TABLE_PPN_BITS             = 44;
  localparam int HASH_TABLE_LAST_LOW            = 44, HASH_TABLE_LAST_BITS            = 20;
  localparam int HASH_ANCHORS_PPN_LOW           =  0, HASH_ANCHORS_PPN_BITS           = 44;
  localparam int HASH_ANCHORS_BITS_LOW          = 44, HASH_ANCHORS_BITS_BITS          =  5;
  localparam int FENCE_BY_VA_LOW                =  0, FENCE_BY_VA_BITS                =  1;
  localparam int FENCE_BY_ASID_LOW              =  1, FENCE_BY_ASID_BITS              =  1;
  localparam int FENCE_BUSY_LOW                 =  8, FENCE_BUSY_BITS                 =  1;
  localparam int FAULT_STATUS_COUNT_LOW         =  0, FAULT_STATUS_COUNT_BITS         =  8;
  localparam int FAULT_STATUS_OVERFLOW_LOW      =  8, FAULT_STATUS_OVERFLOW_BITS      =  1;
  localparam int FAULT_STATUS_PARITY_LOW        = 16, FAULT_STATUS_PARITY_BITS        = 16;
  localparam int FAULT_STATUS_DROPPED_LOW       = 32, FAULT_STATUS_DROPPED_BITS       = 32;
  localparam int L2_INJECT_BIT_LOW              =  0, L2_INJECT_BIT_BITS              =  8;
  localparam int L2_INJECT_ARMED_LOW            =  8, L2_INJECT_ARMED_BITS            =  1;
  localparam int FAULT_INFO_OP_LOW              =  0, FAULT_INFO_OP_BITS              =  2;
  localparam int FAULT_INFO_PRIV_LOW            =  2, FAULT_INFO_PRIV_BITS            =  2;
  localparam int FAULT_INFO_LEVEL_LOW           =  4, FAULT_INFO_LEVEL_BITS           =  3;
  localparam int FAULT_INFO_PORT_LOW            =  7, FAULT_INFO_PORT_BITS            =  1;
  localparam int FAULT_INFO_CHECK_LOW           =  8, FAULT_INFO_CHECK_BITS           =  4;
  localparam int FAULT_INFO_ID_LOW              = 12, FAULT_INFO_ID_BITS              =  4;
  localparam int FAULT_INFO_X86_P_LOW           = 16, FAULT_INFO_X86_P_BITS           =  1;
  localparam int FAULT_INFO_X86_W_LOW           = 17, FAULT_INFO_X86_W_BITS           =  1;
  localparam int FAULT_INFO_X86_U_LOW           = 18, FAULT_INFO_X86_U_BITS           =  1;
  localparam int FAULT_INFO_X86_RSVD_LOW        = 19, FAULT_INFO_X86_RSVD_BITS        =  1;
  localparam int FAULT_INFO_X86_I_LOW           = 20, FAULT_INFO_X86_I_BITS           =  1;
  localparam int FAULT_INFO_SEGMENT_LOW         = 24, FAULT_INFO_SEGMENT_BITS         =  4;
  localparam int FAULT_INFO_BITS                = FAULT_INFO_SEGMENT_LOW + FAULT_INFO_SEGMENT_BITS;

  localparam int FAULT_QUEUE_ENTRIES = 8;

  // Levels of the mode's tree; a linear table is a tree of one, and so count hashed chains. 0 for
  // Bare and unknown modes.
  function automatic logic [2:0] mode_levels(input logic [3:0] mode);
    case (mode)
      MODE_LINEAR: mode_levels = 3'd1;
      MODE_HASHED: mode_levels = 3'd1;
      MODE_SV32:   mode_levels = 3'd2;
      MODE_SV39:   mode_levels = 3'd3;
      MODE_SV48:   mode_levels = 3'd4;
      MODE_SV57:   mode_levels = 3'd5;
      default:     mode_levels = 3'd0;
    endcase
  endfunction

  // PTEs of 4 bytes; else they have 8.
  function automatic logic mode_short(input logic [3:0] mode);
    mode_short = mode == MODE_SV32 || mode == MODE_LINEAR;
  endfunction

  // 32-bit addresses, zero-extended.
  function automatic logic mode_narrow(input logic [3:0] mode);
    mode_narrow = mode_short(mode) || mode == MODE_HASHED;
  endfunction

  // log2 of the bytes that a leaf at `level` maps: 12 at level 0, then 9 bits a level, 10 in Sv32.
  // A linear table and hashed chains have level 0 alone.
  function automatic logic [5:0] level_size(input logic [3:0] mode, input logic [2:0] level);
    level_size = 6'(PAGE_SHIFT) + (mode == MODE_SV32 ? 6'(level) * 6'd10 : 6'(level) * 6'd9);
  endfunction

  // Rule 2: narrow modes take 32-bit addresses, zero-extended; the others are sign-extended.
  function automatic logic va_canonical(input logic [3:0] mode, input logic [63:0] va);
    case (mode)
      MODE_SV39: va_canonical = va == {{25{va[38]}}, va[38:0]};
      MODE_SV48: va_canonical = va == {{16{va[47]}}, va[47:0]};
      MODE_SV57: va_canonical = va == {{7{va[56]}}, va[56:0]};
      default:   va_canonical = !mode_narrow(mode) || va == {32'd0, va[31:0]};
    endcase
  endfunction

  // Index of the VA into the table at `level`; 20 bits in a linear table, 10 in Sv32, else 9.
  function automatic logic [19:0] va_index(input logic [3:0] mode, input logic [63:0] va,
                                           input logic [2:0] level);
    va_index        = 20'(va >> level_size(mode, level));
    va_index[9]     = va_index[9] && mode_short(mode);
    va_index[19:10] = mode == MODE_LINEAR ? va_index[19:10] : '0;
  endfunction

  // Rule 3: where the PTE of `va` stands in the table at page number `ppn`. A page holds 1024 PTEs
  // of 4 bytes or 512 of 8, and only a linear table is longer than one: its index can carry into
  // the next pages, and beyond the last physical one into page 0.
  function automatic logic [55:0] pte_address(input logic [3:0] mode, input logic [43:0] ppn,
                                              input logic [63:0] va, input logic [2:0] level);
    logic [19:0] index;
    logic [43:0] page;
    index       = va_index(mode, va, level);
    page        = ppn + 44'(index[19:10]);
    pte_address = mode_short(mode) ? {page, index[9:0], 2'b00} : {page, index[8:0], 3'b000};
  endfunction

  function automatic logic [43:0] pte_ppn(input logic [63:0] pte);
    pte_ppn = 44'(pte >> PTE_PPN);
  endfunction

  function automatic logic [1:0] pte_pbmt(input logic [63:0] pte);
    pte_pbmt = 2'(pte >> PTE_PBMT);
  endfunction

  // R, W and X all 0: a pointer to the next table.
  function automatic logic pte_is_pointer(input logic [63:0] pte);
    pte_is_pointer = !pte[PTE_R] && !pte[PTE_W] && !pte[PTE_X];
  endfunction

  // Rule 9: N on a level-0 leaf whose low PPN bits are 1000 maps 64 KiB.
  function automatic logic pte_napot(input logic [63:0] pte, input logic [2:0] level);
    pte_napot = pte[PTE_N] && level == 3'd0 && 4'(pte_ppn(pte)) == 4'b1000;
  endfunction

  // Rule 5 without V: an encoding that is reserved. N of a pointer is rule 6's.
  function automatic logic pte_reserved(input logic [63:0] pte, input logic [2:0] level,
                                        input logic pbmte);
    logic write_only, high_bits, pbmt, napot;
    write_only   = pte[PTE_W] && !pte[PTE_R];
    high_bits    = 7'(pte >> PTE_RESERVED) != 7'd0;
    pbmt         = pte_pbmt(pte) == 2'd3 || (pte_pbmt(pte) != 2'd0 && !pbmte);
    napot        = pte[PTE_N] && !pte_is_pointer(pte) && !pte_napot(pte, level);
    pte_reserved = write_only || high_bits || pbmt || napot;
  endfunction

  // Rule 6, for a PTE that is a pointer.
  function automatic logic pte_bad_pointer(input logic [63:0] pte, input logic [2:0] level);
    pte_bad_pointer = level == 3'd0 || pte[PTE_A] || pte[PTE_D] || pte[PTE_U] || pte[PTE_N]
                      || pte_pbmt(pte) != 2'd0;
  endfunction

  // log2 of the bytes that this leaf maps: 12, 16 (NAPOT), 21, 22, 30, 39, 48.
  function automatic logic [5:0] leaf_size(input logic [3:0] mode, input logic [63:0] pte,
                                           input logic [2:0] level);
    leaf_size = pte_napot(pte, level) ? 6'd16 : level_size(mode, level);
  endfunction

  // 1 where a bit of the virtual page number is compared for a page of that size.
  function automatic logic [VPN_BITS-1:0] vpn_mask(input logic [5:0] size);
    vpn_mask = {VPN_BITS{1'b1}} << (size - 6'(PAGE_SHIFT));
  endfunction

  // Rule 7.
  function automatic logic leaf_misaligned(input logic [3:0] mode, input logic [63:0] pte,
                                           input logic [2:0] level);
    leaf_misaligned = ({1'b0, pte_ppn(pte)} & ~vpn_mask(level_size(mode, level))) != '0;
  endfunction

  function automatic logic op_writes(input logic [1:0] op);
    op_writes = op == OP_STORE || op == OP_AMO;
  endfunction

  // Rule 8, first half: may this privilege touch the page at all? S needs SUM, and never fetches.
  function automatic logic leaf_user_ok(input logic [63:0] pte, input logic [1:0] op,
                                        input logic [1:0] priv, input logic sum);
    leaf_user_ok = priv == PRIV_S ? !pte[PTE_U] || (sum && op != OP_FETCH) : pte[PTE_U];
  endfunction

  // Rule 8, second half: do R, W, X allow the operation?
  function automatic logic leaf_allows(input logic [63:0] pte, input logic [1:0] op,
                                       input logic mxr);
    case (op)
      OP_FETCH: leaf_allows = pte[PTE_X];
      OP_LOAD:  leaf_allows = pte[PTE_R] || (mxr && pte[PTE_X]);
      default:  leaf_allows = pte[PTE_W];
    endcase
  endfunction

  // Rule 8.
  function automatic logic leaf_grants(input logic [63:0] pte, input logic [1:0] op,
                                       input logic [1:0] priv, input logic sum, input logic mxr);
    leaf_grants = leaf_user_ok(pte, op, priv, sum) && leaf_allows(pte, op, mxr);
  endfunction

  // Rule 10: the PTE as hardware leaves it after `op`: accessed, and dirty if written to.
  function automatic logic [63:0] pte_touch(input logic [63:0] pte, input logic [1:0] op);
    pte_touch        = pte;
    pte_touch[PTE_A] = 1'b1;
    pte_touch[PTE_D] = pte[PTE_D] || op_writes(op);
  endfunction

  // Nothing is left to touch.
  function automatic logic pte_touched(input logic [63:0] pte, input logic [1:0] op);
    pte_touched = pte[PTE_A] && (pte[PTE_D] || !op_writes(op));
  endfunction

  // Rules 5 to 8 and 11: the first check that this PTE, read at `level`, fails for the request, or
  // CHECK_NONE: then it is a good pointer, or a leaf that grants it, perhaps with A or D to be set.
  function automatic logic [3:0] pte_judge(
    input logic [3:0]  mode,
    input logic        adue,
    input logic        pbmte,
    input logic [1:0]  op,
    input logic [1:0]  priv,
    input logic        sum,
    input logic        mxr,
    input logic [63:0] pte,
    input logic [2:0]  level
  );
    pte_judge = CHECK_NONE;
    if (!pte[PTE_V]) pte_judge = CHECK_VALID;
    else if (pte_reserved(pte, level, pbmte)) pte_judge = CHECK_RESERVED;
    else if (pte_is_pointer(pte)) begin
      if (pte_bad_pointer(pte, level)) pte_judge = CHECK_POINTER;
    end
    else if (leaf_misaligned(mode, pte, level)) pte_judge = CHECK_ALIGNED;
    else if (!leaf_user_ok(pte, op, priv, sum)) pte_judge = CHECK_USER;
    else if (!leaf_allows(pte, op, mxr)) pte_judge = CHECK_PERMISSION;
    else if (!adue && !pte_touched(pte, op)) pte_judge = CHECK_TOUCHED;
  endfunction

  // Rules 9 and 13: the leaf's frame, with the page's offset bits from the VA. `size` as leaf_size.
  function automatic logic [55:0] leaf_pa(input logic [63:0] pte, input logic [5:0] size,
                                          input logic [55:0] va);
    logic [55:0] offset;
    offset  = (56'd1 << size) - 56'd1;
    leaf_pa = ({pte_ppn(pte), 12'd0} & ~offset) | (va & offset);
  endfunction

  // Rules 4, 12 and 16: the cause that a failed check has for the original operation.
  function automatic logic [5:0] check_cause(input logic [3:0] check, input logic [1:0] op);
    logic access;
    access = check == CHECK_READ || check == CHECK_SWAP;
    if (check == CHECK_NONE) check_cause = CAUSE_NONE;
    else
      case (op)
        OP_FETCH: check_cause = access ? CAUSE_FETCH_ACCESS : CAUSE_FETCH_PAGE;
        OP_LOAD:  check_cause = access ? CAUSE_LOAD_ACCESS : CAUSE_LOAD_PAGE;
        default:  check_cause = access ? CAUSE_STORE_ACCESS : CAUSE_STORE_PAGE;
      endcase
  endfunction

endpackage
