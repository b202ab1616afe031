import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isLinuxX64, thisSystem } from '../../../core/engine/install/machine.ts'
import { findInstallation } from '../../../core/engine/tensorflow/location.ts'
import type { JobEvent } from '../../../core/jobs/recording/events.ts'
import { engineSuggestion, suggestEngine, tensorflowBenefit } from '../../../core/jobs/training/suggest.ts'
import { yardstick } from '../../../core/jobs/tasks/speed.ts'
import { parseRecipe } from '../../../core/training/recipe.ts'
import { unless } from '../../unless.ts'
import { english } from '../../../core/messages/en/index.ts'
import { shown } from '../../../core/messages/shown.ts'

const supported = isLinuxX64(thisSystem())
const linux = { ...thisSystem(), platform: 'linux', arch: 'x64', glibc: '2.36' } as const
const amxFlags = ['avx512_bf16', 'amx_bf16']
const gpu = { name: 'NVIDIA L4', memory: 24e9, driver: '580.65.06' }
const itWhereSupported = (name: string, body: () => unknown) =>
  it.skipIf(!supported)(`${name}${unless(supported, 'TensorFlow installs on Linux x64')}`, body as () => void)

describe('what TensorFlow would bring', () => {
  it('depends on what the CPU has', () => {
    const amx = tensorflowBenefit('auto', yardstick(), amxFlags)
    const plain = tensorflowBenefit('auto', yardstick(), ['sse2', 'avx2'])
    expect([amx.feature, plain.feature]).toEqual(['bf16 by AMX', 'fp32'])
    expect(amx.factor).toBeGreaterThan(2 * plain.factor)
    expect(tensorflowBenefit('fp32', yardstick(), amxFlags)).toEqual(plain)
  })
})

describe('the suggestion', () => {
  const said: JobEvent[] = []
  const context = { emit: (event: JobEvent) => void said.push(event) }
  const large = { network: { config: 'D' }, optimization: { epochs: 74 } }
  const suggest = (recipe: object, images = 1000): Promise<void> =>
    suggestEngine(context, { asked: parseRecipe(recipe), images, classes: 10 }, amxFlags)

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
    const onCpu = (flags: readonly string[]) => engineSuggestion('auto', linux, async () => [], { flags })
    expect(await onCpu(amxFlags)).toMatchObject({ variant: 'cpu' })
    // Where it would bring next to nothing, nothing is said.
    expect(await onCpu(['sse2'])).toBeNull()
  })

  it('is none where TensorFlow can’t be, or is here', async () => {
    expect(await engineSuggestion('auto', { ...linux, platform: 'darwin' }, async () => [])).toBeNull()
    vi.unstubAllEnvs()
    if (findInstallation()) expect(await engineSuggestion('auto', linux, async () => [gpu])).toBeNull()
  })
})
