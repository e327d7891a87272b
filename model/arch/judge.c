/* judge.c: what one PTE says to one request. Twin of tw_pkg::pte_judge. */
#include "tablewalk/translate.h"

tw_check tw_judge(const tw_control *control, const tw_request *request, uint64_t pte,
                  unsigned level)
{
    if (!pte_bit(pte, PTE_V))
        return CHECK_VALID;
    if (pte_reserved(pte, level, control->pbmte))
        return CHECK_RESERVED;
    if (pte_is_pointer(pte))
        return pte_bad_pointer(pte, level) ? CHECK_POINTER : CHECK_NONE;
    if (leaf_misaligned(satp_mode(control->satp), pte, level))
        return CHECK_ALIGNED;
    if (!leaf_user_ok(pte, request->op, request->priv, request->sum))
        return CHECK_USER;
    if (!leaf_allows(pte, request->op, request->mxr))
        return CHECK_PERMISSION;
    if (!control->adue && !pte_touched(pte, request->op))
        return CHECK_TOUCHED;
    return CHECK_NONE;
}
