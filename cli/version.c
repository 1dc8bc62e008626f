// The one object that knows which version it is of, made anew when that changes.
#include "cli/cli.h"

const char cli_version[] = SPIKETWIN_VERSION;
