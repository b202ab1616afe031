import { expect, test } from 'vitest'
import { onnxModel } from '../../../core/graph/onnx/model.ts'
import { passesFor } from '../../../core/graph/passes/index.ts'
import { inferenceGraph, trainingGraph } from '../../../core/graph/step.ts'
import { toDense } from '../../../core/network/dense.ts'
import { withoutAuxiliary } from '../../../core/network/withoutAuxiliary.ts'
import { shrunkNetworks } from '../../engine/architectures.ts'

// With a stride, ONNX Runtime's WebGPU computes it wrongly.
test.each(Object.entries(shrunkNetworks()))(
  '%s has its paddings written out, no auto_pad',
  (name, network) => {
    const used = withoutAuxiliary(network)
    const graphs = [
      ['standard', inferenceGraph(used)],
      ['standard', inferenceGraph(toDense(used), true)],
      ['cpu', trainingGraph(network, new Set(), passesFor.cpu)],
      ['portable', trainingGraph(network, new Set(), passesFor.resident)],
    ] as const
    for (const [dialect, graph] of graphs) {
      const bytes = Buffer.from(onnxModel(graph, { name, dialect }))
      expect(bytes.includes('auto_pad')).toBe(false)
      expect(bytes.includes('pads')).toBe(true)
    }
  },
)
