/* print.c: one translation as a paragraph, one line for each thing the walk does. */
#include "model/arch/reason.h"

#include <inttypes.h>

const char *priv_name(unsigned priv)
{
    return priv == PRIV_M ? "M" : priv == PRIV_S ? "S" : "U";
}

static void print_request(const tw_control *control, const tw_request *request, FILE *to)
{
    fprintf(to, "%s of 0x%" PRIx64 " in %s-mode, %s, ASID %u, SUM=%d MXR=%d ADUE=%d PBMTE=%d\n",
            tw_op_name(request->op), request->va, priv_name(request->priv),
            tw_mode_name(satp_mode(control->satp)), satp_asid(control->satp), request->sum,
            request->mxr, control->adue, control->pbmte);
}

/* "  address: index 1 (bits 38..30), 1 (29..21), 1 (20..12), offset 0xabc (11..0)" */
static void print_indices(unsigned mode, uint64_t va, FILE *to)
{
    fputs("  address: index", to);
    for (unsigned level = mode_levels(mode); level-- > 0;) {
        unsigned low = level_size(mode, level);
        bool first = level == mode_levels(mode) - 1;
        fprintf(to, " %" PRIu64 " (%s%u..%u),", va_index(mode, va, level), first ? "bits " : "",
                low + mode_index_bits(mode) - 1, low);
    }
    uint64_t offset = va & ((UINT64_C(1) << PAGE_SHIFT) - 1);
    fprintf(to, " offset 0x%" PRIx64 " (%d..0)\n", offset, PAGE_SHIFT - 1);
}

const char *letters_print(uint64_t pte, const char *letters, FILE *to)
{
    const char *separator = "";
    for (unsigned bit = PTE_V; bit <= PTE_D; bit++) {
        if (pte_bit(pte, bit)) {
            fprintf(to, "%s%c", separator, letters[bit]);
            separator = " ";
        }
    }
    return separator;
}

void flags_print(uint64_t pte, FILE *to)
{
    const char *separator = letters_print(pte, "VRWXUGAD", to);
    if (pte_bit(pte, PTE_N)) {
        fprintf(to, "%sN", separator);
        separator = " ";
    }
    if (pte_pbmt(pte) != 0) {
        fprintf(to, "%sPBMT=%u", separator, pte_pbmt(pte));
        separator = " ";
    }
    if (*separator == '\0')
        fputs("no flags", to);
}

/* What the PTE would mean if every check passed. */
static void print_meaning(unsigned mode, uint64_t pte, unsigned level, FILE *to)
{
    if (!pte_bit(pte, PTE_V)) {
        fputs(", not valid", to);
    } else if (pte_is_pointer(pte)) {
        fprintf(to, ", a pointer to the table at 0x%" PRIx64, pte_ppn(pte) << PAGE_SHIFT);
    } else {
        unsigned size = leaf_size(mode, pte, level);
        fputs(", a leaf: ", to);
        size_print(size, to);
        fprintf(to, " at 0x%" PRIx64, leaf_pa(pte, size, 0));
    }
}

/* The table that holds the PTE of this index at this address, both as pte_address has them. */
static uint64_t table_of(unsigned mode, uint64_t address, uint64_t index)
{
    uint64_t last = (UINT64_C(1) << (PAGE_SHIFT + PTE_PPN_BITS)) - 1;
    return (address - (index << mode_pte_shift(mode))) & last;
}

/* "  level 0: 0x80002000 + 1 * 8 = 0x80002008 holds 0x48d1407: V R W, a leaf: 4 KiB at 0x12345000",
 * or that the bus refused it. */
static void print_read(unsigned mode, uint64_t va, const tw_access *access, FILE *to)
{
    uint64_t index = va_index(mode, va, access->level);
    fprintf(to, "  level %u: 0x%" PRIx64 " + %" PRIu64 " * %u = 0x%" PRIx64, access->level,
            table_of(mode, access->address, index), index, 1u << mode_pte_shift(mode),
            access->address);
    if (access->error) {
        fputs(" answers with a bus error\n", to);
        return;
    }
    fprintf(to, " holds 0x%" PRIx64 ": ", access->value);
    flags_print(access->value, to);
    print_meaning(mode, access->value, access->level, to);
    fputc('\n', to);
}

static const char *swap_outcome(const tw_access *access)
{
    if (access->error)
        return "refused by the bus";
    return access->swapped ? "done" : "lost, as the PTE has changed in between";
}

void swap_print(const tw_access *access, FILE *to)
{
    uint64_t set = access->value ^ access->desired;
    bool both = pte_bit(set, PTE_A) && pte_bit(set, PTE_D);
    fprintf(to,
            "  set %s: compare-and-swap 0x%" PRIx64 " from 0x%" PRIx64 " to 0x%" PRIx64 ": %s\n",
            both                  ? "A and D"
            : pte_bit(set, PTE_A) ? "A"
                                  : "D",
            access->address, access->value, access->desired, swap_outcome(access));
}

static void print_tree_walk(const tw_control *control, const tw_request *request,
                            const tw_translation *result, FILE *to)
{
    unsigned mode = satp_mode(control->satp);
    print_indices(mode, request->va, to);
    for (size_t i = 0; i < result->accesses; i++) {
        const tw_access *access = &result->access[i];
        if (access->kind == TW_READ)
            print_read(mode, request->va, access, to);
        else
            swap_print(access, to);
    }
}

bool outcome_print(const tw_request *request, const tw_translation *result, FILE *to)
{
    if (result->cause != CAUSE_NONE) {
        fprintf(to,
                "  %s (cause %u) at 0x%" PRIx64 ", check \"%s\": ", tw_cause_name(result->cause),
                result->cause, request->va, tw_check_name(result->check));
        return false;
    }
    fprintf(to, "  physical address 0x%" PRIx64, result->pa);
    if (result->size != 0) {
        fputs(" in a page of ", to);
        size_print(result->size, to);
        fputs(result->global ? ", global" : "", to);
    }
    return true;
}

static void print_outcome(const tw_control *control, const tw_request *request,
                          const tw_translation *result, FILE *to)
{
    if (!outcome_print(request, result, to))
        reason_print(control, request, result, to);
    else if (result->pbmt != 0)
        fprintf(to, ", memory type %s", result->pbmt == 1 ? "NC" : "IO");
    fputc('\n', to);
}

void tw_translation_print(const tw_control *control, const tw_request *request,
                          const tw_translation *result, FILE *to)
{
    print_request(control, request, to);
    if (result->check == CHECK_LIMIT || result->check == CHECK_SEGMENT)
        fputs("  its segment refuses the access: nothing is translated\n", to);
    else if (mode_levels(satp_mode(control->satp)) == 0)
        fputs("  Bare: the address passes as it is\n", to);
    else if (request->priv == PRIV_M)
        fputs("  M-mode: the address passes as it is\n", to);
    else if (satp_mode(control->satp) == MODE_HASHED)
        chain_print(control, request, result, to);
    else
        print_tree_walk(control, request, result, to);
    print_outcome(control, request, result, to);
}
