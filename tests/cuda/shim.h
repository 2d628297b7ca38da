// What a host needs to run kernels.cu as C++: a grid is a loop, a thread a call, and where a kernel waits for its
// block, a context of its own. `backwards` runs threads from the last to the first, which shows what was not
// waited for; a barrier that some threads of a block pass by is reported.
#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <ucontext.h>

#define __device__ inline
#define __global__
#define __shared__ static

struct alignas(16) float4 {
    float x, y, z, w;
};
struct alignas(16) uint4 {
    unsigned x, y, z, w;
};
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

struct Place {
    unsigned x, y;
};
static Place threadIdx, blockIdx, blockDim, gridDim;

// To the nearest half, ties to even: adding 2^(e − 10), e being the half's exponent, leaves nothing finer than it.
inline unsigned host_half(float x) {
    unsigned bits, sign;
    memcpy(&bits, &x, 4);
    sign = bits >> 16 & 0x8000u;
    bits &= 0x7fffffffu;
    if (bits > 0x7f800000u) return sign | 0x7e00u;
    float size;
    memcpy(&size, &bits, 4);
    if (size >= 65520.0f) return sign | 0x7c00u;
    int exponent = size < 6.103515625e-05f ? -14 : ilogbf(size);
    int steps = (int)rint(ldexp((double)size, 10 - exponent));  // 1024 and more where the leading 1 is there
    return sign | (unsigned)(steps + ((exponent + 14) << 10));
}

enum { MOST = 256, STACK = 1 << 15 };
static ucontext_t fibers[MOST];
static jmp_buf scheduler, places[MOST];  // jumps cost no system call, which swapcontext does
static char stacks[MOST][STACK];
static bool begun[MOST], ended[MOST], waits;
static unsigned running;
static void (*body)();

inline void __syncthreads() {
    waits = true;
    if (!_setjmp(places[running])) _longjmp(scheduler, 1);
}

static void fiber() {
    body();
    ended[running] = true;
    _longjmp(scheduler, 1);
}

static void go_on(unsigned t) {
    running = threadIdx.x = t;
    waits = false;
    if (_setjmp(scheduler)) return;
    if (begun[t]) _longjmp(places[t], 1);
    begun[t] = true;
    getcontext(&fibers[t]);
    fibers[t].uc_stack.ss_sp = stacks[t];
    fibers[t].uc_stack.ss_size = STACK;
    fibers[t].uc_link = 0;
    makecontext(&fibers[t], fiber, 0);
    setcontext(&fibers[t]);
}

static bool block_together(bool backwards) {
    for (unsigned t = 0; t < blockDim.x; ++t) begun[t] = ended[t] = false;
    for (;;) {
        unsigned waiting = 0;
        for (unsigned n = 0; n < blockDim.x; ++n) {
            unsigned t = backwards ? blockDim.x - 1 - n : n;
            if (ended[t]) continue;
            go_on(t);
            waiting += waits;
        }
        if (waiting == 0) return true;
        if (waiting < blockDim.x) return false;
    }
}

// 0, or 1 where a barrier was not met by all.
static int run(void (*kernel)(), unsigned blocks, unsigned rows, unsigned threads, bool together, bool backwards) {
    body = kernel;
    gridDim = {blocks, rows};
    blockDim = {threads, 1};
    for (unsigned row = 0; row < rows; ++row)
        for (unsigned n = 0; n < blocks; ++n) {
            blockIdx = {backwards ? blocks - 1 - n : n, row};
            if (together) {
                if (!block_together(backwards)) return 1;
            } else {
                for (unsigned t = 0; t < threads; ++t) {
                    threadIdx.x = backwards ? threads - 1 - t : t;
                    body();
                }
            }
        }
    return 0;
}
