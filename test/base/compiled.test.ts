import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const compiled = new URL('../../core/base/compiled.js', import.meta.url).href

/** What a process says that keeps compiled modules in a folder, and starts another. */
function started(folder: string): string {
  const program = `import { spawnSync } from 'node:child_process'
    const { keepCompiled } = await import(${JSON.stringify(compiled)})
    keepCompiled(${JSON.stringify(folder)})
    await import(${JSON.stringify(new URL('../../core/base/random.ts', import.meta.url).href)})
    const child = spawnSync(process.execPath, ['-p', 'process.env.NODE_COMPILE_CACHE'], { encoding: 'utf8' })
    console.log(child.stdout.trim())`
  const { NODE_COMPILE_CACHE: _, ...env } = process.env
  const options = { input: program, encoding: 'utf8', env } as const
  return spawnSync(process.execPath, ['--input-type=module', '-'], options).stdout.trim()
}

test('modules are kept as they were compiled, and processes that are started find them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const kept = join(folder, 'cache', 'compiled')
  expect(started(kept)).toBe(kept)
  expect(readdirSync(kept, { recursive: true }).length).toBeGreaterThan(1)
})

test('where nothing can be written, all is as without', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'file')
  writeFileSync(file, '')
  expect(started(join(file, 'compiled'))).toBe('undefined')
})
