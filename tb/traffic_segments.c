/*
 * traffic_segments.c: segments of random traffic. Each one holds a place in use, more or less of
 * what is around it, and a few are empty or lie anywhere; each is rewritten again and again, in
 * four writes, while requests go through it. A request is first made for a linear address; then it
 * takes a segment that leads there, if it finds one.
 */
#include "tablewalk/registers.h"
#include "tb/traffic_inside.h"

enum { WRITES = 4, TRIES = 12 };

/* ---- requests -------------------------------------------------------------------------------- */

/* The last byte inside the segment, or the first one outside, of either end. */
static uint64_t edge(struct traffic *traffic, const tw_segment *segment)
{
    const uint64_t edges[] = {0, segment->limit, UINT64_C(0) - segment->limit};
    return edges[random_below(&traffic->random, 3)] - random_below(&traffic->random, 2);
}

void traffic_segments_request(struct traffic *traffic, struct request_slot *slot)
{
    const struct segment_traffic *segments = &traffic->segments;
    const uint64_t linear = slot->request.va;
    uint64_t unused;
    slot->segment = random_below(&traffic->random, TW_SEGMENTS_MAX);
    if (!segments->on || slot->request.priv == PRIV_M)
        return;
    for (unsigned i = 0; i < TRIES; i++) {
        if (!one_in(traffic, 32))
            slot->segment = random_below(&traffic->random, segments->built);
        slot->request.va = linear - segments->segment[slot->segment].base;
        if (tw_segment_apply(&segments->segment[slot->segment], &slot->request, &unused) ==
            CHECK_NONE)
            break;
    }
    if (one_in(traffic, 24))
        slot->request.va = edge(traffic, &segments->segment[slot->segment]);
}

/* ---- registers ------------------------------------------------------------------------------- */

/* Up to 2^8 to 2^39 bytes, or so many that nothing is outside but what wraps. */
static uint64_t random_length(uint64_t *random)
{
    if (random_percent(random, 20))
        return UINT64_MAX - random_below(random, 2);
    return random_next(random) >> (25 + random_below(random, 32));
}

static tw_segment random_segment(struct traffic *traffic)
{
    uint64_t *random = &traffic->random;
    const uint64_t place = traffic_phase_place(traffic)->va;
    const bool down = random_percent(random, 40);
    const uint64_t inside = random_length(random), beyond = random_length(random);
    tw_segment segment = {.base = down ? place + inside : place - inside,
                          .limit = inside + beyond,
                          .flags = (unsigned)down << SEGMENT_DOWN};
    /* A base beyond either end of the address space is as good as one that is on it. */
    if (down ? segment.base < place : segment.base > place)
        segment.base = down ? UINT64_MAX : 0;
    if (segment.limit < inside)
        segment.limit = UINT64_MAX;
    if (one_in(traffic, 16))
        segment.limit = 0;
    if (one_in(traffic, 16))
        segment.base = random_next(random);
    segment.flags |= (unsigned)random_percent(random, 85) << PTE_R;
    segment.flags |= (unsigned)random_percent(random, 85) << PTE_W;
    segment.flags |= (unsigned)random_percent(random, 85) << PTE_X;
    segment.flags |= (unsigned)random_percent(random, 50) << PTE_U;
    return segment;
}

bool traffic_segments_rewrite(struct traffic *traffic, unsigned *offset, uint64_t *data)
{
    static const unsigned offsets[WRITES] = {REG_SEGMENT_FLAGS, REG_SEGMENT_LIMIT, REG_SEGMENT_BASE,
                                             REG_SEGMENT};
    struct segment_traffic *segments = &traffic->segments;
    if (!segments->on)
        return false;
    if (segments->left == 0) {
        unsigned index = random_below(&traffic->random, segments->built);
        if (!permille(traffic, segments->segment[index].limit == 0 ? 100 : 10))
            return false;
        segments->index = index;
        segments->next = random_segment(traffic);
        segments->left = WRITES;
    }
    const uint64_t values[WRITES] = {segments->next.flags, segments->next.limit,
                                     segments->next.base, segments->index};
    segments->left--;
    *offset = offsets[segments->left];
    *data = values[segments->left];
    return true;
}

void traffic_segments_written(struct traffic *traffic, unsigned offset, uint64_t data)
{
    struct segment_traffic *segments = &traffic->segments;
    tw_segment *segment = &segments->segment[segments->index];
    if (offset == REG_CONTROL)
        segments->on = segments->built != 0 && TW_GET(data, CONTROL, SEGMENTS);
    else if (offset == REG_SEGMENT)
        segments->index = TW_GET(data, SEGMENT, INDEX);
    if (segments->index >= segments->built)
        return;
    if (offset == REG_SEGMENT_BASE)
        segment->base = data;
    else if (offset == REG_SEGMENT_LIMIT)
        segment->limit = data;
    else if (offset == REG_SEGMENT_FLAGS)
        segment->flags = (unsigned)data;
    else
        return;
    traffic->counts.segment_writes++;
}

void traffic_segments_reset(struct traffic *traffic)
{
    traffic->segments = (struct segment_traffic){.built = traffic->segments.built};
}
