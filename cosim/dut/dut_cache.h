// Where DUTs are kept: a folder that only its owner writes, in it a folder a key that is whole or
// not there.
//
//   FOLDER/KEY/      what was built, KEEP and its hash SUM, and the tools' output (dut_tools.h)
//   FOLDER/KEY.lock  held by who builds it
//   FOLDER/KEY.log   the tools' output of a build that failed
//   FOLDER/KEY.XXXXXX  what is being built; what a kill leaves is removed by the next who builds
//   KEY
#ifndef COSIM_DUT_DUT_CACHE_H
#define COSIM_DUT_DUT_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DUT_PATH = 1024 };

struct dut_cache {
    char path[DUT_PATH - 64]; // absolute
    bool temporary;           // there is no other place: dut_cache_close removes it,
    bool failed;              // but for the log of a build that failed
};

// `wanted` is made if missing. NULL: $XDG_CACHE_HOME/spiketwin, or ~/.cache/spiketwin, or where
// neither can be written a temporary one. 0, or -1 with a message; refused is what another user
// owns or can write.
int dut_cache_open(struct dut_cache *c, const char *wanted, char *message, size_t size);
void dut_cache_close(struct dut_cache *c);

// Makes `file` (of an entry) in `folder` (absolute, empty). 0, or -1 with a message.
typedef int dut_make(void *context, const char *folder, char *message, size_t size);

// The folder of `key` into `entry` (DUT_PATH bytes), `file` in it whole and as it was built: made
// where it is not there, made again once where its hash differs. One process builds, others wait.
// 0, or -1 with a message.
int dut_cache_get(struct dut_cache *c, uint64_t key, const char *file, dut_make *make,
                  void *context, char *entry, char *message, size_t size);

// The path that dlopen takes for the shared object `file` of an entry. A copy in memory where the
// entry is temporary, its file system does not execute, or dlopen would read "$ORIGIN" in its path.
int dut_cache_library(const struct dut_cache *c, const char *entry, const char *file, char *path,
                      char *message, size_t size);

// Removes a file, a link, or a folder and what is in it.
void dut_cache_remove(const char *path);

// FNV-1a of a whole file onto h. 0, or -1 with a message.
int dut_hash_file(uint64_t *h, const char *path, char *message, size_t size);

#endif
