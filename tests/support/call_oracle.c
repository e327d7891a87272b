/* call_oracle.c: page by page. */
#include "tests/support/call_oracle.h"

void call_oracle_map(oracle *o, size_t process, size_t first, size_t end, oracle_kind kind,
                     unsigned permissions)
{
    for (size_t i = first; i < end; i++)
        o->page[process][i] = (oracle_page){.kind = kind, .permissions = permissions};
}

void call_oracle_unmap(oracle *o, size_t process, size_t first, size_t end)
{
    call_oracle_map(o, process, first, end, ORACLE_NOTHING, 0);
}

static bool all_mapped(const oracle *o, size_t process, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        if (o->page[process][i].kind == ORACLE_NOTHING)
            return false;
    return true;
}

bool call_oracle_protect(oracle *o, size_t process, size_t first, size_t end, unsigned permissions)
{
    if (!all_mapped(o, process, first, end))
        return false;
    for (size_t i = first; i < end; i++)
        o->page[process][i].permissions = permissions;
    return true;
}

bool call_oracle_lock(oracle *o, size_t process, size_t first, size_t end, bool locked)
{
    if (!all_mapped(o, process, first, end))
        return false;
    for (size_t i = first; i < end; i++)
        o->page[process][i].locked = locked;
    return true;
}

bool call_oracle_not_needed(oracle *o, size_t process, size_t first, size_t end)
{
    if (!all_mapped(o, process, first, end))
        return false;
    for (size_t i = first; i < end; i++)
        if (o->page[process][i].locked)
            return false;
    for (size_t i = first; i < end; i++) {
        o->page[process][i].own = false;
        o->page[process][i].value = 0;
    }
    return true;
}

void call_oracle_fork(oracle *o, size_t parent, size_t child)
{
    for (size_t i = 0; i < ORACLE_PAGES; i++) {
        o->page[child][i] = o->page[parent][i];
        o->page[child][i].locked = false;
    }
}

uint64_t call_oracle_load(const oracle *o, size_t process, size_t page)
{
    const oracle_page *p = &o->page[process][page];
    const bool of_all = p->kind == ORACLE_SHARED || (p->kind == ORACLE_COPIED && !p->own);
    return of_all ? o->shared[page] : p->value;
}

void call_oracle_store(oracle *o, size_t process, size_t page, uint64_t value)
{
    oracle_page *p = &o->page[process][page];
    if (p->kind == ORACLE_SHARED) {
        o->shared[page] = value;
        return;
    }
    p->own = true;
    p->value = value;
}
