/* huge_bench.c: an area at an aligned address, with OS_VMA_HUGE. */
#include "tests/support/huge_bench.h"

uint64_t huge_pages(unsigned mode)
{
    return os_huge_bytes(mode) / OS_PAGE_BYTES;
}

call_bench *huge_open(unsigned mode, size_t count)
{
    return call_bench_open(mode, 1, (count + 1) * (size_t)huge_pages(mode) + 64, NULL);
}

uint64_t huge_map(call_bench *b, uint64_t count, uint64_t more)
{
    const os_map_request request = {.address = HUGE_BASE,
                                    .bytes =
                                        count * os_huge_bytes(b->system->options.mode) + PAGE(more),
                                    .permissions = OS_R | OS_W,
                                    .flags = OS_VMA_HUGE,
                                    .fixed = true};
    uint64_t va = 0;
    tw_error error = {0};
    bench_ok(os_mmap(b->system, b->process, &request, &va, &error), &error);
    return va;
}

call_bench *huge_filled(unsigned mode, size_t more, uint64_t *va)
{
    call_bench *b = huge_open(mode, 1 + more);
    *va = huge_map(b, 1, 0);
    bench_store_all(b, *va, huge_pages(mode), 1);
    assert_true(is_huge(b, *va));
    return b;
}

bool is_huge(const call_bench *b, uint64_t va)
{
    const os_space *space = b->process->space;
    os_table_spot end;
    tw_error error = {0};
    bench_ok(os_table_walk(&b->system->port, &space->table, va, &end, &error), &error);
    assert_int_equal(end.level == 1 && !pte_is_pointer(end.pte), os_huge_find(space, va) != NULL);
    return os_huge_find(space, va) != NULL;
}

void huge_split(call_bench *b, uint64_t va, size_t *a, size_t *d)
{
    tw_error error = {0};
    bench_ok(os_huge_split(b->system, b->process->space, va, &error), &error);
    assert_false(is_huge(b, va));
    *a = *d = 0;
    for (uint64_t i = 0; i < huge_pages(b->system->options.mode); i++) {
        uint64_t word = bench_word(b, b->process, va + PAGE(i));
        assert_int_equal(pte_ppn(word), bench_page(b->process, va + PAGE(i))->ppn);
        *a += pte_bit(word, PTE_A);
        *d += pte_bit(word, PTE_D);
    }
}

size_t huge_table_frames(const call_bench *b)
{
    size_t count = 0;
    for (size_t i = 0; i < os_frames_count(b->system->frames); i++)
        count += os_frames_at(b->system->frames, i)->use == OS_FRAME_TABLE;
    return count;
}
