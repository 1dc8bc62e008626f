// The folder with chips/ and rtl/, where $SPIKETWIN_HOME says it.
#ifndef BASE_HOME_H
#define BASE_HOME_H

#include "base/file.h"

// Whether FOLDER + BELOW holds them.
bool home_is(const char *folder, const char *below);

// 1 with its real path in home, 0 where the variable says nothing; refuses a folder that holds none of them.
int home_told(char home[FILE_PATH], struct fail *f);

#endif
