/* error.c: tw_error is filled here and nowhere else, so every text ends in its bounds and is one
 * line that a terminal only prints, whatever names and file contents it quotes. */
#include "tablewalk/error.h"

#include <stdarg.h>
#include <stdio.h>

enum { DELETE = 0x7f };

tw_status tw_fail(tw_error *error, tw_status status, const char *format, ...)
{
    if (error == NULL)
        return status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    for (char *c = error->text; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == DELETE)
            *c = '?';
    error->status = status;
    return status;
}
