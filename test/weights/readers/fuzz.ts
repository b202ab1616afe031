import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StudioError } from '../../../core/base/errors.ts'
import { random, type Random } from '../../../core/base/random.ts'
import { inspect } from '../../../core/weights/import.ts'
import { openWeights } from '../../../core/weights/readers/open.ts'

/**
 * Changes bytes of good files of weights, and reads them: each is read or refused by a StudioError, and memory stays
 * bounded. `node test/weights/readers/fuzz.ts [count] [seed]`
 */
const originals = [
  'torchvision-A-legacy.pth',
  'torchvision-B-zip.pth',
  'torchvision-B.tar',
  'keras-D.h5',
  'keras-D.weights.h5',
  'keras-D.keras',
  'caffe-D.safetensors',
  'keras-D.onnx',
  'torch-D.onnx',
]

export interface FuzzResult {
  readonly refused: number
  readonly read: number
  /** Refusals by code. */
  readonly codes: Readonly<Record<string, number>>
  /** Largest growth of the process' memory over one file, in bytes. */
  readonly growth: number
}

export async function fuzz(options: {
  readonly count: number
  readonly seed: number
  readonly folder: string
}): Promise<FuzzResult> {
  const { count, seed, folder } = options
  const source = random(seed)
  const contents = await Promise.all(originals.map((name) => readFile(fixture(name))))
  const codes: Record<string, number> = {}
  const result = { refused: 0, read: 0, growth: 0 }
  for (let index = 0; index < count; index++) {
    const path = join(folder, `mutant-${index}`)
    const which = index % originals.length
    await writeFile(path, mutate(contents[which]!, source))
    const before = process.memoryUsage.rss()
    try {
      await readAll(path)
      result.read++
    } catch (error) {
      if (!(error instanceof StudioError)) {
        throw new Error(`${originals[which]!}, seed ${seed}, file ${index}: not a refusal`, { cause: error })
      }
      result.refused++
      codes[error.code] = (codes[error.code] ?? 0) + 1
    }
    result.growth = Math.max(result.growth, process.memoryUsage.rss() - before)
    await rm(path)
  }
  return { ...result, codes }
}

async function readAll(path: string): Promise<void> {
  const file = await openWeights(path)
  try {
    await inspect(file)
  } finally {
    await file.close()
  }
}

/** A few bytes replaced, most of them near the start or end, where formats keep their structure; or a part cut off. */
function mutate(original: Buffer, source: Random): Buffer {
  const bytes = Buffer.from(original)
  const below = (most: number): number => Math.floor(source.uniform() * most)
  if (source.uniform() < 0.1) return bytes.subarray(0, below(bytes.length))
  for (let left = 1 + below(6); left > 0; left--) {
    const zone = source.uniform()
    const reach = Math.min(bytes.length, 4096)
    const at = zone < 0.45 ? below(reach) : zone < 0.9 ? bytes.length - 1 - below(reach) : below(bytes.length)
    bytes[at] = source.uniform() < 0.3 ? 0xff : below(256)
  }
  return bytes
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/weights/files/${name}`, import.meta.url))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [count = 2000, seed = 1] = process.argv.slice(2).map(Number)
  const folder = await mkdtemp(join(tmpdir(), 'fuzz-'))
  try {
    console.log(await fuzz({ count, seed, folder }))
  } finally {
    await rm(folder, { recursive: true })
  }
}
