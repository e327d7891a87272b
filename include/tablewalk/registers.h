/*
 * registers.h: the register file, written once.
 *
 * TW_REGISTERS lists X(NAME, offset, access, reset, sentence); TW_REGISTER_FIELDS lists
 * FIELD(register, name, lowest bit, bits, sentence). Access is RO, RW, WO or W1C (writing ones
 * clears). All registers are 64 bits wide at multiples of 8. Writes to RO registers, offsets not
 * listed and user privilege get an error answer and change nothing. WO registers read 0. The RTL's
 * constants are proved equal.
 */
#ifndef TABLEWALK_REGISTERS_H
#define TABLEWALK_REGISTERS_H

#include <stdint.h>

#define TW_REGISTERS(X)                                                                            \
    X(ID, 0x000, RO, 0x000000014d4d5754, "identity: the letters TWMM and the version")             \
    X(CAPABILITIES, 0x008, RO, 0, "what this MMU was built with")                                  \
    X(SATP, 0x010, RW, 0, "translation mode, ASID and root page, in the RV64 layout")              \
    X(CONTROL, 0x018, RW, 0, "what the privileged architecture keeps in menvcfg")                  \
    X(FENCE_VA, 0x020, RW, 0, "operand of the next fence by address")                              \
    X(FENCE_ASID, 0x028, RW, 0, "operand of the next fence by address space")                      \
    X(FENCE, 0x030, RW, 0, "a write fences; a read tells whether fences are still busy")           \
    X(FAULT_STATUS, 0x040, W1C, 0, "how full the fault queue is, and what it lost")                \
    X(FAULT_CAUSE, 0x048, RO, 0, "oldest fault: exception cause; 0 when the queue is empty")       \
    X(FAULT_VA, 0x050, RO, 0, "oldest fault: virtual address")                                     \
    X(FAULT_INFO, 0x058, RO, 0, "oldest fault: what was attempted and which check failed")         \
    X(FAULT_PTE, 0x060, RO, 0, "oldest fault: address of the last PTE read, 0 if none was")        \
    X(FAULT_ASID, 0x068, RO, 0, "oldest fault: address space")                                     \
    X(FAULT_POP, 0x070, WO, 0, "any write drops the oldest fault; without one, nothing happens")   \
    X(L2_INJECT, 0x078, RW, 0, "for tests: spoils a bit of the next second-level write")           \
    X(SEGMENT, 0x080, RW, 0, "which segment the next three registers show")                        \
    X(SEGMENT_BASE, 0x088, RW, 0, "linear address of its offset 0")                                \
    X(SEGMENT_LIMIT, 0x090, RW, 0, "its bytes; 0: there is no such segment")                       \
    X(SEGMENT_FLAGS, 0x098, RW, 0, "what it allows, and which way it grows")                       \
    X(HASH_TABLE, 0x0a0, RW, 0, "hashed mode: the table with an entry for each frame")             \
    X(HASH_ANCHORS, 0x0a8, RW, 0, "hashed mode: the table of where chains begin")                  \
    X(COUNT_CYCLES, 0x400, RO, 0, "clocks since reset")                                            \
    X(COUNT_FETCH_REQUESTS, 0x408, RO, 0, "requests taken on the fetch port")                      \
    X(COUNT_FETCH_HITS, 0x410, RO, 0, "of these, answered by the TLB at once")                     \
    X(COUNT_FETCH_MERGES, 0x418, RO, 0, "of the misses, answered by the TLB after another's walk") \
    X(COUNT_FETCH_STALLS, 0x420, RO, 0, "cycles in which a fetch request met no ready")            \
    X(COUNT_DATA_REQUESTS, 0x428, RO, 0, "requests taken on the data port")                        \
    X(COUNT_DATA_HITS, 0x430, RO, 0, "of these, answered by the TLB at once")                      \
    X(COUNT_DATA_MERGES, 0x438, RO, 0, "of the misses, answered by the TLB after another's walk")  \
    X(COUNT_DATA_STALLS, 0x440, RO, 0, "cycles in which a data request met no ready")              \
    X(COUNT_WALKS, 0x448, RO, 0, "walks started; a restart is not a start")                        \
    X(COUNT_WALK_CYCLES, 0x450, RO, 0, "cycles in which a walker was busy, each walker counts")    \
    X(COUNT_READS, 0x458, RO, 0, "PTE reads taken by the memory")                                  \
    X(COUNT_SWAPS, 0x460, RO, 0, "A and D updates that took place")                                \
    X(COUNT_RETRIES, 0x468, RO, 0, "compare-and-swaps whose compare failed")                       \
    X(COUNT_RESTARTS, 0x470, RO, 0, "walks that a fence interrupted")                              \
    X(COUNT_FENCES, 0x478, RO, 0, "fences")                                                        \
    X(COUNT_FAULT_FETCH_ACCESS, 0x480, RO, 0, "answers with cause 1")                              \
    X(COUNT_FAULT_LOAD_ACCESS, 0x488, RO, 0, "answers with cause 5")                               \
    X(COUNT_FAULT_STORE_ACCESS, 0x490, RO, 0, "answers with cause 7")                              \
    X(COUNT_FAULT_FETCH_PAGE, 0x498, RO, 0, "answers with cause 12")                               \
    X(COUNT_FAULT_LOAD_PAGE, 0x4a0, RO, 0, "answers with cause 13")                                \
    X(COUNT_FAULT_STORE_PAGE, 0x4a8, RO, 0, "answers with cause 15")                               \
    X(COUNT_FETCH_L2_HITS, 0x4b0, RO, 0, "fetch misses answered by the second level")              \
    X(COUNT_DATA_L2_HITS, 0x4b8, RO, 0, "data misses answered by the second level")                \
    X(COUNT_L2_PARITY, 0x4c0, RO, 0, "second-level lookups that met wrong parity")                 \
    X(COUNT_WALK_CACHE_1, 0x4c8, RO, 0, "walks that began below a cached pointer of level 1")      \
    X(COUNT_WALK_CACHE_2, 0x4d0, RO, 0, "walks that began below a cached pointer of level 2")      \
    X(COUNT_WALK_CACHE_3, 0x4d8, RO, 0, "walks that began below a cached pointer of level 3")      \
    X(COUNT_WALK_CACHE_4, 0x4e0, RO, 0, "walks that began below a cached pointer of level 4")      \
    X(COUNT_PREFETCHES, 0x4e8, RO, 0, "of the walks, those ahead of any request")                  \
    X(COUNT_PROBES, 0x4f0, RO, 0, "of the PTE reads, those of hashed entries")                     \
    X(COUNT_CHAIN_1, 0x4f8, RO, 0, "hashed walks that ended at the first entry of a chain")        \
    X(COUNT_CHAIN_2, 0x500, RO, 0, "hashed walks that ended at the second")                        \
    X(COUNT_CHAIN_4, 0x508, RO, 0, "hashed walks that ended at the third or fourth")               \
    X(COUNT_CHAIN_8, 0x510, RO, 0, "hashed walks that ended at the fifth to eighth")               \
    X(COUNT_CHAIN_MORE, 0x518, RO, 0, "hashed walks that ended farther down")

#define TW_REGISTER_FIELDS(FIELD)                                                                  \
    FIELD(CAPABILITIES, MODES, 0, 16, "bit m set: SATP.MODE m is built")                           \
    FIELD(CAPABILITIES, FETCH_ENTRIES, 16, 7, "entries of the fetch TLB")                          \
    FIELD(CAPABILITIES, PREFETCH, 23, 1, "translation prefetch is built")                          \
    FIELD(CAPABILITIES, DATA_ENTRIES, 24, 8, "entries of the data TLB")                            \
    FIELD(CAPABILITIES, MISSES, 32, 4, "misses that can wait on each port")                        \
    FIELD(CAPABILITIES, WALKERS, 36, 4, "walkers")                                                 \
    FIELD(CAPABILITIES, WALK_CACHE, 40, 6, "entries of the walk cache; 0: there is none")          \
    FIELD(CAPABILITIES, L2_WAYS, 46, 4, "ways of the second-level TLB; of no meaning without it")  \
    FIELD(CAPABILITIES, L2_SETS, 50, 14, "its sets; 0: there is no second level")                  \
    FIELD(SATP, PPN, 0, 44, "page number of the root table")                                       \
    FIELD(SATP, ASID, 44, 16, "address space")                                                     \
    FIELD(SATP, MODE, 60, 4,                                                                       \
          "0 bare, 1 Sv32, 8 Sv39, 9 Sv48, 10 Sv57, 14 linear, 15 hashed; others change none")     \
    FIELD(CONTROL, ADUE, 0, 1, "hardware sets A and D (Svadu); else their lack is a page fault")   \
    FIELD(CONTROL, PBMTE, 1, 1, "page-based memory types are allowed (Svpbmt)")                    \
    FIELD(CONTROL, PREFETCH, 2, 1, "next pages are fetched ahead; stays 0 unless it is built")     \
    FIELD(CONTROL, SEGMENTS, 3, 1, "requests go through segments; stays 0 unless some are built")  \
    FIELD(SEGMENT, INDEX, 0, 4, "number of the segment")                                           \
    FIELD(SEGMENT, COUNT, 8, 5, "segments that are built (read only)")                             \
    FIELD(SEGMENT_FLAGS, R, 1, 1, "may be loaded from")                                            \
    FIELD(SEGMENT_FLAGS, W, 2, 1, "may be stored to")                                              \
    FIELD(SEGMENT_FLAGS, X, 3, 1, "may be fetched from")                                           \
    FIELD(SEGMENT_FLAGS, U, 4, 1, "is the user's")                                                 \
    FIELD(SEGMENT_FLAGS, DOWN, 5, 1, "grows down: holds the offsets -LIMIT to -1")                 \
    FIELD(HASH_TABLE, PPN, 0, 44, "page number of where the entry of frame 0 stands")              \
    FIELD(HASH_TABLE, LAST, 44, 20, "number of the last frame that has an entry")                  \
    FIELD(HASH_ANCHORS, PPN, 0, 44, "page number of the anchor table")                             \
    FIELD(HASH_ANCHORS, BITS, 44, 5, "log2 of the number of anchors; more than 20 count as 20")    \
    FIELD(FENCE, BY_VA, 0, 1, "only translations of the page that holds FENCE_VA")                 \
    FIELD(FENCE, BY_ASID, 1, 1, "only translations of FENCE_ASID, global ones kept")               \
    FIELD(FENCE, BUSY, 8, 1, "a memory access from before a fence is still under way (read only)") \
    FIELD(FAULT_STATUS, COUNT, 0, 8, "faults in the queue")                                        \
    FIELD(FAULT_STATUS, OVERFLOW, 8, 1,                                                            \
          "a fault found the queue full; writing 1 clears all but COUNT")                          \
    FIELD(FAULT_STATUS, PARITY, 16, 16, "second-level lookups that met wrong parity, up to 65535") \
    FIELD(FAULT_STATUS, DROPPED, 32, 32, "faults that found the queue full")                       \
    FIELD(L2_INJECT, BIT, 0, 8, "which bit of the stored word; beyond its end: none")              \
    FIELD(L2_INJECT, ARMED, 8, 1, "spoil the next write; 0 again once it is done")                 \
    FIELD(FAULT_INFO, OP, 0, 2, "fetch, load, store, amo")                                         \
    FIELD(FAULT_INFO, PRIV, 2, 2, "effective privilege")                                           \
    FIELD(FAULT_INFO, LEVEL, 4, 3, "level of the last PTE read")                                   \
    FIELD(FAULT_INFO, PORT, 7, 1, "0 fetch, 1 data")                                               \
    FIELD(FAULT_INFO, CHECK, 8, 4, "which check failed: tw_check")                                 \
    FIELD(FAULT_INFO, ID, 12, 4, "id of the request")                                              \
    FIELD(FAULT_INFO, X86_P, 16, 1, "x86 view: a valid PTE was judged and found wanting")          \
    FIELD(FAULT_INFO, X86_W, 17, 1, "x86 view: store or amo")                                      \
    FIELD(FAULT_INFO, X86_U, 18, 1, "x86 view: user access")                                       \
    FIELD(FAULT_INFO, X86_RSVD, 19, 1, "x86 view: a reserved bit or encoding")                     \
    FIELD(FAULT_INFO, X86_I, 20, 1, "x86 view: fetch")                                             \
    FIELD(FAULT_INFO, SEGMENT, 24, 4, "number of the segment, of checks LIMIT and SEGMENT; else 0")

/* REG_SATP and so on: offsets in bytes. */
enum {
#define TW_OFFSET(name, offset, access, reset, sentence) REG_##name = offset,
    TW_REGISTERS(TW_OFFSET)
#undef TW_OFFSET
};

/* SATP_ASID_LOW, SATP_ASID_BITS and so on. */
enum {
#define TW_RANGE(reg, field, low, bits, sentence) \
    reg##_##field##_LOW = low, reg##_##field##_BITS = bits,
    TW_REGISTER_FIELDS(TW_RANGE)
#undef TW_RANGE
};

/* The field of a register's value, shifted down: TW_GET(satp, SATP, ASID). */
#define TW_GET(value, reg, field) \
    (((value) >> reg##_##field##_LOW) & ((UINT64_C(1) << reg##_##field##_BITS) - 1))

/* The register's value with only this field set: TW_PUT(SATP, ASID, asid). */
#define TW_PUT(reg, field, value) \
    (((uint64_t)(value) & ((UINT64_C(1) << reg##_##field##_BITS) - 1)) << reg##_##field##_LOW)

enum { FAULT_QUEUE_ENTRIES = 8 };

#endif
