#include "model/laws/engine.h"

#include "base/arena.h"
#include "model/laws/reference.h"
#include "model/lif/network.h"

// --- LIF: the kernel of one stimulus

static size_t lif_size(const struct image *im)
{
    struct image_shape s = image_shape_of(im);
    return arena_lines(sizeof(struct network)) + network_size(&im->law, &s);
}

static void lif_init(void *memory, const struct image *im)
{
    network_init(memory, im, (char *)memory + arena_lines(sizeof(struct network)));
}

static void lif_run(void *memory, int n, const struct stimulus *s, struct trace *t)
{
    for (int i = 0; i < n; i++)
        network_run(memory, &s[i], &t[i]);
}

// --- any law: the reference

struct plain {
    struct law_image view;
    struct reference r;
};

static size_t plain_size(const struct image *im)
{
    const struct law_image view = law_image_of(im);
    return arena_lines(sizeof(struct plain)) + reference_size(&view);
}

static void plain_init(void *memory, const struct image *im)
{
    struct plain *p = memory;
    p->view = law_image_of(im);
    reference_init(&p->r, &p->view, (char *)memory + arena_lines(sizeof *p));
}

static void plain_run(void *memory, int n, const struct stimulus *s, struct trace *t)
{
    struct plain *p = memory;
    for (int i = 0; i < n; i++)
        reference_run(&p->r, &s[i], &t[i]);
}

const struct engine *recorder_of(const struct law_kind *kind)
{
    static const struct engine lif = {lif_size, lif_init, lif_run},
                               plain = {plain_size, plain_init, plain_run};
    return kind == &lif_kind ? &lif : &plain;
}
