import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, type TestContext } from 'vitest'

export interface SmallDisk {
  readonly folder: string
  /** Writes until nothing fits any more. */
  fill(): void
  /** Like a disk with a switch for it, or one that is mounted to be looked at. */
  makeReadOnly(): void
}

/** A disk of its own of some megabytes. Skips the test, with the reason, where none can be mounted. */
export function smallDisk(test: TestContext, megabytes = 4): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-disk-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const mount = (...options: readonly string[]): void =>
    void execFileSync('mount', [...options, folder], { stdio: 'pipe' })
  try {
    mount('-t', 'tmpfs', '-o', `size=${megabytes}m`, 'vgg-studio-test')
  } catch (error) {
    return test.skip(`No disk can be mounted here: ${String(error).split('\n')[0]}`)
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder]))
  return {
    folder,
    fill() {
      const file = openSync(join(folder, 'filling'), 'w')
      try {
        for (let size = 1 << 20; size > 0; size = size > 1 ? size >> 1 : 0) writeAll(file, Buffer.alloc(size))
      } finally {
        closeSync(file)
      }
    },
    makeReadOnly: () => mount('-o', 'remount,ro'),
  }
}

function writeAll(file: number, bytes: Buffer): void {
  try {
    for (;;) writeSync(file, bytes)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}
