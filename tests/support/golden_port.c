/* golden_port.c: the golden model as the machine under the OS. */
#include "tests/support/golden_port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tablewalk/registers.h"
#include "tb/os/kernel.h"

golden_machine *golden_open_at(uint64_t first)
{
    golden_machine *machine = calloc(1, sizeof *machine);
    assert_non_null(machine);
    machine->first = first;
    return machine;
}

golden_machine *golden_open(void)
{
    return golden_open_at(GOLDEN_FIRST);
}

uint64_t *golden_word(golden_machine *machine, uint64_t address)
{
    uint64_t offset = address - (machine->first << PAGE_SHIFT);
    if (offset / 8 >= GOLDEN_FRAMES * 512) {
        fail_msg("physical address %#llx is outside the test's memory",
                 (unsigned long long)address);
        return NULL;
    }
    return &machine->word[offset / 8];
}

/* ---- registers and fences -------------------------------------------------------------------- */

static tw_status register_read(void *context, unsigned offset, uint64_t *value, tw_error *error)
{
    const golden_machine *m = context;
    golden_fault oldest = m->faults > 0 ? m->fault[0] : (golden_fault){0};
    (void)error;
    switch (offset) {
    case REG_CAPABILITIES:
        *value = 0;
        break;
    case REG_FAULT_STATUS:
        *value = TW_PUT(FAULT_STATUS, COUNT, m->faults) |
                 TW_PUT(FAULT_STATUS, OVERFLOW, m->dropped != 0) |
                 TW_PUT(FAULT_STATUS, DROPPED, m->dropped);
        break;
    case REG_FAULT_CAUSE:
        *value = oldest.cause;
        break;
    case REG_FAULT_VA:
        *value = oldest.va;
        break;
    case REG_FAULT_PTE:
        *value = oldest.pte_address;
        break;
    case REG_FAULT_ASID:
        *value = oldest.asid;
        break;
    default:
        fail_msg("the OS read register %#x", offset);
    }
    return TW_OK;
}

static tw_status register_write(void *context, unsigned offset, uint64_t value, tw_error *error)
{
    golden_machine *m = context;
    (void)error;
    switch (offset) {
    case REG_SATP:
        m->satp = value;
        break;
    case REG_CONTROL:
        m->control = value;
        break;
    case REG_HASH_TABLE:
        m->hash_table = value;
        break;
    case REG_HASH_ANCHORS:
        m->hash_anchors = value;
        break;
    case REG_FAULT_STATUS:
        if (TW_GET(value, FAULT_STATUS, OVERFLOW))
            m->dropped = 0;
        break;
    case REG_FAULT_POP:
        if (m->faults > 0)
            memmove(&m->fault[0], &m->fault[1], --m->faults * sizeof m->fault[0]);
        break;
    default:
        fail_msg("the OS wrote register %#x", offset);
    }
    return TW_OK;
}

static tw_status fence(void *context, tw_fence_kind kind, uint64_t va, unsigned asid,
                       tw_error *error)
{
    golden_machine *m = context;
    (void)error;
    m->fences++;
    for (size_t i = 0; i < m->entries; i++) {
        golden_entry *entry = &m->tlb[i];
        bool va_hit = !(kind & TW_FENCE_VA) ||
                      (entry->vpn ^ va >> PAGE_SHIFT) >> (entry->size - PAGE_SHIFT) == 0;
        bool asid_hit = !(kind & TW_FENCE_ASID) || entry->asid == asid;
        if (va_hit && asid_hit)
            entry->valid = false;
    }
    return TW_OK;
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* The bits of a word that an access of 4 or 8 bytes touches. */
static uint64_t lane(uint64_t address, unsigned bytes)
{
    assert_true(address % bytes == 0 && (bytes == 4 || bytes == 8));
    return (bytes == 8 ? UINT64_MAX : UINT32_MAX) << address % 8 * 8;
}

static uint64_t get(golden_machine *m, uint64_t address, unsigned bytes)
{
    return (*golden_word(m, address) & lane(address, bytes)) >> address % 8 * 8;
}

static void put(golden_machine *m, uint64_t address, unsigned bytes, uint64_t value)
{
    uint64_t *word = golden_word(m, address), mask = lane(address, bytes);
    *word = (*word & ~mask) | (value << address % 8 * 8 & mask);
}

static tw_status read_word(void *context, uint64_t address, unsigned bytes, uint64_t *value,
                           tw_error *error)
{
    (void)error;
    *value = get(context, address, bytes);
    return TW_OK;
}

static tw_status write_word(void *context, uint64_t address, unsigned bytes, uint64_t value,
                            tw_error *error)
{
    (void)error;
    put(context, address, bytes, value);
    return TW_OK;
}

static tw_status swap_word(void *context, uint64_t address, unsigned bytes, uint64_t expected,
                           uint64_t desired, uint64_t *found, tw_error *error)
{
    golden_machine *m = context;
    (void)error;
    if (m->race != NULL)
        m->race(m, address);
    *found = get(m, address, bytes);
    if (*found == expected)
        put(m, address, bytes, desired);
    return TW_OK;
}

static tw_status read_page(void *context, uint64_t address, void *page, tw_error *error)
{
    (void)error;
    memcpy(page, golden_word(context, address), OS_PAGE_BYTES);
    return TW_OK;
}

static tw_status write_page(void *context, uint64_t address, const void *page, tw_error *error)
{
    (void)error;
    memcpy(golden_word(context, address), page, OS_PAGE_BYTES);
    return TW_OK;
}

/* ---- time ------------------------------------------------------------------------------------ */

static uint64_t now(void *context)
{
    const golden_machine *m = context;
    return m->cycle;
}

static tw_status wait_until(void *context, uint64_t until, tw_error *error)
{
    golden_machine *m = context;
    (void)error;
    assert_true(until > m->cycle); /* a wait for what is past would be one for ever */
    m->cycle = until;
    m->waits++;
    return TW_OK;
}

os_port golden_port(golden_machine *machine)
{
    return (os_port){.context = machine,
                     .register_read = register_read,
                     .register_write = register_write,
                     .fence = fence,
                     .read = read_word,
                     .write = write_word,
                     .swap = swap_word,
                     .read_page = read_page,
                     .write_page = write_page,
                     .now = now,
                     .wait = wait_until,
                     .records = counted_records_of(&machine->records)};
}

/* ---- the processor --------------------------------------------------------------------------- */

static bool bus_read(void *context, uint64_t address, unsigned bytes, uint64_t *value)
{
    golden_machine *m = context;
    if (address == m->bus_error)
        return false;
    *value = get(m, address, bytes);
    return true;
}

static bool bus_swap(void *context, uint64_t address, unsigned bytes, uint64_t expected,
                     uint64_t desired, bool *swapped)
{
    *swapped = get(context, address, bytes) == expected;
    if (*swapped)
        put(context, address, bytes, desired);
    return true;
}

static golden_entry *find_entry(golden_machine *m, unsigned asid, uint64_t vpn)
{
    for (size_t i = 0; i < m->entries; i++)
        if (m->tlb[i].valid && m->tlb[i].asid == asid && m->tlb[i].vpn == vpn)
            return &m->tlb[i];
    return NULL;
}

static golden_entry *new_entry(golden_machine *m)
{
    for (size_t i = 0; i < m->entries; i++)
        if (!m->tlb[i].valid)
            return &m->tlb[i];
    if (m->entries == GOLDEN_TLB)
        fail_msg("the test's TLB of %d entries is full", GOLDEN_TLB);
    return &m->tlb[m->entries++];
}

static void queue_fault(golden_machine *m, const tw_translation *t, uint64_t va)
{
    if (m->faults == GOLDEN_QUEUE)
        m->dropped++;
    else
        m->fault[m->faults++] = (golden_fault){t->cause, va, t->pte_addr, satp_asid(m->satp)};
}

unsigned golden_access(golden_machine *machine, tw_op op, uint64_t va, uint64_t *pa)
{
    tw_control control = {.satp = machine->satp,
                          .adue = TW_GET(machine->control, CONTROL, ADUE) != 0,
                          .hash_table = machine->hash_table,
                          .hash_anchors = machine->hash_anchors};
    tw_request request = {.va = va, .op = op, .priv = PRIV_U};
    unsigned asid = satp_asid(machine->satp);
    machine->cycle++;
    golden_entry *entry = find_entry(machine, asid, va >> PAGE_SHIFT);
    if (entry != NULL && pte_touched(entry->pte, op) &&
        tw_judge(&control, &request, entry->pte, 0) == CHECK_NONE) {
        *pa = leaf_pa(entry->pte, entry->size, va);
        return CAUSE_NONE;
    }
    tw_bus bus = {machine, bus_read, bus_swap};
    tw_translation t;
    tw_translate(&control, &request, &bus, &t);
    if (t.cause != CAUSE_NONE) {
        queue_fault(machine, &t, va);
        return t.cause;
    }
    if (entry == NULL)
        entry = new_entry(machine);
    *entry = (golden_entry){true, asid, t.size, va >> PAGE_SHIFT, t.pte};
    *pa = t.pa;
    return CAUSE_NONE;
}

/* Lets time pass until the process can run, and nobody else run meanwhile. */
static void wait_for(os *system, os_process *process)
{
    tw_error error = {0};
    bool waited = true;
    while (process->state == OS_WAITS_FOR_DISK && waited)
        if (os_idle(system, &waited, &error) != TW_OK)
            fail_msg("os_idle: %s", error.text);
    if (!waited || os_switch(system, process, &error) != TW_OK)
        fail_msg("process %u does not come back: %s", process->pid, error.text);
}

bool golden_run(golden_machine *machine, os *system, tw_op op, uint64_t va, uint64_t *pa)
{
    os_process *process = system->current;
    for (int tries = 0; tries < 8; tries++) {
        unsigned cause = golden_access(machine, op, va, pa);
        if (cause == CAUSE_NONE)
            return true;
        os_verdict verdict = OS_VERDICT_DEAD;
        tw_error error = {0};
        if (os_fault(system, cause, va, &verdict, &error) != TW_OK)
            fail_msg("os_fault: %s", error.text);
        if (verdict == OS_VERDICT_DEAD)
            return false;
        if (verdict == OS_VERDICT_WAIT)
            wait_for(system, process);
    }
    fail_msg("%s at %#llx still faults after 8 repairs", tw_op_name(op), (unsigned long long)va);
    return false;
}

void golden_store(golden_machine *machine, os *system, uint64_t va, uint64_t value)
{
    uint64_t pa = 0;
    assert_true(golden_run(machine, system, OP_STORE, va, &pa));
    *golden_word(machine, pa) = value;
}

uint64_t golden_load(golden_machine *machine, os *system, uint64_t va)
{
    uint64_t pa = 0;
    assert_true(golden_run(machine, system, OP_LOAD, va, &pa));
    return *golden_word(machine, pa);
}

int golden_in_every_mode(const char *name, const struct CMUnitTest *tests, size_t count,
                         unsigned *mode)
{
    static const struct {
        const char *name;
        unsigned mode;
    } run[] = {{"sv32", MODE_SV32}, {"sv39", MODE_SV39},     {"sv48", MODE_SV48},
               {"sv57", MODE_SV57}, {"linear", MODE_LINEAR}, {"hashed", MODE_HASHED}};
    int failed = 0;
    for (size_t i = 0; i < sizeof run / sizeof *run; i++) {
        char group[64];
        snprintf(group, sizeof group, "%s_%s", name, run[i].name);
        *mode = run[i].mode;
        failed += _cmocka_run_group_tests(group, tests, count, NULL, NULL);
    }
    return failed;
}
