// The chip that a verb works with: from a file, or out of a net.
#include "cli/cli.h"

#include "base/file.h"
#include "twin/io/yaml_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_SET = 0x700 };

static struct {
    char name[64];
    uint64_t hash;
    char *file; // text, owned; NULL: not known
} used;

static void use(const char *name, uint64_t hash, char *file)
{
    snprintf(used.name, sizeof used.name, "%s", name);
    used.hash = hash;
    if (used.file != file) free(used.file);
    used.file = file;
}

const char *cli_chip_file(void)
{
    return used.file;
}

void cli_chip_add(cJSON *json)
{
    char hex[17];
    if (!*used.name) return;
    snprintf(hex, sizeof hex, "%016" PRIx64, used.hash);
    cJSON_AddStringToObject(json, "chip", used.name);
    cJSON_AddStringToObject(json, "chip_hash", hex);
}

// The file of a name in ./chips or ours.
static void path_of(const char *name, char *path, size_t size)
{
    snprintf(path, size, "chips/%s.yaml", name);
    if (access(path, R_OK)) snprintf(path, size, "%s/chips/%s.yaml", cli_home(), name);
}

void cli_chip_path(const char *name_or_path, char *path, size_t size)
{
    bool is_name = !strchr(name_or_path, '/') && !strstr(name_or_path, ".yaml");
    if (is_name)
        path_of(name_or_path, path, size);
    else
        snprintf(path, size, "%s", name_or_path);
}

// The text of the chip file that was asked for its family, until it is loaded: a file is read once,
// what is kept is what was understood.
static struct {
    char path[4096];
    char *text; // owned
} asked;

static char *read_text(const char *path)
{
    struct fail f;
    char *text = asked.text;
    asked.text = 0;
    if (text && strcmp(asked.path, path) == 0) return text;
    free(text);
    text = yaml_read(path, &f);
    if (!text) cli_die("%s", f.text);
    return text;
}

bool cli_chip_is_dpi(const char *name_or_path)
{
    struct fail f;
    struct yaml_file y;
    char path[sizeof asked.path];
    cli_chip_path(name_or_path, path, sizeof path);
    char *text = read_text(path);
    bool is = false;
    if (!yaml_open(&y, text, path, &f)) {
        const char *family = yaml_text(&y, "family");
        is = family && strcmp(family, "dpi") == 0;
        yaml_close(&y);
    }
    strcpy(asked.path, path);
    asked.text = text;
    return is;
}

static char *copy_of(const char *text)
{
    char *copy = strdup(text);
    if (!copy) cli_die("out of memory");
    return copy;
}

// Values of chip files that --set changes.
static struct {
    const char *at[64];
    int n;
} changes;

void cli_chip_change(const char *set)
{
    if (changes.n == sizeof changes.at / sizeof *changes.at)
        cli_die("--set: more than %d of them", changes.n);
    changes.at[changes.n++] = set;
}

static error_t parse_set(int key, char *arg, struct argp_state *state)
{
    (void)state;
    if (key != KEY_SET) return ARGP_ERR_UNKNOWN;
    cli_chip_change(arg);
    return 0;
}

const char *cli_chip_set(int i)
{
    return i < changes.n ? changes.at[i] : 0;
}

static const struct argp_option set_options[] = {
    {"set", KEY_SET, "FIELD=VALUE", 0,
     "Change a value of the chip file, such as jitter.sigma=0.02; may be given more than once", 1},
    {0}};
const struct argp cli_chip_argp = {set_options, parse_set, 0, 0, 0, 0, 0};

// The text of a chip file, owned, with the values that --set changes.
static char *changed(char *text, const char *name, bool dpi)
{
    struct fail f;
    if (!changes.n) return text;
    char *other = (dpi ? dynapse_chip_change : chip_change)(text, name, changes.at, changes.n, &f);
    if (!other) cli_die("%s", f.text);
    free(text);
    return other;
}

static void load_lif(struct chip *c, const char *path)
{
    struct fail f;
    char *text = changed(read_text(path), path, false);
    if (chip_load_text(c, text, path, &f)) cli_die("%s", f.text);
    use(c->name, chip_hash(c), text);
}

static void load_dpi(struct dynapse_chip *c, const char *path)
{
    struct fail f;
    char *text = changed(read_text(path), path, true);
    if (dynapse_chip_load_text(c, text, path, &f)) cli_die("%s", f.text);
    use(c->name, dynapse_chip_hash(c), text);
}

void cli_load_chip(struct chip *c, const char *name_or_path)
{
    char path[4096];
    cli_chip_path(name_or_path, path, sizeof path);
    load_lif(c, path);
}

void cli_load_dynapse(struct dynapse_chip *c, const char *name_or_path)
{
    char path[4096];
    cli_chip_path(name_or_path, path, sizeof path);
    load_dpi(c, path);
}

static void check_name(const char *net, const char *kept, const char *chip)
{
    if (strcmp(kept, chip) != 0)
        cli_die("%s: made for chip %s, the chip file in it is of %s", net, kept, chip);
}

static void warn_of_another(const char *net, const char *made, uint64_t made_hash,
                            const char *given, uint64_t given_hash)
{
    if (made_hash != given_hash)
        cli_warn("%s: made for chip %s (%016" PRIx64 "), -c is another: %s (%016" PRIx64
                 "), and is used",
                 net, made, made_hash, given, given_hash);
}

// Of an older net all that is known of its chip is the name.
static void warn_of_name(const char *net, const char *made, const char *given)
{
    if (strcmp(made, given) != 0)
        cli_warn("%s: made for a chip of the name %s, -c is another: %s (%016" PRIx64
                 "), and is used",
                 net, made, given, used.hash);
}

const char *cli_net(const char *given)
{
    static const char *const names[] = {"net.nir", "net.h5"};
    static char path[2][FILE_PATH]; // of a verb with two nets
    static int n;
    struct stat st;
    if (stat(given, &st) || !S_ISDIR(st.st_mode)) return given;
    char *at = path[n++ % 2];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (snprintf(at, FILE_PATH, "%s/%s", given, names[i]) >= FILE_PATH)
            cli_die("%.100s..: %s", given, strerror(ENAMETOOLONG));
        if (!access(at, F_OK)) return at;
    }
    cli_die("%s: a folder without net.nir or net.h5: no run that ended", given);
}

void cli_load_net(struct net *n, struct chip *c, const char *path, const char *chip)
{
    struct fail f;
    char name[4096];
    snprintf(name, sizeof name, "%s: /spiketwin/chip_file", path);
    if (net_load(n, path, &f)) cli_die("%s", f.text);
    if (n->chip_file) {
        if (chip_load_text(c, n->chip_file, name, &f)) cli_die("%s", f.text);
        check_name(path, n->chip, c->name);
        uint64_t own = chip_hash(c);
        if (own != n->chip_hash)
            cli_warn("%s: the chip file in it reads as %016" PRIx64 " here, as %016" PRIx64
                     " where it was written",
                     path, own, n->chip_hash);
        if (!chip) {
            char *text = changed(copy_of(n->chip_file), name, false);
            if (chip_load_text(c, text, name, &f)) cli_die("%s", f.text);
            use(c->name, chip_hash(c), text);
        } else {
            cli_load_chip(c, chip);
            warn_of_another(path, n->chip, own, c->name, used.hash);
        }
    } else if (chip) {
        cli_load_chip(c, chip);
        warn_of_name(path, n->chip, c->name);
    } else {
        path_of(n->chip, name, sizeof name);
        load_lif(c, name);
        cli_warn("%s: an older net, with no more of its chip than the name %s: %s is taken", path,
                 n->chip, name);
    }
}

void cli_require_lif(const struct chip *c, const char *what)
{
    if (c->kind != &lif_kind) cli_die("%s: law %s, allowed lif: %s", c->name, c->kind->name, what);
}

void cli_require_words(const struct chip *c, const struct net *n, const char *path)
{
    struct fail f;
    if (virtual_chip_check(c, n, &f)) cli_die("%s: %s", path, f.text);
}

void cli_load_runnable(struct net *n, struct chip *c, const char *path, const char *chip)
{
    cli_load_net(n, c, path, chip);
    if (chip_runs(c)) cli_require_words(c, n, path); // else cli_open_data refuses it
}

static bool is_trace(const char *path)
{
    size_t size = strlen(path);
    return size > 5 && strcmp(path + size - 5, ".json") == 0;
}

bool cli_is_dpi_net(const char *path)
{
    struct fail f;
    if (is_trace(path)) return true;
    int is = dpi_net_is(path, &f);
    if (is < 0) cli_die("%s", f.text);
    return is;
}

void cli_load_dpi_net(struct dpi_net *n, struct dynapse_chip *c, const char *path, const char *chip)
{
    struct fail f = {""};
    char name[4096];
    snprintf(name, sizeof name, "%s: /spiketwin/chip_file", path);
    if (is_trace(path) ? dpi_net_load_trace(n, path, &f) : dpi_net_load(n, path, &f))
        cli_die("%s", f.text);
    if (!c) return;
    if (n->chip_file) {
        if (dynapse_chip_load_text(c, n->chip_file, name, &f)) cli_die("%s", f.text);
        check_name(path, n->chip, c->name);
        uint64_t own = dynapse_chip_hash(c);
        if (!chip) {
            char *text = changed(copy_of(n->chip_file), name, true);
            if (dynapse_chip_load_text(c, text, name, &f)) cli_die("%s", f.text);
            use(c->name, dynapse_chip_hash(c), text);
        } else {
            cli_load_dynapse(c, chip);
            warn_of_another(path, n->chip, own, c->name, used.hash);
        }
    } else {
        cli_load_dynapse(c, chip ? chip : "dynapse2");
        if (*n->chip) warn_of_name(path, n->chip, c->name);
    }
}
