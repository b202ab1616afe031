import type { ErrorFact } from '../base/errors.ts'

/** Something that computes, or helps an engine compute, and does not come with the studio. */
export interface Installable {
  /** What `engines install` takes: `tensorflow`. */
  readonly name: string
  /** Display text: `TensorFlow`. */
  readonly title: string
  /** What it brings, in a sentence. */
  readonly description: string
  /** The first is the usual one; each of the others has a flag of its name (`--cuda`). */
  readonly variants: readonly [InstallVariant, ...InstallVariant[]]
  /** @param home the studio's folder */
  state(home: string): Promise<InstallableState>
  /** Whole or not at all; does nothing where it is there already. @throws StudioError with what to do */
  install(request: InstallRequest): Promise<InstalledEngine>
  /** Takes all of its variants out of the studio's folder. @returns the folders that are gone */
  remove(home: string): Promise<readonly string[]>
}

export interface InstallVariant {
  readonly name: string
  /** Text after the flag in `--help`: `for NVIDIA GPUs, with the CUDA 12 libraries`. */
  readonly description: string
  /** Bytes to fetch, and bytes on the disk once it is there, about; null where only its maker knows. */
  readonly download: number | null
  readonly disk: number | null
  /** What hinders the others does not hinder it. */
  readonly anywhere?: true
}

export interface InstallableState {
  readonly copies: readonly InstalledCopy[]
  /** Why it can't be installed here, and what to do about it; null where it can. */
  readonly obstacle: ErrorFact | null
}

export interface InstalledCopy {
  readonly variant: string
  readonly version: string
  readonly folder: string
  /** Bytes on the disk. */
  readonly bytes: number
  /** It lies in the studio's folder: `engines remove` takes it away. */
  readonly removable: boolean
  /** Whether this copy, among several, is the one that computes. */
  readonly used: boolean
}

export interface InstallRequest {
  /** The studio's folder. */
  readonly home: string
  /** Name of a variant. */
  readonly variant: string
  readonly onProgress?: (progress: InstallProgress) => void
  /** Gets what somebody else's installer prints. */
  readonly onLine?: (line: string) => void
  readonly signal?: AbortSignal | undefined
}

export type InstallPhase = 'download' | 'unpack' | 'compile' | 'test'

export interface InstallProgress {
  readonly phase: InstallPhase
  /** Bytes while downloading, else steps. */
  readonly done: number
  readonly total: number
}

export interface InstalledEngine {
  readonly version: string
  readonly folder: string
  /** False where it had been there already. */
  readonly installed: boolean
}
