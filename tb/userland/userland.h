/*
 * userland.h: processes that run on the small OS, with an oracle beside it: each call is made to
 * the OS and, if that took it, to the oracle (shadow.h); each access goes through the processor
 * port, and what it reads is compared with the oracle.
 *
 *     os_port port = os_link(machine);
 *     userland_options options = {.os = {...}, .outstanding = 4, .seed = 1};
 *     userland *u = userland_open(machine, &port, &options, &error);
 *     os_process *p;
 *     uint64_t at, value = 7;
 *     user_spawn(u, &p, &error);
 *     user_mmap(u, p, &(os_map_request){.bytes = 4096, .permissions = OS_R | OS_W}, &at, &error);
 *     user_access(u, p, OP_STORE, at, 8, &value, &end, &error);
 *     user_finish(u, &error);      TW_MISMATCH: something was read wrong, or is left over
 *     userland_close(u);
 *
 * Calls return what the call of calls.h returns; if that is not TW_OK, nothing has changed. On top
 * of it TW_NO_MEMORY if the host has no memory for the oracle: then OS and oracle differ, and all
 * that is left to do is to close.
 *
 * Accesses switch to the process themselves if they have to. A process that has ended makes no
 * calls, but its os_process stays readable, with its death, until user_reap or userland_close.
 */
#ifndef TB_USERLAND_H
#define TB_USERLAND_H

#include "tb/cpu.h"
#include "tb/data_monitor.h"
#include "tb/os/calls.h"

typedef struct userland_options {
    os_options os;
    unsigned outstanding; /* accesses in flight: 1 to CPU_OUTSTANDING_MAX */
    uint64_t seed;        /* of the values stored */
} userland_options;

typedef struct userland userland;

/* Borrows the machine; copies the port, not its context, and takes port->lost for itself. NULL with
 * a sentence in *error: as os_open, or TW_NO_MEMORY. */
userland *userland_open(tw_machine *machine, const os_port *port, const userland_options *options,
                        tw_error *error);
void userland_close(userland *u); /* NULL is allowed */

/* What it is made of; borrowed. Look as you like; calls that change something for a process go
 * through the functions here, or the oracle does not learn of them. os_next, os_poll, os_idle,
 * os_write_back and os_drop_tables change nothing that a program sees: call them as they are. */
os *userland_os(userland *u);
cpu *userland_cpu(userland *u);
data_monitor *userland_data(userland *u);
shadow *userland_shadow(userland *u);

/* ---- files and shared memory ----------------------------------------------------------------- */

/* As os_object_file and os_object_shared. The userland holds the object until user_close, which has
 * to be called as often as it was opened, or user_finish. What a file holds when it is first opened
 * here is read by the oracle, too; nobody else may write to it. */
tw_status user_file(userland *u, const char *path, bool writable, os_object **object,
                    tw_error *error);
tw_status user_shared(userland *u, const char *name, uint64_t pages, os_object **object,
                      tw_error *error);

/* As os_object_drop. TW_USAGE: it is not open here. */
tw_status user_close(userland *u, os_object *object, tw_error *error);

/* Makes the host's file so long, as truncate(2): TW_IO and the host's reason. The oracle does not
 * judge bytes beyond the end, from now on and if the file becomes longer again, until they are
 * stored anew. */
tw_status user_truncate(userland *u, const char *path, uint64_t bytes, tw_error *error);

/* TW_MISMATCH, with offset, expected and got: the host's file does not hold, byte for byte, what it
 * held at first and what was stored in it through shared mappings. For after user_msync of all
 * that, os_write_back, or user_close. TW_IO: nothing is wrong, but pages are lost, as the disk
 * refused them until nobody held the file any more; they are not compared, and no load of them
 * is, until they are stored anew. TW_USAGE: it was never opened here. TW_IO also if the host cannot
 * read it. */
tw_status user_check_file(userland *u, const char *path, tw_error *error);

/* ---- calls: of calls.h and os.h, with the same arguments ------------------------------------- */

tw_status user_spawn(userland *u, os_process **process, tw_error *error);
tw_status user_fork(userland *u, os_process *process, os_process **child, tw_error *error);
tw_status user_vfork(userland *u, os_process *process, os_process **child, tw_error *error);

/* A process that waits for the disk makes no calls, but it can be killed. image->file, if there is
 * one, must be open here. */
tw_status user_exec(userland *u, os_process *process, const os_image *image, tw_error *error);
tw_status user_exit(userland *u, os_process *process, tw_error *error);
tw_status user_kill(userland *u, os_process *process, tw_error *error);

/* As os_reap: for runs in which many processes come and go. */
tw_status user_reap(userland *u, os_process *process, tw_error *error);

/* request->object must be open here. */
tw_status user_mmap(userland *u, os_process *process, const os_map_request *request,
                    uint64_t *address, tw_error *error);
tw_status user_munmap(userland *u, os_process *process, uint64_t start, uint64_t bytes,
                      tw_error *error);
tw_status user_mprotect(userland *u, os_process *process, uint64_t start, uint64_t bytes,
                        unsigned permissions, tw_error *error);
tw_status user_brk(userland *u, os_process *process, uint64_t end, tw_error *error);
tw_status user_mlock(userland *u, os_process *process, uint64_t start, uint64_t bytes,
                     tw_error *error);
tw_status user_munlock(userland *u, os_process *process, uint64_t start, uint64_t bytes,
                       tw_error *error);
tw_status user_madvise(userland *u, os_process *process, uint64_t start, uint64_t bytes,
                       os_advice advice, tw_error *error);
tw_status user_populate(userland *u, os_process *process, uint64_t start, uint64_t bytes,
                        tw_error *error);
tw_status user_msync(userland *u, os_process *process, uint64_t start, uint64_t bytes,
                     size_t *written, tw_error *error);
tw_status user_collapse(userland *u, os_process *process, uint64_t start, uint64_t bytes,
                        size_t *made, tw_error *error);

/* ---- accesses -------------------------------------------------------------------------------- */

/* How an access, or a run of them, ended. */
typedef enum user_end {
    USER_DONE,
    USER_WAITS, /* for the disk; user_wait goes on, or the next access or run of this process does
                 * what is left first */
    USER_DEAD   /* process->death says why */
} user_end;

/* Makes the process the one that runs, as os_switch; only if it is not, or has to be given the
 * processor again. TW_USAGE if it cannot run: it waits for a child, or has ended. */
tw_status user_switch(userland *u, os_process *process, tw_error *error);

/* One access, by the same process, driven to its end: while it waits for the disk, time passes
 * (os_idle). *end is USER_DONE or USER_DEAD.
 *
 * `bytes` is 1 to TRACE_BYTES_MAX; it may cross a page. value (may be NULL), for up to 8 bytes,
 * little-endian: OP_STORE stores it (NULL, or more bytes: values that no other store has); OP_LOAD
 * and OP_FETCH put there what was read, if *end is USER_DONE.
 *
 * After an error the access is forgotten: it has not been made. TW_NO_MEMORY: as os_fault. */
tw_status user_access(userland *u, os_process *process, tw_op op, uint64_t va, unsigned bytes,
                      uint64_t *value, user_end *end, tw_error *error);

/* The same, but returns as soon as it waits for the disk: others can run meanwhile. A value that
 * comes later is in user_wait's. */
tw_status user_start(userland *u, os_process *process, tw_op op, uint64_t va, unsigned bytes,
                     uint64_t *value, user_end *end, tw_error *error);

/* Drives what user_start or user_slice left waiting to its end; nothing is left: USER_DONE. value
 * (may be NULL): what an access that user_start began has read; it is left alone if there was
 * none. */
tw_status user_wait(userland *u, os_process *process, uint64_t *value, user_end *end,
                    tw_error *error);

/* One turn: up to `references` references of the stream, several at a time, or up to one that waits
 * for the disk: USER_WAITS. *more (may be NULL) is false if the stream has no more. *made (may be
 * NULL): how many references were taken from the stream. After an error what was taken and not
 * made stands in front, as after USER_WAITS, if that was a trap's; a second try makes it. */
tw_status user_slice(userland *u, os_process *process, const cpu_stream *stream,
                     uint64_t references, uint64_t *made, bool *more, user_end *end,
                     tw_error *error);

/* As many, driven to their end: USER_DONE or USER_DEAD. */
tw_status user_run(userland *u, os_process *process, const cpu_stream *stream, uint64_t references,
                   bool *more, user_end *end, tw_error *error);

/* ---- what must hold -------------------------------------------------------------------------- */

/* Compares the page of `va` with the oracle without an access of the processor: as os_read_page
 * says. TW_MISMATCH: byte, expected, got. */
tw_status user_check_page(userland *u, os_process *process, uint64_t va, tw_error *error);

/* os_audit, and TW_MISMATCH with the first sentence if anything was read wrong so far, or if a page
 * of a file was lost that the disk did not refuse. */
tw_status user_check(userland *u, tw_error *error);

/* Ends all processes, closes all objects, and then: user_check; user_check_file of all files, in
 * which pages that the disk refused are no error (os_counts.pages_lost counts them); and
 * TW_MISMATCH if any page frame, slot, process, space, place or object is left over. */
tw_status user_finish(userland *u, tw_error *error);

#endif
