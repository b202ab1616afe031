import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onnxruntimeEngine } from '../../core/engine/onnxruntime/engine.ts'
import type { Item } from '../../core/pipeline/types.ts'
import { loadCheckpoint, startCheckpoint } from '../../core/training/checkpoint.ts'
import { lastFile } from '../../core/training/checkpointFiles.ts'
import type { TrainingEvent } from '../../core/training/events.ts'
import { train, type TrainingInput } from '../../core/training/train.ts'
import { smallRecipe, statistics } from './samples.ts'

/** Trains on files of the sample data set through the real pipeline; resumes where the folder has a checkpoint. */

const sample = fileURLToPath(new URL('../../resources/sample/fashion-mnist/', import.meta.url))
const classes = ['bag', 'sandal', 't-shirt', 'trouser'].filter((name) =>
  existsSync(join(sample, 'train', name)),
)

function items(split: 'train' | 'test', perClass: number): Item[] {
  return classes.flatMap((name, label) => {
    const folder = join(sample, split, name)
    const files = readdirSync(folder).sort().slice(0, perClass)
    return files.map((file) => ({ path: join(folder, file), label }))
  })
}

/** Input for the same run whatever the folder and the number of decode threads. */
export async function fileRun(
  folder: string,
  decodeThreads: number,
  emit: (event: TrainingEvent) => void,
): Promise<TrainingInput> {
  const recipe = smallRecipe({
    network: { batchNorm: true },
    data: { crop: 32, scale: '34-44' },
    optimization: { epochs: 4, batchSize: 20, microBatch: 8, schedule: 'cosine' },
    execution: { threads: 1, decodeThreads },
    checkpoints: { minutes: 1e-9 },
  })
  const start = existsSync(lastFile(folder))
    ? await loadCheckpoint(lastFile(folder))
    : startCheckpoint({ recipe, classes, statistics })
  return {
    start,
    training: items('train', 30),
    validation: items('test', 5),
    engine: onnxruntimeEngine,
    folder,
    emit,
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const write = (event: TrainingEvent): void => void process.stdout.write(`${JSON.stringify(event)}\n`)
  await train(await fileRun(process.argv[2]!, 1, write))
}
