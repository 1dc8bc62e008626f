// Texts with keys: @KEY@ stands for a value.
#ifndef COSIM_AWAY_AWAY_TEXT_H
#define COSIM_AWAY_AWAY_TEXT_H

#include "base/fail.h"
#include "cosim/away/away.h"

#include <stdio.h>

enum { AWAY_KEYS = 40 };

struct away_keys {
    int n;
    bool short_of_memory;
    struct {
        const char *name;
        char *value;
    } key[AWAY_KEYS];
};

// One more, printed like printf; or as what is written to the stream that away_key_begin gives, up to away_key_end.
__attribute__((format(printf, 3, 4))) void away_key(struct away_keys *k, const char *name,
                                                    const char *format, ...);
FILE *away_key_begin(struct away_keys *k, const char *name, size_t *n);
void away_key_end(struct away_keys *k, FILE *f);
void away_keys_fini(struct away_keys *k);

// All that law, shape and name say.
void away_keys_of(struct away_keys *k, const struct away *a);

// The text with the values in it, malloc'd; NULL: a key that is none, or no memory.
char *away_fill(const char *text, const struct away_keys *k, const char *name, struct fail *f);

// rtl/stw_filled.sv, malloc'd, and the files of mem/ in `folder`; their names into keys CORE_WORDS. NULL: f says why.
char *away_memories(const struct away *a, const char *folder, struct away_keys *k, struct fail *f);

#endif
