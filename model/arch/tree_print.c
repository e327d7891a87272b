/* tree_print.c: a translation through a tree of any geometry as a paragraph, as print.c tells one
 * of a RISC-V mode. */
#include <inttypes.h>

#include "model/arch/reason.h"
#include "tablewalk/geometry.h"

static void print_request(const tw_tree *tree, const tw_request *request, FILE *to)
{
    char split[TW_GEOMETRY_TEXT_MAX];
    fprintf(to, "%s of 0x%" PRIx64 " in %s-mode, %s, PTEs of %u bytes, SUM=%d MXR=%d ADUE=%d\n",
            tw_op_name(request->op), request->va, priv_name(request->priv),
            tw_geometry_text(&tree->geometry, split), tree->geometry.pte_bytes, request->sum,
            request->mxr, tree->adue);
}

/* "  address: index 2 (bits 11..10), 9 (9..6), offset 0x3c (5..0)" */
static void print_indices(const tw_geometry *g, uint64_t va, FILE *to)
{
    fputs("  address: index", to);
    for (unsigned level = g->levels; level-- > 0;) {
        unsigned low = tw_geometry_size(g, level);
        fprintf(to, " %" PRIu64 " (%s%u..%u),", tw_geometry_index(g, va, level),
                level == g->levels - 1 ? "bits " : "", low + tw_geometry_index_bits(g, level) - 1,
                low);
    }
    uint64_t offset = va & ((UINT64_C(1) << g->offset_bits) - 1);
    fprintf(to, " offset 0x%" PRIx64 " (%u..0)\n", offset, g->offset_bits - 1);
}

/* What the PTE would mean if every check passed. */
static void print_meaning(const tw_geometry *g, uint64_t pte, unsigned level, FILE *to)
{
    if (!pte_bit(pte, PTE_V)) {
        fputs(", not valid", to);
        return;
    }
    uint64_t address = tw_geometry_frame(g, pte);
    if (pte_is_pointer(pte)) {
        fprintf(to, ", a pointer to the table at 0x%" PRIx64, address);
        return;
    }
    fputs(", a leaf: ", to);
    size_print(tw_geometry_size(g, level), to);
    fprintf(to, " at 0x%" PRIx64, address);
}

static void print_read(const tw_geometry *g, uint64_t va, const tw_access *access, FILE *to)
{
    uint64_t index = tw_geometry_index(g, va, access->level);
    fprintf(to, "  level %u: 0x%" PRIx64 " + %" PRIu64 " * %u = 0x%" PRIx64, access->level,
            access->address - index * g->pte_bytes, index, g->pte_bytes, access->address);
    if (access->error) {
        fputs(" answers with a bus error\n", to);
        return;
    }
    fprintf(to, " holds 0x%" PRIx64 ": ", access->value);
    flags_print(tw_geometry_flags(access->value), to);
    print_meaning(g, access->value, access->level, to);
    fputc('\n', to);
}

static void print_walk(const tw_tree *tree, const tw_request *request, const tw_translation *result,
                       FILE *to)
{
    print_indices(&tree->geometry, request->va, to);
    for (size_t i = 0; i < result->accesses; i++) {
        const tw_access *access = &result->access[i];
        if (access->kind == TW_READ)
            print_read(&tree->geometry, request->va, access, to);
        else
            swap_print(access, to);
    }
}

static void print_reason(const tw_tree *tree, const tw_request *request,
                         const tw_translation *result, FILE *to)
{
    const tw_control control = {.adue = tree->adue};
    if (result->check == CHECK_CANONICAL) {
        fprintf(to, "bits 63..%u of the address must be 0", tw_geometry_va_bits(&tree->geometry));
    } else if (result->check == CHECK_ALIGNED) {
        aligned_reason(tw_geometry_size(&tree->geometry, result->level), to);
    } else {
        reason_print(&control, request, result, to);
    }
}

void tw_tree_print(const tw_tree *tree, const tw_request *request, const tw_translation *result,
                   FILE *to)
{
    print_request(tree, request, to);
    if (request->priv == PRIV_M)
        fputs("  M-mode: the address passes as it is\n", to);
    else
        print_walk(tree, request, result, to);
    if (!outcome_print(request, result, to))
        print_reason(tree, request, result, to);
    fputc('\n', to);
}
