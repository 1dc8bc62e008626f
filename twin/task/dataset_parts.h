// What the files of dataset share.
#ifndef TWIN_TASK_DATASET_PARTS_H
#define TWIN_TASK_DATASET_PARTS_H

#include "twin/task/dataset.h"

#include <stddef.h>

// A text file of entries, as they mean it.
struct entries {
    char *path; // of the file
    char *text; // the file, NUL-terminated lines
    size_t size;
    size_t at;  // where the next line begins
    int line;   // number of the line that was returned last, from 1
    bool there; // false: no such file
};

// Opens DIR/NAME; a file that is not there has no entries.
int entries_open(struct entries *e, const char *dir, const char *name, struct fail *f);
char *entries_next(struct entries *e); // an entry that is not blank, or NULL at the end
void entries_close(struct entries *e);

// The clip that an entry LABEL/FILE names, with any extension and blanks around it, or NULL.
struct dataset_clip *dataset_find(const struct dataset *d, const char *dir, const char *entry);

// Bytes of a path or name before its extension.
size_t dataset_stem(const char *path);

// Order of two paths without their extensions.
int dataset_compare_stems(const char *a, const char *b);

// Blanks around an entry and `./` before it taken away, in place; returns its new start.
char *dataset_tidy(char *entry);

// Who speaks on a path LABEL/FILE.
struct namer {
    const struct dataset_ask *ask;
    enum dataset_speakers by;
    void *regex; // regex_t
    struct spoken {
        char *entry;     // LABEL/FILE, into the text of the file
        const char *who; // as well
        int line;
    } * list; // (n) speakers.txt, sorted by entry
    int n;
    struct entries file;
};

int namer_open(struct namer *n, const struct dataset_ask *ask, struct fail *f);
void namer_close(struct namer *n);

// The speaker of LABEL/FILE, malloc'd; NULL: not known, or *out_of_memory. *nameless: the file is
// its own speaker.
char *namer_who(const struct namer *n, const char *entry, bool *nameless, bool *out_of_memory);

// Names the speakers of all clips.
int namer_name(struct namer *n, struct dataset *d, struct fail *f);

// Splits by the two lists; whom they name is not trained on.
int dataset_read_lists(struct dataset *d, const struct dataset_ask *ask, const struct namer *n,
                       struct fail *f);

// No speaker on two sides; counts the speakers of each split.
int dataset_check_speakers(struct dataset *d, struct fail *f);

char *dataset_join(const char *dir, const char *name); // malloc'd, or NULL

// Text for a message: what is no printable UTF-8 as \xHH; cut at the size.
const char *dataset_shown(const char *text, char *to, size_t size);

#endif
