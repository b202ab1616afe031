import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openRegistry, type Registry } from '../../core/registry/registry.ts'
import type { DatasetImage, ImportOptions, Manifest, Split } from '../../core/dataset/types.ts'

export const options: ImportOptions = { validation: 0.15, test: 0.15, seed: 0 }

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-studio-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function newRegistry(file = join(temporaryFolder(), 'registry.sqlite')): Registry {
  const registry = openRegistry(file)
  onTestFinished(() => registry.close())
  return registry
}

export function imageOf(index: number): DatasetImage {
  const label = index % 2
  const split: Split = index % 5 === 0 ? 'test' : index % 7 === 0 ? 'validation' : 'train'
  return {
    path: `${label === 0 ? 'cat' : 'Hund ä'}/${String(index).padStart(6, '0')}.png`,
    label,
    split,
    hash: index.toString(16).padStart(64, '0'),
    ...(index % 3 === 0 ? {} : { fingerprint: `f${index}` }),
    info: {
      format: 'png',
      width: 28,
      height: 30,
      colorMode: 'rgb',
      alpha: index % 2 === 1,
      bits: 8,
      bytes: 500,
    },
  }
}

export function manifestOf(root: string, images = 20): Manifest {
  return {
    root,
    source: { kind: 'folder' },
    classes: ['cat', 'Hund ä'],
    images: Array.from({ length: images }, (_, index) => imageOf(index)),
    problems: [{ path: 'cat/broken.jpg', code: 'truncated', reason: 'The file ends too early.' }],
    statistics: {
      mean: [120.5, 110, 100],
      std: [60, 61, 62],
      pca: {
        values: [3, 2, 1],
        vectors: [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ],
      },
    },
  }
}

/** A registry with one data set and one queued run in it. */
export function registryWithRun() {
  const registry = newRegistry()
  const dataset = registry.datasets.add(manifestOf('/data/pets'), options)
  const run = registry.runs.create({ suggestion: 'pets-A', dataset: dataset.id, recipe: { seed: 1 } })
  return { registry, dataset, run }
}
