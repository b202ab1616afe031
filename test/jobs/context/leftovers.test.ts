import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryPath } from '../../../core/base/temporary.ts'
import { runHere } from '../../../core/jobs/catalog.ts'
import { smallStudio } from '../small.ts'

const dead = spawnSync(process.execPath, ['-e', '']).pid
const studio = smallStudio()

test('a job clears away what killed processes were writing before it writes itself', async () => {
  const { folder, context } = studio
  const { home } = context
  const leftAt = (path: string): string => temporaryPath(path).replace(`.${process.pid}-`, `.${dead}-`)
  const left = [
    'exports/r9-onnx',
    'runs/r9/last.safetensors',
    'runs/r9/evaluations/e1.probabilities',
    'weights/vgg16.safetensors',
    'cache/health/d1.json',
    'server/settings.json',
  ].map((path) => leftAt(join(home.folder, path)))
  for (const path of left) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, '')
  }
  const there = (): readonly string[] => left.filter((path) => existsSync(path))
  const seen: (readonly string[])[] = []
  await runHere('import', { ...context, emit: () => seen.push(there()) }, { source: folder })
  expect(there()).toEqual([])
  // They were gone before the import said its first word.
  expect(seen[0]).toEqual([])
})
