import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findPreset, loadPresets } from '../../core/training/presets.ts'
import { parseRecipe } from '../../core/training/recipe.ts'

test('Every preset is a valid recipe with a name and a description', async () => {
  const presets = await loadPresets()
  expect(presets.length).toBeGreaterThanOrEqual(15)
  for (const { name, description, recipe } of presets) {
    expect(name).not.toBe('')
    expect(description).toMatch(/\.$/)
    expect(() => parseRecipe(recipe)).not.toThrow()
  }
  expect(new Set(presets.map(({ name }) => name)).size).toBe(presets.length)
})

test('The paper’s presets train as the paper does, at its scales', async () => {
  const presets = (await loadPresets()).filter(({ id }) => id.startsWith('paper-'))
  expect(presets.map(({ id }) => id)).toEqual(
    ['a-256', 'a-lrn-256', 'b-256']
      .concat(
        ['c', 'd', 'e'].flatMap((config) => ['256', '384', 'jitter'].map((scale) => `${config}-${scale}`)),
      )
      .map((id) => `paper-${id}`),
  )
  for (const { id, recipe } of presets) {
    const { network, data, optimization } = parseRecipe(recipe)
    expect(id).toContain(`paper-${network.config.toLowerCase()}-`)
    expect(data).toMatchObject({ crop: 224, flip: true, colorShift: 0.1, normalization: 'mean' })
    expect(data.scale).toEqual(
      id.endsWith('jitter')
        ? { min: 256, max: 512 }
        : { min: Number(id.slice(-3)), max: Number(id.slice(-3)) },
    )
    expect(optimization).toMatchObject({ epochs: 74, batchSize: 256, momentum: 0.9, weightDecay: 5e-4 })
    expect(optimization.learningRate).toBe(id.endsWith('256') ? 0.01 : 0.001)
  }
})

test('AlexNet’s preset is its family’s recipe at the paper’s scale, with its mean alone subtracted', async () => {
  const { recipe } = await findPreset('alexnet')
  expect(parseRecipe(recipe)).toEqual(
    parseRecipe({ network: { config: 'alexnet' }, data: { scale: 256, normalization: 'mean' } }),
  )
})

test('ResNet’s preset is its family’s recipe as the paper trains it, at its scales, with its mean alone subtracted', async () => {
  const { recipe } = await findPreset('resnet')
  expect(parseRecipe(recipe)).toEqual(
    parseRecipe({
      network: { config: 'resnet50', variant: 'paper' },
      data: { scale: '256-480', normalization: 'mean' },
      initialization: { kind: 'he' },
    }),
  )
})

test('GoogLeNet’s preset is its family’s recipe: crops of 8 to 100% of an image, a rate that falls by 4% every 8 epochs', async () => {
  const { recipe } = await findPreset('googlenet')
  const whole = parseRecipe(recipe)
  expect(whole).toEqual(
    parseRecipe({
      network: { config: 'googlenet' },
      data: { scale: '224-792', normalization: 'mean' },
      initialization: { kind: 'glorot' },
    }),
  )
  expect((224 / whole.data.scale.max) ** 2).toBeCloseTo(0.08, 3)
  const { schedule } = whole.optimization
  expect(1 / (schedule as { factor: number }).factor).toBeCloseTo(0.96, 12)
})

test('SENet’s preset has its paper’s batches of 1,024 at a rate of 0.6, a tenth of it every 30 of 100 epochs', async () => {
  const { network, data, optimization, initialization } = parseRecipe((await findPreset('senet')).recipe)
  expect(network).toMatchObject({ config: 'seresnet50', variant: 'paper' })
  expect(data).toMatchObject({ crop: 224, scale: { min: 224, max: 792 }, normalization: 'mean', flip: true })
  expect(optimization).toMatchObject({
    ...{ epochs: 100, batchSize: 1024, learningRate: 0.6, momentum: 0.9, weightDecay: 1e-4 },
    schedule: { kind: 'step', every: 30, factor: 10 },
  })
  expect(initialization.kind).toBe('he')
})

test('An unknown preset is refused with the list of those that are there', async () => {
  await expect(findPreset('paper-f')).rejects.toMatchObject({
    code: 'unknown-preset',
    hint: expect.stringContaining('paper-d-256'),
  })
  expect((await findPreset('quick-look')).name).toBe('Quick look')
})

test('A broken preset is refused by the name of its file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'presets-'))
  const preset = { name: 'Mine', description: 'Wrong.', recipe: { seed: -1 } }
  await writeFile(join(folder, 'mine.json'), JSON.stringify(preset))
  await expect(loadPresets(folder)).rejects.toMatchObject({
    code: 'invalid-preset',
    message: expect.stringMatching(/mine\.json.*seed: must be at least 0/),
  })
})
