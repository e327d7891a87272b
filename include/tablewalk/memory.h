/*
 * memory.h: simulated physical memory, 56 bits wide, sparse, with the time and the faults of a real
 * bus.
 *
 * One memory serves three views: bytes for software that owns it (read, write), a tw_bus for the
 * golden model, and the pins of the memory port (drive, clock). Memory never written reads 0, or
 * fails on the bus if `strict`. Several requests may be in flight and are answered in any order.
 */
#ifndef TABLEWALK_MEMORY_H
#define TABLEWALK_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "tablewalk/error.h"
#include "tablewalk/pins.h"
#include "tablewalk/translate.h"

typedef struct tw_memory tw_memory;

typedef struct tw_memory_options {
    uint64_t seed; /* of latencies and stalls; the same seed gives the same run */
    uint32_t latency_min, latency_max; /* cycles from a request being taken to its answer, >= 1 */
    uint32_t stall_percent;            /* cycles in 100 in which the port is not ready; 0 to 90 */
    bool strict;                       /* a read of a page never written is a bus error */
} tw_memory_options;

/* NULL if memory is out or the options are outside their ranges. */
tw_memory *tw_memory_open(const tw_memory_options *options);
void tw_memory_close(tw_memory *memory); /* NULL is allowed */

/* Software's view: `bytes` little-endian bytes (1, 2, 4, 8; aligned). Ignores bus errors, read-only
 * ranges and time. A write that cannot get host memory returns TW_NO_MEMORY and changes nothing. */
uint64_t tw_memory_read(const tw_memory *memory, uint64_t address, unsigned bytes);
tw_status tw_memory_write(tw_memory *memory, uint64_t address, unsigned bytes, uint64_t value);

/* Whole pages, for an OS's copies and swap: 4096 bytes at a multiple of 4096. */
void tw_memory_read_page(const tw_memory *memory, uint64_t address, void *page);
tw_status tw_memory_write_page(tw_memory *memory, uint64_t address, const void *page);

/* Ranges [low, high], both included, that fail on the bus, or that refuse writes. Any number, until
 * TW_NO_MEMORY. */
tw_status tw_memory_add_bus_error(tw_memory *memory, uint64_t low, uint64_t high);
tw_status tw_memory_add_read_only(tw_memory *memory, uint64_t low, uint64_t high);
void tw_memory_clear_faults(tw_memory *memory);

/* The walker's view without time: what a PTE read or a compare-and-swap at `address` does now, with
 * bus errors and read-only ranges. The tw_bus borrows the memory. */
tw_bus tw_memory_bus(tw_memory *memory);

/* Changes the latency range and stalls from now on; requests in flight keep theirs. What is outside
 * the ranges of the options counts as the nearest value inside. */
void tw_memory_set_latency(tw_memory *memory, uint32_t min, uint32_t max, uint32_t stall_percent);

/* Cycles from a request for `address` being taken to its answer, or 0: as the options say. For
 * memory that is not equally near everywhere (NUMA). NULL: as the options say everywhere. Borrows
 * the context. */
typedef uint32_t tw_memory_distance(void *context, uint64_t address);
void tw_memory_set_distance(tw_memory *memory, tw_memory_distance *distance, void *context);

/* The pins, once per cycle. drive fills the mem_* fields of *in for this cycle; pure, asking twice
 * gives the same. clock takes the edge: takes a request that is valid and ready, performs reads and
 * swaps at the moment they are taken, ages those in flight, forgets all of them if rst_n is 0. */
void tw_memory_drive(const tw_memory *memory, tw_in *in);
void tw_memory_clock(tw_memory *memory, const tw_out *out, const tw_in *in);

/* Requests taken and not yet answered. */
unsigned tw_memory_in_flight(const tw_memory *memory);

#endif
