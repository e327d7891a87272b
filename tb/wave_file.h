/*
 * wave_file.h: whether an FST waveform can be written, and whether it was. The library that writes
 * FST reports no failed write, so it is asked before and the file is read after.
 */
#ifndef TB_WAVE_FILE_H
#define TB_WAVE_FILE_H

#include "tablewalk/error.h"

/* TW_OK, and leaves a small file at `path`; or TW_IO: not a regular file, no such folder, no
 * permission, no space there or for temporary files. */
tw_status wave_file_prepare(const char *path, tw_error *error);

/* TW_OK if the closed file at `path` is a complete FST; or TW_IO: it is missing, unreadable or
 * cut. */
tw_status wave_file_check(const char *path, tw_error *error);

#endif
