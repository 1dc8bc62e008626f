#include "cosim/formal/formal_job.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARGUMENTS = FORMAL_SOURCES + 32, LOG = 1 << 24, SMT2 = 1 << 28 };

const char *const formal_verdict_names[FORMAL_VERDICTS] = {
    "proven", "bounded", "refuted", "undecided", "not shown", "reached", "not reached", "failed"};

static const char *const step_names[JOB_DONE] = {"elaborate", "symbol", "base",    "met",   "bound",
                                                 "induct",    "cover",  "compile", "replay"};

double job_seconds(const struct job *j)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - j->began.tv_sec) + (double)(now.tv_nsec - j->began.tv_nsec) * 1e-9;
}

static void done(struct job *j, enum formal_verdict v)
{
    j->step = JOB_DONE;
    j->result->verdict = v;
    j->result->seconds = job_seconds(j);
}

static void proven(struct job *j)
{
    j->result->depth = j->f->induction;
    done(j, FORMAL_PROVEN);
}

static void could_not(struct job *j, const struct fail *f)
{
    snprintf(j->result->text, sizeof j->result->text, "%.255s", f->text);
    done(j, FORMAL_FAILED);
}

static void log_path(const struct job *j, enum job_step step, char path[JOB_PATH])
{
    snprintf(path, JOB_PATH, "%s/%s.%s.log", j->f->folder, j->result->check, step_names[step]);
}

static char *log_of(const struct job *j, enum job_step step)
{
    char path[JOB_PATH];
    size_t n;
    struct fail f;
    log_path(j, step, path);
    return file_read(path, LOG, &n, &f);
}

// The first line of a program's output that tells of an error, else its last one.
static void first_error(const struct job *j, char *to, size_t size)
{
    char *log = log_of(j, j->step), *save = 0, *last = 0;
    *to = 0;
    for (char *line = log ? strtok_r(log, "\n", &save) : 0; line; line = strtok_r(0, "\n", &save)) {
        last = line;
        if (strstr(line, "ERROR") || strstr(line, "rror:")) break;
    }
    if (last) snprintf(to, size, "%.*s", (int)size - 1, last);
    for (char *at = to; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f) *at = ' ';
    free(log);
}

static void failed(struct job *j, const char *program, int status)
{
    char why[200];
    first_error(j, why, sizeof why);
    snprintf(j->result->text, sizeof j->result->text, "%s (%s %d): %s", program,
             status < 256 ? "exit" : "signal", status % 256, *why ? why : "says nothing");
    done(j, FORMAL_FAILED);
}

// --- the programs

static const char *program_of(const struct job *j)
{
    switch (j->step) {
    case JOB_ELABORATE:
        return "yosys";
    case JOB_COMPILE:
        return "iverilog";
    case JOB_REPLAY:
        return "vvp";
    default:
        return "yosys-smtbmc";
    }
}

// The script that makes NAME.smt2. A path of a source is quoted: what yosys cannot quote is refused before.
static int write_script(const struct job *j, struct fail *f)
{
    const struct formal *of = j->f;
    const char *check = j->result->check;
    const bool cover = !strcmp(check, "cover");
    char *text = 0, name[96];
    size_t n;
    FILE *to = open_memstream(&text, &n);
    if (!to) return fail(f, "out of memory");
    for (int i = 0; i < of->n_sources; i++)
        fprintf(to, "read_verilog -sv -I. \"%s\"\n", of->source[i]);
    fprintf(to, "read_verilog -sv -I. \"%s\"\n", of->wrapper);
    fprintf(to,
            "read_verilog -formal -I. %s-DSTWF_CHECK_BAD=%s_bad -DSTWF_CHECK_MET=%s_met stwf.vh "
            "stwf_top.v\n",
            cover ? "-DSTWF_COVER " : "", cover ? "gather" : check, cover ? "gather" : check);
    fprintf(to,
            "hierarchy -check -top stwf_top\nproc\nflatten\ncheck\nopt_clean\n"
            "tee -q -o %s.shown dump w:stwf_shown\n"
            "wreduce t:$mul\nopt -full\nmemory -nordff -nomap\nmemory_map t:$mem_v2 r:SIZE<=32 "
            "%%i\nasync2sync\ndffunmap\nopt_clean\n"
            "select -assert-none t:$dff r:CLK_POLARITY=0 %%i\n"
            "write_smt2 -wires %s.smt2\n",
            check, check);
    bool bad = ferror(to);
    if (fclose(to) || bad) {
        free(text);
        return fail(f, "out of memory");
    }
    snprintf(name, sizeof name, "%s.ys", check);
    int rc = file_write_in(of->folder, name, text, n, f);
    free(text);
    return rc;
}

static void add(const char *argv[ARGUMENTS], int *n, const char *text)
{
    if (*n < ARGUMENTS - 1) argv[(*n)++] = text;
    argv[*n] = 0;
}

struct words { // room for what is printed into arguments
    char file[64], depth[16], vcd[64], bench[64], define[6][80];
};

// Cycles in which it is looked for: more than `depth`, so that the depth that is needed can be said.
static int met_depth(const struct job *j)
{
    return 2 * j->f->depth;
}

static void smtbmc(const struct job *j, const char *argv[ARGUMENTS], int *n, struct words *w)
{
    const char *check = j->result->check;
    const bool symbol = j->step == JOB_INDUCT_SYMBOL || (j->step == JOB_BASE && j->product);
    int depth = j->step == JOB_BASE ? j->f->induction + 1 : j->f->depth;
    add(argv, n, "yosys-smtbmc");
    add(argv, n, "-s");
    add(argv, n, j->f->solver);
    if (j->step == JOB_INDUCT_SYMBOL || j->step == JOB_INDUCT) {
        add(argv, n, "-i");
        depth = j->f->induction;
    }
    if (j->step == JOB_COVER || j->step == JOB_MET) add(argv, n, "-c");
    if (j->step == JOB_MET) depth = met_depth(j);
    if (j->step == JOB_BOUND) {
        snprintf(w->bench, sizeof w->bench, "%s_tb.v", check);
        add(argv, n, "--dump-vlogtb");
        add(argv, n, w->bench);
    }
    snprintf(w->depth, sizeof w->depth, "%d", depth);
    add(argv, n, "-t");
    add(argv, n, w->depth);
    snprintf(w->file, sizeof w->file, "%s%s.smt2", check, symbol && j->product ? ".symbol" : "");
    add(argv, n, w->file);
}

static void iverilog(const struct job *j, const char *argv[ARGUMENTS], int *n, struct words *w)
{
    const char *check = j->result->check;
    static const char *const of[] = {"BAD", "WORD", "HAS", "SHOULD"};
    static const char *const as[] = {"bad", "word", "has", "should"};
    add(argv, n, "iverilog");
    add(argv, n, "-g2012");
    add(argv, n, "-I.");
    add(argv, n, "-stestbench");
    for (int i = 0; i < 4; i++) {
        snprintf(w->define[i], sizeof w->define[i], "-DSTWF_CHECK_%s=%s_%s", of[i], check, as[i]);
        add(argv, n, w->define[i]);
    }
    snprintf(w->file, sizeof w->file, "%s.vvp", check);
    snprintf(w->bench, sizeof w->bench, "%s_tb.v", check);
    add(argv, n, "-o");
    add(argv, n, w->file);
    add(argv, n, "stwf.vh");
    add(argv, n, w->bench);
    add(argv, n, "stwf_top.v");
    add(argv, n, j->f->wrapper);
    for (int i = 0; i < j->f->n_sources; i++)
        add(argv, n, j->f->source[i]);
}

static void command(const struct job *j, const char *argv[ARGUMENTS], struct words *w)
{
    int n = 0;
    switch (j->step) {
    case JOB_ELABORATE:
        snprintf(w->file, sizeof w->file, "%s.ys", j->result->check);
        add(argv, &n, "yosys");
        add(argv, &n, w->file);
        break;
    case JOB_COMPILE:
        iverilog(j, argv, &n, w);
        break;
    case JOB_REPLAY:
        snprintf(w->file, sizeof w->file, "%s.vvp", j->result->check);
        snprintf(w->vcd, sizeof w->vcd, "+vcd=%s.vcd", j->result->check);
        add(argv, &n, "vvp");
        add(argv, &n, "-n");
        add(argv, &n, w->file);
        add(argv, &n, w->vcd);
        break;
    default:
        smtbmc(j, argv, &n, w);
    }
}

int job_start(struct job *j)
{
    const char *argv[ARGUMENTS] = {0};
    struct words w;
    struct fail f = {""};
    char path[JOB_PATH];
    if (!j->began.tv_sec) clock_gettime(CLOCK_MONOTONIC, &j->began);
    if (j->step == JOB_ELABORATE && write_script(j, &f)) goto bad;
    log_path(j, j->step, path);
    command(j, argv, &w);
    int log = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int rc = log < 0 || in < 0 ? fail(&f, "%s: %s", path, strerror(errno))
                               : child_start(&j->child, argv, j->f->folder, 0, in, log, log, &f);
    if (log >= 0) close(log);
    if (in >= 0) close(in);
    if (!rc) {
        j->running = true;
        return 0;
    }
bad:
    could_not(j, &f);
    return -1;
}

// --- what their ends mean

// Whether a factor is a constant: such a product stays what it is. `at` is behind "(bvmul ".
static bool is_by_constant(const char *at, const char *end)
{
    int deep = 0;
    if (!strncmp(at, "#b", 2)) return true;
    for (; at < end; at++) {
        deep += (*at == '(') - (*at == ')');
        if (*at == ' ' && !deep) return !strncmp(at + 1, "#b", 2);
    }
    return false;
}

#define WORD "(_ BitVec 128)"

// p where a has so many bits with a sign and b so many with one or without, else the rest: such a product has those of both.
static void print_fits(FILE *to, int a_bits, int b_bits, bool b_signed)
{
    const char *one = "a", *other = "b", *extends = b_signed ? "sign_extend" : "zero_extend";
    fputs("(ite (or", to);
    for (int i = 0; i < 2; i++) {
        fprintf(to,
                " (and (= %s ((_ sign_extend %d) ((_ extract %d 0) %s))) (= %s ((_ %s %d) "
                "((_ extract %d 0) %s))))",
                one, 128 - a_bits, a_bits - 1, one, other, extends, 128 - b_bits, b_bits - 1,
                other);
        one = "b", other = "a";
    }
    fprintf(to, ") ((_ sign_extend %d) ((_ extract %d 0) p)) ", 128 - a_bits - b_bits,
            a_bits + b_bits - 1);
}

// Products as a symbol: a function of two words of which nothing is known but that it commutes, and of how many bits
// it is for words as wide as the law's. Those are facts of all products, so what is proven of it is proven of the
// product, whose low bits are those of the words with their signs.
static void print_symbol(FILE *to, const struct formal *of)
{
    const struct law *law = of->law;
    const int leak = law_bits(law->leak), current = law_bits(law->current),
              leaking = law_bits(law->membrane) + (law->has_rest ? 1 : 0),
              sum = law_bits(law->weight) + formal_x_bits(of);
    fputs("(declare-fun stwf_symbol (" WORD " " WORD ") " WORD ")\n"
          "(define-fun stwf_sized ((a " WORD ") (b " WORD ") (p " WORD ")) " WORD " ",
          to);
    int n = 1;
    print_fits(to, 16, 16, false); // slope and jitter
    if (leaking != 16 || leak != 16 || law->leak_signed)
        print_fits(to, leaking, leak, law->leak_signed), n++;
    if (law->currents && current != leaking) print_fits(to, current, leak, law->leak_signed), n++;
    if (law->has_gain)
        print_fits(to, sum, law_bits(law->gain), true), n++; // of a word; of more below
    if (law->has_gain) print_fits(to, sum + 8, law_bits(law->gain), true), n++;
    fputs("p", to);
    while (n--)
        fputc(')', to);
    fputs(")\n(define-fun stwf_product ((a " WORD ") (b " WORD ")) " WORD
          " (stwf_sized a b (stwf_symbol a b)))\n",
          to);
}

static int write_symbol(struct job *j, struct fail *f)
{
    char path[JOB_PATH], name[96], *text = 0;
    size_t n, out;
    snprintf(path, sizeof path, "%s/%s.smt2", j->f->folder, j->result->check);
    char *from = file_read(path, SMT2, &n, f);
    if (!from) return -1;
    j->product = strstr(from, "(bvmul ") != 0;
    if (!j->product) {
        free(from);
        return 0;
    }
    FILE *to = open_memstream(&text, &out);
    bool bad = !to;
    bool widths[129] = {0};
    for (char *at = from; !bad && (at = strstr(at, "(_ BitVec ")); at++) {
        int bits = atoi(at + 10);
        if (bits > 0 && bits <= 128) widths[bits] = true;
    }
    if (to) print_symbol(to, j->f);
    for (int b = 1; to && b <= 128; b++)
        if (widths[b])
            fprintf(to,
                    "(define-fun stwf_product_%d ((a (_ BitVec %d)) (b (_ BitVec %d))) (_ BitVec "
                    "%d) ((_ extract %d 0) (ite (bvslt a b) (stwf_product ((_ sign_extend %d) a) "
                    "((_ sign_extend %d) b)) (stwf_product ((_ sign_extend %d) b) ((_ sign_extend "
                    "%d) a)))))\n",
                    b, b, b, b, b - 1, 128 - b, 128 - b, 128 - b, 128 - b);
    for (char *line = from, *end; to && *line; line = end) {
        end = strchrnul(line, '\n');
        end += *end == '\n';
        char *mul = memmem(line, (size_t)(end - line), "(bvmul ", 7), *width = 0;
        for (char *at = line; mul && at < mul; at++) // the sort that is defined stands before it
            if (!strncmp(at, "(_ BitVec ", 10)) width = at;
        int bits = width ? atoi(width + 10) : 0;
        if (mul && bits > 0 && bits <= 128 && !is_by_constant(mul + 7, end)) {
            fwrite(line, 1, (size_t)(mul - line), to);
            fprintf(to, "(stwf_product_%d ", bits);
            fwrite(mul + 7, 1, (size_t)(end - mul - 7), to);
        } else
            fwrite(line, 1, (size_t)(end - line), to);
    }
    free(from);
    if (to) bad |= ferror(to) != 0;
    if (to) bad |= fclose(to) != 0;
    snprintf(name, sizeof name, "%s.symbol.smt2", j->result->check);
    int rc = bad ? fail(f, "out of memory") : file_write_in(j->f->folder, name, text, out, f);
    free(text);
    return rc;
}

// Which stages the wrapper says that it shows: bits of a constant, or -1.
static int shown(const struct job *j)
{
    char path[JOB_PATH];
    size_t n;
    struct fail f;
    int bits = -1;
    snprintf(path, sizeof path, "%s/%s.shown", j->f->folder, j->result->check);
    char *text = file_read(path, LOG, &n, &f);
    const char *at = text ? strstr(text, "connect \\stwf_shown 5'") : 0;
    if (at && strspn(at + 22, "01") == 5) bits = (int)strtol(at + 22, 0, 2);
    free(text);
    return bits;
}

static const char *const stages[] = {"gather", "current", "leak", "integrate", "clamp"};
enum { STAGES = sizeof stages / sizeof *stages };

static bool is_shown(int mask, const char *name, size_t n)
{
    for (int i = 0; i < STAGES; i++)
        if (strlen(stages[i]) == n && !strncmp(stages[i], name, n)) return mask >> i & 1;
    return true;
}

// What Yosys goes on in spite of, and we do not: a port of the wrapper that nothing drives, one of the core that does
// not fit, a loop. False: there is nothing of it.
static bool does_not_fit(struct job *j, int mask)
{
    char *log = log_of(j, JOB_ELABORATE), *save = 0;
    bool found = false;
    for (char *line = log ? strtok_r(log, "\n", &save) : 0; line && !found;
         line = strtok_r(0, "\n", &save)) {
        const char *at =
            strstr(line, " is used but has no driver") ? strstr(line, "stwf_top.\\") : 0;
        if (at) at += strlen("stwf_top.\\");
        if (at && !strncmp(at, "wrapper.", 8)) at += 8;
        if (at && !strncmp(at, "stwf_", 5)) {
            size_t n = strcspn(at + 5, " ");
            found = is_shown(mask, at + 5, n);
            if (found)
                snprintf(j->result->text, sizeof j->result->text,
                         "stwf_%.*s: the wrapper does not drive it", (int)n, at + 5);
        } else if (strstr(line, "Resizing cell port stwf_wrapper.") ||
                   strstr(line, "Warning: found logic loop")) {
            snprintf(j->result->text, sizeof j->result->text, "%.*s", 200,
                     strstr(line, "Warning: ") + strlen("Warning: "));
            found = true;
        }
    }
    free(log);
    return found;
}

static void elaborated(struct job *j, int status)
{
    struct fail f = {""};
    if (status) {
        failed(j, "yosys", status);
        return;
    }
    const int mask = shown(j);
    if (mask < 0) {
        snprintf(j->result->text, sizeof j->result->text,
                 "stwf_shown: 5 constant bits are needed: which of gather, current, leak, "
                 "integrate, clamp are shown");
        done(j, FORMAL_FAILED);
        return;
    }
    if (does_not_fit(j, mask)) {
        done(j, FORMAL_FAILED);
        return;
    }
    const char *check = j->result->check;
    const bool state = !strcmp(check, "current") && j->f->law->currents;
    if (!state && !is_shown(mask, check, strlen(check))) {
        done(j, FORMAL_NOT_SHOWN);
        return;
    }
    if (!strcmp(check, "cover"))
        j->step = JOB_COVER;
    else if (write_symbol(j, &f))
        could_not(j, &f);
    else
        j->step = JOB_INDUCT_SYMBOL;
}

// 1 passed, 0 failed, -1 neither.
static int status_of(const struct job *j)
{
    char *log = log_of(j, j->step);
    int is = !log ? -1 : strstr(log, "Status: PASSED") || strstr(log, "Status: passed") ? 1 : -1;
    if (log && is < 0 && (strstr(log, "Status: FAILED") || strstr(log, "Status: failed"))) is = 0;
    free(log);
    return is;
}

// Steps that a log says were checked before time was up.
static int steps_checked(const struct job *j)
{
    char *log = log_of(j, j->step);
    int step = 0;
    for (char *at = log; at && (at = strstr(at, "Checking assertions in step ")); at++)
        step = atoi(at + 28);
    free(log);
    return step;
}

// The cycle of a run in which the check asks something, from 0; -1: there is none in met_depth cycles.
static int cycle_met(const struct job *j)
{
    char *log = log_of(j, JOB_MET);
    const char *at = log ? strstr(log, "Reached cover statement") : 0;
    const char *step = at ? strstr(at, " in step ") : 0;
    const int cycle = step && step < at + strcspn(at, "\n") ? atoi(step + 9) : -1;
    free(log);
    return cycle;
}

// No run of `depth` cycles breaks it: a verdict only if one of them gets to what the check asks.
static void bounded(struct job *j, int depth)
{
    char *text = j->result->text;
    j->result->depth = depth;
    if (j->met < 0 || j->met >= depth) {
        if (j->met < 0)
            snprintf(text, sizeof j->result->text, "nothing to ask in %d cycles from reset",
                     met_depth(j));
        else
            snprintf(text, sizeof j->result->text,
                     "nothing to ask before cycle %d: --depth %d or more", j->met, j->met + 1);
        done(j, j->late ? FORMAL_UNDECIDED : FORMAL_UNREACHED);
        return;
    }
    done(j, depth > 2 ? FORMAL_BOUNDED : FORMAL_UNDECIDED);
}

// Whether a name has a character that only an escaped one may have.
static bool is_escaped(const char *name, size_t n)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_[].$";
    return strspn(name, letters) < n;
}

// Names of blocks and of words of a memory as a simulator finds them: \\at[0] .v is at[0].v.
static int mend_bench(const struct job *j, struct fail *f)
{
    char path[JOB_PATH], name[96];
    size_t n, out = 0;
    snprintf(name, sizeof name, "%s_tb.v", j->result->check);
    snprintf(path, sizeof path, "%s/%s", j->f->folder, name);
    char *text = file_read(path, LOG, &n, f);
    if (!text) return -1;
    for (const char *at = text; *at;) {
        size_t long_ = *at == '\\' ? strcspn(at, " \n") : 0;
        const bool simple = long_ > 1 && !is_escaped(at + 1, long_ - 1);
        if (!simple) {
            text[out++] = *at++;
            continue;
        }
        memmove(text + out, at + 1, long_ - 1);
        out += long_ - 1;
        at += long_ + (at[long_] == ' ');
    }
    int rc = file_write_in(j->f->folder, name, text, out, f);
    free(text);
    return rc;
}

static void replayed(struct job *j)
{
    char *log = log_of(j, JOB_REPLAY);
    const char *at = log ? strstr(log, "stwf: broken ") : 0;
    int word, tick, layer, neuron;
    char has[64], should[64];
    if (at && sscanf(at, "stwf: broken %d %d %d %d %63s %63s", &word, &tick, &layer, &neuron, has,
                     should) == 6) {
        j->result->confirmed = true;
        snprintf(j->result->text, sizeof j->result->text,
                 "tick %d, layer %d, neuron %d: the device has %s, the law %s", tick, layer, neuron,
                 has, should);
    } else
        snprintf(j->result->text, sizeof j->result->text, "the simulator does not see it");
    free(log);
    done(j, FORMAL_REFUTED);
}

static void keep_waves(struct job *j)
{
    char path[JOB_PATH];
    struct fail f;
    snprintf(j->result->waves, sizeof j->result->waves, "%s.vcd", j->result->check);
    snprintf(path, sizeof path, "%s/%s", j->f->folder, j->result->waves);
    if (formal_waves(j->f, path, &f)) *j->result->waves = 0;
}

static void covered(struct job *j, int is)
{
    char *log = log_of(j, JOB_COVER);
    const char *at = log ? strstr(log, "Unreached cover statement at ") : 0;
    if (at) snprintf(j->result->text, sizeof j->result->text, "%.*s", (int)strcspn(at, "\n"), at);
    free(log);
    j->result->depth = j->f->depth;
    done(j, is == 1 ? FORMAL_REACHED : FORMAL_UNREACHED);
}

static void timed_out(struct job *j)
{
    if (j->step == JOB_BOUND)
        bounded(j, steps_checked(j));
    else if (j->step == JOB_INDUCT)
        bounded(j, j->f->depth);
    else
        done(j, FORMAL_UNDECIDED);
    if (j->result->verdict == FORMAL_UNDECIDED || j->result->verdict == FORMAL_BOUNDED)
        snprintf(j->result->text, sizeof j->result->text, "%s after %d s (--timeout)",
                 program_of(j), j->f->seconds);
}

void job_ended(struct job *j, int status)
{
    j->running = false;
    const enum job_step was = j->step;
    if (j->late) {
        timed_out(j);
        return;
    }
    if (was == JOB_ELABORATE) {
        elaborated(j, status);
        return;
    }
    if (was == JOB_COMPILE || was == JOB_REPLAY) {
        if (status)
            failed(j, program_of(j), status);
        else if (was == JOB_COMPILE)
            j->step = JOB_REPLAY;
        else {
            keep_waves(j);
            replayed(j);
        }
        return;
    }
    int is = status_of(j);
    if (is < 0)
        failed(j, "yosys-smtbmc", status);
    else if (was == JOB_COVER)
        covered(j, is);
    else if (was == JOB_INDUCT_SYMBOL)
        j->step = is ? JOB_BASE : JOB_MET;
    else if (was == JOB_MET) {
        j->met = cycle_met(j);
        j->step = JOB_BOUND;
    } else if (was == JOB_BASE && is)
        proven(j);
    else if (was == JOB_BASE)
        j->step = JOB_MET;
    else if (was == JOB_BOUND && !is) {
        struct fail f = {""};
        j->step = JOB_COMPILE;
        if (mend_bench(j, &f)) could_not(j, &f);
    } else if (was == JOB_BOUND && j->product)
        j->step = JOB_INDUCT;
    else if (was == JOB_INDUCT && is)
        proven(j);
    else
        bounded(j, j->f->depth);
}
