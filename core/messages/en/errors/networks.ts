import { variants } from '../../text.ts'
import type { ProtocolFault, Reason, Stored, TextOfFact } from '../../types.ts'

interface UnsupportedLayer {
  /** `TensorFlow CPU` */
  readonly place: string
  readonly layer: string
  readonly limit: { readonly kind: 'tensor-size'; readonly bytes: number; readonly most: number }
}

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`

function faultText(fault: ProtocolFault, say: TextOfFact): string {
  switch (fault.fault) {
    case 'field':
      return `${fault.field === '' ? '' : `${fault.field}: `}${fault.expected === null ? 'not understood' : say(fault.expected).message}`
    case 'crop':
      return `crop: ${fault.crop}, but the network was built for ${fault.height}×${fault.width} pixels`
    case 'no-scale':
      return 'scales: at least one is needed'
    case 'small-scale':
      return `scales.${fault.index}: ${fault.scale} pixels is less than ${fault.isDense ? 'the input that the network was built for' : 'the crop'}, ${fault.crop}`
  }
}

/** Networks, graphs and protocols of evaluation. */
export const networksErrors = {
  'unsupported-layer': variants({
    pooling: ({
      kernel,
      stride,
      padding,
    }: {
      readonly kernel: number
      readonly stride: number
      readonly padding: number
    }) => ({
      message: `Pooling ${kernel}×${kernel} with stride ${stride}, padding ${padding} and ceil mode takes images of the crop’s size only.`,
    }),
    limit: ({ place, layer, limit }: UnsupportedLayer) => ({
      message: `${place} can’t train layer ${layer}: it would need a buffer of ${gibibytes(limit.bytes)}, and buffers there are limited to ${gibibytes(limit.most)}.`,
      hint: 'Use another device, a smaller crop (data.crop) or a narrower network.',
    }),
  }),
  'invalid-network': variants({
    'no-input': ({ layer }: { readonly layer: string }) => ({ message: `Layer ${layer} has no input.` }),
    'no-parameter': ({ layer, role }: { readonly layer: string; readonly role: string }) => ({
      message: `Layer ${layer} has no ${role}.`,
    }),
    layer: (
      { label, name, reason }: { readonly label: string; readonly name: string; readonly reason: Reason },
      say: TextOfFact,
    ) => ({ message: `Layer ${label} (${name}): ${say(reason).message}.` }),
    'no-last-pooling': ({ name }: { readonly name: string }) => ({
      message: `Network ${name} has no max pooling without padding right before FC layers.`,
      hint: 'Evaluate it densely without pooling offsets.',
    }),
    network: ({ name, reason }: { readonly name: string; readonly reason: Reason }, say: TextOfFact) => ({
      message: `Network ${name}: ${say(reason).message}.`,
    }),
  }),
  'invalid-protocol': variants({
    network: ({ problem }: { readonly problem: Stored }, say: TextOfFact) => ({
      message: `This network can’t be evaluated this way. ${say(problem).message}`,
      hint: say(problem).hint ?? 'Evaluate it on crops (center, ten, grid or 144).',
    }),
    values: (
      { fault, views }: { readonly fault: ProtocolFault; readonly views: readonly string[] },
      say: TextOfFact,
    ) => ({
      message: `The evaluation protocol is not valid: ${faultText(fault, say)}.`,
      hint: `Scales are shorter sides in whole pixels, at least the crop; views are ${views.join(', ')}.`,
    }),
  }),
  'nothing-to-evaluate': ({ isUnreadable }: { readonly isUnreadable: boolean }) => ({
    message: isUnreadable ? 'None of the images could be loaded.' : 'There are no images to evaluate.',
    hint: 'Choose a split that has images, and look at the data set’s list of problems.',
  }),
} as const
