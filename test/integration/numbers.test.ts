import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { remove, smallFolder, temporaryFolder, tinyRecipe } from '../server/support.ts'
import { openStudio, type Ended } from './studio.ts'

vi.setConfig({ testTimeout: 120_000 })

/** Every number stands with the images that it is of, and is told as the metric that a person has chosen, everywhere. */
const [home, folder] = [temporaryFolder(), smallFolder()]
const studio = openStudio(home)
const recipe = join(home, 'recipe.json')
const page = join(home, 'report.html')

beforeAll(async () => {
  writeFileSync(
    recipe,
    JSON.stringify({ ...tinyRecipe, optimization: { ...tinyRecipe.optimization, epochs: 2 } }),
  )
  for (const seed of ['0', '1']) {
    const asked = [seed === '0' ? folder : 'd1', '--recipe', recipe, '--set', `seed=${seed}`]
    expect((await studio.run('train', ...asked, '--json')).code).toBe(0)
  }
  for (const run of ['r1', 'r2']) expect((await studio.run('evaluate', run, '--json')).code).toBe(0)
  await studio.run('calibrate', 'r1', '--json')
}, 240_000)
afterAll(() => remove(home, folder))

const commands: readonly (readonly string[])[] = [
  ['train', 'd1', '--recipe', recipe, '--set', 'seed=7'],
  ['evaluate', 'r1'],
  ['evaluate', 'r1', 'r2', '--protocol', 'table3'],
  ['evaluate', 'r1', 'r2', '--together'],
  ['stats', 'r1'],
  ['slices', 'r1', 'r2', '--by', 'class'],
  ['calibrate', 'r1'],
  ['runs'],
  ['show', 'r1'],
  ['compare', 'r1', 'r2'],
  ['seeds', 'r1', '--count', '2'],
]

const rates =
  /^(top1Error|top5Error|error|errors|trainingError|recall|precision|f1|loss|trainingLoss|accuracy|brier|negativeLogLikelihood|rocArea|averagePrecision|mean)$/
const counts = ['images', 'answered', 'n', 'positives']

/** Paths of numbers beside which, or above which, nothing says how many images they are of. */
function uncounted(value: unknown, path = '', isCounted = false): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value))
    return value.flatMap((one, index) => uncounted(one, `${path}.${index}`, isCounted))
  const entries = Object.entries(value)
  const here =
    isCounted ||
    entries.some(([key, own]) => counts.includes(key) && (typeof own === 'number' || Array.isArray(own)))
  return entries.flatMap(([key, own]) => {
    const isNumber =
      typeof own === 'number' || (Array.isArray(own) && own.every((one) => typeof one === 'number'))
    if (rates.test(key) && isNumber) return here ? [] : [`${path}.${key}`]
    // A recipe's numbers are settings.
    return key === 'recipe' || key === 'settings' ? [] : uncounted(own, `${path}.${key}`, here)
  })
}

const objectsOf = ({ lines }: Ended): readonly object[] => lines.filter(({ event }) => event !== 'step')

test.each(commands.map((words) => [words.join(' '), words] as const))(
  '%s: with --json every number has its number of images',
  async (_, words) => {
    const output = await studio.run(...words, '--json')
    expect(output.code).toBe(0)
    const objects = objectsOf(output)
    expect(objects.length).toBeGreaterThan(0)
    expect(objects.flatMap((one) => uncounted(one))).toEqual([])
  },
)

test('the search for numbers without images finds them', () => {
  expect(uncounted({ runs: [{ best: { top1Error: 0.2, loss: 1 } }] })).toEqual([
    '.runs.0.best.top1Error',
    '.runs.0.best.loss',
  ])
})

const countedBlock = /\bn = \d|\d (\w+ )?images?\b|(^|\s)(n|images)(\s|$)/m

/** Blocks of text with a percentage, in which no number of images stands. */
function blocksWithoutN(text: string): readonly string[] {
  return text.split(/\n\s*\n/).filter((block) => /\d%/.test(block) && !countedBlock.test(block))
}

const told = commands.filter(([name]) => name !== 'calibrate')

test.each(told.map((words) => [words.join(' '), words] as const))(
  '%s: people are told accuracy where they want it, and how many images it is of',
  async (_, words) => {
    const { stdout, stderr, code } = await studio.run(...words, '--metric', 'accuracy')
    expect(stderr).not.toMatch(/unknown option/)
    expect(code).toBe(0)
    expect(blocksWithoutN(stdout)).toEqual([])
    expect(stdout).toContain('accuracy')
    // What is an error by its definition stays one, as do sentences about errors.
    const rest = stdout.replaceAll(/calibration error|\(less error, more accuracy: better\)/g, '')
    expect(rest).not.toMatch(/\b(top-1|top-5|top-k|validation|training)[ -]error/i)
  },
)

test('the metric is chosen once: commands, reports and tables tell it from then on, programs get errors', async () => {
  const before = (await studio.run('show', 'r1', '--json')).stdout
  expect((await studio.run('settings', '--json')).json).toMatchObject({ metric: 'error' })
  expect((await studio.run('show', 'r1')).stdout).toContain('top-1 error')
  expect((await studio.run('settings', '--metric', 'accuracy')).code).toBe(0)
  expect((await studio.run('settings')).stdout).toContain('accuracy')
  expect((await studio.run('show', 'r1')).stdout).toContain('top-1 accuracy')
  expect((await studio.run('show', 'r1', '--metric', 'error')).stdout).toContain('top-1 error')
  expect((await studio.run('show', 'r1', '--json')).stdout).toBe(before)
  await studio.run('report', 'r1', 'r2', '--out', page)
  const report = readFileSync(page, 'utf8')
  expect(report).toMatch(/Top-1 accuracy/)
  expect(report).not.toMatch(/top-[15] error|validation error/i)
  const { stdout } = await studio.run('evaluate', 'r1', 'r2', '--protocol', 'table3', '--format', 'csv')
  expect(stdout).toMatch(/^network,trained at,dense top-1 accuracy,dense top-5 accuracy,n$/m)
  expect(stdout).toContain('paper: D,256–512,74.4%,91.9%,50000')
  await studio.run('settings', '--metric', 'error')
})
