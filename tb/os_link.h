/*
 * os_link.h: the OS's port, made of a machine: registers and fences through the driver, memory
 * directly.
 */
#ifndef TB_OS_LINK_H
#define TB_OS_LINK_H

#include "tablewalk/machine.h"
#include "tb/os/port.h"

/* Borrows the machine and its memory. Nobody sees events: set `event` and `event_context` for
 * it. */
os_port os_link(tw_machine *machine);

#endif
