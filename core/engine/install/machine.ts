import { StudioError } from '../../base/errors.ts'
import { freeBytes } from '../../base/disk.ts'
import { runsSuccessfully } from './execute.ts'

/** The machine, as far as an installation goes; tests give another. */
export interface System {
  readonly platform: NodeJS.Platform
  readonly arch: string
  /** undefined: not glibc */
  readonly glibc: string | undefined
  /** Programs to look for. */
  readonly pythons: readonly string[]
}

export function thisSystem(): System {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  return {
    platform: process.platform,
    arch: process.arch,
    glibc: header.glibcVersionRuntime,
    pythons: ['python3', 'python'],
  }
}

export function isLinuxX64({ platform, arch, glibc }: System): boolean {
  return platform === 'linux' && arch === 'x64' && glibc !== undefined
}

/** Display text: `darwin arm64`. */
export function systemName({ platform, arch }: System): string {
  return platform === 'linux' && arch === 'x64' ? 'Linux without glibc' : `${platform} ${arch}`
}

/** The first program that answers. */
export async function firstRunnable(
  commands: readonly string[],
  args: readonly string[],
): Promise<string | undefined> {
  for (const command of commands) if (await runsSuccessfully(command, args)) return command
  return undefined
}

/** Arguments to which a Python with pip answers. */
export const pipVersion = ['-m', 'pip', '--version'] as const

/**
 * @param title what is to be installed, for people
 * @param bytes what the installation takes
 * @throws StudioError `no-space`
 */
export async function checkSpace(title: string, folder: string, bytes: number): Promise<void> {
  const free = await freeBytes(folder)
  if (free >= bytes) return
  throw new StudioError('no-space', { title, bytes, folder, free })
}
