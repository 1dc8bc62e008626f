// The golden library refuses files that are not whole, not of one chip or not what it knows: with
// the file, the field, the value and what is allowed, and its verdict is never "same".
#define FOLDER TEST_BUILD "/golden_refused"
#include "tests/lib/golden_bench.h"

// `sh` spoils the files; the library says `why` and never "same".
static void refuse(const char *sh, const char *why)
{
    char command[512];
    snprintf(command, sizeof command,
             "rm -rf " FOLDER "/bad && mkdir " FOLDER "/bad && cp " FOLDER "/*.* " FOLDER
             "/bad && cd " FOLDER "/bad && %s",
             sh);
    assert_int_equal(system(command), 0);
    void *h = stw_open(FOLDER "/bad");
    stw_vectors(h, FOLDER "/bad/in.vec");
    while (stw_read(h) > 0)
        ;
    if (!strstr(stw_error(h), why)) fail_msg("%s: \"%s\" is not in: %s", sh, why, stw_error(h));
    assert_int_equal(stw_check(h, 0, 0, "v", 0), STW_ERROR);
    assert_int_equal(stw_verdict(h), 2);
    stw_close(h);
}

static void test_bad_files_are_refused(void **unused)
{
    (void)unused;
    static const char *const counts[] = {"0",    "-1",     "4097", "2.5",  "1e300", "1e999",
                                         "-0.5", "\"16\"", "null", "[16]", "true",  "4294967297"};
    struct random r = {9};
    struct bench b;
    bench_init(&b, &r, &law_of_demo, &shape_of_demo);
    write_vectors(&b);
    refuse("rm chip.json", "chip.json: No such file");
    refuse("echo '{' > chip.json", "not JSON");
    refuse("echo '[]' > chip.json", "law is missing, or no object");
    refuse(": > chip.json", "chip.json: 0 bytes");
    refuse("rm chip.json && mkdir chip.json", "chip.json: no regular file");
    refuse("sed -i 's/exponential/logarithmic/' chip.json",
           "law, leak_kind: \"\"logarithmic\"\", allowed none, exponential, shift, linear, "
           "shift_moves, two_shifts");
    refuse("sed -i 's/UQ4.4/UQ9.4/' chip.json", "law, input: 1..8 bits");
    refuse("sed -i 's/\"Q8.8/\"eight/' chip.json",
           "law, weight: \"\"eight\"\", allowed is a format");
    refuse("sed -i 's/\"Q8.8/\"UQ8.8/' chip.json",
           "law, weight: \"\"UQ8.8\"\", allowed is a format");
    refuse("sed -i 's/\"Q8.8/\"Q8.8x/' chip.json", "law, weight: \"\"Q8.8x\"\"");
    refuse("sed -i 's/\"Q8.8/\"Q8.264/' chip.json", "law, weight: \"\"Q8.264\"\"");
    refuse("sed -i 's/\"law\":/\"law\": {}, \"old\":/' chip.json", "law, input: is missing");
    refuse("sed -i 's/\"clamp\"/\"clamps\"/' chip.json", "law: \"clamps\" is unknown here");
    refuse("sed -i 's/\"clamp\"/\"of_tomorrow\": 0, \"clamp\"/' chip.json",
           "law: \"of_tomorrow\" is unknown here");
    refuse("sed -i '/\"clamp\"/d' chip.json", "law, clamp: is missing");
    refuse("sed -i 's/\"floor\"/\"clamp\"/' chip.json", "law: \"clamp\" is told twice");
    refuse("sed -i 's/\"layers\"/\"form\"/' chip.json", "layers: no list of layers");
    refuse("sed -i '0,/\"inputs\"/s//\"input\"/' chip.json",
           "layers, 0: \"input\" is unknown here");
    refuse("sed -i '0,/\"inputs\".*/s///' chip.json", "layers, 0, inputs: is missing");
    refuse("sed -i '0,/\"neurons\":[^,]*/s//\"neurons\": 17/' chip.json",
           "layers: one-to-one: as many neurons as sources");
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        char sh[128], why[128];
        snprintf(sh, sizeof sh, "sed -i '0,/\"neurons\":[^,]*/s//\"neurons\": %s/' chip.json",
                 counts[i]);
        snprintf(why, sizeof why, "layers, 0, neurons: ");
        refuse(sh, why);
    }
    refuse("sed -i 's/\"neurons\":[^,]*/\"neurons\": NaN/' chip.json", "not JSON");
    refuse("sed -i '0,/\"refractory_ticks\":[^,}]*/s//\"refractory_ticks\": 256/' chip.json",
           "law, refractory_ticks: \"256\", allowed whole numbers 0..255");
    refuse("sed -i '0,/\"refractory_ticks\":[^,}]*/s//\"refractory_ticks\": 1.5/' chip.json",
           "law, refractory_ticks: \"1.5\", allowed whole numbers 0..255");
    refuse("sed -i '0,/\"recurrent\":[^,]*/s//\"recurrent\": 0/' chip.json",
           "layers, 0, recurrent: \"0\", allowed true and false");
    refuse("sed -i 's/\"neurons\":.*64/\"neurons\": 4096/; s/\"inputs\":.*64/\"inputs\": 4096/' "
           "chip.json",
           "layer1_weight.hex: 25600 bytes, the shape has 16842752 words of 4 digits");
    refuse("sed -i 's/\"ge\"/\"gt\"/' chip.json", "law, shape and words are those of image");
    refuse("sed -i 's/image_hash/hash/' chip.json", "image_hash: is missing");
    refuse("rm layer1_theta.hex", "layer1_theta.hex: No such file");
    refuse("echo 0000 >> layer1_theta.hex", "layer1_theta.hex: more than 64 words, allowed 64");
    refuse("sed -i 1d layer1_theta.hex", "layer1_theta.hex: 63 words, allowed 64");
    refuse("sed -i 2s/.*/12345/ layer1_theta.hex",
           "word 1 of 64: \"12345\", allowed are 4 hexadecimal digits of 16 bits");
    refuse("sed -i 1s/.*/123/ layer1_theta.hex", "word 0 of 64: \"123\", allowed are 4");
    refuse("sed -i 1s/.*/-001/ layer1_theta.hex", "word 0 of 64: \"-001\", allowed are 4");
    refuse("sed -i 1s/.*/xxxx/ layer0_weight.hex", "word 0 of 16: \"xxxx\", allowed are 4");
    refuse("rm layer1_bias.hex && ln -s /dev/zero layer1_bias.hex",
           "layer1_bias.hex: no regular file");
    refuse("sed -i 1s/.*/0123/ layer1_theta.hex", "another chip's memories, or a law");
    refuse("rm in.vec", "in.vec: No such file");
    refuse("sed -i 's/image=./image=x/' in.vec", "made for another image");
    refuse("sed -i '/^E/d' in.vec", "without an E record");
    refuse("sed -i '0,/^T 3 .*/s//T 3 0000 0/' in.vec", "clip 0 came back with ");
    bench_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_files_are_refused),
    };
    mkdir("build", 0777);
    mkdir(FOLDER, 0777);
    return cmocka_run_group_tests(tests, 0, 0);
}
