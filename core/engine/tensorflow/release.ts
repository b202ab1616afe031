import { wheel, type Wheel } from '../install/wheels.ts'

/** What is installed: one version of TensorFlow, known to the last byte. */
export const tensorflowVersion = '2.20.0'

/** What libtensorflow was built for; the preferred first. */
export const variants = ['cuda', 'cpu'] as const
export type Variant = (typeof variants)[number]

export interface Release {
  /** The first is TensorFlow itself. */
  readonly wheels: readonly Wheel[]
  /** Bytes to download, about. */
  readonly download: number
  /** Bytes that it takes, about, while it is being installed. */
  readonly disk: number
  /** Bytes that stay on the disk, about. */
  readonly installed: number
}

export const releases: Readonly<Record<Variant, Release>> = {
  cpu: {
    wheels: [
      wheel(
        'tensorflow-cpu',
        tensorflowVersion,
        'c7a9224185818094ed95c4e114d3efe77241db35fbf0b75251fb2bf6222dd6a7',
      ),
    ],
    download: 258_989_246,
    disk: 1.2e9,
    installed: 8e8,
  },
  // What `pip install tensorflow[and-cuda]==2.20.0` takes for CUDA 12.
  cuda: {
    wheels: [
      wheel(
        'tensorflow',
        tensorflowVersion,
        '25265b0bc527e0d54b1e9cc60c44a24f44a809fe27666b905f0466471f9c52ec',
      ),
      wheel(
        'nvidia-cublas-cu12',
        '12.9.3.13',
        'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72',
      ),
      wheel(
        'nvidia-cuda-cupti-cu12',
        '12.8.90',
        'ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182',
      ),
      wheel(
        'nvidia-cuda-nvcc-cu12',
        '12.9.86',
        '5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0',
      ),
      wheel(
        'nvidia-cuda-nvrtc-cu12',
        '12.9.86',
        '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4',
      ),
      wheel(
        'nvidia-cuda-runtime-cu12',
        '12.9.79',
        '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3',
      ),
      wheel(
        'nvidia-cudnn-cu12',
        '9.28.0.42',
        '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375',
      ),
      wheel(
        'nvidia-cufft-cu12',
        '11.4.1.4',
        'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28',
      ),
      wheel(
        'nvidia-curand-cu12',
        '10.3.10.19',
        '49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e',
      ),
      wheel(
        'nvidia-cusolver-cu12',
        '11.7.5.82',
        '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88',
      ),
      wheel(
        'nvidia-cusparse-cu12',
        '12.5.10.65',
        '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78',
      ),
      wheel('nvidia-nccl-cu12', '2.32.3', 'bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c'),
      wheel(
        'nvidia-nvjitlink-cu12',
        '12.9.86',
        'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9',
      ),
    ],
    download: 3e9,
    disk: 9e9,
    installed: 6e9,
  },
}

/** The package whose C++ sources are compiled, for where npm has left out this optional dependency. */
export const bindingPackage = {
  name: '@tensorflow/tfjs-node-gpu',
  version: '4.22.0',
  integrity:
    'sha512-p//NN6DGiN4hInUmIkRffaFVMcdTREUMjPyjW04J7OXvB2zBlQimj61eFKSgRrH3f5TnOfKzb0n56he/B6a4bw==',
} as const

/** Name of an installation's folder: another version is another folder. */
export function installationName(variant: Variant): string {
  return `tensorflow-${tensorflowVersion}-${variant}`
}
