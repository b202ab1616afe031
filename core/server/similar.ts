import { bySimilarity, featuresOf } from '../dataset/similar.ts'
import type { Registry } from '../registry/registry.ts'
import type { Id } from '../registry/types.ts'

/** An order of 50,000 images takes half a megabyte. */
const keptOrders = 8

/** Lists of images by how much they look like one of them. Data sets never change: scrolling sorts once. */
export interface Similar {
  /**
   * @param list what names the list
   * @param images its positions in the data set
   * @param like the image that is first; default: the first of the list
   */
  order(
    dataset: Id,
    list: unknown,
    images: () => readonly number[],
    like: number | undefined,
  ): readonly number[]
}

export function openSimilar({ pages }: Registry): Similar {
  const orders = new Map<string, readonly number[]>()
  let last: { readonly dataset: Id; readonly features: Float32Array } | undefined

  function sorted(dataset: Id, images: readonly number[], like = images[0]): readonly number[] {
    if (like === undefined) return []
    if (last?.dataset !== dataset) last = { dataset, features: featuresOf(pages.fingerprints(dataset)) }
    return bySimilarity(last.features, images, like)
  }

  return {
    order(dataset, list, images, like) {
      const key = JSON.stringify([dataset, list, like])
      const order = orders.get(key) ?? sorted(dataset, images(), like)
      orders.delete(key)
      orders.set(key, order)
      for (const oldest of [...orders.keys()].slice(0, orders.size - keptOrders)) orders.delete(oldest)
      return order
    },
  }
}
