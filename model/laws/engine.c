#include "model/laws/engine.h"

#include "base/arena.h"
#include "model/lif/many.h"

_Static_assert((int)ENGINE_STIMULI == (int)MANY_CLIPS, "a run of the engine is one of many_run");

static size_t lif_size(const struct image *im)
{
    struct image_shape s = image_shape_of(im);
    return arena_lines(sizeof(struct many)) + many_size(&im->law, &s);
}

static void lif_init(void *memory, const struct image *im)
{
    many_init(memory, im, (char *)memory + arena_lines(sizeof(struct many)));
}

static void lif_run(void *memory, int n, const struct stimulus *s, struct trace *t)
{
    many_run(memory, n, s, t);
}

const struct engine *engine_of(const struct law_kind *kind)
{
    static const struct engine lif = {lif_size, lif_init, lif_run};
    return kind == &lif_kind ? &lif : recorder_of(kind);
}
