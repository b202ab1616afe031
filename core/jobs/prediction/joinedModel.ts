import { release, type Tensor } from '../../base/tensor.ts'
import type { Engine, ExecutionOptions, Predictor } from '../../engine/types.ts'
import { withFeatures } from '../../network/withFeatures.ts'
import type { Checkpoint } from '../../training/checkpoint.ts'
import { modelOf } from '../context/checkpoints.ts'

/** A checkpoint's network, open once for what it says of images and for their features. */
export interface JoinedModel {
  /** The engine, whose predictor for the network is the one that is open: center views always ask for the same. */
  readonly engine: Engine
  /** Numbers of an image's features. */
  readonly size: number
  /** Gives features where others give logits. */
  features(): Promise<Predictor>
  close(): Promise<void>
}

/** Opened where it is first asked for; then it has the weights, and the checkpoint's are given back. */
export function openJoined(engine: Engine, checkpoint: Checkpoint, execution: ExecutionOptions): JoinedModel {
  const { network, weights } = modelOf(checkpoint)
  const { classes, size, network: joined } = withFeatures(network)
  let kept: Promise<Predictor> | undefined

  async function open(): Promise<Predictor> {
    if (!kept) {
      kept = engine.predictor(joined, weights, execution)
      kept.then(
        () => release(weights),
        () => (kept = undefined),
      )
    }
    return kept
  }

  const part = async (first: number, count: number): Promise<Predictor> => {
    const { logits } = await open()
    return {
      logits: async (images) => columns(await logits(images), first, count),
      dispose: () => Promise.resolve(),
    }
  }

  return {
    engine: { ...engine, predictor: () => part(0, classes) },
    size,
    features: () => part(classes, size),
    close: async () => (await kept)?.dispose(),
  }
}

function columns({ shape: [rows], data }: Tensor, first: number, count: number): Tensor {
  const width = data.length / rows!
  const values = new Float32Array(rows! * count)
  for (let row = 0; row < rows!; row++)
    values.set(data.subarray(row * width + first, row * width + first + count), row * count)
  return { shape: [rows!, count], data: values }
}
