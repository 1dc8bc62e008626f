// Runs sixteen virtual chips under the DPI law: in integers or, for comparison, in double.
//
// One engine a thread. What a tick was is recorded for twin/dpi/dpi_backward.h in real units,
// whatever arithmetic made it.
#ifndef TWIN_DPI_DPI_ENGINE_H
#define TWIN_DPI_DPI_ENGINE_H

#include "twin/dpi/dpi_backward.h"
#include "twin/dpi/dpi_chips.h"
#include "twin/chip/faults.h"
#include "twin/dpi/dpi_words.h"

// Its arithmetic by name: compat, silicon, or double, whose law is NULL. False: there is none of this name.
#define DPI_LAWS "compat|silicon|double"
bool dpi_law_of(const char *name, const struct dpi_law **law);
const char *dpi_law_name(const struct dpi_law *law);

struct dpi_engine {
    const struct dynapse_chip *chip;
    const struct dpi_law *law; // NULL: double, Rockpool's semantics
    int n_in, n;
    double iscale, dt;
    struct dpi_chips chips;
    struct dpi_float real;           // if law is NULL
    struct dpi_lanes *lanes;         // else, with what it lies on
    void *memory;                    //
    int32_t *count;                  // (n, DPI_LANES)
    const struct faults *faults;     // that its chips suffer; NULL: none. Of integers
    int room;                        // ticks that can be recorded
    struct dpi_record *real_record;  // (room, n) of the last recorded run, if law is NULL
    struct dpi_lanes_record *record; // else (n, ticks of that run)
    struct dpi_lanes_spikes *spikes; // (room, n)
    float *counts;                   // (n, DPI_LANES) spikes of the last run
};

// For nets of this shape; up to `room` ticks can be recorded (0: none). Refuses a law that the
// lanes of model/dpi/dpi_lanes.h cannot run.
int dpi_engine_init(struct dpi_engine *e, const struct dynapse_chip *chip,
                    const struct dpi_law *law, int n_in, int n, int room, struct fail *f);
void dpi_engine_fini(struct dpi_engine *e);

// What a load leaves to be known of a chip in integers.
struct dpi_engine_note {
    struct dpi_image
        *image; // of one recurrent layer of the net's size: gets the chip's words, with what
                // is stuck or dead of e->faults; without it nothing is
    struct dpi_clamped clamped; // words that did not fit, added up
};

// Virtual chip k of the net into a lane: drawn into e->chips, and what follows from that. What is
// between the two steps changed in e->chips is so on the chip. note may be NULL; in double it is
// left as it is.
void dpi_engine_draw(struct dpi_engine *e, int lane, const struct dpi_net *net,
                     const struct dpi_variation *v, uint64_t seed, uint32_t k);
void dpi_engine_words(struct dpi_engine *e, int lane, struct dpi_engine_note *note);

// Both.
void dpi_engine_load(struct dpi_engine *e, int lane, const struct dpi_net *net,
                     const struct dpi_variation *v, uint64_t seed, uint32_t k,
                     struct dpi_engine_note *note);

// One run from rest, with the flips of e->faults; to e->counts, and if asked for to the records, of
// which a run with faults has the spikes alone.
void dpi_engine_run(struct dpi_engine *e, const struct dpi_events *events, bool record);

// The last run, recorded, as backward reads it.
struct dpi_backward_seen dpi_engine_seen(const struct dpi_engine *e,
                                         const struct dpi_events *events);

#endif
