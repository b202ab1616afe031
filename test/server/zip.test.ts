import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { crc32 } from 'node:zlib'
import { zip } from '../../core/server/results/zip.ts'
import { remove, temporaryFolder } from './support.ts'

test('an archive holds each file whole, as another program reads it', async () => {
  const folder = temporaryFolder()
  onTestFinished(() => remove(folder))
  const files = {
    'model.onnx': randomBytes(300_000),
    'ä README.md': Buffer.from('hello'),
    empty: Buffer.alloc(0),
  }
  const entries = Object.entries(files).map(([name, content]) => {
    writeFileSync(join(folder, name.replace('/', '-')), content)
    return { name: `run/${name}`, path: join(folder, name) }
  })
  const chunks: Buffer[] = []
  for await (const chunk of zip(entries)) chunks.push(chunk)
  const archive = join(folder, 'out.zip')
  writeFileSync(archive, Buffer.concat(chunks))
  const out = join(folder, 'out')
  mkdirSync(out)
  const program =
    'import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nz.extractall(sys.argv[2])'
  execFileSync('python3', ['-c', program, archive, out])
  for (const [name, content] of Object.entries(files)) {
    expect(crc32(readFileSync(join(out, 'run', name)))).toBe(crc32(content))
  }
})
