import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InvalidArgumentError } from 'commander'
import { expect, onTestFinished, test } from 'vitest'
import { askedRecipe as mergedRecipe, type RecipeFlags } from '../../core/cli/recipe.ts'
import { parseRecipe } from '../../core/training/recipe.ts'

/** Merged, and checked as the job checks it. */
async function askedRecipe(flags: RecipeFlags): Promise<object> {
  const { recipe, blame } = await mergedRecipe(flags)
  try {
    parseRecipe(recipe)
  } catch (error) {
    throw blame(error)
  }
  return recipe
}

function recipeFile(content: string | Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-studio-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'recipe.json')
  writeFileSync(file, content)
  return file
}

test('without flags nothing is asked for, and the paper’s defaults hold', async () => {
  expect(await askedRecipe({})).toEqual({})
  expect(parseRecipe(await askedRecipe({}))).toMatchObject({
    network: { config: 'A', dropout: 0.5, fcWidth: 4096 },
    data: { crop: 224, scale: { min: 256, max: 256 } },
    optimization: {
      batchSize: 256,
      momentum: 0.9,
      weightDecay: 5e-4,
      learningRate: 0.01,
      schedule: { kind: 'plateau' },
    },
  })
})

test('each flag is a setting of the recipe', async () => {
  const flags = {
    config: 'D',
    batchNorm: true,
    crop: 64,
    scale: { min: 64, max: 96 },
    epochs: 3,
    batch: 8,
    microBatch: 4,
    learningRate: 0.02,
    schedule: 'step',
    initialization: 'glorot',
    from: 'r1',
    freeze: ['features'],
    seed: 5,
    engine: 'onnxruntime',
    device: 'cpu',
    precision: 'fp32',
  } as const
  expect(parseRecipe(await askedRecipe(flags))).toMatchObject({
    network: { config: 'D', batchNorm: true },
    data: { crop: 64, scale: { min: 64, max: 96 } },
    optimization: {
      epochs: 3,
      batchSize: 8,
      microBatch: 4,
      learningRate: 0.02,
      schedule: { kind: 'step' },
      frozen: ['features'],
    },
    initialization: { kind: 'glorot', from: { run: 'r1' } },
    execution: { engine: 'onnxruntime', device: 'cpu', precision: 'fp32' },
    seed: 5,
  })
})

test('settings go over flags, flags over the file, and the file over the preset', async () => {
  const recipe = recipeFile('{"optimization": {"epochs": 7, "momentum": 0.8}, "seed": 3}')
  const asked = await askedRecipe({
    preset: 'small-images',
    recipe,
    epochs: 9,
    seed: 4,
    set: ['seed=5', 'data.flip=false'],
  })
  expect(parseRecipe(asked)).toMatchObject({
    network: { widthMultiplier: 0.5 },
    data: { flip: false },
    optimization: { epochs: 9, momentum: 0.8 },
    seed: 5,
  })
})

test('a recipe is decoded by its mark, else as UTF-8 or Windows-1252, and refused where it is none of them', async () => {
  const text = '{"network": {"config": "D"}, "initialization": {"from": {"run": "Größe"}}}'
  const decoded = { network: { config: 'D' }, initialization: { from: { run: 'Größe' } } }
  const files = {
    'UTF-8': Buffer.from(text),
    'UTF-8 with a mark': Buffer.from(`\uFEFF${text}`),
    'UTF-16, little end first': Buffer.from(`\uFEFF${text}`, 'utf16le'),
    'UTF-16, big end first': Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(),
    // Node's latin1 writes these letters with the bytes of Windows-1252.
    'Windows-1252': Buffer.from(text, 'latin1'),
  }
  for (const [encoding, bytes] of Object.entries(files))
    expect(await askedRecipe({ recipe: recipeFile(bytes) }), encoding).toEqual(decoded)
  for (const bytes of [Buffer.from('{"seed": 1}', 'utf16le'), Buffer.from([0x7b, 0x81, 0x7d])]) {
    const file = recipeFile(bytes)
    await expect(askedRecipe({ recipe: file })).rejects.toMatchObject({
      code: 'invalid-recipe',
      message: expect.stringMatching(/recipe\.json can't be read: it is .*: save it as UTF-8/) as string,
    })
  }
})

test('a wrong flag or setting is wrong usage, named by its path', async () => {
  const wrong = askedRecipe({ set: ['optimization.epoch=3'] })
  await expect(wrong).rejects.toThrow(InvalidArgumentError)
  await expect(wrong).rejects.toThrow('optimization.epoch')
  await expect(askedRecipe({ crop: 224, scale: { min: 128, max: 128 } })).rejects.toThrow(
    InvalidArgumentError,
  )
  await expect(askedRecipe({ set: ['seed'] })).rejects.toThrow(InvalidArgumentError)
})

test('a wrong file or preset is an error of its own', async () => {
  const invalid = expect.objectContaining({ code: 'invalid-recipe' })
  await expect(askedRecipe({ recipe: recipeFile('{"seeds": 1}') })).rejects.toThrow(invalid)
  await expect(askedRecipe({ recipe: recipeFile('[]') })).rejects.toThrow(invalid)
  await expect(askedRecipe({ recipe: recipeFile('{') })).rejects.toThrow(invalid)
  await expect(askedRecipe({ recipe: '/nowhere/recipe.json' })).rejects.toThrow(invalid)
  await expect(
    askedRecipe({ recipe: recipeFile('{"data": {"scale": 128}}'), crop: 96 }),
  ).resolves.toBeDefined()
  await expect(askedRecipe({ preset: 'none' })).rejects.toThrow(
    expect.objectContaining({ code: 'unknown-preset' }),
  )
})

test('what is wrong in a file is said with the file and the setting', async () => {
  const typo = recipeFile('{"optimization": {"epoch": 3}}')
  await expect(askedRecipe({ recipe: typo, preset: 'small-images' })).rejects.toMatchObject({
    code: 'invalid-recipe',
    message: `${typo}: optimization.epoch: there is no such setting`,
    hint: expect.stringContaining('epochs') as string,
  })
  const newer = recipeFile('{"version": 99}')
  await expect(askedRecipe({ recipe: newer })).rejects.toMatchObject({
    code: 'newer-version',
    message: expect.stringContaining(newer) as string,
  })
  await expect(askedRecipe({ recipe: typo, set: ['seed'] })).rejects.toThrow(InvalidArgumentError)
})

test('a preset that starts from weights asks for them', async () => {
  await expect(askedRecipe({ preset: 'fine-tune' })).rejects.toThrow(
    /name pretrained ones or a run with --from/,
  )
  expect(await askedRecipe({ preset: 'fine-tune', from: 'vgg16-features' })).toMatchObject({
    initialization: { from: { run: 'vgg16-features' } },
  })
  const settings = ['initialization.from={"run":"r1"}']
  await expect(askedRecipe({ preset: 'fine-tune', set: settings })).resolves.toBeDefined()
})

test('over the recipe of another run lie the file, the flags and the settings', async () => {
  const like = parseRecipe({
    network: { config: 'A', batchNorm: true },
    data: { crop: 64 },
    optimization: { batchSize: 32, microBatch: 8, epochs: 3 },
  })
  const flags = { recipe: recipeFile('{"optimization": {"epochs": 5}}'), crop: 96, set: ['seed=2'] }
  const { recipe } = await mergedRecipe(flags, like)
  expect(parseRecipe(recipe)).toEqual({
    ...like,
    data: { ...like.data, crop: 96, scale: { min: 110, max: 110 } },
    optimization: { ...like.optimization, epochs: 5, microBatch: 'auto' },
    seed: 2,
  })
})
