import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { tensorflowBenefit } from '../../../core/engine/tensorflow/benefit.ts'
import { isLinuxX64, thisSystem } from '../../../core/engine/install/machine.ts'
import { findInstallation } from '../../../core/engine/tensorflow/location.ts'
import type { JobEvent } from '../../../core/jobs/recording/events.ts'
import { engineSuggestion, suggestEngine } from '../../../core/jobs/training/suggest.ts'
import { parseRecipe } from '../../../core/training/recipe.ts'
import { unless } from '../../unless.ts'
import { english } from '../../../core/messages/en/index.ts'
import { shown } from '../../../core/messages/shown.ts'

const supported = isLinuxX64(thisSystem())
const linux = { ...thisSystem(), platform: 'linux', arch: 'x64', glibc: '2.36' } as const
const gpu = { name: 'NVIDIA L4', memory: 24e9, driver: '580.65.06' }
const itWhereSupported = (name: string, body: () => unknown) =>
  it.skipIf(!supported)(`${name}${unless(supported, 'TensorFlow installs on Linux x64')}`, body as () => void)

describe('what TensorFlow would bring', () => {
  it('depends on what the CPU has', () => {
    const amx = tensorflowBenefit('auto', ['avx512_bf16', 'amx_bf16'])
    const plain = tensorflowBenefit('auto', ['sse2', 'avx2'])
    expect(amx.precision).toBe('bf16')
    expect(plain.precision).toBe('fp32')
    expect(amx.factor).toBeGreaterThan(plain.factor)
    expect(plain.factor).toBeGreaterThan(1)
    expect(tensorflowBenefit('fp32', ['avx512_bf16', 'amx_bf16'])).toEqual(plain)
  })
})

describe('the suggestion', () => {
  const said: JobEvent[] = []
  const context = { emit: (event: JobEvent) => void said.push(event) }
  const large = { network: { config: 'D' }, optimization: { epochs: 74 } }
  const suggest = (recipe: object, images = 1000): Promise<void> =>
    suggestEngine(context, { asked: parseRecipe(recipe), images, classes: 10 })

  beforeEach(() => {
    said.length = 0
    vi.stubEnv('VGG_STUDIO_TENSORFLOW', '/nowhere')
  })
  afterEach(() => vi.unstubAllEnvs())

  itWhereSupported('says in a line what would make a long run faster, and how to get it', async () => {
    await suggest(large)
    expect(said).toHaveLength(1)
    expect(shown(said[0], english)).toMatchObject({
      event: 'notice',
      code: 'engine-available',
      message: expect.stringMatching(
        /^TensorFlow would train about [\d.]+ times as fast on this CPU \(.+\)\.$/,
      ),
      hint: expect.stringContaining('vgg-studio engines install tensorflow'),
      terminalOnly: true,
    })
  })

  it('is not made for a run that is over in a moment', async () => {
    await suggest({ network: { config: 'A', widthMultiplier: 0.25 }, data: { crop: 32 } }, 100)
    expect(said).toEqual([])
  })

  it('is not made to who has decided', async () => {
    await suggest({ ...large, execution: { engine: 'onnxruntime' } })
    expect(said).toEqual([])
  })

  it('is what computes on the GPU, where there is one', async () => {
    expect(shown(await engineSuggestion('auto', linux, async () => [gpu]), english)).toMatchObject({
      variant: 'cuda',
      message: 'TensorFlow would train on the NVIDIA GPU of this machine.',
      hint: expect.stringContaining('engines install tensorflow --cuda'),
    })
    expect(await engineSuggestion('auto', linux, async () => [])).toMatchObject({ variant: 'cpu' })
  })

  it('is none where TensorFlow can’t be, or is here', async () => {
    expect(await engineSuggestion('auto', { ...linux, platform: 'darwin' }, async () => [])).toBeNull()
    vi.unstubAllEnvs()
    if (findInstallation()) expect(await engineSuggestion('auto', linux, async () => [gpu])).toBeNull()
  })
})
