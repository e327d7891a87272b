/* flights.c: see flights.h. */
#include "tests/support/flights.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tb/observer.h"

static tw_status count(void *context, uint64_t cycle, const tw_out *out, const tw_in *in,
                       tw_error *error)
{
    flights *f = context;
    (void)cycle;
    (void)error;
    for (unsigned port = 0; port < PORTS; port++) {
        struct request_pins request = observer_request(out, in, port);
        const bool taken = request.valid && request.ready;
        f->now -= observer_answer(out, port).valid;
        f->now += taken;
        f->taken += taken;
    }
    if (f->now > f->most)
        f->most = f->now;
    return TW_OK;
}

void flights_watch(flights *f, tw_machine *machine)
{
    *f = (flights){0};
    assert_int_equal(tw_machine_watch(machine, (tw_watcher){f, count}, NULL), TW_OK);
}

unsigned flights_unanswered(const flights *f, const tw_machine *machine)
{
    const tw_out *out = tw_machine_out(machine);
    return f->now - out->fetch_resp_valid - out->data_resp_valid;
}
