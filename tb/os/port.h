/*
 * port.h: everything that the OS can reach: the MMU's registers, its fence, and physical memory.
 *
 * The OS never knows what stands behind: RTL, cycle model, lockstep, or a test's golden model.
 * Every function returns TW_OK, or fills *error; the OS then stops what it does and hands the
 * status on.
 */
#ifndef TB_OS_PORT_H
#define TB_OS_PORT_H

#include <stdint.h>

#include "tablewalk/driver.h"
#include "tablewalk/error.h"

enum { OS_PAGE_BYTES = 4096 };

typedef struct os_port {
    void *context; /* passed back; owned by whoever made the port */

    /* Offsets of registers.h. */
    tw_status (*register_read)(void *context, unsigned offset, uint64_t *value, tw_error *error);
    tw_status (*register_write)(void *context, unsigned offset, uint64_t value, tw_error *error);

    /* Returns when the fence is done and no walk from before it is under way. */
    tw_status (*fence)(void *context, tw_fence_kind kind, uint64_t va, unsigned asid,
                       tw_error *error);

    /* Physical memory, 4 or 8 bytes at a multiple of them; not a byte beside them is touched. swap
     * is the hart's atomic compare-and-swap: if the word holds `expected`, writes `desired`; *found
     * is what it held. */
    tw_status (*read)(void *context, uint64_t address, unsigned bytes, uint64_t *value,
                      tw_error *error);
    tw_status (*write)(void *context, uint64_t address, unsigned bytes, uint64_t value,
                       tw_error *error);
    tw_status (*swap)(void *context, uint64_t address, unsigned bytes, uint64_t expected,
                      uint64_t desired, uint64_t *found, tw_error *error);

    /* Physical memory, OS_PAGE_BYTES at a multiple of OS_PAGE_BYTES. */
    tw_status (*read_page)(void *context, uint64_t address, void *page, tw_error *error);
    tw_status (*write_page)(void *context, uint64_t address, const void *page, tw_error *error);
} os_port;

#endif
