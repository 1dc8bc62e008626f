// What `spiketwin info` tells about chip files of family `dpi`.
#ifndef CLI_INFO_DPI_H
#define CLI_INFO_DPI_H

#include <cjson/cJSON.h>
#include <stdbool.h>

bool info_dpi_is(const char *name_or_path); // a chip file that says so
cJSON *info_dpi(const char *name_or_path);

#endif
