import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { safeName } from '../../core/export/safeName.ts'

test.each([
  ['quiet-otter-onnx', 'quiet-otter-onnx'],
  ['Blüten 花', 'Blüten 花'],
  ['a/b\\c:d*e?f"g<h>i|j', 'a-b-c-d-e-f-g-h-i-j'],
  ['line\nbreak\u0000end', 'line-break-end'],
  ['..', '-'],
  ['.hidden', '-hidden'],
  ['ends in dots...', 'ends in dots'],
  ['  spaces  ', 'spaces'],
  ['', 'run'],
  [' . ', 'run'],
  ['CON', '_CON'],
  ['nul.onnx', '_nul.onnx'],
  ['com7', '_com7'],
  ['LPT²', '_LPT²'],
  ['console', 'console'],
])('the name of a file on every system of %j is %j', (name, expected) => {
  expect(safeName(name)).toBe(expected)
})

test('a long name is cut between characters, and ends in none that Windows drops', () => {
  expect(safeName(`${'a'.repeat(99)}🦦 and more`)).toBe(`${'a'.repeat(99)}🦦`)
  // 255 bytes are the most on Linux.
  expect(safeName('花'.repeat(100))).toBe('花'.repeat(66))
  expect(safeName(`${'a'.repeat(99)} and more`)).toBe('a'.repeat(99))
})

test('what comes out is one file in the folder, and again its own name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vgg-names-'))
  const names = ['../../etc/passwd', 'C:\\Windows\\win.ini', 'aux', '\u202Etxt', 'ä'.repeat(90)].map((name) =>
    safeName(name),
  )
  for (const name of names) await writeFile(join(folder, name), '')
  expect((await readdir(folder)).sort()).toEqual(names.toSorted())
  expect(names.map((name) => safeName(name))).toEqual(names)
  await rm(folder, { recursive: true })
})
