/*
 * error.h: how a function of this library says no.
 *
 * A function that can fail returns a tw_status and fills a tw_error that its caller owns. The text
 * is one line, tells the user what to do, and needs no freeing.
 */
#ifndef TABLEWALK_ERROR_H
#define TABLEWALK_ERROR_H

typedef enum tw_status {
    TW_OK = 0,
    TW_MISMATCH = 1, /* two engines or an engine and a rule disagree; or a check failed */
    TW_USAGE = 2,    /* the caller's input makes no sense: a file, an option, a configuration */
    TW_IO = 3,       /* the machine refused: a full disk, an unreadable file */
    TW_TIMEOUT = 4,  /* the device did not answer within the bound */
    TW_NO_MEMORY = 5 /* malloc returned NULL, or simulated memory is exhausted */
} tw_status;

typedef struct tw_error {
    tw_status status;
    char text[320];
} tw_error;

/* Stores `status` and the printf-formatted line in *error (may be NULL) and returns `status`,
 * so that a function can end with `return tw_fail(error, TW_USAGE, "...", ...);` */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
tw_status
tw_fail(tw_error *error, tw_status status, const char *format, ...);

#endif
