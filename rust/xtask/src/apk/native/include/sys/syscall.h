/* Linux: include/uapi/asm-generic/unistd.h, arch/x86/entry/syscalls, arch/arm/tools. */
#pragma once
#if defined(__aarch64__)
#define SYS_rt_sigprocmask 135
#elif defined(__x86_64__)
#define SYS_rt_sigprocmask 14
#elif defined(__arm__)
#define SYS_rt_sigprocmask 175
#endif
