import { readdirSync, statSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StudioError } from '../../base/errors.ts'
import { execute } from './execute.ts'

/** A file of PyPI, known to the last byte. */
export interface Wheel {
  readonly name: string
  readonly version: string
  readonly sha256: string
}

export const wheel = (name: string, version: string, sha256: string): Wheel => ({ name, version, sha256 })

/** The wheels are for Python 3.12 on Linux x64; which Python downloads them does not matter, nothing of it is used. */
const platforms = ['28', '27', '17', '12'].map((minor) => `manylinux_2_${minor}_x86_64`)
const pythonVersion = '312'

export interface Download {
  /** A Python with pip: it knows of mirrors, proxies and certificates what this machine's owner has set. */
  readonly python: string
  readonly wheels: readonly Wheel[]
  /** Display text: what is being downloaded. */
  readonly title: string
  readonly folder: string
  /** Is told now and then how many bytes have arrived. */
  readonly onBytes: (done: number) => void
  readonly signal: AbortSignal | undefined
}

/** pip's requirements: exact versions, and no byte but those of the hashes. */
export function requirements(wheels: readonly Wheel[]): string {
  return wheels.map(({ name, version, sha256 }) => `${name}==${version} --hash=sha256:${sha256}\n`).join('')
}

/** @throws StudioError `wrong-checksum`, `download-failed`, `canceled` */
export async function downloadWheels(download: Download): Promise<void> {
  const { python, wheels, folder, onBytes, signal } = download
  const temporary = join(folder, 'tmp')
  await mkdir(temporary, { recursive: true })
  const list = join(folder, 'requirements.txt')
  await writeFile(list, requirements(wheels))
  // pip tells its progress to terminals only; what it has written so far can be seen.
  const watch = setInterval(() => onBytes(bytesIn(folder)), 200)
  const environment = { ...process.env, TMPDIR: temporary, PIP_DISABLE_PIP_VERSION_CHECK: '1' }
  try {
    await execute(python, ['-m', 'pip', 'download', ...pipOptions(folder, list)], { signal, environment })
  } catch (error) {
    throw downloadError(error, download.title)
  } finally {
    clearInterval(watch)
  }
}

function pipOptions(folder: string, list: string): readonly string[] {
  return [
    ...['--no-deps', '--only-binary=:all:', '--no-cache-dir', '--require-hashes'],
    ...platforms.flatMap((platform) => ['--platform', platform]),
    ...['--implementation', 'cp', '--python-version', pythonVersion],
    ...['--dest', folder, '--requirement', list],
  ]
}

function downloadError(error: unknown, title: string): unknown {
  if (!(error instanceof StudioError) || error.code === 'canceled') return error
  if (/do not match the hashes/i.test(error.message)) {
    return new StudioError('wrong-checksum', { what: 'wheels', title }, { cause: error })
  }
  return new StudioError('download-failed', { what: 'wheels', title, problem: error.fact }, { cause: error })
}

function bytesIn(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
  } catch {
    // pip moves its files about.
    return 0
  }
}

/** Node has no reader for zip files, and Python is there anyway. Prints each file that it has written. */
const unpackProgram = `
import fnmatch, sys, zipfile
wheel, target, *patterns = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if not name.endswith('/') and any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
            archive.extract(name, target)
            print(name, flush=True)
`

/** @returns the paths in `target` of the files that one of the patterns fits (as the shell's do) */
export async function unpackWheel(
  python: string,
  {
    wheel: packed,
    from,
    target,
    patterns,
  }: {
    readonly wheel: Wheel
    /** Folder of the downloaded files. */
    readonly from: string
    readonly target: string
    readonly patterns: readonly string[]
  },
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const files: string[] = []
  await execute(python, ['-c', unpackProgram, join(from, fileOf(packed, from)), target, ...patterns], {
    signal,
    onLine: (line) => files.push(line),
  })
  return files
}

function fileOf({ name, version }: Wheel, folder: string): string {
  const start = `${name.replaceAll('-', '_')}-${version}-`
  const found = readdirSync(folder).find((file) => file.startsWith(start) && file.endsWith('.whl'))
  if (!found) throw new StudioError('download-failed', { what: 'missing-wheel', start, folder })
  return found
}
