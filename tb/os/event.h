/*
 * event.h: what the OS does, as it does it: one event for each step that a person would want to see
 * in a timeline beside what the hardware does.
 *
 * Events are told as they happen, in the order of their cycles, but for DISK_START and DISK_END:
 * those are told when a transfer is issued, and carry the cycles in which it starts and ends.
 */
#ifndef TB_OS_EVENT_H
#define TB_OS_EVENT_H

#include <stdint.h>

/* Who causes it (the notes' "who causes, issues, handles"). */
typedef enum os_actor { OS_ACTOR_USER, OS_ACTOR_MMU, OS_ACTOR_OS, OS_ACTOR_DISK } os_actor;

/*
 * X(name, actor, sentence). The first twelve are the stages of a fault that needs the disk, in
 * order (Silberschatz, Galvin, Gagne, Operating System Concepts, "Performance of Demand Paging"); a
 * fault that needs no disk has stages 1 to 4, 10 and 12. `number` means what the sentence says in
 * brackets.
 */
#define OS_EVENTS(X)                                                                            \
    X(FAULT_TRAP, OS, "1. trap to the operating system [cause]")                                \
    X(FAULT_SAVE, OS, "2. registers and process state saved")                                   \
    X(FAULT_DETERMINE, OS, "3. the trap is a page fault [which check of the MMU failed]")       \
    X(FAULT_LEGAL, OS,                                                                          \
      "4. the reference is legal, the page located "                                            \
      "[0 nowhere yet, 1 in a frame, 2 swap, 3 file]")                                          \
    X(FAULT_ISSUE, OS, "5. read issued to a free frame [cycle in which the disk will be done]") \
    X(FAULT_OTHER, OS, "6. the processor goes to another process [its pid, 0: idle]")           \
    X(FAULT_INTERRUPT, DISK, "7. interrupt: the disk is done")                                  \
    X(FAULT_SAVE_OTHER, OS, "8. registers of the other process saved [its pid, 0: idle]")       \
    X(FAULT_FROM_DISK, OS, "9. the interrupt was from the disk; the process is ready")          \
    X(FAULT_CORRECT, OS, "10. page table corrected: the page is in memory")                     \
    X(FAULT_AGAIN, OS, "11. the processor is given to the process again")                       \
    X(FAULT_RESTART, OS, "12. registers restored, the instruction restarts")                    \
    X(VMA_FOUND, OS, "area found [comparisons]")                                                \
    X(FRAME_TAKEN, OS, "frame taken [0 page, 1 page table]")                                    \
    X(FRAME_GIVEN, OS, "frame given back")                                                      \
    X(ZERO_FILL, OS, "frame filled with zeros")                                                 \
    X(ZERO_PAGE, OS, "the shared page of zeros is mapped")                                      \
    X(COPY, OS, "copy-on-write: the page is copied [frame that it is copied from]")             \
    X(REUSE, OS, "copy-on-write: the last owner may write again")                               \
    X(SWAP_OUT, OS, "page written to the swap file [slot]")                                     \
    X(SWAP_IN, OS, "page read from the swap file [slot]")                                       \
    X(FILE_READ, OS, "page read from a file [its index there]")                                 \
    X(FILE_WRITE, OS, "page written to a file [its index there]")                               \
    X(DROP, OS, "clean page dropped without a write")                                           \
    X(DISK_ERROR, DISK, "the disk refused [0 read, 1 write]")                                   \
    X(DISK_START, DISK, "transfer starts [0 read, 1 write]")                                    \
    X(DISK_END, DISK, "transfer ends [0 read, 1 write]")                                        \
    X(SWITCH, OS, "context switch: SATP written [ASID]")                                        \
    X(FENCE, OS, "fence [0 all, 1 address, 2 ASID, 3 both]")                                    \
    X(MAP, OS, "area mapped [bytes]")                                                           \
    X(UNMAP, OS, "area unmapped [bytes]")                                                       \
    X(PROTECT, OS, "permissions changed [R 1, W 2, X 4]")                                       \
    X(BREAK, OS, "end of the heap moved")                                                       \
    X(STACK_GROWN, OS, "stack made longer [pages]")                                             \
    X(HUGE_MADE, OS, "huge page made [0 on demand, 1 by promotion]")                            \
    X(HUGE_SPLIT, OS, "huge page split into small ones")                                        \
    X(FORK, OS, "fork [pid of the child]")                                                      \
    X(VFORK, OS, "vfork: the parent waits [pid of the child]")                                  \
    X(EXEC, OS, "exec: a new address space [ASID]")                                             \
    X(EXIT, OS, "the process is done")                                                          \
    X(KILL, OS, "the process is killed [reason]")

typedef enum os_event_kind {
#define OS_EVENT_NAME(name, actor, sentence) OS_EVENT_##name,
    OS_EVENTS(OS_EVENT_NAME)
#undef OS_EVENT_NAME
        OS_EVENT_KINDS
} os_event_kind;

typedef struct os_event {
    os_event_kind kind;
    uint64_t cycle; /* in which it happens, as os_port.now */
    unsigned pid;   /* 0: none */
    uint64_t va;    /* of the page or range concerned; 0 if none */
    uint64_t ppn;   /* frame concerned; 0 if none */
    uint64_t number;
} os_event;

#endif
