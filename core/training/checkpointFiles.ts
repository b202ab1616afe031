import { constants } from 'node:fs'
import { copyFile, link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { StudioError } from '../base/errors.ts'
import { freeBytes } from '../base/disk.ts'
import { temporaryPath } from '../base/temporary.ts'
import { elementCount } from '../base/tensor.ts'
import { parameters } from '../network/parameters.ts'
import type { Network } from '../network/types.ts'
import type { CheckpointFiles } from './events.ts'

const epochFile = /^epoch-(\d+)\.safetensors$/

export const lastFile = (folder: string): string => join(folder, 'last.safetensors')
export const bestFile = (folder: string): string => join(folder, 'best.safetensors')
/** @param epoch from 1 */
export const fileOfEpoch = (folder: string, epoch: number): string =>
  join(folder, `epoch-${epoch}.safetensors`)

/** The checkpoints of a run's folder, as they are on disk. */
export async function listCheckpoints(folder: string): Promise<CheckpointFiles> {
  const names = await readdir(folder)
  const epochs = names.flatMap((name) => epochFile.exec(name)?.[1] ?? []).map(Number)
  return {
    last: lastFile(folder),
    best: names.includes('best.safetensors') ? bestFile(folder) : null,
    epochs: epochs.sort((a, b) => a - b).map((epoch) => fileOfEpoch(folder, epoch)),
  }
}

/** Makes the folder, and clears what a killed process left half written in it. */
export async function prepareFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const leftovers = (await readdir(folder)).filter((name) => /\.safetensors\.[0-9a-f-]+\.tmp$/.test(name))
  await Promise.all(leftovers.map((name) => rm(join(folder, name), { force: true })))
}

/**
 * The same content under another name, replacing it atomically. A hard link: files here are replaced, never changed.
 * Where the file system has none, a copy.
 */
export async function copyCheckpoint(from: string, to: string): Promise<void> {
  const temporary = temporaryPath(to)
  try {
    await link(from, temporary).catch(() => copyDurably(from, temporary))
    await rename(temporary, to)
  } finally {
    await rm(temporary, { force: true })
  }
}

async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE)
  const file = await open(to, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Bytes of one checkpoint: weights and momentum. */
export function checkpointSize(network: Network): number {
  return parameters(network).reduce(
    (sum, { shape, trainable }) => sum + 4 * elementCount(shape) * (trainable ? 2 : 1),
    0,
  )
}

/**
 * Refuses to start a run whose checkpoints will not fit: last, best, those of every n-th epoch, and the one that is
 * being written, less what is there already.
 * @param epochFiles how many `epoch-N` files will be written
 * @throws StudioError `disk-full`
 */
export async function checkDisk(folder: string, size: number, epochFiles: number): Promise<void> {
  const needed = size * (3 + epochFiles) - (await occupied([lastFile(folder), bestFile(folder)]))
  const free = await freeBytes(folder)
  if (needed <= free) return
  throw new StudioError('disk-full', { what: 'checkpoints', needed, folder, free, isEpochs: epochFiles > 0 })
}

/** Bytes that files take together; two names of one file count once. */
async function occupied(paths: readonly string[]): Promise<number> {
  const found = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)))
  const sizes = new Map(found.flatMap((file) => (file ? [[file.ino, file.size]] : [])))
  return [...sizes.values()].reduce((sum, size) => sum + size, 0)
}
