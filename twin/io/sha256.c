#include "twin/io/sha256.h"

#include <sha256.h>
#include <stdint.h>

void sha256_text(const void *bytes, size_t n, char text[SHA256_TEXT])
{
    SHA256Data(bytes, n, text);
}

int sha256_file(const char *path, char text[SHA256_TEXT])
{
    return SHA256File(path, text) ? 0 : -1;
}
