import type { Benchmark, PipelineBenchmark } from './types.ts'

const head = { classes: 1000, fcWidth: 4096 } as const
const evaluation = {
  kind: 'evaluation',
  scales: [256, 384, 512],
  config: 'D',
  crop: 224,
  workers: 1,
  ...head,
} as const
const pipeline = {
  kind: 'pipeline',
  crop: 224,
  scale: { min: 256, max: 512 },
  batch: 32,
  workers: 2,
} as const

/** As strong as is usual with torchvision. */
const distortions: Readonly<Record<string, NonNullable<PipelineBenchmark['distortions']>>> = {
  resized: { crops: 'resized', cropArea: 0.08 },
  rotation: { rotation: 15 },
  colors: { brightness: 0.4, contrast: 0.4, saturation: 0.4 },
  blur: { blur: 2 },
  erasing: { erasing: 0.25 },
  mixup: { mixup: 0.2 },
}

/** The benchmarks that have a name, so that their numbers can be compared from machine to machine. */
export const benchmarks: readonly Benchmark[] = [
  { name: 'step-D-224-b16', kind: 'step', config: 'D', crop: 224, batch: 16, iterations: 1, ...head },
  { name: 'step-A-64-b32', kind: 'step', config: 'A', crop: 64, batch: 32, iterations: 4, ...head },
  {
    name: 'step-alexnet-227-b32',
    kind: 'step',
    config: 'alexnet',
    // torchvision's has none.
    settings: { lrn: false },
    crop: 227,
    batch: 32,
    iterations: 1,
    ...head,
  },
  {
    name: 'step-resnet50-224-b16',
    kind: 'step',
    config: 'resnet50',
    crop: 224,
    batch: 16,
    iterations: 1,
    ...head,
  },
  {
    name: 'step-googlenet-224-b16',
    kind: 'step',
    config: 'googlenet-torchvision',
    crop: 224,
    batch: 16,
    iterations: 1,
    ...head,
  },
  {
    name: 'inference-D-224-b16',
    kind: 'inference',
    config: 'D',
    crop: 224,
    batch: 16,
    iterations: 2,
    ...head,
  },
  { name: 'dense-D', views: 'dense', images: 2, ...evaluation },
  { name: 'grid150-D', views: 'grid', images: 1, ...evaluation },
  { name: 'pipeline-first-224', pass: 'first', ...pipeline },
  { name: 'pipeline-cached-224', pass: 'cached', ...pipeline },
  ...Object.entries(distortions).map(([name, own]): PipelineBenchmark => ({
    name: `pipeline-${name}-224`,
    pass: 'cached',
    distortions: own,
    ...pipeline,
  })),
]

/** Number of pictures that pipelines read, whether ours or a folder's. */
export const pictureCount = 1000
