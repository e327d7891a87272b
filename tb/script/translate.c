/* translate.c: the golden model on the machine's own tables. Nothing is written. */
#include "tablewalk/registers.h"
#include "tb/script/world.h"

static bool read_pte(void *context, uint64_t address, unsigned bytes, uint64_t *value)
{
    *value = tw_memory_read(context, address, bytes);
    return true;
}

/* As if it were done. */
static bool pretend_swap(void *context, uint64_t address, unsigned bytes, uint64_t expected,
                         uint64_t desired, bool *swapped)
{
    (void)context;
    (void)address;
    (void)bytes;
    (void)expected;
    (void)desired;
    *swapped = true;
    return true;
}

tw_status script_translate(script_world *w, const os_process *process, uint64_t va,
                           script_inquiry *inquiry, tw_translation *result, tw_error *error)
{
    const os_space *space = process->space;
    bool shown = inquiry != NULL; /* else the PTE counts, as it is */
    if (space == NULL)
        return tw_fail(error, TW_USAGE, "process %u has ended and has no address space",
                       process->pid);
    tw_control control = {.satp = (uint64_t)w->os.mode << 60 | (uint64_t)space->asid << 44,
                          .adue = shown && w->os.adue};
    tw_status status = TW_OK;
    if (w->os.mode != MODE_HASHED)
        control.satp |= space->table.root;
    else
        status = w->port.register_read(w->port.context, REG_HASH_TABLE, &control.hash_table, error);
    if (status == TW_OK && w->os.mode == MODE_HASHED)
        status =
            w->port.register_read(w->port.context, REG_HASH_ANCHORS, &control.hash_anchors, error);
    if (status != TW_OK)
        return status;
    const tw_bus bus = {w->memory, read_pte, pretend_swap};
    const tw_request request = {.va = va, .op = OP_LOAD, .priv = PRIV_U};
    tw_translate(&control, &request, &bus, result);
    if (shown)
        *inquiry = (script_inquiry){control, request};
    return TW_OK;
}
