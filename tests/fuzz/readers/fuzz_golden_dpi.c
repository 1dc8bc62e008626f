// chip.json and the tables of a DYNAP-SE2 chip for the golden library: the first byte chooses which file of a whole
// folder the rest is in.
#include "tests/fuzz/readers/golden_folder.h"
#include "twin/dpi/dpi_words.h"

#include <string.h>

static const char *const file[] = {"chip.json", "chip_log2.hex", "chip_efold.hex",
                                   "layer0_weight.hex", "layer0_theta.hex"};
enum { FILES = 5 };

static uint8_t whole[FILES][16384];
static size_t size[FILES];

// Once: a chip of 3 inputs and 2 neurons, its words in the middle of their ranges.
static void dpi_folder(void)
{
    const struct dpi_image sizes = {.n_layers = 1,
                                    .layer = {{.n_in = 3, .n_out = 2, .recurrent = true}}};
    struct fail f = {""};
    if (size[0]) return;
    struct dpi_image *im = dpi_image_new(&dpi_silicon, &sizes);
    fuzz_need(im, "no memory");
    const struct law_image view = law_image_dpi(im, 0);
    for (int n = 0; n < 2; n++)
        for (int word = DPI_IO; word <= DPI_PERIOD; word++)
            law_set(&dpi_kind.word[word], &im->layer[0].neuron[n],
                    dpi_word_max(&dpi_silicon, (enum dpi_word)word) / 2);
    for (int i = 0; i < 10; i++)
        im->layer[0].w[i] = 37 * (i - 5);
    fuzz_need(!law_image_check(&view), "a chip that is none");
    fuzz_need(!vectors_memories(&view, fuzz_folder(), &f), f.text);
    dpi_image_free(im);
    for (int i = 0; i < FILES; i++)
        size[i] = golden_read(file[i], whole[i], sizeof whole[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    dpi_folder();
    if (!n) return 0;
    const int i = bytes[0] % FILES;
    golden_show(file[i], bytes + 1, n - 1);
    fuzz_put(file[i], whole[i], size[i]);
    return 0;
}

void fuzz_seeds(const char *folder)
{
    dpi_folder();
    for (uint8_t i = 0; i < FILES; i++) {
        uint8_t bytes[16385] = {i};
        memcpy(bytes + 1, whole[i], size[i]);
        fuzz_seed(folder, file[i], bytes, 1 + size[i]);
    }
}
