import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

/** The numbered lines of ARCHITECTURE’s first walk, each with the files that it names, the hop’s own first. */
function walk(): readonly (readonly string[])[] {
  const text = read('ARCHITECTURE.md')
  const from = text.indexOf('**A scale, from the command line to pixels**')
  const lines = text.slice(from, text.indexOf('**An epoch, from the loop to a chart.**')).split('\n')
  return lines
    .filter((line) => /^\d+\. /.test(line))
    .map((line) => Array.from(line.matchAll(/`(core\/[^`]+\.ts)`/g), (match) => match[1]!))
}

/** Whether a file imports another, or starts it as a thread. */
const leadsTo = (file: string, next: string): boolean =>
  new RegExp(`['"][./][^'"]*\\b${basename(next, '.ts')}(\\.ts)?['"]`).test(read(file))

test('a scale takes ten hops at most from the command line to pixels, and each leads to the next', () => {
  const hops = walk()
  expect(hops.length).toBeGreaterThan(5)
  expect(hops.length).toBeLessThanOrEqual(10)
  for (const [index, [next]] of hops.entries()) {
    if (index === 0) continue
    const carriers = [...hops[index - 1]!, ...hops[index]!.slice(1)]
    expect(
      carriers.some((file) => leadsTo(file, next!)),
      `${carriers[0]} → ${next}`,
    ).toBe(true)
  }
})
