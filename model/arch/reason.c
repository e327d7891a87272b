/* reason.c: one clause for each failed check, from the PTE that failed it. */
#include "model/arch/reason.h"

#include "tablewalk/hashed.h"

static const char *reserved_reason(const tw_control *control, uint64_t pte)
{
    if (pte_bit(pte, PTE_W) && !pte_bit(pte, PTE_R))
        return "W=1 with R=0 is a reserved encoding";
    if ((pte >> PTE_RESERVED & 0x7f) != 0)
        return "one of the reserved bits 60..54 is set";
    if (pte_pbmt(pte) == 3)
        return "PBMT=3 is a reserved memory type";
    if (pte_pbmt(pte) != 0 && !control->pbmte)
        return "PBMT is set while PBMTE=0";
    return "N=1 is allowed only on a leaf at level 0 whose ppn[3:0] is 1000";
}

static const char *pointer_reason(unsigned level)
{
    if (level == 0)
        return "a pointer at level 0 leads nowhere";
    return "a pointer must not have A, D, U, N or PBMT set";
}

static const char *user_reason(const tw_request *request)
{
    if (request->priv != PRIV_S)
        return "U=0: the page is the supervisor's";
    if (request->op == OP_FETCH)
        return "U=1: the supervisor never fetches from a user page";
    return "U=1: the supervisor touches user pages only with SUM=1";
}

static const char *permission_reason(const tw_request *request)
{
    if (request->op == OP_FETCH)
        return "X=0: a fetch needs X";
    if (request->op == OP_LOAD && request->mxr)
        return "R=0 and X=0: a load with MXR=1 needs one of them";
    if (request->op == OP_LOAD)
        return "R=0: a load needs R, or X with MXR=1";
    return "W=0: a store or amo needs W";
}

static const char *touched_reason(uint64_t pte)
{
    if (!pte_bit(pte, PTE_A))
        return "A=0, and with ADUE=0 software has to set it";
    return "D=0, and with ADUE=0 software has to set it before a store";
}

void size_print(unsigned size, FILE *to)
{
    if (size < 10)
        fprintf(to, "%u bytes", 1u << size);
    else
        fprintf(to, "%u %ciB", 1u << size % 10, "?KMGTPE"[size / 10]);
}

void aligned_reason(unsigned size, FILE *to)
{
    fputs("a page of ", to);
    size_print(size, to);
    fputs(" must begin at a multiple of its size", to);
}

static void canonical_reason(unsigned mode, FILE *to)
{
    if (mode_narrow(mode))
        fputs("bits 63..32 of the address must be 0", to);
    else
        fprintf(to, "bits 63..%u of the address must all be equal",
                level_size(mode, mode_levels(mode)) - 1);
}

/* The last word read leads nowhere. */
static void chain_reason(const tw_control *control, const tw_translation *result, FILE *to)
{
    unsigned last = (unsigned)TW_GET(control->hash_table, HASH_TABLE, LAST);
    unsigned next = hashed_next(result->access[result->accesses - 1].value);
    if (next > last)
        fprintf(to, "entry %u is outside the table, which ends with entry %u", next, last);
    else
        fprintf(to, "the chain is longer than the table of %u entries, so it loops", last + 1);
}

void reason_print(const tw_control *control, const tw_request *request,
                  const tw_translation *result, FILE *to)
{
    unsigned mode = satp_mode(control->satp);
    switch (result->check) {
    case CHECK_NONE:
        break;
    case CHECK_CANONICAL:
        canonical_reason(mode, to);
        break;
    case CHECK_READ:
        fputs("the bus refused the read of the PTE", to);
        break;
    case CHECK_VALID:
        fputs(mode == MODE_HASHED ? "no entry holds the page: nothing is mapped here"
                                  : "V=0: nothing is mapped here",
              to);
        break;
    case CHECK_RESERVED:
        fputs(reserved_reason(control, result->pte), to);
        break;
    case CHECK_POINTER:
        fputs(pointer_reason(result->level), to);
        break;
    case CHECK_ALIGNED:
        aligned_reason(level_size(mode, result->level), to);
        break;
    case CHECK_USER:
        fputs(user_reason(request), to);
        break;
    case CHECK_PERMISSION:
        fputs(permission_reason(request), to);
        break;
    case CHECK_TOUCHED:
        fputs(touched_reason(result->pte), to);
        break;
    case CHECK_SWAP:
        fputs("the bus refused to write A and D back", to);
        break;
    case CHECK_RETRIES:
        fprintf(to, "the PTE changed under the walk %d times", SWAP_TRIES);
        break;
    case CHECK_LIMIT:
        fputs("the address is no offset inside the segment", to);
        break;
    case CHECK_SEGMENT:
        fputs("R, W, X and U of the segment do not grant the access", to);
        break;
    case CHECK_CHAIN:
        chain_reason(control, result, to);
        break;
    }
}
