/* walk_case.c: builds the tree that walk_case.h describes. */
#include "tests/support/walk_case.h"

#include <string.h>

uint64_t pte_of(uint64_t ppn, const char *flags)
{
    static const char letters[] = "VRWXUGAD";
    uint64_t pte = ppn << PTE_PPN;
    for (const char *f = flags; *f != '\0'; f++)
        pte |= UINT64_C(1) << (strchr(letters, *f) - letters);
    return pte;
}

uint64_t walk_case_pte_at(const walk_case *c, unsigned level)
{
    unsigned mode = satp_mode(c->control.satp);
    uint64_t table = WALK_ROOT + mode_levels(mode) - 1 - level;
    return pte_address(mode, table, c->request.va, level);
}

walk_case walk_case_of(unsigned mode, tw_op op, unsigned leaf_level, uint64_t leaf)
{
    walk_case c = {
        .control = {.satp = (uint64_t)mode << 60 | WALK_ROOT, .adue = true, .pbmte = true},
        .request = {.va = WALK_OFFSET, .op = op, .priv = PRIV_S}};
    unsigned levels = mode_levels(mode);
    for (unsigned level = 0; level < levels; level++)
        c.request.va |= UINT64_C(1) << level_size(mode, level);
    for (unsigned level = levels; level-- > leaf_level + 1;)
        walk_memory_set(&c.memory, walk_case_pte_at(&c, level),
                        pte_of(WALK_ROOT + levels - level, "V"));
    c.leaf_at = walk_case_pte_at(&c, leaf_level);
    walk_memory_set(&c.memory, c.leaf_at, leaf);
    return c;
}

const tw_translation *walk_case_run(walk_case *c)
{
    tw_bus bus = walk_memory_bus(&c->memory);
    tw_translate(&c->control, &c->request, &bus, &c->got);
    return &c->got;
}
