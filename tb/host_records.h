/* host_records.h: memory for the OS's records from the C library of the host. */
#ifndef TB_HOST_RECORDS_H
#define TB_HOST_RECORDS_H

#include "tb/os/records.h"

os_records host_records(void);

#endif
