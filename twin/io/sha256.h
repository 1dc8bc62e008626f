// SHA-256 of bytes as text, by libmd: what files are known by elsewhere.
#ifndef TWIN_IO_SHA256_H
#define TWIN_IO_SHA256_H

#include <stddef.h>

enum { SHA256_TEXT = 65 };

int sha256_file(const char *path, char text[SHA256_TEXT]);             // of a file; -1 with errno
void sha256_text(const void *bytes, size_t n, char text[SHA256_TEXT]); // 64 hexadecimal digits

#endif
