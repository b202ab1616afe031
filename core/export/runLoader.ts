import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { cp, rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { StudioError, throwIfAborted } from '../base/errors.ts'
import { temporaryFolder } from '../base/temporary.ts'
import type { RuntimeAnswer, Reopened, ReopenInput } from './exporter.ts'

/** Leads a program in an export to the packages that are here. */
const packages = new URL('./loaders/packages.js', import.meta.url).href

/** Programs that exports get. */
export const loaders = fileURLToPath(new URL('./loaders/', import.meta.url))

interface Line {
  readonly probabilities?: readonly number[]
  readonly milliseconds?: number
}

/** Runs the program in an export, as a person would who got the folder. */
export const runLoader = (runtime: string, input: ReopenInput): Promise<Reopened> =>
  runProgram(join(input.folder, 'classify.ts'), runtime, input)

/** Runs our own program with an export that may come from anyone: nothing in it is executed. */
export async function runOurLoader(runtime: string, input: ReopenInput): Promise<Reopened> {
  // Node strips no types from what lies in node_modules, where this package may be.
  const own = temporaryFolder('export')
  try {
    await cp(loaders, own, { recursive: true })
    return await runProgram(join(own, 'classify.ts'), runtime, input)
  } finally {
    await rm(own, { recursive: true, force: true })
  }
}

/**
 * In a process of its own.
 * @throws StudioError `export-unopened` where it breaks off, `canceled`
 */
async function runProgram(program: string, runtime: string, input: ReopenInput): Promise<Reopened> {
  const { folder, pictures, onPicture, signal } = input
  throwIfAborted(signal)
  const options = ['--json', '--runtime', runtime, '--folder', folder]
  const args = ['--import', packages, program, ...options, '--', ...pictures]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], signal })
  const answers: RuntimeAnswer[] = []
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)))
  const ended = new Promise<number | null>((done) => {
    child.on('error', () => done(null)).on('close', done)
  })
  for await (const text of createInterface({ input: child.stdout })) {
    const { probabilities = null, milliseconds = 0 } = JSON.parse(text) as Line
    answers.push({ probabilities, milliseconds })
    onPicture()
  }
  // Exit code 1: a picture was refused, which its line says.
  const code = await ended
  throwIfAborted(signal)
  if (answers.length !== pictures.length || (code !== 0 && code !== 1)) {
    throw new StudioError('export-unopened', { runtime, detail: said.trim() })
  }
  return { runtime, answers }
}
