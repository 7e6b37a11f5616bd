/* A stand-in for libnvidia-ml.so.1: two GPUs, and what can go wrong with them.
   NVIDIA_FAKE says what: init=N (that return code), hang (the third sample never
   ends), hang-init, lost (from the third sample on GPU 1 is), die (the third
   sample ends the process), none (no GPU).
   -DOLD leaves out what an old driver lacks, -DEMPTY everything. */
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <unistd.h>

int fake_is_loaded = 1;
#ifndef EMPTY

#define LOST 15
#define UNSUPPORTED 3
typedef struct { unsigned int gpu, memory; } utilization;
typedef struct { unsigned long long total, free, used; } memory;
typedef struct { unsigned int version; unsigned long long total, reserved, free, used; } memory2;

static int gpus[2] = {0, 1};
static int samples;

static const char *mode(void) { const char *m = getenv("NVIDIA_FAKE"); return m ? m : ""; }
static int is(const char *m) { return strcmp(mode(), m) == 0; }
static void forever(void) { for (;;) pause(); }
static int lost(void *d) { return is("lost") && samples > 2 && d == &gpus[1] ? LOST : 0; }

int nvmlInit_v2(void) {
	if (is("hang-init")) forever();
	return strncmp(mode(), "init=", 5) == 0 ? atoi(mode() + 5) : 0;
}
int nvmlShutdown(void) { return 0; }
int nvmlSystemGetDriverVersion(char *v, unsigned int n) { snprintf(v, n, "570.86.15"); return 0; }
int nvmlDeviceGetCount_v2(unsigned int *n) { *n = is("none") ? 0 : 2; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned int i, void **d) { *d = &gpus[i]; return 0; }
int nvmlDeviceGetName(void *d, char *v, unsigned int n) { snprintf(v, n, "Fake \033[2J H%d", 100 + *(int *)d); return 0; }

int nvmlDeviceGetUtilizationRates(void *d, utilization *u) {
	if (d == &gpus[0]) samples++;
	if (samples > 2 && is("hang")) forever();
	if (samples > 2 && is("die")) abort();
	u->gpu = 71; u->memory = 12;
	return lost(d);
}
int nvmlDeviceGetMemoryInfo(void *d, memory *m) { m->total = 80ull << 30; m->used = 32ull << 30; m->free = m->total - m->used; return lost(d); }
int nvmlDeviceGetTemperature(void *d, int sensor, unsigned int *t) { *t = 61; return lost(d); }
#ifndef OLD
int nvmlDeviceGetUUID(void *d, char *v, unsigned int n) { snprintf(v, n, "GPU-0000000%d-fake", *(int *)d); return 0; }
int nvmlDeviceGetMemoryInfo_v2(void *d, memory2 *m) { m->total = 80ull << 30; m->reserved = 1ull << 30; m->used = 31ull << 30; return lost(d); }
int nvmlDeviceGetPowerUsage(void *d, unsigned int *w) { *w = 412400; return lost(d); }
int nvmlDeviceGetEnforcedPowerLimit(void *d, unsigned int *w) { *w = 700000; return lost(d); }
int nvmlDeviceGetClockInfo(void *d, int clock, unsigned int *mhz) { *mhz = clock == 1 ? 1980 : 1; return lost(d); }
int nvmlDeviceGetTotalEccErrors(void *d, int type, int counter, unsigned long long *n) { *n = type == 1 && counter == 0 ? 3 : 99; return *(int *)d ? UNSUPPORTED : 0; }
int nvmlDeviceGetCurrentClocksEventReasons(void *d, unsigned long long *bits) { *bits = *(int *)d ? 0x44 : 0x1; return lost(d); }
#else
int nvmlDeviceGetCurrentClocksThrottleReasons(void *d, unsigned long long *bits) { *bits = 0x4; return 0; }
#endif
#endif
