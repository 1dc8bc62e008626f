// Events as text, many items in a file.
#include "tests/fuzz/readers/events_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    return show_events("events.csv", 50, bytes, n);
}

void fuzz_seeds(const char *folder)
{
    static const char text[] = "\xEF\xBB\xBF# a comment\nitem,time,unit,label,speaker,split\r\n"
                               "a,0,1,yes,ann,train\r\na,.25,700,yes,ann,train\r\n\r\n"
                               "\"b, \"\"c\"\"\", 1e-3 ,0,no,bob,test\r\n";
    static const char ticks[] = "unit,tick,label,item\n3,0,1,a\n4,49,1,a\n3,2,0,b\n";
    fuzz_seed(folder, "two_items", text, sizeof text - 1);
    fuzz_seed(folder, "ticks", ticks, sizeof ticks - 1);
}
