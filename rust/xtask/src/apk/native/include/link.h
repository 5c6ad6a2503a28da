/* bionic's <link.h> as of API 26. */
#pragma once
#include <elf.h>
#include <stddef.h>
#if defined(__LP64__)
#define ElfW(name) Elf64_##name
#else
#define ElfW(name) Elf32_##name
#endif
#ifdef __cplusplus
extern "C" {
#endif
struct dl_phdr_info {
  ElfW(Addr) dlpi_addr;
  const char *dlpi_name;
  const ElfW(Phdr) *dlpi_phdr;
  ElfW(Half) dlpi_phnum;
};
int dl_iterate_phdr(int (*callback)(struct dl_phdr_info *, size_t, void *), void *data);
#if defined(__arm__)
typedef unsigned long _Unwind_Ptr;
_Unwind_Ptr dl_unwind_find_exidx(_Unwind_Ptr pc, int *count);
#endif
#ifdef __cplusplus
}
#endif
