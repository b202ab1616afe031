import { wheel, type Wheel } from '../../install/wheels.ts'

/** What CUDA takes beside the npm package, known to the last byte. */
export interface CudaRelease {
  /** Version of onnxruntime-node, which the provider's libraries must match. */
  readonly version: string
  /** The first holds ONNX Runtime's provider, the others NVIDIA's libraries. */
  readonly wheels: readonly [Wheel, ...Wheel[]]
  /** The least driver that starts CUDA programs of this major version. */
  readonly driver: number
  /** Bytes to download, while it is being installed, and once it is there, about. */
  readonly download: number
  readonly disk: number
  readonly installed: number
}

/**
 * Microsoft publishes the provider's libraries twice: for CUDA 12 on NuGet, from where the package's own install script
 * takes them, and for CUDA 13 on PyPI (onnxruntime-gpu). PyPI's are taken: NVIDIA's libraries come from there as well, a
 * pip that works here fetches both, and nobody has to install the CUDA toolkit. NVIDIA's are the set of CUDA 13.0 update
 * 2, the oldest that fits: every driver for CUDA 13 runs it.
 */
export const cudaRelease: CudaRelease = {
  version: '1.30.0',
  wheels: [
    wheel('onnxruntime-gpu', '1.30.0', '6acc0f4b3d5ac5f2984432faa59dd8fcce6775f8b43a7140afa0f322c7a703b1'),
    wheel('nvidia-cublas', '13.1.0.3', 'ee8722c1f0145ab246bccb9e452153b5e0515fd094c3678df50b2a0888b8b171'),
    wheel('nvidia-cuda-nvrtc', '13.0.88', 'ad9b6d2ead2435f11cbb6868809d2adeeee302e9bb94bcf0539c7a40d80e8575'),
    wheel(
      'nvidia-cuda-runtime',
      '13.0.96',
      '7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548',
    ),
    wheel(
      'nvidia-cudnn-cu13',
      '9.20.0.48',
      '0c45dd8eeb50b603f07995b1b300c62ffe6a1980482b82b3bcf94a4ca9d49304',
    ),
    wheel('nvidia-curand', '10.4.0.35', '1aee33a5da6e1db083fe2b90082def8915f30f3248d5896bcec36a579d941bfc'),
  ],
  driver: 580,
  download: 1_187_995_336,
  disk: 3e9,
  installed: 1_615_876_000,
}

/** Files taken from each wheel: its libraries, less those that nothing here loads, and its licenses. */
export const cudaPatterns = {
  provider: [
    'onnxruntime/capi/libonnxruntime_providers_cuda.so',
    'onnxruntime/capi/libonnxruntime_providers_shared.so',
    'onnxruntime/LICENSE',
    'onnxruntime/ThirdPartyNotices.txt',
  ],
  nvidia: ['nvidia/*/lib/lib[!n]*.so.*', 'nvidia/*/lib/libnvrtc*.so.*', '*.dist-info/licenses/*'],
} as const

/**
 * What has to be in the process before the provider: it names these libraries, but no folder in which to look for them
 * (it has no RUNPATH; Python loads them beforehand, too). Each before those that need it.
 */
export const cudaPreloaded = [
  'libcudart.so.13',
  'libcublasLt.so.13',
  'libcublas.so.13',
  'libcurand.so.10',
  'libnvrtc.so.13',
  'libcudnn.so.9',
] as const
