/* names.c: codes as the words of reports. */
#include "tablewalk/pte.h"

const char *tw_check_name(unsigned check)
{
    switch (check) {
    case CHECK_NONE:
        return "none";
    case CHECK_CANONICAL:
        return "canonical";
    case CHECK_READ:
        return "read";
    case CHECK_VALID:
        return "valid";
    case CHECK_RESERVED:
        return "reserved";
    case CHECK_POINTER:
        return "pointer";
    case CHECK_ALIGNED:
        return "aligned";
    case CHECK_USER:
        return "user";
    case CHECK_PERMISSION:
        return "permission";
    case CHECK_TOUCHED:
        return "touched";
    case CHECK_SWAP:
        return "swap";
    case CHECK_RETRIES:
        return "retries";
    case CHECK_LIMIT:
        return "limit";
    case CHECK_SEGMENT:
        return "segment";
    case CHECK_CHAIN:
        return "chain";
    default:
        return "?";
    }
}

const char *tw_cause_name(unsigned cause)
{
    switch (cause) {
    case CAUSE_NONE:
        return "no fault";
    case CAUSE_FETCH_ACCESS:
        return "fetch access fault";
    case CAUSE_LOAD_ACCESS:
        return "load access fault";
    case CAUSE_STORE_ACCESS:
        return "store access fault";
    case CAUSE_FETCH_PAGE:
        return "fetch page fault";
    case CAUSE_LOAD_PAGE:
        return "load page fault";
    case CAUSE_STORE_PAGE:
        return "store page fault";
    default:
        return "?";
    }
}

const char *tw_mode_name(unsigned mode)
{
    switch (mode) {
    case MODE_BARE:
        return "Bare";
    case MODE_SV32:
        return "Sv32";
    case MODE_SV39:
        return "Sv39";
    case MODE_SV48:
        return "Sv48";
    case MODE_SV57:
        return "Sv57";
    case MODE_LINEAR:
        return "linear";
    case MODE_HASHED:
        return "hashed";
    default:
        return "?";
    }
}

const char *tw_op_name(unsigned op)
{
    switch (op) {
    case OP_FETCH:
        return "fetch";
    case OP_LOAD:
        return "load";
    case OP_STORE:
        return "store";
    case OP_AMO:
        return "amo";
    default:
        return "?";
    }
}
