/* names.c: a list, searched from its beginning: scripts are short. */
#include "tb/script/names.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

int script_names_find(const script_names *names, const char *name, size_t length)
{
    for (unsigned i = 0; i < names->count; i++)
        if (strlen(names->name[i]) == length && memcmp(names->name[i], name, length) == 0)
            return (int)i;
    return -1;
}

bool script_names_holds(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.';
}

static bool is_name(const char *name)
{
    size_t length = 0;
    while (script_names_holds(name[length]))
        length++;
    return isalpha((unsigned char)name[0]) && name[length] == '\0' && length < SCRIPT_NAME_BYTES;
}

int script_names_add(script_names *names, const char *name)
{
    int found = script_names_find(names, name, strlen(name));
    if (found >= 0)
        return found;
    if (!is_name(name) || names->count == SCRIPT_NAMES_MAX)
        return -1;
    memcpy(names->name[names->count], name, strlen(name) + 1);
    return (int)names->count++;
}
