import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StudioError } from '../../base/errors.ts'
import { importDefaults } from '../../jobs/entry/defaults.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Samples } from './types.ts'

export const sampleFolder = fileURLToPath(new URL('../../../resources/sample/', import.meta.url))

/** What resources/sample holds. */
const shipped = [
  {
    id: 'fashion-mnist',
    name: 'Fashion-MNIST',
    description: 'Small gray pictures of clothes, with test images of their own: trains in minutes.',
    classes: 10,
    images: 1600,
  },
  {
    id: 'clipart',
    name: 'Clip art',
    description: 'Colored drawings of many sizes and shapes: shows what cropping and scaling do.',
    classes: 6,
    images: 360,
  },
] as const

export function openSamples(registry: Registry): Samples {
  const folderOf = (id: string): string => join(sampleFolder, id)
  return {
    list: () =>
      Promise.all(
        shipped.map(async (sample) => {
          const folder = folderOf(sample.id)
          const root = await realpath(folder).catch(() => folder)
          const dataset = registry.datasets.latestOf({ root, source: { kind: 'folder' } })
          return { ...sample, folder, dataset: dataset?.id ?? null }
        }),
      ),
    async input(id) {
      const sample = shipped.find((known) => known.id === id)
      if (!sample) throw new StudioError('not-found', { what: 'sample', id })
      return { source: folderOf(id), ...importDefaults }
    },
  }
}
