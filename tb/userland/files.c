/* files.c: files and shared memory, for the OS and for the oracle. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "tb/userland/inside.h"

static struct user_object *find(userland *u, const os_object *object)
{
    for (size_t i = 0; i < u->objects; i++)
        if (u->object[i].object == object)
            return &u->object[i];
    return NULL;
}

shadow_object *user_object_shadow(userland *u, const os_object *object, tw_error *error)
{
    const struct user_object *found = find(u, object);
    if (found != NULL)
        return found->shadow;
    tw_fail(error, TW_USAGE, "%s is not open: open it with user_file or user_shared",
            os_object_name(object));
    return NULL;
}

/* One opening of the object; what the OS holds for it goes if that fails. */
static tw_status hold(userland *u, os_object *object, shadow_object *oracle, tw_error *error)
{
    struct user_object *found = find(u, object);
    if (found == NULL) {
        void *grown = user_grow(u->object, sizeof *u->object, u->objects, &u->object_room);
        if (grown == NULL)
            return user_no_memory(error);
        u->object = grown;
        found = &u->object[u->objects++];
        *found = (struct user_object){.object = object, .shadow = oracle};
    }
    found->holds++;
    return TW_OK;
}

/* The OS has opened it; the oracle's side did as `status` says. */
static tw_status opened(userland *u, os_object *object, shadow_object *oracle, tw_status status,
                        tw_error *error)
{
    if (status == TW_OK) {
        status = hold(u, object, oracle, error);
        if (status != TW_OK)
            shadow_drop(oracle);
    }
    if (status != TW_OK)
        os_object_drop(u->system, object, NULL);
    return status;
}

tw_status user_file(userland *u, const char *path, bool writable, os_object **object,
                    tw_error *error)
{
    shadow_object *oracle = NULL;
    tw_status status = os_object_file(u->system, path, writable, object, error);
    if (status != TW_OK)
        return status;
    status = shadow_file(userland_shadow(u), path, &oracle, error);
    return opened(u, *object, oracle, status, error);
}

tw_status user_shared(userland *u, const char *name, uint64_t pages, os_object **object,
                      tw_error *error)
{
    shadow_object *oracle = NULL;
    tw_status status = os_object_shared(u->system, name, pages, object, error);
    if (status != TW_OK)
        return status;
    status = shadow_shared(userland_shadow(u), &oracle, error);
    return opened(u, *object, oracle, status, error);
}

tw_status user_close(userland *u, os_object *object, tw_error *error)
{
    struct user_object *found = find(u, object);
    if (found == NULL)
        return tw_fail(error, TW_USAGE, "closed, and not open: open it first");
    if (--found->holds == 0) {
        shadow_drop(found->shadow);
        *found = u->object[--u->objects];
    }
    return os_object_drop(u->system, object, error);
}

tw_status user_truncate(userland *u, const char *path, uint64_t bytes, tw_error *error)
{
    shadow_object *file;
    tw_status status = shadow_file(userland_shadow(u), path, &file, error);
    if (status != TW_OK)
        return status;
    if (truncate(path, (off_t)bytes) != 0)
        return tw_fail(error, TW_IO, "%s: cannot be made %" PRIu64 " bytes long: %s", path, bytes,
                       strerror(errno));
    shadow_truncate(file, bytes);
    return TW_OK;
}

tw_status user_check_file(userland *u, const char *path, tw_error *error)
{
    return shadow_check_file(userland_shadow(u), path, error);
}
