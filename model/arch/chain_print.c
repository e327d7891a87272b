/* chain_print.c: a walk through the hashed inverted table, a line for each word. */
#include <inttypes.h>

#include "model/arch/reason.h"
#include "tablewalk/hashed.h"

static unsigned bits_of_hash(const tw_control *control)
{
    unsigned bits = (unsigned)TW_GET(control->hash_anchors, HASH_ANCHORS, BITS);
    return bits < HASHED_BITS ? bits : HASHED_BITS;
}

static unsigned hash_of(const tw_control *control, uint64_t va)
{
    return hashed_hash(satp_asid(control->satp), hashed_vpn(va), bits_of_hash(control));
}

static void print_address(uint64_t va, FILE *to)
{
    const uint64_t offset = va & ((UINT64_C(1) << PAGE_SHIFT) - 1);
    fprintf(to, "  address: page 0x%x (bits 31..12), offset 0x%" PRIx64 " (11..0)\n",
            hashed_vpn(va), offset);
}

/* The calculation of the anchor's number, in 20 bits. */
static void print_hash(const tw_control *control, uint64_t va, FILE *to)
{
    const unsigned all = (1u << HASHED_BITS) - 1;
    const unsigned vpn = hashed_vpn(va), asid = satp_asid(control->satp) << 4 & all;
    fprintf(to, "  hash: x = page ^ asid << 4 = 0x%x ^ 0x%x = 0x%x, ", vpn, asid, vpn ^ asid);
    fprintf(to, "(x ^ x >> 10) mod 2^%u = 0x%x, anchor %u\n", bits_of_hash(control),
            hash_of(control, va), hash_of(control, va));
}

/* "  entry 5: 0x80000000 + 5 * 8 = 0x80000028 holds 0x3123450091f", or that the bus refused it. */
static bool print_word(const char *name, uint64_t ppn, unsigned index, const tw_access *access,
                       FILE *to)
{
    fprintf(to, "  %s %u: 0x%" PRIx64 " + %u * 8 = 0x%" PRIx64, name, index, ppn << PAGE_SHIFT,
            index, access->address);
    if (access->error)
        fputs(" answers with a bus error\n", to);
    else
        fprintf(to, " holds 0x%" PRIx64 ": ", access->value);
    return !access->error;
}

static void print_anchor(const tw_control *control, uint64_t va, const tw_access *access, FILE *to)
{
    uint64_t ppn = TW_GET(control->hash_anchors, HASH_ANCHORS, PPN);
    if (!print_word("anchor", ppn, hash_of(control, va), access, to))
        return;
    if (pte_bit(access->value, PTE_V))
        fprintf(to, "V, the chain begins with entry %u\n", hashed_next(access->value));
    else
        fputs("not valid, the chain is empty\n", to);
}

/* Whether the entry holds the page; if it does not, where the chain goes on. */
static void print_entry(const tw_control *control, uint64_t va, unsigned index,
                        const tw_access *access, FILE *to)
{
    const uint64_t word = access->value;
    const bool valid = pte_bit(word, PTE_V);
    if (!print_word("entry", TW_GET(control->hash_table, HASH_TABLE, PPN), index, access, to))
        return;
    if (!valid) {
        fputs("not valid, holds no page", to);
    } else {
        fprintf(to, "ASID %u, page 0x%x, ", (unsigned)(word >> HASHED_ASID),
                (unsigned)(word >> HASHED_VPN) & ((1u << HASHED_BITS) - 1));
        letters_print(word, "VRWXUEAD", to);
    }
    if (hashed_holds(word, satp_asid(control->satp), va))
        fprintf(to, ", the page: in frame %u, 4 KiB at 0x%" PRIx64 "\n", index,
                (uint64_t)index << PAGE_SHIFT);
    else if (pte_bit(word, HASHED_END))
        fprintf(to, "%s, the last of the chain\n", valid ? ", another" : "");
    else
        fprintf(to, "%s, next is entry %u\n", valid ? ", another" : "", hashed_next(word));
}

/* The entry that stands there. */
static unsigned index_of(const tw_control *control, uint64_t address)
{
    const uint64_t physical = (UINT64_C(1) << (PAGE_SHIFT + PTE_PPN_BITS)) - 1;
    return (unsigned)(((address - hashed_entry_address(control, 0)) & physical) >> HASHED_SHIFT);
}

/* Reads that the record has no room for: they stand before its last access. */
static uint64_t left_out(const tw_translation *result)
{
    uint64_t reads = 0;
    for (size_t i = 0; i < result->accesses; i++)
        reads += result->access[i].kind == TW_READ;
    return result->reads - reads;
}

void chain_print(const tw_control *control, const tw_request *request, const tw_translation *result,
                 FILE *to)
{
    const uint64_t missing = left_out(result), va = request->va;
    bool anchor = true; /* is what the next read reads: the first, and after a failed swap */
    print_address(va, to);
    if (result->check != CHECK_CANONICAL) /* else there is no walk */
        print_hash(control, va, to);
    for (size_t i = 0; i < result->accesses; i++) {
        const tw_access *access = &result->access[i];
        if (missing > 0 && i == result->accesses - 1) {
            fprintf(to, "  ... %" PRIu64 " more reads\n", missing);
            anchor = access->address == hashed_anchor_address(control, va);
        }
        if (access->kind == TW_SWAP)
            swap_print(access, to);
        else if (anchor)
            print_anchor(control, va, access, to);
        else
            print_entry(control, va, index_of(control, access->address), access, to);
        anchor = access->kind == TW_SWAP;
    }
}
