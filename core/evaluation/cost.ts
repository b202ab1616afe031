import type { Size } from '../image/types.ts'
import { describe } from '../network/cost.ts'
import type { Network } from '../network/types.ts'
import { denseForm } from './forms.ts'
import { renderedSize, windowOf, type CropPlan, type Form, type Window } from './views.ts'

/** What one image costs under a protocol. */
export interface ImageCost {
  /** Forward passes over crops, mirrored ones among them. */
  readonly crops: number
  /** Forward passes over the whole image, mirrored ones among them. */
  readonly passes: number
  /** Multiply-adds of all of them. */
  readonly multiplyAdds: number
}

/**
 * Cost of an image under a plan, by its size.
 * @throws StudioError `invalid-protocol` where the network has no form that the plan wants
 */
export function costOf(network: Network, plan: CropPlan): (original: Size) => ImageCost {
  const known = new Map<string, number>()
  const multiplyAdds = (form: Form, { width, height }: Window): number => {
    const key = `${form} ${width}×${height}`
    const found = known.get(key) ?? describe(sized(network, form, height, width)).multiplyAdds
    known.set(key, found)
    return found
  }
  const crops = plan.views.filter(({ form }) => form === 'plain').length
  return (original) => ({
    crops,
    passes: plan.views.length - crops,
    multiplyAdds: plan.views.reduce((sum, view) => {
      const rendered = renderedSize(plan.renditions[view.rendition]!, original)
      return sum + multiplyAdds(view.form, windowOf(view, plan.crop, rendered))
    }, 0),
  })
}

function sized(network: Network, form: Form, height: number, width: number): Network {
  if (form === 'plain') return network
  return { ...denseForm(network, form), input: [network.input[0]!, height, width] }
}
