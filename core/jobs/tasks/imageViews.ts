import { findEngine } from '../../engine/index.ts'
import { ranking } from '../../evaluation/metrics.ts'
import { openForm } from '../../evaluation/model.ts'
import { viewProbabilities } from '../../evaluation/probabilities.ts'
import type { Protocol, RankedClass } from '../../evaluation/types.ts'
import { cropPlan, type Form } from '../../evaluation/views.ts'
import { openLoader } from '../../pipeline/loader.ts'
import type { RenderedImage, Rendition } from '../../pipeline/types.ts'
import type { Id } from '../../registry/types.ts'
import { modelOf, openCheckpoint } from '../context/checkpoints.ts'
import type { JobContext } from '../context/context.ts'

export interface ImageViewsInput {
  readonly run: Id
  readonly checkpoint: string
  readonly protocol: Protocol
  /** Absolute path of an image file. */
  readonly image: string
}

/** What one view of an image says. */
export interface ViewPrediction {
  readonly form: Form
  /** Test scale Q, pixels. */
  readonly scale: number
  readonly mirror: boolean
  /** Index of what it sees among `outlinesOf` the plan, which has mirrored views once. */
  readonly outline: number
  /** Most probable first, at most three. */
  readonly top: readonly RankedClass[]
}

export interface ImageViews {
  readonly views: readonly ViewPrediction[]
  /** Classes by their weighted mean, which is the image's prediction: most probable first, at most five. */
  readonly top: readonly RankedClass[]
}

/** Computed by ONNX Runtime on the CPU in 32-bit floats. @throws StudioError what is wrong with the file; `no-checkpoint` */
export async function imageViews(context: JobContext, input: ImageViewsInput): Promise<ImageViews> {
  const run = context.registry.runs.get(input.run)
  const { checkpoint } = await openCheckpoint(context, run, input.checkpoint)
  const model = modelOf(checkpoint)
  const engine = findEngine('onnxruntime')
  const plan = cropPlan(input.protocol)
  const rendered = await renderedImage(input.image, plan.renditions)
  const rows = await viewProbabilities(
    {
      plan,
      normalization: model.normalization,
      classes: model.classes.length,
      open: (form) => openForm({ ...model, engine }, form),
    },
    rendered,
  )
  const mean = new Float64Array(model.classes.length)
  rows.forEach((row, view) =>
    row.forEach((value, label) => (mean[label]! += plan.views[view]!.weight * value)),
  )
  let outline = -1
  const views = plan.views.map(({ form, rendition, mirror }, index): ViewPrediction => {
    if (!mirror) outline++
    return { form, scale: plan.renditions[rendition]!.scale, mirror, outline, top: ranking(rows[index]!, 3) }
  })
  return { views, top: ranking(mean, 5) }
}

/** One image in several sizes. What is wrong with the file stands in its `failure`. */
export async function renderedImage(path: string, renditions: readonly Rendition[]): Promise<RenderedImage> {
  const normalization = { mean: [0, 0, 0], std: [1, 1, 1] } as const
  const loader = openLoader({ items: [{ path, label: 0 }], normalization, threads: 1 })
  try {
    for await (const rendered of loader.renditions({ renditions, order: Uint32Array.of(0) })) return rendered
    throw new Error(`${path} was not loaded`)
  } finally {
    await loader.dispose()
  }
}
