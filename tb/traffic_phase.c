/*
 * traffic_phase.c: time falls into phases of random length; each has its own memory latency, its
 * own density of requests and of everything else, so that calm and crowded stretches alternate.
 * Most use a few pages over and over, or walk from page to page; some use more pages than a TLB
 * holds, and few fences, so that what is remembered behind the TLBs is met again.
 */
#include "tb/traffic_inside.h"

enum { FEW = 8, MANY = 40, RUN = 16 };

static void choose_rates(struct traffic *traffic)
{
    static const unsigned densities[] = {100, 90, 50, 15};
    uint64_t *random = &traffic->random;
    struct phase *phase = &traffic->phase;
    uint32_t min = 1 + (one_in(traffic, 2) ? 0 : random_below(random, 6));
    uint32_t max = min + (one_in(traffic, 2) ? 0 : random_below(random, 10));
    tw_memory_set_latency(tw_machine_memory(traffic->machine), min, max,
                          one_in(traffic, 2) ? 0 : random_below(random, 60));
    phase->request_percent = densities[random_below(random, 4)];
    phase->again_percent = one_in(traffic, 2) ? 0 : random_below(random, 60);
    phase->step_percent = one_in(traffic, 3) ? 50 + random_below(random, 50) : 0;
    if (phase->step_percent != 0 && one_in(traffic, 2))
        phase->request_percent = 4 + random_below(random, 12);
    traffic->writer.percent = one_in(traffic, 2) ? 60 : 10;
}

/* A few pages that lie close together, faulty ones too; now and then runs of pages behind some of
 * them, a storm of fences, or of changes by software. */
static tw_status begin_near(struct traffic *traffic)
{
    uint64_t *random = &traffic->random;
    struct phase *phase = &traffic->phase;
    tw_status status = TW_OK;
    phase->ends = tw_machine_cycle(traffic->machine) + 64 + random_below(random, 1024);
    phase->hot_percent = 50 + random_below(random, 50);
    phase->register_permille = one_in(traffic, 3) ? 150 : 8;
    phase->remap_permille = one_in(traffic, 3) ? 60 : 4;
    phase->hots = FEW;
    for (unsigned i = 0; i < FEW; i++)
        phase->hot[i] = (uint16_t)world_near(traffic->space, random_below(random, NEAR));
    for (unsigned i = 0; status == TW_OK && phase->step_percent != 0 && i < FEW / 4; i++)
        status = world_lay_run(&traffic->world, &traffic->world.place[phase->hot[i]], RUN);
    return status;
}

/* Many pages, most of them good, in many tables. */
static tw_status begin_wide(struct traffic *traffic)
{
    uint64_t *random = &traffic->random;
    struct phase *phase = &traffic->phase;
    tw_status status = TW_OK;
    phase->ends = tw_machine_cycle(traffic->machine) + 2000 + random_below(random, 6000);
    phase->hot_percent = 90 + random_below(random, 10);
    phase->register_permille = one_in(traffic, 3) ? 8 : 2;
    phase->remap_permille = one_in(traffic, 3) ? 4 : 1;
    phase->hots = MANY + random_below(random, HOT_MAX - MANY + 1);
    for (unsigned i = 0; status == TW_OK && i < phase->hots; i++) {
        phase->hot[i] = (uint16_t)world_wide(traffic->space, random_below(random, WIDE));
        status = world_repair(&traffic->world, &traffic->world.place[phase->hot[i]]);
    }
    return status;
}

tw_status traffic_phase_cycle(struct traffic *traffic)
{
    if (tw_machine_cycle(traffic->machine) < traffic->phase.ends)
        return TW_OK;
    choose_rates(traffic);
    if (traffic->world.space[traffic->space].mode == MODE_HASHED && one_in(traffic, 3) &&
        inverted_heal(&traffic->world.inverted) != TW_OK)
        return TW_NO_MEMORY;
    traffic->phase.wide = one_in(traffic, 12);
    traffic->counts.wide_phases += traffic->phase.wide;
    if (traffic->phase.wide)
        return begin_wide(traffic);
    return begin_near(traffic);
}

const struct place *traffic_phase_place(struct traffic *traffic)
{
    uint64_t *random = &traffic->random;
    const struct phase *phase = &traffic->phase;
    unsigned place;
    if (random_percent(random, phase->hot_percent))
        place = phase->hot[random_below(random, phase->hots)];
    else if (one_in(traffic, 8))
        place = random_below(random, PLACES);
    else
        place = world_near(traffic->space, random_below(random, NEAR));
    return &traffic->world.place[place];
}
