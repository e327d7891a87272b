/* final_data.c: page after page. */
#include "tb/final_data.h"

static const uint64_t FNV_OFFSET = UINT64_C(0xcbf29ce484222325), FNV_PRIME = 0x100000001b3;

tw_status final_data_read(os *system, const os_process *process, const footprint *f,
                          final_data *data, tw_error *error)
{
    uint64_t sum = FNV_OFFSET;
    for (size_t i = 0; i < footprint_pages(f); i++) {
        uint8_t page[OS_PAGE_BYTES];
        uint64_t va = footprint_page(f, i) << PAGE_SHIFT;
        tw_status status = os_read_page(system, process, va, page, error);
        if (status != TW_OK)
            return status;
        for (unsigned at = 0; at < OS_PAGE_BYTES; at++)
            sum = (sum ^ page[at]) * FNV_PRIME;
    }
    *data = (final_data){true, sum};
    return TW_OK;
}
