#include "cosim/vectors/vectors_reader.h"
#include "cosim/vectors/vectors_text.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

int vectors_bad(const struct problem *p, const char *format, ...)
{
    va_list args;
    int n = snprintf(p->message, p->size, "%s:%ld: ", p->r->name, p->r->line);
    if (n < 0 || (size_t)n >= p->size) return -1;
    va_start(args, format);
    vsnprintf(p->message + n, p->size - (size_t)n, format, args);
    va_end(args);
    return -1;
}

// Bytes of a field that are one of these.
static size_t count_of(const char *text, size_t n, const char *any)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += text[i] && strchr(any, text[i]);
    return count;
}

int vectors_bad_word(const struct problem *p, const char *what, const char *at, int bits)
{
    size_t n = strcspn(at, " "), digits = (size_t)((bits + 3) / 4);
    bool prefix = n > 1 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X') && hex_digit(at[2]) >= 0;
    const char *quote = memchr(at, '\'', n);
    char text[VECTORS_QUOTE];
    vectors_quote(at, n, text);
    if (n == 0) return vectors_bad(p, "%s is missing", what);
    if (!prefix && count_of(at, n, "xXzZuUwW?"))
        return vectors_bad(p, "%s: %s is unknown, is the device reset%s?", what, text,
                           count_of(at, n, "zZ?") ? " and its output driven" : "");
    if (prefix || quote)
        return vectors_bad(p, "%s: %s, allowed are bare hexadecimal digits", what, text);
    if (*at == '-')
        return vectors_bad(p, "%s: %s, words are two's complement in hexadecimal", what, text);
    for (size_t i = 0; i < n; i++)
        if (hex_digit(at[i]) < 0)
            return vectors_bad(p, "%s: %s is no hexadecimal number", what, text);
    if (n != digits)
        return vectors_bad(p, "%s: %s has %zu hexadecimal digits, %d bits have %zu", what, text, n,
                           bits, digits);
    return vectors_bad(p, "%s: %s has more than %d bits", what, text, bits);
}

// The bytes up to the next newline into r->text. 1, 0 at the end of the file, -1 with a message.
static int read_bytes(struct vectors_reader *r, const struct problem *p)
{
    int c;
    bool carriage = false;
    r->length = 0;
    while ((c = getc_unlocked(r->f)) != EOF && c != '\n') {
        if (carriage)
            return vectors_bad(p, "column %zu: a carriage return inside of the line", r->length);
        if (c == 0) return vectors_bad(p, "column %zu: a NUL byte", r->length + 1);
        if (r->length == VECTORS_LINE)
            return vectors_bad(p, "the line is longer than any record: over %d bytes",
                               VECTORS_LINE);
        carriage = c == '\r';
        r->text[r->length++] = (char)c;
    }
    if (ferror(r->f)) return vectors_bad(p, "%s", strerror(errno));
    if (carriage) r->length--; // written by a machine whose lines end in both
    r->text[r->length] = 0;
    if (c == '\n') return 1;
    if (r->length == 0) return 0;
    // Without a newline only what is counted can be known to be whole.
    return r->text[0] == 'E' ? 1 : vectors_bad(p, "the file ends in the middle of this line");
}

// A byte order mark at the start of the file: passed over, or it tells of wide characters.
static int take_mark(struct vectors_reader *r, const struct problem *p)
{
    int c = getc_unlocked(r->f);
    if (c == 0xff || c == 0xfe) {
        r->line = 1;
        return vectors_bad(p, "a byte order mark of UTF-16, allowed is plain text of bytes");
    }
    if (c != 0xef) {
        if (c != EOF) ungetc(c, r->f);
        return 0;
    }
    r->marked = getc_unlocked(r->f) == 0xbb && getc_unlocked(r->f) == 0xbf;
    r->line = 1;
    if (!r->marked) return vectors_bad(p, "bytes that are no text");
    r->line = 0;
    return 0;
}

static int check_blanks(const struct vectors_reader *r, const struct problem *p)
{
    const char *t = r->text, *tab = strchr(t, '\t'), *two = strstr(t, "  ");
    if (tab)
        return vectors_bad(p, "column %td: a tab, fields are parted by one blank", tab - t + 1);
    if (two)
        return vectors_bad(p, "column %td: two blanks, fields are parted by one (%%0d in Verilog)",
                           two - t + 1);
    if (r->length && t[r->length - 1] == ' ')
        return vectors_bad(p, "a blank at the end of the line");
    return 0;
}

int vectors_line_read(struct vectors_reader *r, const struct problem *p)
{
    if (r->line == 0 && take_mark(r, p)) return -1;
    r->line++;
    int rc = read_bytes(r, p);
    if (rc <= 0) return rc;
    memcpy(r->fields, r->text, r->length + 1);
    bool record = r->text[0] && strchr("SCTZVURWE", r->text[0]) && strchr(" \t", r->text[1]);
    return record && check_blanks(r, p) ? -1 : 1;
}
