#include "twin/predict/ranks.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_MPI
#include <mpi.h>

struct message {
    MPI_Request request;
    void *bytes;
    struct message *next;
};

int ranks_open(struct ranks *r, struct fail *f)
{
    int given;
    *r = (struct ranks){0, 1, 0};
    if (!getenv("OMPI_COMM_WORLD_SIZE") && !getenv("PMI_SIZE") && !getenv("PMIX_RANK")) return 0;
    // Reading another process' memory fails half-way where that process dies.
    setenv("OMPI_MCA_btl_vader_single_copy_mechanism", "none", 0);
    if (MPI_Init_thread(0, 0, MPI_THREAD_FUNNELED, &given)) return fail(f, "MPI did not begin");
    MPI_Comm_rank(MPI_COMM_WORLD, &r->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &r->n);
    return 0;
}

static bool running(void)
{
    int begun = 0;
    MPI_Initialized(&begun);
    return begun;
}

void ranks_close(struct ranks *r)
{
    ranks_settle(r);
    if (running()) MPI_Finalize();
}

void ranks_share(const struct ranks *r, void *bytes, size_t size)
{
    if (r->n > 1) MPI_Bcast(bytes, (int)size, MPI_BYTE, 0, MPI_COMM_WORLD);
}

int ranks_post(struct ranks *r, int tag, void *bytes, size_t size)
{
    struct message *m = malloc(sizeof *m);
    if (!m) {
        free(bytes);
        return -1;
    }
    *m = (struct message){.bytes = bytes, .next = r->sent};
    r->sent = m;
    MPI_Isend(bytes, (int)size, MPI_BYTE, 0, tag, MPI_COMM_WORLD, &m->request);
    for (struct message **at = (struct message **)&r->sent; *at;) { // lets the older ones go on
        int done = 0;
        MPI_Test(&(*at)->request, &done, MPI_STATUS_IGNORE);
        if (!done) {
            at = &(*at)->next;
            continue;
        }
        struct message *gone = *at;
        *at = gone->next;
        free(gone->bytes);
        free(gone);
    }
    return 0;
}

void ranks_settle(struct ranks *r)
{
    for (struct message *m = r->sent, *next; m; m = next) {
        next = m->next;
        MPI_Wait(&m->request, MPI_STATUS_IGNORE);
        free(m->bytes);
        free(m);
    }
    r->sent = 0;
}

void *ranks_take(const struct ranks *r, bool wait, int *tag, size_t *size)
{
    MPI_Status status;
    int come = 0, n;
    if (r->n == 1) return 0;
    if (wait) {
        MPI_Probe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
        come = 1;
    } else
        MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &come, &status);
    if (!come) return 0;
    MPI_Get_count(&status, MPI_BYTE, &n);
    void *bytes = malloc((size_t)n + 1);
    if (!bytes) return 0;
    MPI_Recv(bytes, n, MPI_BYTE, status.MPI_SOURCE, status.MPI_TAG, MPI_COMM_WORLD, &status);
    *tag = status.MPI_TAG;
    *size = (size_t)n;
    return bytes;
}
#else
int ranks_open(struct ranks *r, struct fail *f)
{
    const char *size = getenv("OMPI_COMM_WORLD_SIZE"), *rank = getenv("OMPI_COMM_WORLD_RANK");
    *r = (struct ranks){rank ? atoi(rank) : 0, 1, 0};
    if (size && atoi(size) > 1)
        return fail(f, "started as one of %s by mpirun, but built without Open MPI", size);
    return 0;
}

void ranks_close(struct ranks *r)
{
    (void)r;
}

void ranks_share(const struct ranks *r, void *bytes, size_t size)
{
    (void)r, (void)bytes, (void)size;
}

int ranks_post(struct ranks *r, int tag, void *bytes, size_t size)
{
    (void)r, (void)tag, (void)size;
    free(bytes);
    return 0;
}

void ranks_settle(struct ranks *r)
{
    (void)r;
}

void *ranks_take(const struct ranks *r, bool wait, int *tag, size_t *size)
{
    (void)r, (void)wait, (void)tag, (void)size;
    return 0;
}
#endif

bool ranks_agree(const struct ranks *r, const char *text, char *theirs, size_t size)
{
    memset(theirs, 0, size);
    strncpy(theirs, text, size - 1);
    ranks_share(r, theirs, size);
    return strncmp(text, theirs, size - 1) == 0;
}
