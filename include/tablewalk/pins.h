/*
 * pins.h: every pin of the MMU, written once.
 *
 * Each line is X(C type, name, bits, sentence). The structs below, the Verilator shim, lockstep's
 * comparison, mismatch reports and recorded pin traces all expand these lists; the RTL's ports have
 * the same names. All outputs are functions of state alone: read the outputs, decide the inputs,
 * clock.
 *
 * Hold rules: a valid that has met no ready keeps its value and its fields until it does (requests
 * of both sides). Answers are taken in the cycle in which they are visible; there is no
 * back-pressure on them. While a valid is 0 the MMU drives the fields beside it with 0.
 *
 * A reset ends whatever is in flight: requesters get no answer, and the memory must not answer what
 * it took before. The bits of a field above its pin's width are 0.
 */
#ifndef TABLEWALK_PINS_H
#define TABLEWALK_PINS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    TW_REQUEST_ID_BITS = 4, /* a requester may have 16 requests in flight on each port */
    TW_MEMORY_ID_BITS = 3,  /* the id of a memory request is the number of the walker */
    TW_PA_BITS = 56,
    TW_OFFSET_BITS = 12
};

/* One request port, written once for fetch and data. */
#define TW_REQUEST_INPUTS(X, port)                                                           \
    X(uint8_t, port##_req_valid, 1, "a request on the " #port " port")                       \
    X(uint8_t, port##_req_id, 4, "comes back with the answer; unique among those in flight") \
    X(uint64_t, port##_req_va, 64, "virtual address, bytes")                                 \
    X(uint8_t, port##_req_op, 2, "tw_op: fetch, load, store, amo")                           \
    X(uint8_t, port##_req_priv, 2, "effective privilege: 0 U, 1 S, 3 M")                     \
    X(uint8_t, port##_req_sum, 1, "S may touch user pages")                                  \
    X(uint8_t, port##_req_mxr, 1, "executable pages may be loaded from")                     \
    X(uint8_t, port##_req_seg, 4, "segment selector; unused while segments are off")

#define TW_REQUEST_OUTPUTS(X, port)                                                            \
    X(uint8_t, port##_req_ready, 1, "the request of this cycle is taken")                      \
    X(uint8_t, port##_resp_valid, 1, "an answer on the " #port " port")                        \
    X(uint8_t, port##_resp_id, 4, "whose answer")                                              \
    X(uint64_t, port##_resp_pa, 56, "physical address, bytes; 0 with a fault")                 \
    X(uint8_t, port##_resp_pbmt, 2, "page-based memory type of the leaf PTE; 0 with a fault")  \
    X(uint8_t, port##_resp_size, 6, "log2 of the page's bytes; 0 when nothing was translated") \
    X(uint8_t, port##_resp_fault, 6, "RISC-V exception cause, 0 for none")

#define TW_INPUTS(X)                                                                               \
    X(uint8_t, rst_n, 1, "synchronous reset, active low")                                          \
    TW_REQUEST_INPUTS(X, fetch)                                                                    \
    TW_REQUEST_INPUTS(X, data)                                                                     \
    X(uint8_t, mem_req_ready, 1, "the memory takes the request of this cycle")                     \
    X(uint8_t, mem_resp_valid, 1, "an answer of the memory, at least one cycle after its request") \
    X(uint8_t, mem_resp_id, 3, "whose request it answers")                                         \
    X(uint64_t, mem_resp_data, 64, "the value read, zero-extended; don't care after a swap")       \
    X(uint8_t, mem_resp_swapped, 1, "the compare-and-swap took place")                             \
    X(uint8_t, mem_resp_error, 1, "bus error; nothing was read or written")                        \
    X(uint8_t, reg_req_valid, 1, "a register access")                                              \
    X(uint8_t, reg_req_write, 1, "1 write, 0 read")                                                \
    X(uint16_t, reg_req_offset, 12, "register offset in bytes, a multiple of 8")                   \
    X(uint64_t, reg_req_data, 64, "value to write")                                                \
    X(uint8_t, reg_req_priv, 2, "privilege of the access; U is refused")

#define TW_OUTPUTS(X)                                                                       \
    TW_REQUEST_OUTPUTS(X, fetch)                                                            \
    TW_REQUEST_OUTPUTS(X, data)                                                             \
    X(uint8_t, mem_req_valid, 1, "a walker wants memory")                                   \
    X(uint8_t, mem_req_id, 3, "number of the walker")                                       \
    X(uint8_t, mem_req_op, 1, "0 read, 1 compare-and-swap")                                 \
    X(uint8_t, mem_req_size, 1, "PTE size: 0 four bytes, 1 eight bytes")                    \
    X(uint64_t, mem_req_addr, 56, "physical address of the PTE, aligned to its size")       \
    X(uint64_t, mem_req_expected, 64, "compare-and-swap: the PTE as it was read")           \
    X(uint64_t, mem_req_desired, 64, "compare-and-swap: the PTE with A, or A and D, set")   \
    X(uint8_t, reg_req_ready, 1, "the register access of this cycle is taken")              \
    X(uint8_t, reg_resp_valid, 1, "the register access is done")                            \
    X(uint64_t, reg_resp_data, 64, "the value read; 0 after a write or an error")           \
    X(uint8_t, reg_resp_error, 1, "unknown offset, read-only register, or user privilege")  \
    X(uint8_t, irq, 1, "the fault queue is not empty")                                      \
    X(uint16_t, obs_walker_state, 16, "state of walker w in bits 4w+2..4w, prefetch above") \
    X(uint16_t, obs_walker_level, 12, "level of walker w in bits 3w+2..3w")                 \
    X(uint8_t, obs_fetch_victim, 6, "way that the fetch TLB's tree would replace")          \
    X(uint8_t, obs_data_victim, 6, "way that the data TLB's tree would replace")            \
    X(uint8_t, obs_fetch_misses, 4, "misses in the fetch port's queue")                     \
    X(uint8_t, obs_data_misses, 4, "misses in the data port's queue")                       \
    X(uint8_t, obs_stage, 5, "second-level stage: 1 if taken, port in bit 1, slot above")

#define TW_FIELD(type, name, bits, sentence) type name;
typedef struct tw_in {
    TW_INPUTS(TW_FIELD)
} tw_in;
typedef struct tw_out {
    TW_OUTPUTS(TW_FIELD)
} tw_out;
#undef TW_FIELD

/* True if every output pin is equal; padding does not count. */
bool tw_out_equal(const tw_out *a, const tw_out *b);

#endif
