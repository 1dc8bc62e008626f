// What `spiketwin info` tells about chip files of family `dpi`, and nets for them.
#ifndef CLI_CHIP_INFO_DPI_H
#define CLI_CHIP_INFO_DPI_H

#include "cli/cosim/loaded.h"

cJSON *info_dpi(const char *name_or_path);

// A DYNAP-SE2 net: its chip, and law, shape and hash of a virtual one, as chip.json has them. Dies with a message.
cJSON *info_dpi_net(struct loaded_options *o, struct cli_common *common);

#endif
