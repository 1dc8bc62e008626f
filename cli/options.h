// Options of a verb as a table: what --help tells of them, and where their values go.
//
// A verb that takes nets of several laws has a row for each law that an option belongs to: an option
// of one name may have another default, range or place there. So values are read when the law is known.
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

enum option_kind {
    OPTION_TITLE,  // of a group in --help, with `what` alone
    OPTION_FLAG,   // bool
    OPTION_TEXT,   // const char *
    OPTION_WHOLE,  // int
    OPTION_NUMBER, // double
    OPTION_REAL,   // float
    OPTION_CHOICE  // int or enum: which of `choices`, which end in NULL
};

struct option_row {
    enum option_kind kind;
    unsigned laws; // a bit each; 0: of all
    int group;     // of --help
    const char *name;
    int letter; // 0: none
    const char *value, *what;
    size_t at; // in the verb's struct
    double lo, hi;
    const char *const *choices;
    double times; // what is kept is this times what is given; 0: once
};

// Rows, for tables: OPT_WHOLE(laws, group, "name", 'n', "N", "what it is", offsetof(..), 0, 9).
#define OPT_WHOLE(law, group, name, letter, value, what, at, lo, hi)                               \
    {                                                                                              \
        OPTION_WHOLE, law, group, name, letter, value, what, at, lo, hi, 0, 0                      \
    }
#define OPT_NUMBER(law, group, name, letter, value, what, at, lo, hi)                              \
    {                                                                                              \
        OPTION_NUMBER, law, group, name, letter, value, what, at, lo, hi, 0, 0                     \
    }
#define OPT_REAL(law, group, name, value, what, at, lo, hi)                                        \
    {                                                                                              \
        OPTION_REAL, law, group, name, 0, value, what, at, lo, hi, 0, 0                            \
    }
#define OPT_CHOICE(law, group, name, what, at, choices)                                            \
    {                                                                                              \
        OPTION_CHOICE, law, group, name, 0, "KIND", what, at, 0, 0, choices, 0                     \
    }
#define OPT_FLAG(law, group, name, letter, what, at)                                               \
    {                                                                                              \
        OPTION_FLAG, law, group, name, letter, 0, what, at, 0, 0, 0, 0                             \
    }
#define OPT_TEXT(law, group, name, letter, value, what, at)                                        \
    {                                                                                              \
        OPTION_TEXT, law, group, name, letter, value, what, at, 0, 0, 0, 0                         \
    }
#define OPT_TITLE(group, what)                                                                     \
    {                                                                                              \
        OPTION_TITLE, 0, group, 0, 0, 0, what, 0, 0, 0, 0, 0                                       \
    }

enum { OPTIONS_MOST = 96 };

// At ARGP_KEY_INIT of a verb: each child of its argp has its input, those of cli/train/patterns.h `patterns` and all
// others `common`. patterns: NULL where there is no such child.
struct cli_common;
struct patterns_options;
void options_children(struct argp_state *state, struct cli_common *common,
                      struct patterns_options *patterns);

struct option_set {
    const struct option_row *row; // (n)
    int n;
    const char *told[OPTIONS_MOST]; // what was given, at the first row of its name; NULL: nothing
    struct argp_option list[OPTIONS_MOST + 1]; // for struct argp
};

void options_open(struct option_set *s, const struct option_row *row, int n);

// Keeps what a key of argp gives. ARGP_ERR_UNKNOWN: none of these.
error_t options_parse(struct option_set *s, int key, const char *arg);

// What was given for an option, or NULL.
const char *options_told(const struct option_set *s, const char *name);

// Puts what was given where its row of this law says. Dies naming option, value and allowed range; and
// where it has no row of the law: `whose` says what has none, such as "dynapse2 is of the law dpi".
void options_take(const struct option_set *s, unsigned law, const char *whose, void *to);

#endif
