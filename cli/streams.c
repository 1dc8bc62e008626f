#include "cli/streams.h"

#include "cli/cli.h"

#include "base/file.h"
#include "base/leave.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sink {
    int fd;
    int failed; // errno of the first write that did not succeed
    bool as_it_is;
    unsigned char part[4]; // the start of a character whose rest has not come yet
    size_t n_part;
};

static struct sink out = {.fd = STDOUT_FILENO}, err = {.fd = STDERR_FILENO},
                   data_out = {.fd = STDOUT_FILENO, .as_it_is = true};
static FILE *data;
static bool ended;

static int put_all(struct sink *s, const unsigned char *bytes, size_t n)
{
    if (file_append(s->fd, bytes, n) == 0) return 0;
    if (!s->failed) s->failed = errno;
    return -1;
}

// Writes the n bytes with what may not be shown as \xNN; returns how many it took: all but the
// start of a character.
static size_t put_shown(struct sink *s, const unsigned char *bytes, size_t n, bool last)
{
    unsigned char shown[4096];
    size_t used = 0, i = 0;
    while (i < n) {
        int step = text_shown(bytes + i, n - i);
        if (step < 0 && !last) break;
        if (used + 4 > sizeof shown) {
            if (put_all(s, shown, used)) return 0;
            used = 0;
        }
        if (step > 0) {
            memcpy(shown + used, bytes + i, (size_t)step);
            used += (size_t)step;
            i += (size_t)step;
        } else {
            static const char digit[] = "0123456789abcdef";
            const char escape[] = {'\\', 'x', digit[bytes[i] / 16], digit[bytes[i] % 16]};
            memcpy(shown + used, escape, sizeof escape);
            used += sizeof escape;
            i++;
        }
    }
    return put_all(s, shown, used) ? 0 : i;
}

static ssize_t sink_write(void *cookie, const char *bytes, size_t n)
{
    struct sink *s = cookie;
    const unsigned char *at = (const unsigned char *)bytes;
    size_t left = n;
    if (s->as_it_is) return put_all(s, at, n) ? 0 : (ssize_t)n;
    while (s->n_part && left) { // the character goes on here
        s->part[s->n_part++] = *at++;
        left--;
        size_t took = put_shown(s, s->part, s->n_part, false);
        if (s->failed) return 0;
        s->n_part -= took;
        memmove(s->part, s->part + took, s->n_part);
    }
    size_t took = put_shown(s, at, left, false);
    if (s->failed) return 0;
    memcpy(s->part + s->n_part, at + took, left - took);
    s->n_part += left - took;
    return (ssize_t)n;
}

static int sink_end(struct sink *s, FILE *f)
{
    int bad = fflush(f) || ferror(f);
    if (s->n_part && !bad) put_shown(s, s->part, s->n_part, true);
    s->n_part = 0;
    return bad || s->failed ? -1 : 0;
}

static void at_exit(int status, void *unused)
{
    (void)unused;
    leave_clean();
    int bad = sink_end(&out, stdout) | sink_end(&data_out, data);
    if (bad && status != EXIT_COULD_NOT) {
        int why = out.failed ? out.failed : data_out.failed;
        cli_tell("standard output: %s", strerror(why ? why : EIO));
    }
    sink_end(&err, stderr);
    if (bad || (!ended && status)) _exit(EXIT_COULD_NOT);
}

static void give_up(const char *why)
{
    if (write(STDERR_FILENO, why, strlen(why)) >= 0) _exit(EXIT_COULD_NOT);
    _exit(EXIT_COULD_NOT);
}

static FILE *open_sink(struct sink *s, int mode)
{
    FILE *f = fopencookie(s, "w", (cookie_io_functions_t){.write = sink_write});
    if (!f || setvbuf(f, 0, mode, 65536)) give_up("spiketwin: out of memory\n");
    return f;
}

void streams_open(void)
{
    bool closed[3];
    for (int fd = 0; fd < 3; fd++) { // so that no file of ours takes its place
        closed[fd] = fcntl(fd, F_GETFD) < 0;
        if (closed[fd] && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
            give_up(
                "spiketwin: /dev/null cannot be opened\n"); // the wrong way round: its use fails
    }
    stdout = open_sink(&out, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF);
    stderr = open_sink(&err, _IONBF);
    data = open_sink(&data_out, _IOFBF);
    if (on_exit(at_exit, 0)) give_up("spiketwin: out of memory\n");
    if (closed[1]) cli_die("standard output is closed");
}

FILE *streams_data(void)
{
    return data;
}

int streams_end(int status)
{
    ended = true;
    return status;
}

void streams_clear_line(void)
{
    static const char clear[] = "\r\033[K";
    if (isatty(STDERR_FILENO) && write(STDERR_FILENO, clear, sizeof clear - 1) < 0) return;
}
