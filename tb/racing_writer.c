/* racing_writer.c: a swap is performed at the end of the cycle in which memory takes it, so a write
 * made when it first shows on the pins always comes between the read and the compare. */
#include "tb/racing_writer.h"

#include "tablewalk/hashed.h"
#include "tb/random.h"

const char *racing_writer_name(enum race race)
{
    static const char *const names[RACES] = {
        [RACE_NEW_PPN] = "new PPN",          [RACE_V_CLEARED] = "V cleared",
        [RACE_W_REVOKED] = "W revoked",      [RACE_A_SET] = "A set",
        [RACE_NEW_VPN] = "new hashed page",  [RACE_NEW_ASID] = "new hashed space",
        [RACE_POINTER] = "became a pointer", [RACE_FOR_EVER] = "changed for ever",
        [RACE_BUS_ERROR] = "swap refused"};
    return names[race];
}

/* The PTE after the race; different from `pte` but where the race has nothing to change. */
static uint64_t raced(uint64_t pte, enum race race)
{
    static const uint64_t rights = 1u << PTE_R | 1u << PTE_W | 1u << PTE_X;
    static const uint64_t leaf_only = 1u << PTE_A | 1u << PTE_D | 1u << PTE_U;
    switch (race) {
    case RACE_NEW_PPN:
        return pte ^ UINT64_C(0x10) << PTE_PPN;
    case RACE_V_CLEARED:
        return pte & ~(UINT64_C(1) << PTE_V);
    case RACE_W_REVOKED:
        return pte & ~(UINT64_C(1) << PTE_W);
    case RACE_A_SET:
        return pte | UINT64_C(1) << PTE_A;
    case RACE_NEW_VPN:
        return pte ^ UINT64_C(1) << HASHED_VPN;
    case RACE_NEW_ASID:
        return pte ^ UINT64_C(1) << HASHED_ASID;
    case RACE_POINTER:
        return pte & ~(rights | leaf_only);
    case RACE_FOR_EVER:
        return pte ^ 1u << 8; /* a bit that is software's; of a hashed entry's next */
    default:
        return pte;
    }
}

static tw_status rewrite(tw_memory *memory, const tw_out *out, enum race race)
{
    unsigned bytes = out->mem_req_size == 0 ? 4 : 8;
    uint64_t pte = tw_memory_read(memory, out->mem_req_addr, bytes);
    return tw_memory_write(memory, out->mem_req_addr, bytes, raced(pte, race));
}

static tw_status begin_race(struct racing_writer *writer, tw_memory *memory, const tw_out *out)
{
    enum race race = (enum race)random_below(&writer->random, RACES);
    writer->count[race]++;
    if (race == RACE_FOR_EVER) {
        writer->for_ever = out->mem_req_addr;
        writer->left = SWAP_TRIES - 1;
    }
    if (race != RACE_BUS_ERROR)
        return rewrite(memory, out, race);
    writer->refusing = true;
    return tw_memory_add_read_only(memory, out->mem_req_addr, out->mem_req_addr);
}

tw_status racing_writer_cycle(struct racing_writer *writer, tw_machine *machine)
{
    tw_memory *memory = tw_machine_memory(machine);
    const tw_out *out = tw_machine_out(machine);
    bool swap = out->mem_req_valid && out->mem_req_op == 1;
    /* No walker has two swaps on the pins without a cycle between them. */
    bool same = swap && writer->visible && writer->id == out->mem_req_id;
    writer->visible = swap;
    writer->id = out->mem_req_id;
    if (writer->refusing && !same) {
        tw_memory_clear_faults(memory);
        writer->refusing = false;
    }
    if (!swap || same)
        return TW_OK;
    if (writer->left > 0 && writer->for_ever == out->mem_req_addr) {
        writer->left--;
        return rewrite(memory, out, RACE_FOR_EVER);
    }
    return random_percent(&writer->random, writer->percent) ? begin_race(writer, memory, out)
                                                            : TW_OK;
}
