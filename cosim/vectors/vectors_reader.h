// Inside of the vector reader: its state, the fields of a line, and what its files share.
#ifndef COSIM_VECTORS_VECTORS_READER_H
#define COSIM_VECTORS_VECTORS_READER_H

#include "cosim/vectors/vectors.h"

enum order { WANT_MAGIC, WANT_HEAD, WANT_CLIP, IN_CLIP };

// No record is longer: 4096 words of 64 bits, or a path of 4096 bytes with each as %XX.
enum { VECTORS_LINE = 72 << 10 };

struct vectors_reader {
    FILE *f;
    const char *name;
    int version;
    bool marked; // began with a byte order mark
    char *text;  // (VECTORS_LINE + 1) the line as it was read, without its end
    size_t length;
    char *fields; // (VECTORS_LINE + 1) the same, cut where a field had to be
    const char *at;
    long line;
    enum order order;
    struct vectors_shape shape;
    struct vectors_counts counts;
    int clip;       // number of the present clip
    int clip_ticks; // and its ticks
    int ticks_read;
    int result; // next result of the tick: layer · kinds + kind; n_layers · kinds: all there
    int with_results; // -1 unknown yet, else every tick of the file has all (1) or none (0)
    struct {
        char name[LAW_MAX_WORDS]
                 [VECTORS_NAME]; // that each layer has, as the file's first layer did
        int n;                   // of them
        bool known;
        int next; // the next one of the present layer
    } stages;
    struct {
        int clip, tick;
        long line;
    } here, first;                 // the present tick, and the first of the file
    struct vectors_stimulus *sent; // (n_sent, room for sent_room) what the head says was sent
    int n_sent, sent_room;
    bool sent_whole; // the sum of the head was read and fits
    struct vectors_stimulus came;
    int32_t x[IMAGE_MAX_NEURONS];
    int64_t words[IMAGE_MAX_NEURONS];
};

// A reason with the place, for the caller to return.
struct problem {
    const struct vectors_reader *r;
    char *message;
    size_t size;
};

int vectors_bad(const struct problem *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// What is wrong where a word of `bits` was due at `at`: not there, unknown, of another length.
int vectors_bad_word(const struct problem *p, const char *what, const char *at, int bits);

// Reads the next line. 1, 0 at the end of the file, or -1 with a message. What no record may hold
// (NUL, tabs, blanks that part nothing) is refused here.
int vectors_line_read(struct vectors_reader *r, const struct problem *p);

// What a simulator prints into the vectors, for the end of a message.
#define VECTORS_FILTER                                                                             \
    "; is it the simulator's? Let only records pass: grep -aE '^(spiketwin-vectors "               \
    "|[HSCTZVURWGE] "                                                                              \
    ")'"

// Reads a G record. 0 or -1.
int vectors_read_stage(struct vectors_reader *r, struct vectors_record *to,
                       const struct problem *p);

// Reads a Z, V, U, R or W record. 0 or -1.
int vectors_read_result(struct vectors_reader *r, char kind, struct vectors_record *to,
                        const struct problem *p);

// A tick is whole: all results there, or none in the whole file. 0 or -1.
int vectors_end_of_tick(struct vectors_reader *r, const struct problem *p);

// What was sent: a head of it; at the shape; at a clip (number, ticks); at a clip's end; at the
// end. All 0 or -1, and 0 in version 1.
int vectors_sent_clip(struct vectors_reader *r, const char *value, const struct problem *p);
int vectors_sent_sum(struct vectors_reader *r, const char *value, const struct problem *p);
int vectors_sent_at_shape(const struct vectors_reader *r, const struct problem *p);
int vectors_sent_at_clip(struct vectors_reader *r, const struct problem *p);
int vectors_sent_after_clip(const struct vectors_reader *r, const struct problem *p);
int vectors_sent_at_end(const struct vectors_reader *r, const struct problem *p);

static inline int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// The next field: one blank, then what the functions below take. False: it is not there.
static inline bool blank(struct vectors_reader *r)
{
    if (*r->at != ' ') return false;
    r->at++;
    return true;
}

static inline bool take_decimal(struct vectors_reader *r, int64_t lo, int64_t hi, int64_t *to)
{
    int64_t x = 0;
    const char *start = r->at;
    while (*r->at >= '0' && *r->at <= '9' && r->at - start < 18)
        x = 10 * x + (*r->at++ - '0');
    *to = x;
    return r->at > start && x >= lo && x <= hi;
}

static inline bool next_decimal(struct vectors_reader *r, int64_t lo, int64_t hi, int *to)
{
    int64_t x;
    if (!blank(r) || !take_decimal(r, lo, hi, &x)) return false;
    *to = (int)x;
    return true;
}

// A word of `bits` in exactly its digits, to the end of its field.
static inline bool take_hex(struct vectors_reader *r, int bits, int64_t *to)
{
    int64_t x = 0;
    for (int i = 0; i < (bits + 3) / 4; i++) {
        int digit = hex_digit(*r->at);
        if (digit < 0) return false;
        x = fx_shl(x, 4) + digit;
        r->at++;
    }
    *to = x;
    return x <= fx_umax(bits) && (!*r->at || *r->at == ' ');
}

#endif
