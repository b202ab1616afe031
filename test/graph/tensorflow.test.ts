import { describe, expect, it } from 'vitest'
import { parameters } from '../../core/network/parameters.ts'
import { buildVgg, vggDefaults } from '../network/build.ts'
import { trainingModel, type TrainingModelOptions } from '../../core/graph/tensorflow/training.ts'

const small = { ...vggDefaults, crop: 32, classes: 5, fcWidth: 8, widthMultiplier: 1 / 32 }
const network = buildVgg({ ...small, config: 'A', batchNorm: true })
const options: TrainingModelOptions = {
  ...{ frozen: new Set<string>(), rateFactors: {}, computation: 'float', towers: [''] },
}

/** Needs no TensorFlow: what is written, not what it computes. */
describe('the TensorFlow training model', () => {
  it('has the signatures that the engine calls, each with an output for every parameter that it is about', () => {
    const { signatures } = trainingModel(network, options)
    expect(Object.keys(signatures).sort()).toEqual(
      ['accumulate', 'accumulateMore', 'apply', 'reset', 'restore', 'state'].sort(),
    )
    const all = parameters(network)
    const trained = all.filter(({ trainable }) => trainable)
    expect(Object.keys(signatures['state']!.outputs)).toHaveLength(all.length + trained.length)
    expect(Object.keys(signatures['reset']!.outputs)).toHaveLength(trained.length)
    expect(Object.keys(signatures['apply']!.inputs).sort()).toEqual([
      'learningRate',
      'momentum',
      'weightDecay',
    ])
    expect(signatures['accumulate']!.outputs['logits']).toMatchObject({ type: 'float', shape: [-1, 5] })
    expect(signatures['accumulate']!.outputs['loss']).toMatchObject({ type: 'float', shape: [] })
  })

  it('keeps neither momentum nor gradients of frozen layers', () => {
    const frozen = new Set(
      network.layers.map(({ name }) => name).filter((name) => name.startsWith('features')),
    )
    const { signatures } = trainingModel(network, { ...options, frozen })
    expect(Object.keys(signatures['reset']!.outputs)).toHaveLength(6)
  })

  it('asks each tower for inputs of its own', () => {
    const { signatures } = trainingModel(network, { ...options, towers: ['/device:CPU:0', '/device:CPU:1'] })
    const inputs = Object.keys(signatures['accumulate']!.inputs)
    for (const name of ['images', 'targets', 'weights'])
      expect(inputs).toEqual(expect.arrayContaining([`${name}/0`, `${name}/1`]))
  })
})
