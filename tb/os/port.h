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
#include "tb/os/event.h"
#include "tb/os/records.h"

enum { OS_PAGE_BYTES = 4096 };

struct os_object;

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

    /* The clock, in cycles; and passing time until it says `until`, in which nobody asks the MMU
     * for anything. */
    uint64_t (*now)(void *context);
    tw_status (*wait)(void *context, uint64_t until, tw_error *error);

    /* Sees every event as it happens, and the start and end of a transfer when that is issued, with
     * their cycles (event.h). A context of its own; NULL: nobody does. It must call nothing of the
     * OS. */
    void (*event)(void *event_context, const os_event *event);
    void *event_context;

    /* Is told of each page of a file that the disk refused to the end: nobody holds the file any
     * more, and the host's does not have what was stored there. A context of its own; NULL: nobody
     * wants to know. It must call nothing of the OS but what looks at the object. */
    void (*lost)(void *lost_context, const struct os_object *file, uint64_t index);
    void *lost_context;

    os_records records; /* for what the OS has to remember */
} os_port;

#endif
