// cuBLAS's four functions that are used, by the signatures of cublas_api.h, on a host: what ctypes hands over is
// read as C would read it. `cublas_calls` counts; a workspace that was set before a stream is lost, as in cuBLAS.
#include <stdint.h>
#include <string.h>

typedef void* Handle;
extern "C" {
int cublas_calls = 0;
int cublas_compute = 0;
int64_t cublas_stream = -1, cublas_workspace = 0, cublas_workspace_size = 0;

int cublasCreate_v2(Handle* handle) {
    *handle = (Handle)0x1234;
    return 0;
}

int cublasSetStream_v2(Handle handle, void* stream) {
    cublas_stream = (int64_t)stream;
    cublas_workspace = cublas_workspace_size = 0;
    return handle == (Handle)0x1234 ? 0 : 1;
}

int cublasSetWorkspace_v2(Handle handle, void* workspace, size_t size) {
    cublas_workspace = (int64_t)workspace;
    cublas_workspace_size = size;
    return handle == (Handle)0x1234 ? 0 : 1;
}

static double at(const void* array, int type, long long place) {
    if (type == 0) return ((const float*)array)[place];
    uint16_t half = ((const uint16_t*)array)[place];
    int exponent = half >> 10 & 31, fraction = half & 1023;
    double size = exponent ? (1024 + fraction) / 1024.0 : fraction / 512.0;
    for (int n = 15; n < exponent; ++n) size *= 2;
    for (int n = exponent; n < 15; ++n) size /= 2;
    return half & 0x8000 ? -size : size;
}

int cublasGemmStridedBatchedEx(Handle handle, int transa, int transb, int m, int n, int k, const void* alpha,
                               const void* A, int Atype, int lda, long long strideA, const void* B, int Btype,
                               int ldb, long long strideB, const void* beta, void* C, int Ctype, int ldc,
                               long long strideC, int batchCount, int computeType, int algo) {
    ++cublas_calls;
    cublas_compute = computeType;
    if (handle != (Handle)0x1234) return 1;
    if (Ctype != 0 || Atype != Btype || (Atype != 0 && Atype != 2) || algo != -1) return 15;
    if (lda < (transa ? k : m) || ldb < (transb ? n : k) || ldc < m || m < 1 || n < 1 || k < 1) return 7;
    for (long long b = 0; b < batchCount; ++b)
        for (long long j = 0; j < n; ++j)
            for (long long i = 0; i < m; ++i) {
                double sum = 0;
                for (long long l = 0; l < k; ++l)
                    sum += at(A, Atype, b * strideA + (transa ? i * lda + l : l * lda + i)) *
                           at(B, Btype, b * strideB + (transb ? l * ldb + j : j * ldb + l));
                float* to = (float*)C + b * strideC + j * ldc + i;
                float scale = *(const float*)beta;
                *to = (float)(*(const float*)alpha * sum + (scale == 0 ? 0 : scale * *to));
            }
    return 0;
}
}
