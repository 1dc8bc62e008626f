#include "twin/io/matrix_csv.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_row(struct matrix *m, size_t *room, char *line, const char *path, int number,
                    struct fail *f)
{
    size_t columns = 0;
    for (char *rest, *at = strtok_r(line, ", \t\r\n", &rest); at;
         at = strtok_r(0, ", \t\r\n", &rest)) {
        size_t n = m->rows * m->columns + columns++;
        char *end;
        if (n >= *room) {
            double *more = realloc(m->x, (2 * n + 64) * sizeof *more);
            if (!more) return fail(f, "%s: no memory", path);
            m->x = more;
            *room = 2 * n + 64;
        }
        m->x[n] = strtod(at, &end);
        if (*end || !isfinite(m->x[n]))
            return fail(f, "%s:%d: column %zu, %.40s, allowed finite numbers", path, number,
                        columns, at);
        if (m->rows && columns > m->columns) break;
    }
    if (!columns) return 0;
    if (m->rows && columns != m->columns)
        return fail(f, "%s:%d: %s%zu columns, allowed %zu as in the rows before", path, number,
                    columns > m->columns ? "more than " : "",
                    columns > m->columns ? m->columns : columns, m->columns);
    m->columns = columns;
    m->rows++;
    return 0;
}

int matrix_read(struct matrix *m, const char *path, struct fail *f)
{
    char *line = 0;
    size_t size = 0, room = 0;
    int bad = 0;
    *m = (struct matrix){0};
    FILE *file = fopen(path, "r");
    if (!file) return fail(f, "%s: %s", path, strerror(errno));
    for (int number = 1; !bad && getline(&line, &size, file) >= 0; number++)
        if (*line != '#') bad = read_row(m, &room, line, path, number, f);
    if (!bad && ferror(file)) bad = fail(f, "%s: %s", path, strerror(errno));
    if (!bad && !m->rows) bad = fail(f, "%s: no numbers", path);
    free(line);
    fclose(file);
    return bad;
}

void matrix_fini(struct matrix *m)
{
    free(m->x);
    *m = (struct matrix){0};
}
