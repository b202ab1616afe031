import type { Tensor } from '../../core/base/tensor.ts'
import { openLoader } from '../../core/pipeline/loader.ts'
import type { Normalization, View } from '../../core/pipeline/types.ts'

/** One image as evaluation sees it, 1×3×crop×crop, normalized. */
export async function loadSample(path: string, normalization: Normalization, view: View): Promise<Tensor> {
  const loader = openLoader({ items: [{ path, label: 0 }], normalization, threads: 1 })
  try {
    for await (const { images } of loader.views({ view, microBatch: 1 })) return images
    throw new Error(`${path} gave no batch`)
  } finally {
    await loader.dispose()
  }
}
