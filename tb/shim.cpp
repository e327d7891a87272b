// shim.cpp: the verilated RTL as an engine: pins, the clock and the waveform, nothing else. This is
// the only C++.
//
// It also proves, when it compiles, that the constants of rtl/tw_pkg.sv are those of the C headers,
// and that the RTL was built with the parameters of the configuration it is said to have.
#include <cstdint>
#include <cstdio>
#include <memory>
#include <new>
#include <string>
#include <string_view>

#include <verilated.h>
#include <verilated_fst_c.h>

#include "Vmmu.h"
#include "Vmmu_mmu.h"
#include "Vmmu_tw_pkg.h"

extern "C" {
#include "model/engine_impl.h"
#include "tablewalk/hashed.h"
#include "tablewalk/pte.h"
#include "tablewalk/registers.h"
#include "tablewalk/segment.h"
#include "tablewalk/states.h"
#include "tb/wave_file.h"
}
#include "tb/wave_marks.hpp"

// ---- constants: C headers against the package ---------------------------------------------------

#define EQUAL(rtl, c) \
    static_assert(uint64_t(Vmmu_tw_pkg::rtl) == uint64_t(c), #rtl " differs in rtl/tw_pkg.sv");
#define SAME(name) EQUAL(name, name)

// clang-format off
SAME(PTE_V) SAME(PTE_R) SAME(PTE_W) SAME(PTE_X) SAME(PTE_U) SAME(PTE_G) SAME(PTE_A) SAME(PTE_D)
SAME(PTE_PPN) SAME(PTE_PPN_BITS) SAME(PTE_RESERVED) SAME(PTE_PBMT) SAME(PTE_N)
SAME(MODE_BARE) SAME(MODE_SV32) SAME(MODE_SV39) SAME(MODE_SV48) SAME(MODE_SV57) SAME(MODE_LINEAR)
SAME(MODE_HASHED)
SAME(OP_FETCH) SAME(OP_LOAD) SAME(OP_STORE) SAME(OP_AMO)
SAME(PRIV_U) SAME(PRIV_S) SAME(PRIV_M)
SAME(CAUSE_NONE) SAME(CAUSE_FETCH_ACCESS) SAME(CAUSE_LOAD_ACCESS) SAME(CAUSE_STORE_ACCESS)
SAME(CAUSE_FETCH_PAGE) SAME(CAUSE_LOAD_PAGE) SAME(CAUSE_STORE_PAGE)
SAME(CHECK_NONE) SAME(CHECK_CANONICAL) SAME(CHECK_READ) SAME(CHECK_VALID) SAME(CHECK_RESERVED)
SAME(CHECK_POINTER) SAME(CHECK_ALIGNED) SAME(CHECK_USER) SAME(CHECK_PERMISSION) SAME(CHECK_TOUCHED)
SAME(CHECK_SWAP) SAME(CHECK_RETRIES) SAME(CHECK_LIMIT) SAME(CHECK_SEGMENT) SAME(CHECK_CHAIN)
SAME(SEGMENT_DOWN)
SAME(HASHED_END) SAME(HASHED_NEXT) SAME(HASHED_VPN) SAME(HASHED_ASID) SAME(HASHED_BITS) SAME(HASHED_SHIFT)
SAME(PAGE_SHIFT) SAME(LEVELS_MAX) SAME(SWAP_TRIES) SAME(ASID_BITS) SAME(VPN_BITS)
SAME(FAULT_QUEUE_ENTRIES)
SAME(WALK_IDLE) SAME(WALK_READ) SAME(WALK_WAIT) SAME(WALK_SWAP) SAME(WALK_SWAP_WAIT) SAME(WALK_PREFETCH)
SAME(MISS_FREE) SAME(MISS_STAGE) SAME(MISS_AWAKE) SAME(MISS_MERGED) SAME(MISS_WAITING)
SAME(ACCESS_IDLE) SAME(ACCESS_EXECUTE) SAME(ACCESS_RESPOND)

#define SAME_REGISTER(name, offset, access, reset, sentence) EQUAL(REG_##name, offset)
TW_REGISTERS(SAME_REGISTER)
#define SAME_RANGE(reg, field, low, bits, sentence) \
    EQUAL(reg##_##field##_LOW, low) EQUAL(reg##_##field##_BITS, bits)
TW_REGISTER_FIELDS(SAME_RANGE)
// clang-format on

// ---- parameters: the named configuration against the RTL ----------------------------------------

#define IS_BUILT(name, fetch, data, misses, walkers, l2, ways, cached, ahead, segs, modes)         \
    || (std::string_view(TW_BUILT_CONFIG) == #name && Vmmu_mmu::FETCH_ENTRIES == fetch &&          \
        Vmmu_mmu::DATA_ENTRIES == data && Vmmu_mmu::MISSES == misses &&                            \
        Vmmu_mmu::WALKERS == walkers && Vmmu_mmu::L2_ENTRIES == l2 && Vmmu_mmu::L2_WAYS == ways && \
        Vmmu_mmu::WALK_CACHE == cached && Vmmu_mmu::PREFETCH == ahead &&                           \
        Vmmu_mmu::SEGMENTS == segs && Vmmu_mmu::MODES == modes)
static_assert(false TW_CONFIGS(IS_BUILT),
              "rtl/configs/" TW_BUILT_CONFIG ".vf and the table in config.h differ");

// ---- the engine ---------------------------------------------------------------------------------

namespace
{

// Time in the waveform: a cycle is 10 ns, and cycle n begins with a rising edge at 10 n.
constexpr uint64_t CYCLE = 10, HALF = 5;

struct Context : VerilatedContext {
    // Flip-flops come up with anything, the same anything in every run: only reset may define them.
    Context()
    {
        randReset(2);
        randSeed(1);
    }
};

struct Rtl : tw_engine {
    Context context;
    Vmmu top{&context};
    std::unique_ptr<VerilatedFstC> wave;
    std::string path;
    uint64_t from = 0, to = 0;
    WaveMarks marks;

    bool in_window() const
    {
        return wave && cycles >= from && cycles < to;
    }

    void eval(unsigned clk)
    {
        top.clk = clk;
        top.eval();
    }

    // The whole cycle but its last rising edge.
    void dump_cycle()
    {
        eval(1); // no edge: lets the new inputs show at the beginning of the cycle
        for (unsigned slot = 0; slot < CYCLE; slot++) {
            if (slot == HALF)
                eval(0);
            if (marks.advance(slot) || slot == 0 || slot == HALF)
                wave->dump(CYCLE * cycles + slot);
        }
    }
};

Rtl &rtl_of(tw_engine *engine)
{
    return *static_cast<Rtl *>(engine);
}

void rtl_outputs(const tw_engine *engine, tw_out *out)
{
    const Vmmu &top = static_cast<const Rtl *>(engine)->top;
#define SAMPLE(type, name, bits, sentence) out->name = type(top.name);
    TW_OUTPUTS(SAMPLE)
#undef SAMPLE
}

void rtl_clock(tw_engine *engine, const tw_in *in)
{
    Rtl &rtl = rtl_of(engine);
    Verilated::threadContextp(&rtl.context);
#define DRIVE(type, name, bits, sentence) rtl.top.name = in->name;
    TW_INPUTS(DRIVE)
#undef DRIVE
    if (rtl.in_window()) {
        rtl.dump_cycle();
    } else {
        rtl.eval(0);
    }
    rtl.eval(1);
    rtl.marks.end();
}

tw_status rtl_wave_open(tw_engine *engine, const char *path, uint64_t from, uint64_t to,
                        tw_error *error)
{
    Rtl &rtl = rtl_of(engine);
    if (rtl.wave)
        return tw_fail(error, TW_USAGE, "this engine already writes %s", rtl.path.c_str());
    tw_status status = wave_file_prepare(path, error);
    if (status != TW_OK)
        return status;
    rtl.path = path;
    rtl.from = from;
    rtl.to = to;
    rtl.context.traceEverOn(true);
    rtl.wave = std::make_unique<VerilatedFstC>();
    rtl.wave->set_time_unit("1ns");
    rtl.wave->set_time_resolution("1ns");
    rtl.top.trace(rtl.wave.get(), 99);
    if (rtl.marks.declared())
        rtl.marks.trace(*rtl.wave->spTrace(), CYCLE);
    rtl.wave->open(path);
    return TW_OK;
}

tw_status rtl_wave_close(tw_engine *engine, tw_error *error)
{
    Rtl &rtl = rtl_of(engine);
    if (!rtl.wave)
        return TW_OK;
    rtl.wave->close();
    rtl.wave.reset();
    return wave_file_check(rtl.path.c_str(), error);
}

tw_status rtl_wave_declare(tw_engine *engine, const char *scope, const tw_wave_signal *signals,
                           unsigned count, tw_error *error)
{
    Rtl &rtl = rtl_of(engine);
    if (rtl.wave || rtl.marks.declared())
        return tw_fail(error, TW_USAGE,
                       "signals of a waveform are declared once, and before it is opened");
    rtl.marks.declare(scope, signals, count);
    return TW_OK;
}

void rtl_wave_mark(tw_engine *engine, const uint64_t *values)
{
    Rtl &rtl = rtl_of(engine);
    if (rtl.wave)
        rtl.marks.add(values);
}

void rtl_close(tw_engine *engine)
{
    rtl_wave_close(engine, nullptr);
    // The model takes itself out of its thread's context, by now perhaps another engine's.
    Verilated::threadContextp(&rtl_of(engine).context);
    delete &rtl_of(engine);
}

const engine_ops OPS = {rtl_outputs,    rtl_clock,        rtl_close,    rtl_wave_open,
                        rtl_wave_close, rtl_wave_declare, rtl_wave_mark};

} // namespace

extern "C" const tw_config *tw_rtl_built(void)
{
    return tw_config_named(TW_BUILT_CONFIG);
}

extern "C" tw_engine *tw_rtl_open(const tw_config *config)
{
    if (!tw_config_equal(config, tw_rtl_built()))
        return nullptr;
    Rtl *rtl = new (std::nothrow) Rtl;
    if (rtl == nullptr)
        return nullptr;
    rtl->ops = &OPS;
    rtl->cycles = 0;
    return rtl;
}
