// walk_cache: where a walk may begin: pointers that walks have met, of every level at once. The
// deepest that matches saves all reads above it. docs/blocks/walk_cache.md
//
//   valid | vpn 45 | mask 45 | level 3 | mode 4 | asid 16 | global | table 44
//
//   lookup:  level  4 3 2 1          level 2 is the deepest that matches: begin at level 1, in the
//   matches           1 1 .          table that it points to; no match: begin at the root
//
// Invariant: no lookup matches two entries of one level. A fill drops all that overlap the new one.
`default_nettype none

module walk_cache #(
  parameter int ENTRIES = 8  // a power of two, 2 to 32
) (
  // clock and reset
  input  logic        clk,
  input  logic        rst_n,
  // registers
  input  logic [3:0]  satp_mode,     // of lookups and fills
  input  logic [15:0] satp_asid,
  input  logic [43:0] satp_ppn,      // the root
  input  logic        fence_valid,   // drop pointers at the end of the cycle
  input  logic        fence_by_va,
  input  logic        fence_by_asid,
  input  logic [63:0] fence_va,
  input  logic [15:0] fence_asid,
  // lookup
  input  logic [63:0] lookup_va,
  output logic        match,         // the walk begins below a cached pointer
  output logic [2:0]  start_level,   // of the first PTE to be read
  output logic [43:0] start_table,   // page number of its table
  output logic        start_global,  // G was seen above
  input  logic        used,          // a walk starts there in this cycle
  // fill: a walk met a good pointer
  input  logic        fill_valid,
  input  logic [63:0] fill_va,
  input  logic [2:0]  fill_level,    // where the pointer stands
  input  logic [43:0] fill_table,    // the table that it points to
  input  logic        fill_global    // G was seen in it or above
);

  localparam int VPN      = tw_pkg::VPN_BITS;
  localparam int WAY_BITS = $clog2(ENTRIES);

  logic [VPN-1:0]     lookup_vpn, fill_vpn, fence_vpn, fill_mask;
  logic [ENTRIES-1:0] valid_q, matched, overlaps, fenced, chosen, entry_global;
  logic [43:0]        entry_table [0:ENTRIES-1];

  // Levels with a match, bit k for level k, of each entry and of all; and the lowest of them.
  logic [8*ENTRIES-1:0] entry_found;
  logic [7:0]           found;
  logic [2:0]           deepest;

  assign lookup_vpn = VPN'(lookup_va >> tw_pkg::PAGE_SHIFT);
  assign fill_vpn   = VPN'(fill_va >> tw_pkg::PAGE_SHIFT);
  assign fence_vpn  = VPN'(fence_va >> tw_pkg::PAGE_SHIFT);
  assign fill_mask  = tw_pkg::vpn_mask(tw_pkg::level_size(satp_mode, fill_level));

  // An overlapping entry is overwritten, else an invalid one, else the victim; the lowest of them.
  logic [WAY_BITS-1:0] fill_way, victim;
  always @* begin
    fill_way = victim;
    for (int i = ENTRIES - 1; i >= 0; i--) if (!valid_q[i]) fill_way = WAY_BITS'(i);
    for (int i = ENTRIES - 1; i >= 0; i--) if (overlaps[i]) fill_way = WAY_BITS'(i);
  end

  for (genvar i = 0; i < ENTRIES; i++) begin : g_entry
    logic [VPN-1:0] vpn_q, mask_q;
    logic [2:0]     level_q;
    logic [3:0]     mode_q;
    logic [15:0]    asid_q;
    logic           global_q;
    logic [43:0]    table_q;
    logic           write;

    assign write = fill_valid && fill_way == WAY_BITS'(i);

    assign matched[i] = valid_q[i] && mode_q == satp_mode
                        && ((vpn_q ^ lookup_vpn) & mask_q) == '0
                        && (global_q || asid_q == satp_asid);

    assign overlaps[i] = valid_q[i] && mode_q == satp_mode && level_q == fill_level
                         && ((vpn_q ^ fill_vpn) & fill_mask) == '0
                         && (global_q || fill_global || asid_q == satp_asid);

    // Rule 15, as in the TLBs: a fence by VA hits every pointer on the way to the page.
    assign fenced[i] = fence_valid
                       && (!fence_by_va || ((vpn_q ^ fence_vpn) & mask_q) == '0)
                       && (!fence_by_asid || (!global_q && asid_q == fence_asid));

    assign entry_found[8*i +: 8] = matched[i] ? 8'd1 << level_q : '0;
    assign chosen[i]             = matched[i] && level_q == deepest;
    assign entry_table[i]        = table_q;
    assign entry_global[i]       = global_q;

    // A fill never meets a fence, since a walk that meets one begins again.
    always_ff @(posedge clk) begin
      if (!rst_n) valid_q[i] <= 1'b0;
      else if (fenced[i]) valid_q[i] <= 1'b0;
      else if (write) valid_q[i] <= 1'b1;
      else if (fill_valid && overlaps[i]) valid_q[i] <= 1'b0;
    end

    always_ff @(posedge clk) begin
      if (!rst_n) begin
        vpn_q    <= '0;
        mask_q   <= '0;
        level_q  <= '0;
        mode_q   <= '0;
        asid_q   <= '0;
        global_q <= 1'b0;
        table_q  <= '0;
      end else if (write) begin
        vpn_q    <= fill_vpn;
        mask_q   <= fill_mask;
        level_q  <= fill_level;
        mode_q   <= satp_mode;
        asid_q   <= satp_asid;
        global_q <= fill_global;
        table_q  <= fill_table;
      end
    end
  end

  // ---- the deepest of those that match: at most one of each level, so at most one is chosen ----
  logic [WAY_BITS-1:0] match_way;
  always @* begin
    found     = '0;
    deepest   = '0;
    match_way = '0;
    for (int i = 0; i < ENTRIES; i++) found = found | entry_found[8*i +: 8];
    for (int k = tw_pkg::LEVELS_MAX - 1; k > 0; k--) if (found[k]) deepest = 3'(k);
    for (int i = 0; i < ENTRIES; i++) if (chosen[i]) match_way = match_way | WAY_BITS'(i);
  end

  assign match        = matched != '0;
  assign start_level  = match ? deepest - 3'd1 : tw_pkg::mode_levels(satp_mode) - 3'd1;
  assign start_table  = match ? entry_table[match_way] : satp_ppn;
  assign start_global = match && entry_global[match_way];

  plru #(
    .WAYS(ENTRIES)
  ) plru (
    .clk,
    .rst_n,
    .hit_valid(used && match),
    .hit_way(match_way),
    .fill_valid,
    .fill_way,
    .victim
  );

endmodule
