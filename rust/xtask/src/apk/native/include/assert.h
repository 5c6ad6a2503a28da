/* libunwind is compiled with NDEBUG: nothing is asserted at run time. */
#pragma once
#define assert(condition) ((void)0)
#if !defined(__cplusplus) && !defined(static_assert)
#define static_assert _Static_assert
#endif
