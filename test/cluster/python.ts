import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { copyPackage } from '../../core/cluster/package.ts'
import { taskOf, type TaskOptions } from '../../core/cluster/task.ts'
import type { Manifest } from '../../core/dataset/types.ts'
import { saveCheckpoint, type Checkpoint } from '../../core/training/checkpoint.ts'
import { succeeds } from '../export/succeeds.ts'

/** A Python with torch, safetensors, numpy and pillow: VGG_STUDIO_PYTHON=/path/to/python */
export const python = process.env.VGG_STUDIO_PYTHON
export const hasPillow = python !== undefined && succeeds(python, ['-c', 'import numpy, PIL'])
export const hasTorch = python !== undefined && succeeds(python, ['-c', 'import torch, safetensors'])

const run = promisify(execFile)

/** What a program says that has our package. */
export async function runPython(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(python!, args, {
    cwd: folder,
    env: { ...process.env, OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' },
    maxBuffer: 2 ** 28,
  })
  return stdout
}

/** A folder with our package in it. */
export async function packageFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vgg-studio-cluster-'))
  await copyPackage(folder)
  return folder
}

/** A run's storage with all that the studio puts into it. */
export async function storageOf(
  folder: string,
  start: Checkpoint,
  manifest: Pick<Manifest, 'images'>,
  options: Partial<TaskOptions> = {},
): Promise<string> {
  const { task, program } = taskOf(start, manifest, { workers: 1, batchNorm: 'synchronized', ...options })
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'task.json'), JSON.stringify(task))
  await writeFile(join(folder, 'network.py'), program)
  await saveCheckpoint(join(folder, 'start.safetensors'), start)
  return folder
}
