// Where chips, RTL and the texts that we write from lie: relative to the program or as told, never a place
// that was compiled in.
#include "cli/cli.h"

#include "base/file.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INSTALLED "/share/spiketwin"

static bool is_home(const char *folder, const char *below)
{
    static const char *const parts[] = {"chips/fpga-q8.8.yaml", "rtl/stw_net.sv"};
    char path[2 * FILE_PATH];
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        snprintf(path, sizeof path, "%s%s/%s", folder, below, parts[i]);
        if (access(path, R_OK)) return false;
    }
    return true;
}

// PREFIX/share/spiketwin of PREFIX/bin/spiketwin, or the source tree that build/MODE/spiketwin lies in.
static bool find(char *home, const char *program)
{
    char at[PATH_MAX];
    snprintf(at, sizeof at, "%s", program);
    for (char *slash; (slash = strrchr(at, '/'));) {
        *slash = 0;
        const bool installed = is_home(at, INSTALLED);
        if (!installed && !is_home(at, "")) continue;
        snprintf(home, FILE_PATH, "%s%s", at, installed ? INSTALLED : "");
        return true;
    }
    return false;
}

const char *cli_home(void)
{
    static char home[FILE_PATH];
    char program[PATH_MAX];
    if (*home) return home;
    const char *told = getenv("SPIKETWIN_HOME");
    if (told && *told) {
        if (!is_home(told, ""))
            cli_die("SPIKETWIN_HOME: %s: no chips/ and rtl/ of spiketwin in it", told);
        if (!realpath(told, program)) cli_die("SPIKETWIN_HOME: %s: cannot be read", told);
        snprintf(home, sizeof home, "%s", program);
        return home;
    }
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    program[n > 0 ? n : 0] = 0;
    if (!find(home, program))
        cli_die("chips/ and rtl/ lie in no folder above %s: SPIKETWIN_HOME says where they are",
                n > 0 ? program : "the program");
    return home;
}
