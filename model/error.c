/* error.c: tw_error is filled here and nowhere else, so every text ends in its bounds. */
#include "tablewalk/error.h"

#include <stdarg.h>
#include <stdio.h>

tw_status tw_fail(tw_error *error, tw_status status, const char *format, ...)
{
    if (error == NULL)
        return status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    error->status = status;
    return status;
}
