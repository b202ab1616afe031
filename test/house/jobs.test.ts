import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { jobKinds } from '../../core/jobs/catalog.ts'

const jobs = fileURLToPath(new URL('../../core/jobs', import.meta.url))

test('a file in the jobs’ folder is one job, beside the catalog that loads each', () => {
  const files = globSync('*.ts', { cwd: jobs }).map((file) => basename(file, '.ts'))
  expect(files.toSorted()).toEqual(['catalog', ...jobKinds].toSorted())
  const catalog = readFileSync(`${jobs}/catalog.ts`, 'utf8')
  const loaded = Array.from(catalog.matchAll(/await import\('\.\/(\w+)\.ts'\)/g), ([, name]) => name)
  expect([...new Set(loaded)]).toEqual(jobKinds)
})
