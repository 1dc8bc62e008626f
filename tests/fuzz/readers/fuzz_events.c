// Events of a sample as text: tick, channel, count.
#include "tests/fuzz/harness.h"
#include "twin/dpi/dpi_events.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    enum { TICKS = 20, CHANNELS = 6 };
    struct dpi_sample s;
    struct dpi_events e;
    struct fail f = {""};
    if (dpi_sample_load(&s, fuzz_file(bytes, n), TICKS, CHANNELS, &f)) {
        fuzz_refused(f.text);
        return 0;
    }
    const struct dpi_sample *lane[DPI_LANES] = {&s, 0, &s};
    for (int i = 0; i < s.n_events; i++)
        fuzz_need(s.event[i].tick >= 0 && s.event[i].tick < TICKS && s.event[i].channel >= 0 &&
                      s.event[i].channel < CHANNELS,
                  "an event outside the sample was taken");
    fuzz_need(!dpi_events_pack(&e, lane, &f), f.text);
    dpi_events_free(&e);
    dpi_sample_free(&s);
    fuzz_taken();
    return 0;
}

void fuzz_seeds(const char *folder)
{
    static const char text[] = "# trace=x\ntick,channel,count\n0,1,1\n0,5,2\n19,0,1\n";
    fuzz_seed(folder, "three_events", text, sizeof text - 1);
}
