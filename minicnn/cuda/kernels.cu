// The kernels of the fast path. Header-free, so that NVRTC compiles them all in a fraction of a second.
//
// Pictures are channels last, and channel counts are multiples of 8: a thread takes 8 channels of one pixel,
// 32 bytes, a group. Shapes stand beside each kernel, with the formula that it computes.
//
//   compact  (h, w, k)                          what losses and seeds look at
//   lead     (rows, width, k)                   what a product left: width is w and the columns that a window
//                                               needs beyond the border; those hold sums of no meaning
//   stack    (rows, width, 3, c)                what a product reads: Z[u, v, r, c] = X[u + r − 1 − e, v − 1 − e, c],
//                                               every pixel with the two below it, X padded
//
// A window of 3×3 pixels in a stack is one run of 9c numbers, so that a convolution is three products on
// overlapping rows, one for each remainder of the pixel's number by 3; see layout.py.
//
// e is 0 where the canvas has zeros around it. Other edges make the backward pass visit the border as well
// (e = 1), whose gradient is then folded back to the pixels that the border was copied from.
//
// The same text compiles as C++ for a host, one thread after another; the tests do that.

enum Edges { ZERO, REFLECT, REPLICATE };
enum Pooling { NONE, AVERAGE, MAXIMUM };
enum Kind { SQUARED, POWER, ABSOLUTE };

typedef long long Long;
typedef unsigned char Byte;

struct Group {
    float at[8];
};

// 32 bits number the entries of any array (plan.py sees to it); bytes and offsets take 64.
__device__ unsigned thread_number() { return blockIdx.x * blockDim.x + threadIdx.x; }

// ---- numbers ------------------------------------------------------------------------------------------

union Bits {
    float number;
    unsigned bits;
};

// To the nearest of the numbers that have 10 bits behind the point, ties to even. Tensor cores read no more of
// a float32, and whoever hands them more leaves it to them how the rest is dropped.
__device__ float to_tf32(float x) {
    Bits b;
    b.number = x;
    if ((b.bits & 0x7f800000u) != 0x7f800000u) b.bits = (b.bits + 0xfffu + ((b.bits >> 13) & 1u)) & ~0x1fffu;
    return b.number;
}

__device__ unsigned to_half(float x) {
#ifdef __CUDACC__
    unsigned short half;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(half) : "f"(x));
    return half;
#else
    return host_half(x);
#endif
}

// How numbers are stored for the products: as they are, rounded to TF32, or as scaled halves. PRECISION says which
// of the three the kernels are compiled for.
struct Fp32 {
    typedef float Number;
    static __device__ float tapped(float x) { return x; }
    static __device__ void store(float* to, Group v, float, int*) {
        ((float4*)to)[0] = make_float4(v.at[0], v.at[1], v.at[2], v.at[3]);
        ((float4*)to)[1] = make_float4(v.at[4], v.at[5], v.at[6], v.at[7]);
    }
};

struct Tf32 {
    typedef float Number;
    static __device__ float tapped(float x) { return to_tf32(x); }
    static __device__ void store(float* to, Group v, float scale, int* overflow) {
        for (int n = 0; n < 8; ++n) v.at[n] = to_tf32(v.at[n]);
        Fp32::store(to, v, scale, overflow);
    }
};

struct Fp16 {
    typedef unsigned short Number;
    static __device__ float tapped(float x) { return to_tf32(x); }
    static __device__ void store(unsigned short* to, Group v, float scale, int* overflow) {
        unsigned pairs[4];
        for (int n = 0; n < 4; ++n) {
            float low = v.at[2 * n] * scale, high = v.at[2 * n + 1] * scale;
            if (!(fabsf(low) <= 65504.0f && fabsf(high) <= 65504.0f)) *overflow = 1;  // NaN counts as well
            pairs[n] = to_half(low) | to_half(high) << 16;
        }
        *(uint4*)to = make_uint4(pairs[0], pairs[1], pairs[2], pairs[3]);
    }
};

typedef PRECISION Precision;
typedef Precision::Number Number;

__device__ Group load(const float* from) {
    float4 low = ((const float4*)from)[0], high = ((const float4*)from)[1];
    Group v = {{low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w}};
    return v;
}

__device__ Group nothing() {
    Group v = {{0, 0, 0, 0, 0, 0, 0, 0}};
    return v;
}

__device__ void add(Group& to, Group v) {
    for (int n = 0; n < 8; ++n) to.at[n] += v.at[n];
}

// A tap's copy of features, rounded as the products will read it.
__device__ void tap(float* to, Group v) {
    for (int n = 0; n < 8; ++n) v.at[n] = Precision::tapped(v.at[n]);
    Fp32::store(to, v, 1, 0);
}

// ---- borders ------------------------------------------------------------------------------------------

// The pixel that the border before the first, or behind the last of `size`, is copied from.
__device__ int before_first(int size, int edges) { return edges == REFLECT && size > 1 ? 1 : 0; }
__device__ int behind_last(int size, int edges) { return edges == REFLECT && size > 1 ? size - 2 : size - 1; }

// What stands at p of −1..size: a pixel of 0..size−1, or −1 for a zero.
__device__ int source(int p, int size, int edges) {
    if (p >= 0 && p < size) return p;
    if (edges == ZERO) return -1;
    return p < 0 ? before_first(size, edges) : behind_last(size, edges);
}

// Whether pixel p also stands at its own place (0), before the first (1), or behind the last (2).
__device__ bool stands(int p, int place, int size, int edges) {
    if (place == 0) return true;
    return p == (place == 1 ? before_first(size, edges) : behind_last(size, edges));
}
__device__ int where(int p, int place, int size) { return place == 0 ? p : place == 1 ? -1 : size; }

// Pixel (s, v) of a padded picture goes to three rows of its stack, those that have it in their window.
__device__ void stack_pixel(Number* stack, Group value, int s, int v, int rows, int width,
                            int e, int c, int first, float scale, int* overflow) {
#pragma unroll 1
    for (int r = 0; r < 3; ++r) {
        int u = s + 1 + e - r;
        if (u < 0 || u >= rows) continue;
        Long pixel = (Long)u * width + v + 1 + e;
        Precision::store(stack + (pixel * 3 + r) * c + first, value, scale, overflow);
    }
}

// X[p, q] of a lead array that holds a padded picture's gradient, with what lies on its border folded back.
__device__ Group folded(const float* lead, int p, int q, int h, int w, int c, int first, int edges) {
    int e = edges == ZERO ? 0 : 1, width = w + 2 + 2 * e;
    Group sum = nothing();
#pragma unroll 1
    for (int a = 0; a < 1 + 2 * e; ++a) {
        if (!stands(p, a, h, edges)) continue;
#pragma unroll 1
        for (int b = 0; b < 1 + 2 * e; ++b) {
            if (!stands(q, b, w, edges)) continue;
            Long pixel = (Long)(where(p, a, h) + e) * width + where(q, b, w) + e;
            add(sum, load(lead + pixel * c + first));
        }
    }
    return sum;
}

// ---- the first convolution, of three channels -----------------------------------------------------------

// y[p, q, k] = Σ over i, j, c of xp[p + i, q + j, c] · kernel[i, j, c, k], xp being x (h, w, 3) padded by one.
// kernel (3, 3, 3, k) → y lead (h, w + 2, k). One thread a group.
extern "C" __global__ void first_forward(const float* x, const float* kernel, float* y, int h, int w, int k,
                                         int edges) {
    unsigned groups = k / 8, at = thread_number(), pixel = at / groups;
    int first = at % groups * 8, p = pixel / w, q = pixel % w;
    if (p >= h) return;
    Group sum = nothing();
    for (int i = 0; i < 3; ++i) {
        int row = source(p + i - 1, h, edges);
        for (int j = 0; j < 3; ++j) {
            int column = source(q + j - 1, w, edges);
            if (row < 0 || column < 0) continue;
            for (int c = 0; c < 3; ++c) {
                float value = x[((Long)row * w + column) * 3 + c];
                Group weights = load(kernel + ((i * 3 + j) * 3 + c) * k + first);
                for (int n = 0; n < 8; ++n) sum.at[n] += value * weights.at[n];
            }
        }
    }
    Fp32::store(y + ((Long)p * (w + 2) + q) * k + first, sum, 1, 0);
}

// dx[p, q, c] = Σ of dxp over the places where pixel (p, q) stands in the padded picture, with
// dxp[u, v, c] = Σ over i, j, k of dy[u − i, v − j, k] · kernel[i, j, c, k].  dy compact (h, w, k) → dx (h, w, 3).
// Eight neighbouring threads share a pixel, each with every eighth group of its channels.
extern "C" __global__ void first_backward(const float* dy, const float* kernel, float* dx, int h, int w, int k,
                                          int edges) {
    __shared__ float sums[3][256];
    unsigned pixel = thread_number() / 8;
    int p = pixel / w, q = pixel % w, places = edges == ZERO ? 1 : 3;
    float sum[3] = {0, 0, 0};
#pragma unroll 1
    for (int a = 0; p < h && a < places; ++a) {
        if (!stands(p, a, h, edges)) continue;
#pragma unroll 1
        for (int b = 0; b < places; ++b) {
            if (!stands(q, b, w, edges)) continue;
#pragma unroll 1
            for (int tap = 0; tap < 9; ++tap) {
                int row = where(p, a, h) + 1 - tap / 3, column = where(q, b, w) + 1 - tap % 3;
                if (row < 0 || row >= h || column < 0 || column >= w) continue;
#pragma unroll 1
                for (int first = threadIdx.x % 8 * 8; first < k; first += 64) {
                    Group slope = load(dy + ((Long)row * w + column) * k + first);
                    for (int c = 0; c < 3; ++c) {
                        Group weights = load(kernel + (tap * 3 + c) * k + first);
                        for (int n = 0; n < 8; ++n) sum[c] += slope.at[n] * weights.at[n];
                    }
                }
            }
        }
    }
    for (int c = 0; c < 3; ++c) sums[c][threadIdx.x] = sum[c];
    __syncthreads();
    int lane = threadIdx.x % 8;
    if (p >= h || lane >= 3) return;
    float total = 0;
    for (int n = 0; n < 8; ++n) total += sums[lane][threadIdx.x - lane + n];
    dx[(Long)pixel * 3 + lane] = total;
}

// ---- between two convolutions ---------------------------------------------------------------------------

// y lead (h, w + 2, k), a convolution without its bias →
//   z = y + bias, a = max(z, 0) if relu, m = the mean or the largest of a over 2×2 pixels if pooled;
//   conv_tap = z, relu_tap = a, pool_tap = m, compact, each where it is asked for;
//   mask (h, w, k/8): a bit is set where the gradient of m passes: z > 0, in a whole window, and the first
//   largest of it under max pooling; positive: the same of the gradient of a, z > 0 alone;
//   stack = m (or a) as the next convolution reads it, its border filled as that one's edges say.
// One thread a group of a window, whose pixels outside the picture are left out. NaN stays NaN.
extern "C" __global__ void activate(const float* y, const float* bias, int h, int w, int k, int relu, int pooling, Byte* mask,
                         Byte* positive, float* conv_tap, float* relu_tap, float* pool_tap, Number* stack,
                         int edges, float scale, int* overflow) {
    int step = pooling == NONE ? 1 : 2, oh = h / step, ow = w / step;
    unsigned groups = k / 8, across = (w + step - 1) / step, at = thread_number(), window = at / groups;
    int group = at % groups, first = group * 8, i = window / across, j = window % across;
    if (i * step >= h) return;
    bool whole = i < oh && j < ow;
    Group shift = load(bias + first), best = nothing();
    int winner[8] = {0, 0, 0, 0, 0, 0, 0, 0}, above_zero[4] = {0, 0, 0, 0};
#pragma unroll 1
    for (int place = 0; place < step * step; ++place) {
        int p = i * step + place / step, q = j * step + place % step;
        if (p >= h || q >= w) continue;
        Long pixel = (Long)p * w + q;
        Group v = load(y + ((Long)p * (w + 2) + q) * k + first);
        add(v, shift);
        if (conv_tap) tap(conv_tap + pixel * k + first, v);
        for (int n = 0; n < 8; ++n) {
            if (v.at[n] > 0) above_zero[place] |= 1 << n;
            if (relu && v.at[n] <= 0) v.at[n] = 0;
        }
        if (relu_tap) tap(relu_tap + pixel * k + first, v);
        for (int n = 0; n < 8; ++n) {
            if (pooling == AVERAGE) {
                best.at[n] += v.at[n] * 0.25f;
            } else if (place == 0 || v.at[n] > best.at[n] || v.at[n] != v.at[n]) {
                best.at[n] = v.at[n];
                winner[n] = place;
            }
        }
    }
#pragma unroll 1
    for (int place = 0; mask && place < step * step; ++place) {
        int p = i * step + place / step, q = j * step + place % step;
        if (p >= h || q >= w) continue;
        if (positive) positive[((Long)p * w + q) * groups + group] = (Byte)above_zero[place];
        int passes = whole ? above_zero[place] : 0;
        for (int n = 0; pooling == MAXIMUM && n < 8; ++n)
            if (winner[n] != place) passes &= ~(1 << n);
        mask[((Long)p * w + q) * groups + group] = (Byte)passes;
    }
    if (!whole) return;
    if (pool_tap) tap(pool_tap + ((Long)i * ow + j) * k + first, best);
    if (!stack) return;
#pragma unroll 1
    for (int a = 0; a < 3; ++a) {
        if (!stands(i, a, oh, edges)) continue;
#pragma unroll 1
        for (int b = 0; b < 3; ++b) {
            if (!stands(j, b, ow, edges)) continue;
            Group value = edges == ZERO && a + b > 0 ? nothing() : best;
            stack_pixel(stack, value, where(i, a, oh), where(j, b, ow), oh, ow + 2, 0, k, first, scale,
                                   overflow);
        }
    }
}

// The way back through the same. With g the gradient of m (or a): what the next convolution's product left in
// `above`, lead, folded, plus pool_seed, and a quarter of it under average pooling,
//   dz = mask · g + positive · relu_seed + conv_seed, each part where there is one;
//   stack: dz with zeros around it as this convolution's backward product reads it; or flat (h, w, k) = dz.
// One thread a group of a pixel of z. `edges` are this convolution's, `edges_above` the next one's.
extern "C" __global__ void spread(const float* above, int edges_above, int h, int w, int k, int pooling, const Byte* mask,
                       const float* pool_seed, const Byte* positive, const float* relu_seed, const float* conv_seed,
                       Number* stack, float* flat, int edges, float scale, int* overflow) {
    int step = pooling == NONE ? 1 : 2, oh = h / step, ow = w / step;
    unsigned groups = k / 8, at = thread_number();
    Long pixel = at / groups;
    int group = at % groups, first = group * 8, p = at / groups / w, q = at / groups % w, i = p / step, j = q / step;
    if (p >= h) return;
    Group v = nothing();
    if (i < oh && j < ow) {
        if (above) v = folded(above, i, j, oh, ow, k, first, edges_above);
        if (pool_seed) add(v, load(pool_seed + ((Long)i * ow + j) * k + first));
        int passes = mask ? mask[pixel * groups + group] : 255;
        for (int n = 0; n < 8; ++n) v.at[n] = passes >> n & 1 ? v.at[n] * (pooling == AVERAGE ? 0.25f : 1.0f) : 0;
    }
    if (relu_seed) {
        Group seed = load(relu_seed + pixel * k + first);
        int passes = positive[pixel * groups + group];
        for (int n = 0; n < 8; ++n)
            if (passes >> n & 1) v.at[n] += seed.at[n];
    }
    if (conv_seed) add(v, load(conv_seed + pixel * k + first));
    if (flat) {
        Fp32::store(flat + pixel * k + first, v, 1, 0);
        return;
    }
    int e = edges == ZERO ? 0 : 1;
#pragma unroll 1
    for (int s = p == 0 ? -1 - e : p; s <= (p == h - 1 ? h + e : p); ++s)
#pragma unroll 1
        for (int t = q == 0 ? -1 - e : q; t <= (q == w - 1 ? w + e : q); ++t)
            stack_pixel(stack, s == p && t == q ? v : nothing(), s, t, h + 2 * e, w + 2 + 2 * e, e, k, first,
                                   scale, overflow);
}

// ---- sums -----------------------------------------------------------------------------------------------

// Adds up, or takes the largest of, a block's values; the result is thread 0's alone. Always in the same order.
__device__ double block_sum(double value, bool largest = false) {
    __shared__ double values[256];
    values[threadIdx.x] = value;
    for (int half = blockDim.x / 2; half > 0; half /= 2) {
        __syncthreads();
        if (threadIdx.x >= half) continue;
        double other = values[threadIdx.x + half], own = values[threadIdx.x];
        values[threadIdx.x] = !largest ? own + other : other > own || other != other ? other : own;
    }
    double result = values[0];
    __syncthreads();
    return result;
}

// One block a term: out[term] = factor[term] · Σ over blocks of partial[term, block]; behind them the overflow flag,
// which is put down again. Without factors these are 1, without a flag nothing stands behind.
extern "C" __global__ void report(const double* partial, const double* factor, int blocks, int* overflow,
                                  double* out) {
    double sum = 0;
    for (int n = threadIdx.x; n < blocks; n += blockDim.x) sum += partial[(Long)blockIdx.x * blocks + n];
    sum = block_sum(sum);
    if (threadIdx.x > 0) return;
    out[blockIdx.x] = factor ? factor[blockIdx.x] * sum : sum;
    if (overflow && blockIdx.x == 0) {
        out[gridDim.x] = *overflow;
        *overflow = 0;
    }
}

// The largest |y[p, q, c]| of a lead array (rows, width, c), its last `beyond` columns left out: one number a block.
extern "C" __global__ void largest(const float* y, int rows, int width, int beyond, int c, double* partial) {
    double most = 0;
    for (unsigned at = thread_number(); at < (unsigned)rows * width * c; at += gridDim.x * blockDim.x) {
        if (at / c % width >= (unsigned)(width - beyond)) continue;
        double size = fabsf(y[at]);
        if (size > most || size != size) most = size;
    }
    most = block_sum(most, true);
    if (threadIdx.x == 0) partial[blockIdx.x] = most;
}

// ---- losses ---------------------------------------------------------------------------------------------

// Content: E = F − P; seed = factor · E, or that much more of it; partial sums of Σ E² in double.
extern "C" __global__ void content(const float* F, const float* P, float* seed, Long count, float factor, int more,
                                   double* partial) {
    double sum = 0;
    for (unsigned at = thread_number(); at < count; at += gridDim.x * blockDim.x) {
        float E = F[at] - P[at];
        seed[at] = more ? seed[at] + factor * E : factor * E;
        sum += (double)E * E;
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

// Style: D = Σ over slices of parts[slice] / M − A (c, c), in double; S = factor · D, which multiplies F from the
// right to give its gradient; partial sums of Σ D².
extern "C" __global__ void gram(const float* parts, int slices, const double* A, float* S, int c, double per_place,
                                double factor, int rounded, double* partial) {
    double sum = 0;
    Long count = c * c;
    for (unsigned at = thread_number(); at < count; at += gridDim.x * blockDim.x) {
        double G = 0;
        for (int slice = 0; slice < slices; ++slice) G += parts[slice * count + at];
        double D = G * per_place - A[at];
        S[at] = rounded ? to_tf32((float)(factor * D)) : (float)(factor * D);
        sum += D * D;
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

// A pixel's steps to the right and down, in units; one out of the picture counts as 0. `inner` leaves out those
// of the last row and column.
__device__ void steps(const float* x, int p, int q, int c, int h, int w, float per_unit, int inner, float* across,
                      float* down) {
    float here = x[((Long)p * w + q) * 3 + c];
    bool out = inner && (p == h - 1 || q == w - 1);
    *across = q == w - 1 || out ? 0 : (x[((Long)p * w + q + 1) * 3 + c] - here) * per_unit;
    *down = p == h - 1 || out ? 0 : (x[((Long)(p + 1) * w + q) * 3 + c] - here) * per_unit;
}

// φ of two steps and its slopes: squared dx² + dy², power (dx² + dy²)^(β/2), absolute |dx| + |dy|.
__device__ double variation_slopes(float* across, float* down, int kind, float exponent) {
    float dx = *across, dy = *down;
    if (kind == ABSOLUTE) {
        *across = (dx > 0) - (dx < 0);
        *down = (dy > 0) - (dy < 0);
        return (double)fabsf(dx) + fabsf(dy);
    }
    double energy = (double)dx * dx + (double)dy * dy;
    if (kind == SQUARED) {
        *across = 2 * dx;
        *down = 2 * dy;
        return energy;
    }
    if (energy == 0) return 0;  // the slopes are the steps, and those are 0
    float factor = powf((float)energy, exponent / 2 - 1);
    *across = exponent * factor * dx;
    *down = exponent * factor * dy;
    return energy * factor;
}

// Total variation of x (h, w, 3): dx += factor/unit · (px[p, q−1] − px[p, q] + py[p−1, q] − py[p, q]), the p being
// φ's slopes; partial sums of Σ φ.
extern "C" __global__ void variation(const float* x, float* dx, const float* per_unit, int h, int w, int kind,
                                     float exponent, int inner, float factor, double* partial) {
    double sum = 0;
    for (unsigned at = thread_number(); at < (unsigned)h * w * 3; at += gridDim.x * blockDim.x) {
        int c = at % 3, q = at / 3 % w, p = at / 3 / w;
        float across, down, left = 0, above = 0, other;
        steps(x, p, q, c, h, w, per_unit[c], inner, &across, &down);
        sum += variation_slopes(&across, &down, kind, exponent);
        float slope = -across - down;
        if (q > 0) {
            steps(x, p, q - 1, c, h, w, per_unit[c], inner, &left, &other);
            variation_slopes(&left, &other, kind, exponent);
        }
        if (p > 0) {
            steps(x, p - 1, q, c, h, w, per_unit[c], inner, &other, &above);
            variation_slopes(&other, &above, kind, exponent);
        }
        dx[at] += factor * per_unit[c] * (slope + left + above);
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

// ---- L-BFGS -----------------------------------------------------------------------------------------------

// Partial sums of Σ g, g·g and g·d, in double: partial (3, most), a block's at its number.
extern "C" __global__ void slopes(const float* g, const float* d, Long count, double* partial, int most) {
    double sums[3] = {0, 0, 0};
    for (unsigned at = thread_number(); at < count; at += gridDim.x * blockDim.x) {
        double own = g[at];
        sums[0] += own;
        sums[1] += own * own;
        sums[2] += own * d[at];
    }
    for (int n = 0; n < 3; ++n) {
        double sum = block_sum(sums[n]);
        if (threadIdx.x == 0) partial[n * most + blockIdx.x] = sum;
    }
}

// out = x + t d
extern "C" __global__ void move(const float* x, const float* d, float t, float* out, Long count) {
    unsigned at = thread_number();
    if (at < count) out[at] = x[at] + t * d[at];
}

// s = new_x − x and y = new_g − g into their rows of the history; then x and g are the new ones.
extern "C" __global__ void remember(float* x, const float* new_x, float* g, const float* new_g, float* s, float* y,
                                    Long count) {
    unsigned at = thread_number();
    if (at >= count) return;
    if (s) {
        s[at] = new_x[at] - x[at];
        y[at] = new_g[at] - g[at];
    }
    x[at] = new_x[at];
    g[at] = new_g[at];
}

// Inner products, in double, of every row of a basis (rows, n), and of g, y and s as further rows, with s, y and g, of
// which s and y may be missing. partial (as many rows as are asked for, 3, blocks); blockIdx.y is the row.
extern "C" __global__ void products(const float* basis, int rows, const float* s, const float* y, const float* g,
                                    Long count, double* partial) {
    int further = (int)blockIdx.y - rows;
    const float* own = further < 0 ? basis + blockIdx.y * count : further == 0 ? g : further == 1 ? y : s;
    double sums[3] = {0, 0, 0};
    for (unsigned at = thread_number(); at < count; at += gridDim.x * blockDim.x) {
        double value = own[at];
        if (s) sums[0] += value * s[at];
        if (y) sums[1] += value * y[at];
        sums[2] += value * g[at];
    }
    for (int n = 0; n < 3; ++n) {
        double sum = block_sum(sums[n]);
        if (threadIdx.x == 0) partial[((Long)blockIdx.y * 3 + n) * gridDim.x + blockIdx.x] = sum;
    }
}

// Σ over blocks of parts[slice] for each entry, in double: what is left of a Gram matrix's slices.
extern "C" __global__ void join(const float* parts, int slices, Long count, float* out) {
    unsigned at = thread_number();
    if (at >= count) return;
    double sum = 0;
    for (int slice = 0; slice < slices; ++slice) sum += parts[slice * count + at];
    out[at] = (float)sum;
}

// The direction d = Σ c_b basis_b, c_2m being g's, by the two loops on coefficients; one block.
// First the new columns of the table K (2m + 1, 2m + 1) of all inner products are put in: s's and y's unless they
// were not kept, and g's. `used` rows are in use, the oldest being `oldest`, in a ring of m.
// The slope g·d along the direction goes to *slope.
extern "C" __global__ void direction(const double* partial, int blocks, double* K, int m, int row, int kept, int oldest,
                                     int used, float* coefficients, double* slope) {
    __shared__ double c[257];
    __shared__ double alpha[128];
    int n = 2 * m + 1, columns[3] = {row, m + row, 2 * m};
    for (int vector = kept ? 0 : 2; vector < 3; ++vector) {
        for (int b = threadIdx.x; b < n; b += blockDim.x) {
            double sum = 0;
            const double* parts = partial + ((Long)b * 3 + vector) * blocks;
            for (int block = 0; block < blocks; ++block) sum += parts[block];
            K[b * n + columns[vector]] = K[columns[vector] * n + b] = sum;
        }
        __syncthreads();
    }
    if (threadIdx.x > 0) return;
    for (int b = 0; b < n; ++b) c[b] = b == 2 * m;
    for (int age = used - 1; age >= 0; --age) {  // from the newest to the oldest
        int i = (oldest + age) % m;
        double sum = 0;
        for (int b = 0; b < n; ++b) sum += K[i * n + b] * c[b];
        alpha[i] = sum / K[i * n + m + i];
        c[m + i] -= alpha[i];
    }
    if (used) {
        int i = (oldest + used - 1) % m;
        double scale = K[i * n + m + i] / K[(m + i) * n + m + i];
        for (int b = 0; b < n; ++b) c[b] *= scale;
    }
    for (int age = 0; age < used; ++age) {
        int i = (oldest + age) % m;
        double sum = 0;
        for (int b = 0; b < n; ++b) sum += K[(m + i) * n + b] * c[b];
        c[i] += alpha[i] - sum / K[i * n + m + i];
    }
    double sum = 0;
    for (int b = 0; b < n; ++b) {
        sum += K[2 * m * n + b] * c[b];
        coefficients[b] = (float)-c[b];
    }
    *slope = -sum;
}

// d = Σ over b of coefficients[b] · basis[b] + coefficients[rows] · g; rows that do not count are not read.
extern "C" __global__ void combine(const float* basis, const float* g, const float* coefficients, int rows, Long count,
                                   float* d) {
    unsigned at = thread_number();
    if (at >= count) return;
    float sum = 0;
    for (int b = 0; b < rows; ++b)
        if (coefficients[b] != 0) sum += coefficients[b] * basis[b * count + at];
    d[at] = sum + coefficients[rows] * g[at];
}
