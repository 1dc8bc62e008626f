// What kills mutants of the model. Each returns 0 if the model does what it should, else which
// check says that it does not.
#ifndef TESTS_MUTANTS_KILL_KILL_MODEL_H
#define TESTS_MUTANTS_KILL_KILL_MODEL_H

#include "tests/mutants/kill/kill_dpi.h"
#include "tests/mutants/kill/oracle.h"
#include "tests/rtl/rtl_random.h"

// The laws, shapes and sums of the networks that check_networks runs, by their number.
struct law case_law(struct random *r, int i);
struct image_shape case_shape(struct random *r, const struct law *law, int i);
bool case_is_limit(int i);
void case_at_a_bound(struct image *im, uint8_t *x, int ticks, int which);

int check_words(void);    // fx.h, and one tick of one neuron
int check_images(void);   // shapes, layout, ranges, hash, bounds
int check_networks(void); // reference and kernel, tick by tick
int check_many(void);     // the kernel of many clips

#endif
