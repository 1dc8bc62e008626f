// What `spiketwin info` tells about chip files of family `dpi`.
#ifndef CLI_CHIP_INFO_DPI_H
#define CLI_CHIP_INFO_DPI_H

#include <cjson/cJSON.h>

cJSON *info_dpi(const char *name_or_path);

#endif
