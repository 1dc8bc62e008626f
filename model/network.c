#include "model/network.h"

#include <string.h>

void kernel_run_generic(struct network *net, const struct stimulus *s, struct trace *t);
#ifdef NETWORK_X86_64
void kernel_run_avx2(struct network *net, const struct stimulus *s, struct trace *t);
void kernel_run_avx512(struct network *net, const struct stimulus *s, struct trace *t);
#endif

const char *const network_isa_names[NETWORK_ISAS] = {"generic", "avx2", "avx512"};

static size_t aligned(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

enum { NEURON_ARRAYS = 11 }; // λ, δ, μ, δμ, θ, bias, v, u, r, λ_t, μ_t

static size_t layer_size(int n_source, int n_out)
{
    size_t n_pad = (size_t)network_padded(n_out), words = (size_t)trace_spike_words(n_out);
    return aligned((size_t)n_source * n_pad * sizeof(int16_t)) +
           NEURON_ARRAYS * n_pad * sizeof(int32_t) + 2 * aligned(words * sizeof(uint64_t));
}

size_t network_size(const struct image_shape *s)
{
    size_t bytes = 0;
    for (int l = 0; l < s->n_layers; l++) {
        bool one = s->layer[l].topology == IMAGE_ONE_TO_ONE;
        int rows = s->layer[l].n_in + (s->layer[l].recurrent ? s->layer[l].n_out : 0);
        bytes += layer_size(one ? 1 : rows, s->layer[l].n_out);
    }
    return bytes;
}

static char *layer_layout(struct network_layer *y, int n_source, char *at)
{
    size_t n_pad = (size_t)y->n_pad;
    y->w = (int16_t *)at;
    at += aligned((size_t)n_source * n_pad * sizeof(int16_t));
    int32_t **arrays[NEURON_ARRAYS] = {&y->lambda, &y->lambda_slope, &y->mu,  &y->mu_slope,
                                       &y->theta,  &y->bias,         &y->v,   &y->u,
                                       &y->r,      &y->lambda_t,     &y->mu_t};
    for (int i = 0; i < NEURON_ARRAYS; i++) {
        *arrays[i] = (int32_t *)at;
        at += n_pad * sizeof(int32_t);
    }
    size_t words = (size_t)trace_spike_words(y->n_out);
    y->z = (uint64_t *)at;
    at += aligned(words * sizeof(uint64_t));
    y->z_before = (uint64_t *)at;
    return at + aligned(words * sizeof(uint64_t));
}

static void layer_words(struct network_layer *y, const struct image_layer *from)
{
    for (int s = 0; s < from->n_source; s++) {
        memcpy(&y->w[s * y->n_pad], &from->w[s * y->n_out], (size_t)y->n_out * sizeof(int16_t));
        memset(&y->w[s * y->n_pad + y->n_out], 0, (size_t)(y->n_pad - y->n_out) * sizeof(int16_t));
    }
    for (int n = 0; n < y->n_pad; n++) {
        static const struct law_neuron silent = {.theta = INT32_MAX};
        const struct law_neuron *p = n < y->n_out ? &from->neuron[n] : &silent;
        y->lambda[n] = p->lambda;
        y->lambda_slope[n] = p->lambda_slope;
        y->mu[n] = p->mu;
        y->mu_slope[n] = p->mu_slope;
        y->theta[n] = p->theta;
        y->bias[n] = p->bias;
    }
}

// The kernel's 32-bit lanes hold v·λ for 16-bit words only, and what is gathered after its
// alignment.
static bool fits_kernel(const struct image *im)
{
    const struct law *law = &im->law;
    if (law_bits(law->membrane) > 16 || law->integrate_first) return false;
    if (law->has_current && law_bits(law->current) > 16) return false;
    for (int l = 0; l < im->n_layers; l++) {
        int align = law_align(law, im->layer[l].input_frac);
        int64_t bound = image_gather_bound(im, l);
        if (align < -15 || align > 30) return false;
        if ((align < 0 ? fx_shl(bound, -align) : bound) >= 1 << 30) return false;
    }
    return true;
}

void network_init(struct network *net, const struct image *im, void *memory)
{
    char *at = memory;
    net->law = im->law;
    net->image = im;
    net->n_layers = im->n_layers;
    net->fast = fits_kernel(im);
    net->isa = NETWORK_GENERIC;
    for (int l = 0; l < im->n_layers; l++) {
        const struct image_layer *from = &im->layer[l];
        struct network_layer *y = &net->layer[l];
        y->n_in = from->n_in;
        y->n_out = from->n_out;
        y->n_pad = network_padded(from->n_out);
        y->topology = from->topology;
        y->recurrent = from->recurrent;
        y->align = law_align(&im->law, from->input_frac);
        y->narrow = image_gather_bound(im, l) <= fx_max(16);
        at = layer_layout(y, from->n_source, at);
        layer_words(y, from);
    }
    if (!network_use_isa(net, NETWORK_AVX512)) network_use_isa(net, NETWORK_AVX2);
}

bool network_has_isa(enum network_isa isa)
{
#ifdef NETWORK_X86_64
    if (isa == NETWORK_AVX2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (isa == NETWORK_AVX512)
        return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl");
#endif
    return isa == NETWORK_GENERIC;
}

bool network_use_isa(struct network *net, enum network_isa isa)
{
    bool have = network_has_isa(isa);
    if (have) net->isa = isa;
    return have;
}

static void rest(struct network *net, struct trace *t)
{
    for (int l = 0; l < net->n_layers; l++) {
        struct network_layer *y = &net->layer[l];
        size_t bytes = (size_t)y->n_pad * sizeof(int32_t);
        size_t z_bytes = (size_t)trace_spike_words(y->n_out) * sizeof(uint64_t);
        memset(y->v, 0, bytes);
        memset(y->u, 0, bytes);
        memset(y->r, 0, bytes);
        memset(y->z, 0, z_bytes);
        memset(y->z_before, 0, z_bytes);
        if (t->spikes) t->spikes[l] = 0;
    }
    memset(t->count, 0, (size_t)net->layer[net->n_layers - 1].n_out * sizeof *t->count);
}

// acc of one neuron, source by source, as the law says it.
static int64_t gather_ref(const struct network *net, int l, int n, const uint8_t *x)
{
    const struct image_layer *y = &net->image->layer[l];
    const uint64_t *z_in = l ? net->layer[l - 1].z : 0;
    int64_t acc = 0;
    for (int i = 0; i < y->n_in; i++) {
        int64_t word = l ? fx_bit(z_in[i / 64], i % 64) : x[i];
        if (y->topology == IMAGE_DENSE)
            acc += y->w[i * y->n_out + n] * word;
        else if (i == n)
            acc += y->w[n] * word;
    }
    if (y->recurrent)
        for (int m = 0; m < y->n_out; m++)
            if (fx_bit(net->layer[l].z_before[m / 64], m % 64))
                acc += y->w[(y->n_in + m) * y->n_out + n];
    return acc;
}

void network_run_watched(struct network *net, const struct stimulus *s, struct trace *t,
                         network_watch *watch, void *context)
{
    rest(net, t);
    for (int tick = 0; tick < s->n_ticks; tick++) {
        int jitter = s->jitter ? s->jitter[tick] : 0;
        for (int l = 0; l < net->n_layers; l++) {
            struct network_layer *y = &net->layer[l];
            struct trace_layer *ty = &t->layer[l];
            int n_words = trace_spike_words(y->n_out);
            memcpy(y->z_before, y->z, (size_t)n_words * sizeof(uint64_t));
            memset(y->z, 0, (size_t)n_words * sizeof(uint64_t));
            for (int n = 0; n < y->n_out; n++) {
                int64_t acc =
                    gather_ref(net, l, n, s->x + (size_t)tick * (size_t)net->layer[0].n_in);
                struct law_state state = {y->v[n], y->u[n], y->r[n]}, before = state;
                struct law_stages stages = law_step_ref(&net->law, &net->image->layer[l].neuron[n],
                                                        &state, acc, y->align, jitter);
                y->v[n] = state.v;
                y->u[n] = state.u;
                y->r[n] = state.r;
                if (stages.fire) y->z[n / 64] |= fx_one(n % 64);
                size_t at = (size_t)tick * (size_t)ty->stride + (size_t)n;
                if (ty->c) ty->c[at] = stages.clamp;
                if (ty->v) ty->v[at] = state.v;
                if (ty->u) ty->u[at] = state.u;
                if (ty->r) ty->r[at] = state.r;
                if (t->spikes) t->spikes[l] += stages.fire;
                if (l == net->n_layers - 1) t->count[n] += stages.fire;
                if (watch) watch(context, tick, l, n, &before, &stages);
            }
            if (ty->z) memcpy(&ty->z[tick * n_words], y->z, (size_t)n_words * sizeof(uint64_t));
        }
    }
}

void network_run_ref(struct network *net, const struct stimulus *s, struct trace *t)
{
    network_run_watched(net, s, t, 0, 0);
}

void network_run(struct network *net, const struct stimulus *s, struct trace *t)
{
    if (!net->fast) {
        network_run_ref(net, s, t);
        return;
    }
    rest(net, t);
#ifdef NETWORK_X86_64
    if (net->isa == NETWORK_AVX512) {
        kernel_run_avx512(net, s, t);
        return;
    }
    if (net->isa == NETWORK_AVX2) {
        kernel_run_avx2(net, s, t);
        return;
    }
#endif
    kernel_run_generic(net, s, t);
}

int network_decide(const int32_t *count, int n_out)
{
    int best = 0;
    for (int n = 1; n < n_out; n++)
        if (count[n] > count[best]) best = n;
    return best;
}
