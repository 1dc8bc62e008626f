#include "twin/train/resume.h"

#include <string.h>
#include <unistd.h>

// Where the first option that differs begins.
static size_t option_at(const char *a, const char *b)
{
    size_t at = 0;
    while (a[at] == b[at])
        at++;
    while (at > 0 && a[at - 1] != ' ')
        at--;
    return at;
}

int resume_open(struct hdf5_file *h, const char *path, const char *wanted, struct fail *f)
{
    enum { SHOWN = 120 };
    *h = (struct hdf5_file){0};
    if (access(path, R_OK)) return fail(f, "%s: no checkpoint to resume from", path);
    if (hdf5_read(h, path, f)) return -1;
    const char *text = hdf5_text(h, "identity");
    int bad = -1;
    if (!h->sealed)
        fail(f, "%s: without a seal: of an older version, which cannot be gone on from, or damaged",
             path);
    else if (!text)
        fail(f, "%s: damaged, or of another shape", path);
    else if (strcmp(text, wanted) != 0) {
        size_t at = option_at(text, wanted);
        int has = (int)strcspn(text + at, " "), asked = (int)strcspn(wanted + at, " ");
        fail(f, "%s: of another run: it has %.*s, asked for is %.*s", path,
             has < SHOWN ? has : SHOWN, text + at, asked < SHOWN ? asked : SHOWN, wanted + at);
    } else
        bad = 0;
    if (bad) hdf5_close(h);
    return bad;
}
