import { expect, test, vi } from 'vitest'
import { openTerminal } from '../../core/cli/terminal.ts'
import { confirmSettings } from '../../core/cli/questions.ts'
import type { Registry } from '../../core/registry/registry.ts'
import { sample } from '../integration/studio.ts'

const known = { images: { train: 50, validation: 10, test: 10 } }
const registry = {
  datasets: { find: (name: string) => (name === 'd1' ? known : null), latestOf: () => null },
} as unknown as Pick<Registry, 'datasets'>

/** What is said of a recipe before it starts, and whether it starts. */
async function said(recipe: object, dataset = 'd1') {
  const lines: string[] = []
  const terminal = { ...openTerminal(false), note: (text: string) => void lines.push(text) }
  const asked = { recipe, dataset, split: undefined }
  const starts = await confirmSettings(terminal, registry, asked, new AbortController().signal)
  return { starts, text: lines.join('\n') }
}

test('without a terminal, settings that are hardly ever meant are a warning, with what is usual as it is typed', async () => {
  const { starts, text } = await said({ optimization: { learningRate: 100 } })
  expect(starts).toBe(true)
  expect(text).toContain('learning rate of 100')
  expect(text).toMatch(/Usual: --set optimization\.learningRate=0\.0\d/)
  const scales = await said({ optimization: { batchSize: 8 }, data: { crop: 32, scale: '32-512' } })
  expect(scales.text).toContain('Usual: --set data.scale=32-64')
  expect((await said({ optimization: { batchSize: 8 } })).text).toBe('')
})

test('a batch is held against the images of a data set, and of a folder that was never imported', async () => {
  const all = await said({ optimization: { batchSize: 9999 } })
  expect(all.text).toContain('A batch of 9,999 is more than the 50 training images')
  const folder = await said({ optimization: { batchSize: 9999 } }, sample)
  expect(folder.text).toMatch(/A batch of 9,999 is more than the [\d,]+ training images/)
  expect((await said({ optimization: { batchSize: 64 } }, sample)).text).toBe('')
  expect((await said({ optimization: { batchSize: 9999 } }, 'nowhere')).text).toBe('')
})

test('a person at a terminal is asked, and no is the default', async () => {
  const question = vi.fn<() => Promise<string>>()
  vi.doMock('node:readline/promises', () => ({
    createInterface: () => ({ question, on: vi.fn(), close: vi.fn() }),
  }))
  vi.resetModules()
  const { confirmSettings: ask } = await import('../../core/cli/questions.ts')
  const streams = [process.stdin, process.stderr] as { isTTY: boolean }[]
  const before = streams.map(({ isTTY }) => isTTY)
  for (const stream of streams) stream.isTTY = true
  try {
    const terminal = { ...openTerminal(false), note: () => undefined }
    const asked = { recipe: { optimization: { learningRate: 100 } }, dataset: 'd1', split: undefined }
    const answers = [
      ['y', true],
      ['Yes', true],
      ['', false],
      ['n', false],
    ] as const
    for (const [answer, starts] of answers) {
      question.mockResolvedValueOnce(answer)
      expect(await ask(terminal, registry, asked, new AbortController().signal)).toBe(starts)
    }
    const json = { ...terminal, json: true }
    expect(await ask(json, registry, asked, new AbortController().signal)).toBe(true)
    expect(question).toHaveBeenCalledTimes(4)
  } finally {
    streams.forEach((stream, index) => (stream.isTTY = before[index]!))
    vi.doUnmock('node:readline/promises')
  }
})
