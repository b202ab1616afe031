import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { cleanEnvironment } from './environment.ts'
import { changedFiles, loadHashes } from './hashes.ts'
import type { Paths } from './paths.ts'
import { texts } from './texts.ts'

/** `vgg-studio --smoke-test`: what an installation's Node and native modules do, without a window. */
export const smokeTest = '--smoke-test'

interface Installation {
  readonly isPackaged: boolean
  getAppPath(): string
}

/** @returns the exit code: 0 where all is as it was installed, and each module works */
export async function runSmokeTest({ node, studio }: Paths, app: Installation): Promise<number> {
  const expected = app.isPackaged ? loadHashes(app.getAppPath()) : null
  const changed = expected ? await changedFiles(studio, expected) : []
  if (changed.length > 0) {
    console.error(texts.changedInstallation.detail(changed))
    return 1
  }
  const script = join(studio, 'core', 'cli', `smokeTest.${app.isPackaged ? 'js' : 'ts'}`)
  return new Promise((resolve) => {
    const child = spawn(node, [script], {
      env: cleanEnvironment(process.env),
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    child.on('error', (error) => {
      console.error(error.message)
      resolve(1)
    })
    child.on('exit', (code) => resolve(code ?? 1))
  })
}
