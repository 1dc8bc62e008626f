#include "base/leave.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum { PLACES = 32, ROOM = 4416 };
enum state { FREE, TAKEN, A_FILE, A_CHILD };

static struct place {
    atomic_int state;
    pid_t child;
    char path[ROOM];
} places[PLACES];

static int take(void)
{
    for (int i = 0; i < PLACES; i++) {
        int is = FREE;
        if (atomic_compare_exchange_strong(&places[i].state, &is, TAKEN)) return i;
    }
    return -1;
}

int leave_file(const char *path)
{
    int i = strlen(path) < ROOM ? take() : -1;
    if (i < 0) return -1;
    memcpy(places[i].path, path, strlen(path) + 1);
    atomic_store(&places[i].state, A_FILE);
    return i;
}

int leave_child(pid_t child)
{
    int i = take();
    if (i < 0) return -1;
    places[i].child = child;
    atomic_store(&places[i].state, A_CHILD);
    return i;
}

void leave_forget(int place)
{
    if (place >= 0) atomic_store(&places[place].state, FREE);
}

void leave_clean(void)
{
    for (int i = 0; i < PLACES; i++) {
        int state = atomic_load(&places[i].state);
        if (state == A_FILE) unlink(places[i].path);
        if (state == A_CHILD) kill(-places[i].child, SIGKILL);
    }
}
