#include "base/home.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool home_is(const char *folder, const char *below)
{
    static const char *const parts[] = {"chips/fpga-q8.8.yaml", "rtl/stw_net.sv"};
    char path[2 * FILE_PATH];
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        snprintf(path, sizeof path, "%s%s/%s", folder, below, parts[i]);
        if (access(path, R_OK)) return false;
    }
    return true;
}

int home_told(char home[FILE_PATH], struct fail *f)
{
    char real[PATH_MAX];
    const char *told = getenv("SPIKETWIN_HOME");
    if (!told || !*told) return 0;
    if (!home_is(told, ""))
        return fail(f, "SPIKETWIN_HOME: %s: no chips/ and rtl/ of spiketwin in it", told);
    if (!realpath(told, real)) return fail(f, "SPIKETWIN_HOME: %s: cannot be read", told);
    snprintf(home, FILE_PATH, "%s", real);
    return 1;
}
