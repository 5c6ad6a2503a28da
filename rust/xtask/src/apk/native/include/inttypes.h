/* printf's letters for fixed-width integers. */
#pragma once
#include <stdint.h>
#if defined(__LP64__)
#define PRId64 "ld"
#define PRIu64 "lu"
#define PRIx64 "lx"
#define PRIuPTR "lu"
#define PRIxPTR "lx"
#else
#define PRId64 "lld"
#define PRIu64 "llu"
#define PRIx64 "llx"
#define PRIuPTR "u"
#define PRIxPTR "x"
#endif
#define PRIx32 "x"
#define PRIu8 "hhu"
