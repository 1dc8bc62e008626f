// Where chips, RTL and the texts that we write from lie: relative to the program or as told, never a place
// that was compiled in.
#include "cli/cli.h"

#include "base/home.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define INSTALLED "/share/spiketwin"

// PREFIX/share/spiketwin of PREFIX/bin/spiketwin, or the source tree that build/MODE/spiketwin lies in.
static bool find(char *home, const char *program)
{
    char at[PATH_MAX];
    snprintf(at, sizeof at, "%s", program);
    for (char *slash; (slash = strrchr(at, '/'));) {
        *slash = 0;
        const bool installed = home_is(at, INSTALLED);
        if (!installed && !home_is(at, "")) continue;
        snprintf(home, FILE_PATH, "%s%s", at, installed ? INSTALLED : "");
        return true;
    }
    return false;
}

const char *cli_home(void)
{
    static char home[FILE_PATH];
    char program[PATH_MAX];
    struct fail f;
    if (*home) return home;
    const int told = home_told(home, &f);
    if (told < 0) cli_die("%s", f.text);
    if (told) return home;
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    program[n > 0 ? n : 0] = 0;
    if (!find(home, program))
        cli_die("chips/ and rtl/ lie in no folder above %s: SPIKETWIN_HOME says where they are",
                n > 0 ? program : "the program");
    return home;
}
