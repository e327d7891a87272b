/* observer_hash.c: walks of the hashed inverted table (rule 18). Each begins at the anchor of a
 * page that some request in flight waits for, and goes from entry to entry as each word says to it.
 * An anchor and an entry are the anchors and the entries of many pages, so a walk's pages are a set
 * here too; they differ in which word ends their chain. */
#include "tb/observer.h"

#include "tablewalk/registers.h"

void observer_write_hash(struct observer *observer, unsigned offset, uint64_t value)
{
    tw_control *control = &observer->control;
    if ((observer->modes >> MODE_HASHED & 1) == 0)
        return;
    if (offset == REG_HASH_TABLE)
        control->hash_table = TW_PUT(HASH_TABLE, PPN, TW_GET(value, HASH_TABLE, PPN)) |
                              TW_PUT(HASH_TABLE, LAST, TW_GET(value, HASH_TABLE, LAST));
    else
        control->hash_anchors = TW_PUT(HASH_ANCHORS, PPN, TW_GET(value, HASH_ANCHORS, PPN)) |
                                TW_PUT(HASH_ANCHORS, BITS, TW_GET(value, HASH_ANCHORS, BITS));
}

tw_hashed_step observer_word(const tw_control *control, const struct range *range, uint64_t word)
{
    if (satp_mode(control->satp) == MODE_HASHED)
        return tw_hashed_judge(control, range->va, &range->spot, word);
    return (tw_hashed_step){.found = true, .pte = word};
}

static unsigned last_frame(const tw_control *control)
{
    return (unsigned)TW_GET(control->hash_table, HASH_TABLE, LAST);
}

static bool goes_on(const tw_hashed_step *said)
{
    return !said->found && said->check == CHECK_NONE;
}

bool observer_word_may_loop(const tw_control *control, const struct range *range, uint64_t word)
{
    const tw_hashed_step said = observer_word(control, range, word);
    return goes_on(&said) && !range->spot.anchor && range->most >= last_frame(control);
}

unsigned observer_after_word(const struct observer *observer, const struct step *step)
{
    unsigned next = 0;
    for (unsigned i = 0; i < step->ranges; i++) {
        const tw_hashed_step said = observer_word(&observer->control, &step->range[i], step->value);
        next |= goes_on(&said) ? NEXT_BELOW : said.found ? NEXT_START | NEXT_SWAP : NEXT_START;
        if (observer_word_may_loop(&observer->control, &step->range[i], step->value))
            next |= NEXT_START;
    }
    return next;
}

static bool is_waited_for(const struct observer *observer, const struct step *step,
                          const struct range *range)
{
    for (unsigned port = 0; port < PORTS; port++)
        for (unsigned id = 0; id < IDS; id++)
            if (observer_serves(&observer->flight[port][id], step, range))
                return true;
    return false;
}

void observer_follow(const struct observer *observer, struct step *step)
{
    const tw_control *control = &observer->control;
    const unsigned ranges = step->ranges;
    step->ranges = 0;
    for (unsigned i = 0; i < ranges; i++) {
        struct range range = step->range[i];
        const tw_hashed_step said = observer_word(control, &range, step->value);
        if (!goes_on(&said) || hashed_entry_address(control, said.next.index) != step->address)
            continue;
        if (!is_waited_for(observer, step, &range))
            continue;
        /* Who has read as many as the table has ends here. */
        range.most = range.spot.anchor ? 0 : range.most + 1;
        if (range.most > last_frame(control))
            range.most = last_frame(control);
        range.spot = said.next;
        observer_add_range(step, &range);
    }
}

void observer_begin_at_anchor(const struct observer *observer, struct step *step)
{
    for (unsigned port = 0; port < PORTS; port++) {
        for (unsigned id = 0; id < IDS; id++) {
            const struct flight *flight = &observer->flight[port][id];
            const uint64_t page = flight->request.va >> PAGE_SHIFT << PAGE_SHIFT;
            const struct range range = {.va = page, .spot.anchor = true};
            if (observer_waits(flight, step) &&
                hashed_anchor_address(&observer->control, page) == step->address)
                observer_add_range(step, &range);
        }
    }
}
