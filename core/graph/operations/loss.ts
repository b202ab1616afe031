import { softmaxCrossEntropy, softmaxCrossEntropyGradient } from '../onnx/loss.ts'
import * as tensorflow from '../tensorflow/loss.ts'
import { likeFirst, type Rows } from './row.ts'

/** Their gradients are where differentiation starts (see passes/differentiate.ts). */
export const lossRows: Rows<'softmaxCrossEntropy' | 'softmaxCrossEntropyGradient'> = {
  softmaxCrossEntropy: {
    shapes: () => [[]],
    gradient: null,
    onnx: (writer, [logits, targets, weights]) => softmaxCrossEntropy(writer, logits!, targets!, weights!),
    tensorflow: ({ writer }, operands) => tensorflow.softmaxCrossEntropy(writer, operands),
  },
  softmaxCrossEntropyGradient: {
    shapes: likeFirst,
    gradient: null,
    onnx: (writer, [logits, targets, weights]) =>
      softmaxCrossEntropyGradient(writer, logits!, targets!, weights!),
    tensorflow: ({ writer }, operands) => tensorflow.softmaxCrossEntropyGradient(writer, operands),
  },
}
