// What the readers of events share: they tell items here.
#ifndef TWIN_TASK_EVENTS_EVENTS_PARTS_H
#define TWIN_TASK_EVENTS_EVENTS_PARTS_H

#include "twin/task/events/events.h"

// An item, then what it shows. Its index goes to *item; ITEM_PASSED: it is not asked for.
int events_item(struct events *e, const struct item_told *told, int *item, struct fail *f);

// Times of a unit (TIME_TOLD: --time-unit has to say it) as ticks. *scale: ticks of 1.
int events_scale(const struct events *e, enum events_time told, const char *place, double *scale,
                 struct fail *f);

// The events of an item (or ITEM_PASSED): n times and units. `scale` of events_scale; offset: ticks.
// place: for messages, file and item.
int events_put(struct events *e, int item, const double *time, const int64_t *unit, size_t n,
               double scale, double offset, const char *place, struct fail *f);

// The array of an item, (ticks, inputs), value(context, i) each.
int events_put_array(struct events *e, int item, uint64_t ticks, uint64_t inputs,
                     double (*value)(const void *context, size_t i), const void *context,
                     size_t first, const char *place, struct fail *f);

// What a number of a label means: its key, else the number. `text` has room for it.
const char *events_label(const struct events *e, int64_t number, char text[32], const char *place,
                         struct fail *f);

// What labels by number are called; the same in all files.
int events_take_keys(struct events *e, const char *const *key, int n, const char *place,
                     struct fail *f);

int events_read_hdf5(struct events *e, const char *path, char *bytes, size_t n, struct fail *f);
int events_read_npz(struct events *e, const char *path, char *bytes, size_t n, struct fail *f);
int events_read_npy(struct events *e, const char *path, char *bytes, size_t n, struct fail *f);
int events_read_csv(struct events *e, const char *path, char *bytes, size_t n, struct fail *f);

// A clip of a folder of label folders.
int events_read_clip(struct events *e, int item, char *bytes, size_t n, struct fail *f);

// A folder of a task with targets over time: twin/task/targets.h. 1 or 0: whether that is what lies there.
bool events_has_targets(const char *dir);
int events_read_targets(struct events *e, struct fail *f);

// Names in a folder that `takes` them, in order, on the heap; how many, or -1.
int events_list(const char *dir, bool (*takes)(const char *name), char ***names, struct fail *f);
void events_free_names(char **names, int n);

// A whole file, noted with its hash. malloc'd, or NULL.
char *events_file_read(struct events *e, const char *path, size_t *n, struct fail *f);

#endif
