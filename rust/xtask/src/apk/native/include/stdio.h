#pragma once
#include <stdarg.h>
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif
typedef struct __sFILE FILE;
extern FILE *stderr;
int fprintf(FILE *stream, const char *format, ...);
int fflush(FILE *stream);
int snprintf(char *text, size_t size, const char *format, ...);
#ifdef __cplusplus
}
#endif
