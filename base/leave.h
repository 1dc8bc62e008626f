// What must not outlive the process: its temporary files and its children.
//
// They are noted while they exist, so that whoever ends the process, a signal's handler too, can
// take them away. A list of the process and not of a caller: a handler knows nothing else.
#ifndef BASE_LEAVE_H
#define BASE_LEAVE_H

#include <sys/types.h>

// Notes a file or a child (the leader of its process group); returns the place to give to
// leave_forget, or -1 where the list is full: what is not noted stays after a signal.
int leave_file(const char *path);
int leave_child(pid_t child);

void leave_forget(int place); // -1 is legal

// Removes the files and kills the children. Safe in a signal's handler; for the end only.
void leave_clean(void);

#endif
