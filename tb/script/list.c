/* list.c: every statement and every quantity, in the order in which they are shown. */
#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "tablewalk/registers.h"
#include "tb/os/os.h"
#include "tb/script/do.h"

static const script_verb VERBS[] = {
    {"engine model", "the cycle model alone will do", script_set_engine, SCRIPT_SETTING, false},
    {"mode sv32|sv39|sv48|sv57|linear|hashed", "page tables (sv39)", script_set_mode,
     SCRIPT_SETTING, false},
    {"frames NUMBER", "memory for pages and page tables (256)", script_set_frames, SCRIPT_SETTING,
     false},
    {"swap NUMBER", "slots of the swap file (1024)", script_set_swap, SCRIPT_SETTING, false},
    {"disk [seek=NUMBER] [transfer=NUMBER]", "cycles that it takes (0)", script_set_disk,
     SCRIPT_SETTING, false},
    {"zero-page on|off", "loads share one page of zeros (on)", script_set_zero_page, SCRIPT_SETTING,
     false},
    {"kernel-map on|off", "the kernel is in every address space (off)", script_set_kernel_map,
     SCRIPT_SETTING, false},
    {"ad hardware|software", "who sets A and D in PTEs (hardware)", script_set_ad, SCRIPT_SETTING,
     false},
    {"node NUMBER [latency=NUMBER]",
     "a NUMA node of so many frames; reads of its PTEs take so long", script_set_node,
     SCRIPT_SETTING, false},
    {"distance FROM TO DISTANCE", "of nodes, from 0 on; 10 is local", script_set_distance,
     SCRIPT_SETTING, false},
    {"low BYTES", "low memory, the rest is high (all)", script_set_low, SCRIPT_SETTING, false},
    {"file FILENAME BYTES [zeros]", "word at byte N holds N, or zeros", script_set_file,
     SCRIPT_SETTING, false},
    {"copy FILENAME PATH", "a file that is a copy of the host's", script_set_copy, SCRIPT_SETTING,
     false},
    {"program PROGRAMNAME text=BYTES [data=BYTES] [stack=BYTES]",
     "$NAME.text, .data, .heap, .stack become its addresses", script_set_program, SCRIPT_SETTING,
     false},

    {"process NAME [node=NUMBER]", "begins with no areas", script_process, SCRIPT_ACTION, false},
    {"let $NAME = VALUE", "names a number", script_let, SCRIPT_ACTION, false},
    {"mmap PROCESS BYTES [PERMISSIONS] [shared|private] [file=FILE] [offset=BYTES] [at=ADDRESS] "
     "[fixed] [populate] [huge] [locked] [stack] [-> $NAME]",
     "private anonymous rw unless it says otherwise", script_mmap, SCRIPT_ACTION, false},
    {"munmap PROCESS ADDRESS BYTES", "takes the range away", script_munmap, SCRIPT_ACTION, false},
    {"mprotect PROCESS ADDRESS BYTES PERMISSIONS", "r, rw, rx and so on, or none", script_mprotect,
     SCRIPT_ACTION, false},
    {"brk PROCESS ADDRESS", "the heap ends there", script_brk, SCRIPT_ACTION, false},
    {"mlock PROCESS ADDRESS BYTES", "its pages stay in memory", script_mlock, SCRIPT_ACTION, false},
    {"munlock PROCESS ADDRESS BYTES", "they need not", script_munlock, SCRIPT_ACTION, false},
    {"madvise PROCESS ADDRESS BYTES willneed|dontneed|huge|no-huge", "tells what will come",
     script_madvise, SCRIPT_ACTION, false},
    {"populate PROCESS ADDRESS BYTES", "brings all of it in", script_populate, SCRIPT_ACTION,
     false},
    {"msync PROCESS ADDRESS BYTES [-> $NAME]", "dirty pages to their files; how many", script_msync,
     SCRIPT_ACTION, false},
    {"collapse PROCESS ADDRESS BYTES [-> $NAME]", "makes huge pages; how many", script_collapse,
     SCRIPT_ACTION, false},

    {"touch PROCESS ADDRESS BYTES", "loads a byte of each page", script_touch, SCRIPT_ACTION,
     false},
    {"read PROCESS ADDRESS [= NUMBER] [bytes=NUMBER] [count=NUMBER] [stride=BYTES]",
     "loads, one page apart unless it says otherwise", script_load, SCRIPT_ACTION, false},
    {"write PROCESS ADDRESS [= NUMBER] [bytes=NUMBER] [count=NUMBER] [stride=BYTES]",
     "stores; a value that no other store has unless it says which", script_store, SCRIPT_ACTION,
     false},
    {"fetch PROCESS ADDRESS [count=NUMBER] [stride=BYTES]", "fetches instructions of 4 bytes",
     script_fetch, SCRIPT_ACTION, false},
    {"start PROCESS read|write|fetch ADDRESS", "as far as it goes without waiting for the disk",
     script_start, SCRIPT_ACTION, false},
    {"wait PROCESS", "until what was started is done", script_wait, SCRIPT_ACTION, false},
    {"switch PROCESS", "it runs now", script_switch, SCRIPT_ACTION, false},

    {"fork PROCESS -> NAME", "a child with a copy of everything", script_fork, SCRIPT_ACTION,
     false},
    {"vfork PROCESS -> NAME", "a child in the same space, for which the parent waits", script_vfork,
     SCRIPT_ACTION, false},
    {"exec PROCESS PROGRAM", "a new space, nothing in memory", script_exec, SCRIPT_ACTION, false},
    {"exit PROCESS", "it is done", script_exit, SCRIPT_ACTION, false},
    {"kill PROCESS", "it is ended", script_kill, SCRIPT_ACTION, false},

    {"drop-tables", "every PTE of every process is forgotten", script_drop_tables, SCRIPT_ACTION,
     false},
    {"write-back [age=NUMBER]", "dirty pages to their files, if dirty for so many cycles",
     script_write_back, SCRIPT_ACTION, false},
    {"truncate FILE BYTES", "the file is so long", script_truncate, SCRIPT_ACTION, false},
    {"pass NUMBER", "cycles go by", script_pass, SCRIPT_ACTION, false},
    {"fail bus PROCESS ADDRESS", "the bus refuses the table with the PTE of the address",
     script_fail_bus, SCRIPT_ACTION, false},
    {"fail swap reads|writes", "the disk refuses them from now on", script_fail_swap, SCRIPT_ACTION,
     false},
    {"fail file FILE reads|writes", "the disk refuses them from now on", script_fail_file,
     SCRIPT_ACTION, false},
    {"fail records NUMBER", "the OS finds no memory for the NUMBER-th record from now on, once",
     script_fail_records, SCRIPT_ACTION, false},
    {"fail nothing", "all that fails works again", script_fail_nothing, SCRIPT_ACTION, false},
    {"mark", "what is counted begins at 0 again", script_mark, SCRIPT_ACTION, false},

    {"print WORDS...", "text, with the values of variables", script_print, SCRIPT_ACTION, false},
    {"stats", "all that was counted since the mark and is not 0", script_stats, SCRIPT_ACTION,
     false},
    {"maps PROCESS", "areas, as /proc/PID/maps has them", script_maps, SCRIPT_ACTION, false},
    {"death PROCESS", "why it was killed, and the walk that it died of", script_death,
     SCRIPT_ACTION, false},
    {"walk PROCESS ADDRESS", "the walk, PTE by PTE", script_walk, SCRIPT_ACTION, false},
    {"events", "what the OS did since the mark", script_show_events, SCRIPT_ACTION, false},
    {"timeline on|off", "prints what the OS does as it does it", script_timeline, SCRIPT_ACTION,
     false},

    {"expect fault [reason=REASON] [cause=NUMBER] [signal=segv|bus|kill] : STATEMENT",
     "the process that it is for is killed", script_expect_fault, SCRIPT_EXPECTATION, false},
    {"expect error TEXT : STATEMENT", "it is refused, with this in the sentence",
     script_expect_error, SCRIPT_EXPECTATION, false},
    {"expect pte PROCESS ADDRESS BITS...", "bits of the PTE: v r w x u g a d", script_expect_bits,
     SCRIPT_EXPECTATION, false},
    {"expect state PROCESS runnable|waits-for-disk|waits-for-child|finished|killed", "what it does",
     script_expect_state, SCRIPT_EXPECTATION, false},
    {"expect maps PROCESS", "these lines, each behind |; * stands for anything", script_expect_maps,
     SCRIPT_EXPECTATION, true},
    {"expect events EVENTS...", "these since the mark, in this order, others between them",
     script_expect_events, SCRIPT_EXPECTATION, false},
    {"expect stages PROCESS STAGES...", "just these stages of faults since the mark",
     script_expect_stages, SCRIPT_EXPECTATION, false},
    {"expect VALUE IS OTHER", "= != < <= > >= between two values", script_expect,
     SCRIPT_EXPECTATION, false},
};

#define COUNT(name, field, summary)                                        \
    {                                                                      \
        name, summary, script_look_count, true, offsetof(os_counts, field) \
    }
#define ACCOUNT(name, field, summary)                                           \
    {                                                                           \
        name, summary, script_look_account, false, offsetof(os_accounts, field) \
    }

static const script_quantity QUANTITIES[] = {
    {"minor PROCESS", "faults repaired without the disk", script_look_minor, true, 0},
    {"major PROCESS", "faults repaired with it", script_look_major, true, 0},
    {"faults PROCESS", "both", script_look_faults, true, 0},
    {"resident PROCESS", "its pages in frames", script_look_resident, false, 0},
    {"areas PROCESS", "how many it has", script_look_areas, false, 0},
    {"value PROCESS ADDRESS [bytes=NUMBER]", "what it would load, wherever it is",
     script_look_value, false, 0},
    {"frame PROCESS ADDRESS", "number of the frame, or none", script_look_frame, false, 0},
    {"entry PROCESS ADDRESS", "the last PTE of the walk", script_look_entry, false, 0},
    {"references PROCESS ADDRESS", "of the page: places, and its file", script_look_references,
     false, 0},
    {"byte FILE OFFSET", "of the file on the host", script_look_byte, false, 0},
    {"cached FILE", "its pages in frames", script_look_cached, false, 0},
    {"event EVENT", "how often", script_look_event, true, 0},
    {"traps CAUSE", "by exception cause", script_look_traps, true, 0},
    {"cycles", "that went by", script_look_cycles, true, 0},
    COUNT("zero-fills", zero_fills, "frames filled with zeros"),
    COUNT("zero-maps", zero_maps, "mappings of the shared page of zeros"),
    COUNT("copies", copies, "copy-on-write: pages copied"),
    COUNT("reuses", reuses, "copy-on-write: last owners that may write again"),
    COUNT("file-reads", file_reads, "pages"),
    COUNT("file-writes", file_writes, "pages"),
    COUNT("writes-failed", writes_failed, "pages that the disk refused"),
    COUNT("pages-lost", pages_lost, "of files, refused to the end"),
    COUNT("reads-failed", reads_failed, "pages that the disk refused"),
    COUNT("swap-out", swap_out, "pages"),
    COUNT("swap-in", swap_in, "pages"),
    COUNT("clean-drops", clean_drops, "pages reclaimed without a write"),
    COUNT("touches", touches, "A or D set by the OS"),
    COUNT("refused", refused, "faults of which the PTE granted the access"),
    COUNT("referenced", referenced, "frames that the clock's hand passed"),
    COUNT("tables-made", table_frames, "frames given to page tables"),
    COUNT("remote-frames", remote_frames, "frames of another node"),
    COUNT("switches", switches, "context switches"),
    COUNT("finished", finished, "processes"),
    COUNT("killed", killed, "processes"),
    ACCOUNT("all-frames", frames, "now"),
    ACCOUNT("free-frames", free_frames, "now"),
    ACCOUNT("table-frames", table_frames, "now"),
    ACCOUNT("page-frames", page_frames, "now"),
    ACCOUNT("kernel-frames", kernel_frames, "now"),
    ACCOUNT("slots", slots_used, "of the swap file, now"),
    ACCOUNT("processes", processes, "now"),
    ACCOUNT("spaces", spaces, "now"),
    ACCOUNT("places", places, "now"),
#define COUNTER(name, offset, access, reset, summary) \
    {#name, summary, script_look_counter, true, offset},
    TW_REGISTERS(COUNTER)
#undef COUNTER
};

enum {
    VERB_COUNT = sizeof VERBS / sizeof *VERBS,
    QUANTITY_COUNT = sizeof QUANTITIES / sizeof *QUANTITIES
};

/* Registers of the MMU that are no counters are no quantities. */
static bool is_quantity(const script_quantity *q)
{
    return q->look != script_look_counter || strncmp(q->form, "COUNT_", 6) == 0;
}

char script_plain(char c)
{
    return c == '_' ? '-' : (char)tolower((unsigned char)c);
}

static bool same(const char *name, size_t length, const char *word)
{
    for (size_t i = 0; i < length; i++)
        if (script_plain(name[i]) != word[i])
            return false;
    return word[length] == '\0';
}

/* How many words of the line, from `from` on, are the verb's name; 0: it is another. */
static unsigned match(const script_verb *verb, const script_words *words, unsigned from)
{
    size_t length = script_form_name(verb->form);
    const char *blank = memchr(verb->form, ' ', length);
    size_t first = blank != NULL ? (size_t)(blank - verb->form) : length;
    if (from >= words->count || !same(verb->form, first, words->word[from]))
        return 0;
    if (blank == NULL)
        return 1;
    return from + 1 < words->count && same(blank + 1, length - first - 1, words->word[from + 1])
               ? 2
               : 0;
}

const script_verb *script_verb_find(const script_words *words, unsigned from, unsigned *length)
{
    for (const script_verb *verb = VERBS; verb < VERBS + VERB_COUNT; verb++) {
        *length = match(verb, words, from);
        if (*length > 0)
            return verb;
    }
    return NULL;
}

const script_quantity *script_quantity_find(const char *word)
{
    for (const script_quantity *q = QUANTITIES; q < QUANTITIES + QUANTITY_COUNT; q++)
        if (is_quantity(q) && same(q->form, strcspn(q->form, " "), word))
            return q;
    return NULL;
}

const script_verb *script_verb_at(size_t index)
{
    return index < VERB_COUNT ? &VERBS[index] : NULL;
}

const script_quantity *script_quantity_at(size_t index)
{
    for (const script_quantity *q = QUANTITIES; q < QUANTITIES + QUANTITY_COUNT; q++)
        if (is_quantity(q) && index-- == 0)
            return q;
    return NULL;
}
