#pragma once
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif
__attribute__((noreturn)) void abort(void);
void *malloc(size_t size);
void free(void *block);
char *getenv(const char *name);
#ifdef __cplusplus
}
#endif
