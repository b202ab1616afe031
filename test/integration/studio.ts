import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const launcher = fileURLToPath(new URL('../../core/cli/vgg-studio.js', import.meta.url))
export const sample = fileURLToPath(new URL('../../resources/sample/fashion-mnist', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** The last line of standard output. */
  readonly json: Record<string, unknown>
  /** All of them. */
  readonly lines: readonly Record<string, unknown>[]
}

export interface StudioHome {
  readonly home: string
  /** Runs a command to its end. */
  run(...parameters: readonly string[]): Promise<Ended>
  /** Starts one. */
  start(...parameters: readonly string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> }
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'vgg-studio-test-'))
}

/** The command line as a child process, with a home folder of its own. */
export function openStudio(
  home = join(temporaryFolder(), 'home'),
  environment: NodeJS.ProcessEnv = {},
): StudioHome {
  const start: StudioHome['start'] = (...parameters) => {
    const child = spawn(process.execPath, [launcher, ...parameters, '--home', home], {
      env: { ...process.env, NO_COLOR: '1', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return { child, ended: collect(child) }
  }
  return { home, start, run: (...parameters) => start(...parameters).ended }
}

async function collect(child: ChildProcess): Promise<Ended> {
  const [out, err]: [Buffer[], Buffer[]] = [[], []]
  child.stdout!.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr!.on('data', (chunk: Buffer) => err.push(chunk))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  const stdout = Buffer.concat(out).toString()
  const parsed = (): Record<string, unknown>[] =>
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  return {
    code,
    stdout,
    stderr: Buffer.concat(err).toString(),
    get lines() {
      return parsed()
    },
    get json() {
      return parsed().at(-1)!
    },
  }
}

/** Waits until a started command's JSON lines have one with this event. */
export function seen(child: ChildProcess, event: string, times = 1): Promise<void> {
  let text = ''
  return new Promise((resolve, reject) => {
    child.stdout!.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.split(`"event":"${event}"`).length > times) resolve()
    })
    child.on('close', () => reject(new Error(`It ended before ${event}: ${text}`)))
  })
}

export const classes = ['bag', 'dress', 'sandal', 'trouser', 'coat', 'sneaker']

/** Real images: this many of each class for training and for testing, in a folder of their own. */
export function copySample(training: number, testing: number, names: readonly string[] = classes): string {
  const source = join(temporaryFolder(), 'clothes')
  for (const name of names) {
    for (const [split, count] of [['train', training] as const, ['test', testing] as const]) {
      if (count === 0) continue
      mkdirSync(join(source, split, name), { recursive: true })
      for (const file of readdirSync(join(sample, split, name))
        .sort()
        .slice(0, count)) {
        cpSync(join(sample, split, name, file), join(source, split, name, file))
      }
    }
  }
  return source
}

/** Names, contents, sizes and times of all files and folders in a folder. */
export function snapshot(folder: string): string {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  const hash = createHash('sha256')
  for (const entry of entries) {
    const path = join(folder, entry)
    const facts = statSync(path)
    hash.update(`${entry} ${facts.mtimeMs} ${facts.mode}\n`)
    if (facts.isFile()) hash.update(readFileSync(path))
  }
  return `${entries.length} entries ${hash.digest('hex')}`
}

/** A network as small as they come, for tests about everything but how well it does; the studio chooses what computes. */
export const tinyAnywhere = [
  ...['--config', 'A', '--batch-norm', '--crop', '32', '--scale', '32-36', '--batch', '16'],
  ...['--learning-rate', '0.05', '--seed', '3', '--initialization', 'he'],
  ...['--set', 'network.widthMultiplier=0.125', '--set', 'network.fcWidth=32', '--set', 'network.dropout=0'],
]

/** The same by the engine that is everywhere, so that nothing is to be chosen. */
export const tiny = [...tinyAnywhere, '--engine', 'onnxruntime', '--device', 'cpu']

export function remove(...folders: readonly string[]): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}
