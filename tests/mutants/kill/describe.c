// Prints, as JSON, with which parameters each law and network of laws.h is elaborated. They come
// from cosim/dut_parameters_lif.c.
#include "cosim/dut/dut_build.h"

#include "tests/mutants/kill/laws.h"

static void print_parameters(const struct law *law, const struct image_shape *shape)
{
    struct dut_parameter list[DUT_PARAMETERS];
    int n = dut_parameters(&lif_kind, law, shape, list);
    for (int i = 0; i < n; i++)
        printf("%s\"%s\": \"%s\"", i ? ", " : "", list[i].name, list[i].value);
}

// Text as a JSON string: only new lines and quotes need care here.
static void print_text(const char *s)
{
    putchar('"');
    for (; *s; s++)
        *s == '\n' ? printf("\\n") : *s == '"' ? printf("\\\"") : putchar(*s);
    putchar('"');
}

int main(void)
{
    printf("{\"neuron\": [");
    for (int i = 0; i < MUTANT_LAWS; i++) {
        const struct mutant_law *m = &mutant_laws[i];
        const char *what = dut_check(&lif_kind, &m->law, &shape_of_demo);
        if (what) return fprintf(stderr, "law %s: %s\n", m->name, what), 2;
        printf("%s\n{\"name\": \"%s\", \"parameters\": {", i ? "," : "", m->name);
        print_parameters(&m->law, &shape_of_demo);
        // last, so that they are the neuron's and not a network's of the same name
        printf(", \"AccW\": \"%d\", \"Align\": \"%d\", \"MaxSpikes\": \"%d\"", m->acc_bits,
               law_align(&m->law, m->law.input.frac_bits), m->max_spikes);
        printf("}}");
    }
    printf("],\n\"net\": [");
    for (int i = 0; i < MUTANT_NETS; i++) {
        const struct mutant_net *m = &mutant_nets[i];
        static char config[8192];
        const char *what = dut_check(&lif_kind, &m->law->law, &m->shape);
        if (what) return fprintf(stderr, "net %s: %s\n", m->name, what), 2;
        FILE *f = fmemopen(config, sizeof config, "w");
        dut_print_config(f, &lif_kind, &m->law->law, &m->shape, false);
        fclose(f);
        printf("%s\n{\"name\": \"%s\", \"parameters\": {", i ? "," : "", m->name);
        print_parameters(&m->law->law, &m->shape);
        printf("}, \"config\": ");
        print_text(config);
        printf("}");
    }
    printf("]}\n");
    return 0;
}
