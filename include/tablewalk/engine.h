/*
 * engine.h: one MMU, seen from its pins. Two calls drive every engine: the RTL, the cycle model,
 * and lockstep of any two of them.
 *
 *     tw_out out;
 *     tw_in in = {.rst_n = 1};
 *     tw_outputs(mmu, &out);    read what the MMU drives in this cycle
 *     in.mem_req_ready = 1;     decide what the world drives in this cycle
 *     tw_clock(mmu, &in);       one rising edge
 *
 * The state after opening is undefined, as that of flip-flops is: clock once with rst_n = 0 first.
 * Engines share no state; any number of them, one per thread, is safe.
 */
#ifndef TABLEWALK_ENGINE_H
#define TABLEWALK_ENGINE_H

#include <stdint.h>
#include <stdio.h>

#include "tablewalk/config.h"
#include "tablewalk/error.h"
#include "tablewalk/pins.h"

typedef struct tw_engine tw_engine;

/* The cycle model in C. NULL if the configuration (NULL, too) is refused by tw_config_check or
 * memory is out. The caller owns the engine and closes it. */
tw_engine *tw_model_open(const tw_config *config);

/* The verilated RTL (libtablewalk-rtl only). NULL if `config` is not the one it was built with; ask
 * tw_rtl_built for that one. The caller owns the engine and closes it. */
tw_engine *tw_rtl_open(const tw_config *config);

/* The configuration the RTL in this program was built with. Static. */
const tw_config *tw_rtl_built(void);

/* Writes the RTL's waveform (FST) of the cycles [from, to) counted in clocks since opening to
 * `path`. Takes an RTL engine, or a lockstep engine whose device is one; call it before the first
 * clock. TW_USAGE if the engine has no waveform, TW_IO if the file cannot be written. */
tw_status tw_wave_open(tw_engine *engine, const char *path, uint64_t from, uint64_t to,
                       tw_error *error);

/* Ends the waveform and reports a write that failed (TW_IO). Without a waveform: TW_OK. */
tw_status tw_wave_close(tw_engine *engine, tw_error *error);

/* A signal of whoever drives the MMU, shown beside the MMU's own in its waveform. */
typedef struct tw_wave_signal {
    const char *name;
    unsigned bits;           /* 1 to 64 */
    bool pulse;              /* 0 again in the next cycle; else it keeps its value */
    const char *const *word; /* what the values 0 to words - 1 are shown as; NULL: numbers */
    unsigned words;
} tw_wave_signal;

/* Declares signals in the scope TOP.`scope` of a waveform that tw_wave_open opens later; all begin
 * as 0. Borrows scope and signals, which outlive the engine. One call an engine; TW_USAGE if there
 * was one already, or the waveform is open. An engine that has no waveform has no use for them:
 * TW_OK. */
tw_status tw_wave_declare(tw_engine *engine, const char *scope, const tw_wave_signal *signals,
                          unsigned count, tw_error *error);

/* The values of all declared signals from now on, in their order, shown in the cycle that the next
 * tw_clock ends. Several marks in one cycle share it in order, each a part of it, up to ten; a pulse
 * lasts from its mark to the end of the cycle. Nothing if nothing is declared. */
void tw_wave_mark(tw_engine *engine, const uint64_t *values);

/* What lockstep saw first. */
typedef struct tw_divergence {
    uint64_t cycle; /* clocks since opening */
    const char *pin;
    uint64_t dut, ref;
} tw_divergence;

/* Two engines as one: both get the same inputs, and every output pin is compared in every cycle
 * once both have seen a reset. The outputs shown are those of `ref`. Takes ownership of both
 * engines, also when it returns NULL (out of memory, or an engine is NULL). */
tw_engine *tw_lockstep_open(tw_engine *dut, tw_engine *ref);

/* The first difference, or NULL while there is none, or if the engine is not lockstep. Once there
 * is one, tw_clock no longer clocks anything: the machine stands still at the difference. */
const tw_divergence *tw_lockstep_divergence(const tw_engine *engine);

/* Prints the first difference and the last cycles of both engines, pin by pin where they are of
 * use. Prints nothing if there is none. */
void tw_lockstep_report(const tw_engine *engine, FILE *to);

/* Pins driven by the MMU in this cycle. Pure: asking twice gives the same. */
void tw_outputs(const tw_engine *engine, tw_out *out);

/* Pins driven by the world in this cycle; then one rising edge. */
void tw_clock(tw_engine *engine, const tw_in *in);

/* Clocks since opening, resets included. */
uint64_t tw_cycles(const tw_engine *engine);

/* Frees the engine and what it owns. NULL is allowed. */
void tw_engine_close(tw_engine *engine);

#endif
