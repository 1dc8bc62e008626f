// fst_read FILE: for each time at which twin and RTL differ in an FST of lockstep_wave, one line:
// "TIME layer L neuron N: clamp RTL/TWIN ..."; then how many signals there are. Uses the reader
// that Verilator ships beside its writer.
#include "gtkwave/fstapi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT = 12 };
static const char *const kept[KEPT] = {"stw_net.u_twin.differs", "stw_net.u_twin.layer",
                                       "stw_net.u_twin.neuron",  "stw_net.u_twin.leak",
                                       "stw_net.u_twin.clamp",   "stw_net.u_twin.fire",
                                       "stw_net.u_twin.after_v", "stw_net.u_twin.commit_valid",
                                       "stw_net.leak_o",         "stw_net.clamp_o",
                                       "stw_net.fire_o",         "stw_net.reset_o"};

struct state {
    fstHandle handle[KEPT];
    char value[KEPT][80];
    uint64_t time;
    int changed;
};

static long long number(const char *bits, int sign_bits)
{
    long long x = 0;
    for (const char *at = bits; *at; at++)
        x = 2 * x + (*at == '1');
    int n = (int)strlen(bits);
    return sign_bits && n < 64 && bits[0] == '1' ? x - (1LL << n) : x;
}

static void tell(struct state *s)
{
    if (s->value[0][0] != '1') return;
    printf(
        "%llu layer %lld neuron %lld: leak %lld/%lld clamp %lld/%lld fire %lld/%lld v %lld/%lld\n",
        (unsigned long long)s->time, number(s->value[1], 0), number(s->value[2], 0),
        number(s->value[8], 1), number(s->value[3], 1), number(s->value[9], 1),
        number(s->value[4], 1), number(s->value[10], 0), number(s->value[5], 0),
        number(s->value[11], 1), number(s->value[6], 1));
}

static void change(void *user, uint64_t time, fstHandle handle, const unsigned char *value)
{
    struct state *s = user;
    if (time != s->time) tell(s);
    s->time = time;
    for (int i = 0; i < KEPT; i++)
        if (s->handle[i] == handle) snprintf(s->value[i], sizeof s->value[i], "%s", value);
}

int main(int argc, char **argv)
{
    static struct state s;
    const int names = argc == 3 && !strcmp(argv[1], "--names");
    void *file = argc == 2 + names ? fstReaderOpen(argv[argc - 1]) : 0;
    if (!file) {
        fprintf(stderr, "usage: fst_read [--names] FILE\n");
        return 2;
    }
    char path[1024] = "";
    int depth = 0, signals = 0, found = 0;
    size_t ends[64];
    for (struct fstHier *h; (h = fstReaderIterateHier(file));) {
        if (h->htyp == FST_HT_SCOPE) {
            ends[depth++] = strlen(path);
            if (names || strcmp(h->u.scope.name, "TOP"))
                snprintf(path + strlen(path), sizeof path - strlen(path), "%s.", h->u.scope.name);
        } else if (h->htyp == FST_HT_UPSCOPE) {
            path[ends[--depth]] = 0;
        } else if (h->htyp == FST_HT_VAR) {
            char name[2048];
            snprintf(name, sizeof name, "%s%.*s", path, (int)strcspn(h->u.var.name, " ["),
                     h->u.var.name);
            const char *range = strchr(h->u.var.name, '[');
            if (names) printf("%s%s\n", name, range ? range : "");
            signals++;
            for (int i = 0; i < KEPT; i++)
                if (!strcmp(name, kept[i])) s.handle[i] = h->u.var.handle, found++;
        }
    }
    if (names) {
        fstReaderClose(file);
        return signals ? 0 : 1;
    }
    fstReaderSetFacProcessMaskAll(file);
    fstReaderIterBlocks(file, change, &s, 0);
    tell(&s);
    printf("%d signals, %d of %d wanted\n", signals, found, KEPT);
    fstReaderClose(file);
    return found >= KEPT ? 0 : 1;
}
