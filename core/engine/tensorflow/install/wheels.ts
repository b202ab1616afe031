import { readdirSync, statSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StudioError } from '../../../base/errors.ts'
import { wheelPlatforms, wheelPython, type Release, type Wheel } from '../release.ts'
import { execute } from './execute.ts'
import type { Tools } from './tools.ts'

/** pip's requirements: exact versions, and no byte but those of the hashes. */
export function requirements({ wheels }: Release): string {
  return wheels.map(({ name, version, sha256 }) => `${name}==${version} --hash=sha256:${sha256}\n`).join('')
}

/** @param onBytes is told now and then how many bytes have arrived */
export async function downloadWheels(
  tools: Tools,
  release: Release,
  folder: string,
  onBytes: (done: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const temporary = join(folder, 'tmp')
  await mkdir(temporary, { recursive: true })
  const list = join(folder, 'requirements.txt')
  await writeFile(list, requirements(release))
  // pip tells its progress to terminals only; what it has written so far can be seen.
  const watch = setInterval(() => onBytes(bytesIn(folder)), 200)
  try {
    const environment = { ...process.env, TMPDIR: temporary, PIP_DISABLE_PIP_VERSION_CHECK: '1' }
    const platforms = wheelPlatforms.flatMap((platform) => ['--platform', platform])
    const python = ['--implementation', 'cp', '--python-version', wheelPython]
    await execute(
      tools.python,
      [
        ...[
          '-m',
          'pip',
          'download',
          '--no-deps',
          '--only-binary=:all:',
          '--no-cache-dir',
          '--require-hashes',
        ],
        ...[...platforms, ...python, '--dest', folder, '--requirement', list],
      ],
      { signal, environment },
    )
  } catch (error) {
    throw downloadError(error)
  } finally {
    clearInterval(watch)
  }
}

function downloadError(error: unknown): unknown {
  if (!(error instanceof StudioError) || error.code === 'canceled') return error
  if (/do not match the hashes/i.test(error.message)) {
    return new StudioError(
      'wrong-checksum',
      'What was downloaded is not the TensorFlow that was published.',
      {
        hint: 'Check the mirror or proxy that pip uses (`pip config list`), then try again.',
        cause: error,
      },
    )
  }
  return new StudioError('download-failed', `TensorFlow could not be downloaded: ${error.message}`, {
    hint: 'Check the connection and pip’s settings (`pip config list`), then try again.',
    cause: error,
  })
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

const libraries = {
  tensorflow: ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'],
  nvidia: ['nvidia/*/lib/*.so*', 'nvidia/cuda_nvcc/*'],
}
const notices = [
  'tensorflow/THIRD_PARTY_NOTICES.txt',
  'tensorflow/include/LICENSE',
  '*.dist-info/[Ll]icense*',
]
const headers = [
  'tensorflow/include/tensorflow/c/*',
  'tensorflow/include/tensorflow/core/platform/ctstring*',
  'tensorflow/include/xla/tsl/*',
  'tensorflow/include/tsl/*',
]

/** @returns the files' paths in `target`: libraries and notices to keep, headers to compile with */
export async function unpackWheels(
  tools: Tools,
  { wheels }: Release,
  from: string,
  target: string,
  onFile: (wheel: number) => void,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const files: string[] = []
  for (const [index, wheel] of wheels.entries()) {
    onFile(index)
    const patterns =
      index === 0 ? [...libraries.tensorflow, ...notices, ...headers] : [...libraries.nvidia, ...notices]
    const args = ['-c', unpackProgram, join(from, fileOf(wheel, from)), target, ...patterns]
    await execute(tools.python, args, { signal, onLine: (line) => files.push(line) })
  }
  return files
}

function fileOf({ name, version }: Wheel, folder: string): string {
  const start = `${name.replaceAll('-', '_')}-${version}-`
  const found = readdirSync(folder).find((file) => file.startsWith(start) && file.endsWith('.whl'))
  if (!found) throw new StudioError('download-failed', `pip has not put ${start}….whl into ${folder}.`)
  return found
}
