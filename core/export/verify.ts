import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { StudioError } from '../base/errors.ts'
import { certify, type Certificate } from './certificate.ts'
import { readCertificate } from './certificateFile.ts'
import { changedFiles } from './checksums.ts'
import type { ReopenInput, Reopened } from './exporter.ts'
import { reopenSavedModel } from './formats/savedModel.ts'
import { readBack } from './formats/safetensors.ts'
import { runOurLoader } from './runLoader.ts'

export interface VerifyInput {
  readonly folder: string
  readonly signal?: AbortSignal | undefined
}

export interface Verification {
  /** Absolute. */
  readonly folder: string
  /** Files that are gone or are not what was written. */
  readonly changed: readonly string[]
  /** The pictures in the export, run again here. */
  readonly certificate: Certificate
  readonly passed: boolean
}

/**
 * Runs an export's certificate again, wherever it was made: its sums, and its own pictures through the program that exports get, by
 * every runtime that opened it then.
 * @throws StudioError `not-an-export`, `export-unopened`, `canceled`
 */
export async function verifyExport({ folder, signal }: VerifyInput): Promise<Verification> {
  const path = resolve(folder)
  const { checks, runtimes, tolerance } = await readCertificate(path)
  const changed = await changedFiles(path).catch((cause: unknown) => {
    throw new StudioError('not-an-export', { folder: path }, { cause })
  })
  const pictures = checks.map(({ file }) => join(path, file))
  const isSavedModel = existsSync(join(path, 'saved_model.pb'))
  const reopened = []
  for (const { runtime } of runtimes) {
    const reopen: (name: string, input: ReopenInput) => Promise<Reopened> =
      runtime === 'read-back' ? readBack : isSavedModel ? reopenSavedModel : runOurLoader
    reopened.push(await reopen(runtime, { folder: path, pictures, onPicture: () => undefined, signal }))
  }
  const measured = checks.map(({ file, probabilities }) => ({
    path: file,
    name: file,
    label: null,
    probabilities,
  }))
  const certificate = certify(measured, reopened, { tolerance, bytes: 0 })
  return { folder: path, changed, certificate, passed: changed.length === 0 && certificate.passed }
}
