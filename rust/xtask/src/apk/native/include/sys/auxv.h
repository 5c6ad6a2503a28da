#pragma once
#ifdef __cplusplus
extern "C" {
#endif
unsigned long getauxval(unsigned long type);
#ifdef __cplusplus
}
#endif
#define AT_HWCAP 16
#define AT_HWCAP2 26
