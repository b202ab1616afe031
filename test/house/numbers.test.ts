import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const files = globSync('{core/cli,core/queries/report,core/evaluation,renderer}/**/*.{ts,svelte}', {
  cwd: root,
})
const read = (path: string): string => readFileSync(`${root}/${path}`, 'utf8')

test('no error is told but in the metric that a person has chosen', () => {
  const plain = /percent\([\w.?!]*(top1Error|top5Error|trainingError|validationError)\b/
  expect(files.length).toBeGreaterThan(100)
  expect(files.filter((path) => plain.test(read(path)))).toEqual([])
})

test('whatever tells an error or an accuracy tells how many images it is of', () => {
  const tells = files.filter(
    (path) => /\bmeasured\(/.test(read(path)) && !/function measured|const measured/.test(read(path)),
  )
  expect(tells.length).toBeGreaterThan(15)
  // The makers' figures are of ImageNet, and its 50,000 images stand in the text.
  const counted = /statistics\.n\(|imagesOf\(|ofImages\(|n = \$\{|\bimages\b|paperImages|weightsFacts/
  expect(tells.filter((path) => !counted.test(read(path)))).toEqual([])
})
