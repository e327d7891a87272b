// wave_marks.hpp: signals that the MMU does not have, beside its own in the waveform: the trace calls
// back for them as it does for those of the verilated model.
//
// `shown` is what the waveform shows, one value a signal. `waiting` are the marks of the present
// cycle, in order: mark k of n begins in slot SLOTS * k / n of it.
#ifndef TB_WAVE_MARKS_HPP
#define TB_WAVE_MARKS_HPP

#include <cstdint>
#include <string>
#include <vector>

#include <verilated_fst_c.h>

#include "tablewalk/engine.h"

class WaveMarks
{
    static constexpr int ENUMS = 1 << 20; // the model numbers its own enums from 1
    static constexpr uint32_t CODES = 2;  // words of trace memory of each signal
    const char *scope = nullptr;
    const tw_wave_signal *signal = nullptr;
    unsigned count = 0, slots = 1;
    uint32_t code = 0; // of the first signal
    std::vector<uint64_t> shown;
    std::vector<std::vector<uint64_t>> waiting;

    static int declare_words(VerilatedFst &wave, const tw_wave_signal &s, int type)
    {
        std::vector<std::string> bits(s.words);
        std::vector<const char *> values, words(s.word, s.word + s.words);
        for (unsigned v = 0; v < s.words; v++) {
            for (unsigned b = s.bits; b-- > 0;)
                bits[v] += char('0' + (v >> b & 1));
            values.push_back(bits[v].c_str());
        }
        wave.declDTypeEnum(type, s.name, s.words, s.bits, words.data(), values.data());
        return type;
    }

    static void declare_all(void *user, VerilatedFst *wave, uint32_t first)
    {
        WaveMarks &marks = *static_cast<WaveMarks *>(user);
        marks.code = first;
        wave->pushNamePrefix(std::string("TOP ") + marks.scope + ' ');
        for (unsigned i = 0; i < marks.count; i++) {
            const tw_wave_signal &s = marks.signal[i];
            int type = s.word == nullptr ? 0 : declare_words(*wave, s, ENUMS + int(i));
            uint32_t at = first + CODES * i;
            if (s.bits == 1)
                wave->declBit(at, s.name, type, FST_VD_IMPLICIT, FST_VT_VCD_WIRE, false, -1);
            else
                wave->declQuad(at, s.name, type, FST_VD_IMPLICIT, FST_VT_VCD_WIRE, false, -1,
                               int(s.bits) - 1, 0);
        }
        wave->popNamePrefix();
    }

    static void dump_all(void *user, VerilatedFst::Buffer *to)
    {
        const WaveMarks &marks = *static_cast<const WaveMarks *>(user);
        for (unsigned i = 0; i < marks.count; i++) {
            uint32_t *old = to->oldp(marks.code + CODES * i);
            if (marks.signal[i].bits == 1)
                to->fullBit(old, CData(marks.shown[i]));
            else
                to->fullQData(old, marks.shown[i], int(marks.signal[i].bits));
        }
    }

    static void dump_changed(void *user, VerilatedFst::Buffer *to)
    {
        const WaveMarks &marks = *static_cast<const WaveMarks *>(user);
        for (unsigned i = 0; i < marks.count; i++) {
            uint32_t *old = to->oldp(marks.code + CODES * i);
            if (marks.signal[i].bits == 1)
                to->chgBit(old, CData(marks.shown[i]));
            else
                to->chgQData(old, marks.shown[i], int(marks.signal[i].bits));
        }
    }

    // A pulse stays until the cycle ends.
    void show(const std::vector<uint64_t> &mark)
    {
        for (unsigned i = 0; i < count; i++)
            shown[i] = signal[i].pulse ? shown[i] | mark[i] : mark[i];
    }

    void end_pulses()
    {
        for (unsigned i = 0; i < count; i++)
            if (signal[i].pulse)
                shown[i] = 0;
    }

  public:
    bool declared() const
    {
        return count > 0;
    }

    void declare(const char *in, const tw_wave_signal *signals, unsigned signals_count)
    {
        scope = in;
        signal = signals;
        count = signals_count;
        shown.assign(count, 0);
    }

    // Before the trace is opened. A cycle has so many slots.
    void trace(VerilatedFst &wave, unsigned slots_a_cycle)
    {
        slots = slots_a_cycle;
        wave.addInitCb(&declare_all, this);
        wave.addFullCb(&dump_all, this);
        wave.addChgCb(&dump_changed, this);
    }

    void add(const uint64_t *values)
    {
        waiting.emplace_back(values, values + count);
    }

    // Shows the marks that begin in this slot of the cycle; false if none does.
    bool advance(unsigned slot)
    {
        bool any = false;
        for (size_t k = 0; k < waiting.size(); k++)
            if (slots * k / waiting.size() == slot) {
                show(waiting[k]);
                any = true;
            }
        return any;
    }

    // The cycle is over, shown or not.
    void end()
    {
        if (!waiting.empty())
            show(waiting.back());
        waiting.clear();
        end_pulses();
    }
};

#endif
