// tlb: a fully associative cache of leaf PTEs for one port, pages of every size of every mode at
// once. It judges nothing: raw PTE bits go in and come out, so privilege, SUM and MXR act at once
// (rule 14). docs/blocks/tlb.md
//
//   valid | vpn 45 | size 6 | mask 45 | mode 4 | asid 16 | global | pbmt 2 | ppn 44 | flags 8
//
// Invariant: no lookup matches two entries. A fill drops all that overlap the new page.
`default_nettype none

module tlb #(
  parameter int ENTRIES  = 16,              // a power of two, 2 to 64
  parameter int WAY_BITS = $clog2(ENTRIES)  // derived, not to be set
) (
  // clock and reset
  input  logic                clk,
  input  logic                rst_n,
  // registers
  input  logic [3:0]          satp_mode,      // of lookups and fills
  input  logic [15:0]         satp_asid,
  input  logic                fence_valid,    // drop translations at the end of the cycle
  input  logic                fence_by_va,
  input  logic                fence_by_asid,
  input  logic [63:0]         fence_va,
  input  logic [15:0]         fence_asid,
  // lookup
  input  logic [63:0]         lookup_va,
  output logic                match,          // an entry maps it, in this mode and space
  output logic [63:0]         match_pte,      // N, RSW and reserved bits read 0
  output logic [5:0]          match_size,     // log2 of the page's bytes
  input  logic                hit,            // the match was used: its way is recent now
  // fill
  input  logic                fill_valid,     // write a translation at the end of the cycle
  input  logic [63:0]         fill_va,
  input  logic [63:0]         fill_pte,
  input  logic [5:0]          fill_size,
  input  logic                fill_global,
  // observation
  output logic [WAY_BITS-1:0] victim          // the way that the tree would replace
);

  localparam int VPN = tw_pkg::VPN_BITS;

  logic [VPN-1:0]     lookup_vpn, fill_vpn, fence_vpn, fill_mask;
  logic [ENTRIES-1:0] valid_q, matched, overlaps, fenced;
  logic [63:0]        entry_pte  [0:ENTRIES-1];
  logic [5:0]         entry_size [0:ENTRIES-1];

  assign lookup_vpn = VPN'(lookup_va >> tw_pkg::PAGE_SHIFT);
  assign fill_vpn   = VPN'(fill_va >> tw_pkg::PAGE_SHIFT);
  assign fence_vpn  = VPN'(fence_va >> tw_pkg::PAGE_SHIFT);
  assign fill_mask  = tw_pkg::vpn_mask(fill_size);

  // Does the fence of this cycle cover the translation that is being filled?
  logic fill_fenced;
  assign fill_fenced = fence_valid
                       && (!fence_by_va || ((fill_vpn ^ fence_vpn) & fill_mask) == '0)
                       && (!fence_by_asid || (!fill_global && satp_asid == fence_asid));

  // An overlapping entry is overwritten, else an invalid one, else the victim; the lowest of them.
  logic [WAY_BITS-1:0] fill_way;
  always @* begin
    fill_way = victim;
    for (int i = ENTRIES - 1; i >= 0; i--) if (!valid_q[i]) fill_way = WAY_BITS'(i);
    for (int i = ENTRIES - 1; i >= 0; i--) if (overlaps[i]) fill_way = WAY_BITS'(i);
  end

  for (genvar i = 0; i < ENTRIES; i++) begin : g_entry
    logic [VPN-1:0] vpn_q, mask_q;
    logic [5:0]     size_q;
    logic [3:0]     mode_q;
    logic [15:0]    asid_q;
    logic           global_q;
    logic [1:0]     pbmt_q;
    logic [43:0]    ppn_q;
    logic [7:0]     flags_q;
    logic           write;

    assign write = fill_valid && fill_way == WAY_BITS'(i);

    assign matched[i] = valid_q[i] && mode_q == satp_mode
                        && ((vpn_q ^ lookup_vpn) & mask_q) == '0
                        && (global_q || asid_q == satp_asid);

    // Could match a lookup that the new translation also matches.
    assign overlaps[i] = valid_q[i] && mode_q == satp_mode
                         && ((vpn_q ^ fill_vpn) & mask_q & fill_mask) == '0
                         && (global_q || fill_global || asid_q == satp_asid);

    // Rule 15: global entries outlive a fence by ASID; a fence by VA hits the whole superpage.
    assign fenced[i] = fence_valid
                       && (!fence_by_va || ((vpn_q ^ fence_vpn) & mask_q) == '0)
                       && (!fence_by_asid || (!global_q && asid_q == fence_asid));

    assign entry_pte[i]  = {1'b0, pbmt_q, 7'd0, ppn_q, 2'd0, flags_q};
    assign entry_size[i] = size_q;

    always_ff @(posedge clk) begin
      if (!rst_n) valid_q[i] <= 1'b0;
      else if (write) valid_q[i] <= !fill_fenced;
      else if (fenced[i] || (fill_valid && overlaps[i])) valid_q[i] <= 1'b0;
    end

    always_ff @(posedge clk) begin
      if (!rst_n) begin
        vpn_q    <= '0;
        mask_q   <= '0;
        size_q   <= '0;
        mode_q   <= '0;
        asid_q   <= '0;
        global_q <= 1'b0;
        pbmt_q   <= '0;
        ppn_q    <= '0;
        flags_q  <= '0;
      end else if (write) begin
        vpn_q    <= fill_vpn;
        mask_q   <= fill_mask;
        size_q   <= fill_size;
        mode_q   <= satp_mode;
        asid_q   <= satp_asid;
        global_q <= fill_global;
        pbmt_q   <= tw_pkg::pte_pbmt(fill_pte);
        ppn_q    <= tw_pkg::pte_ppn(fill_pte);
        flags_q  <= fill_pte[7:0];
      end
    end
  end

  // At most one entry matches, so its way is the OR of all that match.
  logic [WAY_BITS-1:0] match_way;
  always @* begin
    match_way = '0;
    for (int i = 0; i < ENTRIES; i++) if (matched[i]) match_way = match_way | WAY_BITS'(i);
  end

  assign match      = matched != '0;
  assign match_pte  = entry_pte[match_way];
  assign match_size = entry_size[match_way];

  plru #(
    .WAYS(ENTRIES)
  ) plru (
    .clk,
    .rst_n,
    .hit_valid(hit),
    .hit_way(match_way),
    .fill_valid,
    .fill_way,
    .victim
  );

endmodule
