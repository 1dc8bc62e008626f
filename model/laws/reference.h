// A network of any law by its plain reference: neuron by neuron, source by source, as its row says.
//
// What every faster engine must equal, and the engine of laws that have no other.
#ifndef MODEL_LAWS_REFERENCE_H
#define MODEL_LAWS_REFERENCE_H

#include "model/laws/law_image.h"
#include "model/lif/trace.h"

struct reference {
    struct law_image im; // its words are copies of the image's, which writes change
    const struct law_image *from;
    int next_write;                    // of the present stimulus
    bool written;                      // words are no longer the image's
    char *state[IMAGE_MAX_LAYERS];     // (n_out) of the law's struct
    int32_t *fired[IMAGE_MAX_LAYERS];  // (n_out) spikes of this tick
    int32_t *before[IMAGE_MAX_LAYERS]; // and of the last one
    int32_t *x;                        // words of a layer's sources
    int32_t *late[IMAGE_MAX_LAYERS];   // (IMAGE_MAX_LATE + 1, n_in) with taps: what it heard in the
                                       // last ticks, a row a tick
};

// Bytes of memory that reference_init needs, aligned to 64. The view must outlive the reference.
size_t reference_size(const struct law_image *im);
void reference_init(struct reference *r, const struct law_image *im, void *memory);

// The words of the image, the state in which runs begin, no spikes.
void reference_rest(struct reference *r);

// All of a neuron's tick: structs of the law's row.
typedef void reference_watch(void *context, int tick, int layer, int neuron, const void *before,
                             const void *stages, const void *after);

// What reaches a neuron in the tick that is run: for a watch, of its own layer.
struct law_tick reference_inputs(const struct reference *r, const struct stimulus *s, int tick,
                                 int layer, int neuron);

// Tick after tick from reference_rest on; the stimulus' writes of the tick come first.
void reference_tick(struct reference *r, const struct stimulus *s, int tick, reference_watch *watch,
                    void *context);

// A whole stimulus from rest, recorded into *t as network_run does it: counts, and what has an array.
void reference_run(struct reference *r, const struct stimulus *s, struct trace *t);

#endif
