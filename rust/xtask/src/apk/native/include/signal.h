/* The kernel's signal set: 64 bits everywhere. */
#pragma once
typedef struct {
  unsigned long __bits[8 / sizeof(long)];
} sigset_t;
#define NSIG 64
#define SIG_SETMASK 2
