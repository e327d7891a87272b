/* inject_plan.c: a port, record memory and files that count what they are asked for. */
#include "tests/support/inject_plan.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The plan that the program's files belong to. */
static inject_plan *files;

static bool strikes(inject_plan *plan, inject_kind kind)
{
    if (plan == NULL || !plan->armed)
        return false;
    const unsigned use = ++plan->uses[kind];
    const bool strike =
        kind == plan->kind && plan->at != 0 && (plan->lasting ? use >= plan->at : use == plan->at);
    plan->struck += strike;
    return strike;
}

/* ---- files ----------------------------------------------------------------------------------- */

ssize_t pread(int file, void *bytes, size_t count, off_t offset)
{
    if (strikes(files, INJECT_READ)) {
        errno = EIO;
        return -1;
    }
    return syscall(SYS_pread64, file, bytes, count, offset);
}

/* One write is one use of both kinds. */
ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset)
{
    const bool broken = strikes(files, INJECT_WRITE), full = strikes(files, INJECT_FULL);
    if (broken || full) {
        errno = broken ? EIO : ENOSPC;
        return -1;
    }
    return syscall(SYS_pwrite64, file, bytes, count, offset);
}

/* ---- records --------------------------------------------------------------------------------- */

static void *take(void *context, size_t bytes)
{
    inject_plan *plan = context;
    const os_records *real = &plan->real.records;
    return strikes(plan, INJECT_RECORD) ? NULL : real->take(real->context, bytes);
}

static void give(void *context, void *record)
{
    const os_records *real = &((inject_plan *)context)->real.records;
    real->give(real->context, record);
}

/* ---- the port -------------------------------------------------------------------------------- */

static bool fails(inject_plan *plan, inject_kind kind, tw_error *error)
{
    if (!strikes(plan, kind))
        return false;
    tw_fail(error, TW_TIMEOUT, "the %s does not answer: use %u",
            kind == INJECT_BUS ? "bus" : "device", plan->uses[kind]);
    return true;
}

/* A function of the port that asks the plan before it asks the machine. */
#define THROUGH_PLAN(name, kind, parameters, arguments)                           \
    static tw_status plan_##name parameters                                       \
    {                                                                             \
        inject_plan *plan = context;                                              \
        context = plan->real.context;                                             \
        return fails(plan, kind, error) ? TW_TIMEOUT : plan->real.name arguments; \
    }

THROUGH_PLAN(register_read, INJECT_DEVICE,
             (void *context, unsigned offset, uint64_t *value, tw_error *error),
             (context, offset, value, error))
THROUGH_PLAN(register_write, INJECT_DEVICE,
             (void *context, unsigned offset, uint64_t value, tw_error *error),
             (context, offset, value, error))
THROUGH_PLAN(fence, INJECT_DEVICE,
             (void *context, tw_fence_kind kind, uint64_t va, unsigned asid, tw_error *error),
             (context, kind, va, asid, error))
THROUGH_PLAN(read, INJECT_BUS,
             (void *context, uint64_t address, unsigned bytes, uint64_t *value, tw_error *error),
             (context, address, bytes, value, error))
THROUGH_PLAN(write, INJECT_BUS,
             (void *context, uint64_t address, unsigned bytes, uint64_t value, tw_error *error),
             (context, address, bytes, value, error))
THROUGH_PLAN(swap, INJECT_BUS,
             (void *context, uint64_t address, unsigned bytes, uint64_t expected, uint64_t desired,
              uint64_t *found, tw_error *error),
             (context, address, bytes, expected, desired, found, error))
THROUGH_PLAN(read_page, INJECT_BUS, (void *context, uint64_t address, void *page, tw_error *error),
             (context, address, page, error))
THROUGH_PLAN(write_page, INJECT_BUS,
             (void *context, uint64_t address, const void *page, tw_error *error),
             (context, address, page, error))
THROUGH_PLAN(wait, INJECT_DEVICE, (void *context, uint64_t until, tw_error *error),
             (context, until, error))

static uint64_t now(void *context)
{
    const inject_plan *plan = context;
    return plan->real.now(plan->real.context);
}

os_port inject_port(inject_plan *plan, golden_machine *machine)
{
    plan->real = golden_port(machine);
    files = plan;
    return (os_port){.context = plan,
                     .register_read = plan_register_read,
                     .register_write = plan_register_write,
                     .fence = plan_fence,
                     .read = plan_read,
                     .write = plan_write,
                     .swap = plan_swap,
                     .read_page = plan_read_page,
                     .write_page = plan_write_page,
                     .now = now,
                     .wait = plan_wait,
                     .records = {plan, take, give}};
}

void inject_end(void)
{
    files = NULL;
}

void inject_mend(inject_plan *plan)
{
    plan->at = 0;
}

/* ---- what a failure looks like ---------------------------------------------------------------- */

const char *inject_name(inject_kind kind)
{
    static const char *const name[INJECT_KINDS] = {"record", "bus",       "device", "read",
                                                   "write",  "full disk", "slots"};
    return name[kind];
}

bool inject_explains(inject_kind kind, const char *text)
{
    static const char *const word[INJECT_KINDS] = {
        "memory", "bus", "device", "read of", "write of", "No space left", "swap file is full"};
    return strstr(text, word[kind]) != NULL && (kind < INJECT_READ || strstr(text, "file") != NULL);
}

bool inject_kills(inject_kind kind, os_reason reason)
{
    switch (kind) {
    case INJECT_READ:
        return reason == OS_REASON_READ_FAILED;
    case INJECT_WRITE:
    case INJECT_FULL:
        return reason == OS_REASON_WRITE_FAILED;
    case INJECT_SLOTS:
        return reason == OS_REASON_SWAP_FULL;
    default:
        return false;
    }
}
