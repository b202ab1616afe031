import { availableParallelism } from 'node:os'
import { reportOf, StudioError } from '../../base/errors.ts'
import type { Split } from '../../dataset/types.ts'
import { expectedSeconds } from '../../engine/selection/speeds.ts'
import { forwardCost } from '../../engine/selection/stepCost.ts'
import { costOf } from '../../evaluation/cost.ts'
import { missingForm } from '../../evaluation/forms.ts'
import { outlinesOf } from '../../evaluation/outlines.ts'
import { maxBytes } from '../../evaluation/storedProbabilities.ts'
import { describeProtocol, parseProtocol } from '../../evaluation/protocol.ts'
import { scalePresets, testScales, type TrainedOn } from '../../evaluation/scales.ts'
import type { Protocol } from '../../evaluation/types.ts'
import { cropPlan } from '../../evaluation/views.ts'
import type { Size } from '../../image/types.ts'
import type { EvaluateInput } from '../../jobs/evaluation/evaluateInput.ts'
import type { Home } from '../../jobs/context/home.ts'
import { discardUnfinished, unfinishedEvaluations } from '../../jobs/evaluation/unfinished.ts'
import type { Catalog } from '../../messages/catalog.ts'
import { buildNetwork } from '../../network/architectures/index.ts'
import { describe } from '../../network/cost.ts'
import type { Network } from '../../network/types.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Dataset, Id } from '../../registry/types.ts'
import { networkOptions, parseRecipe, type Recipe } from '../../training/recipe.ts'
import type { EvaluationPlan } from '../api/types.ts'
import type { Machine } from '../machine/types.ts'
import { imageEntry } from './evaluations.ts'
import type { Protocols } from './types.ts'

export interface ProtocolsOptions {
  readonly home: Home
  readonly texts: Catalog
  readonly registry: Registry
  readonly machine: Machine
}

/** Number of images whose sizes stand for those of all. */
const sampled = 16

export function openProtocols({ home, texts, registry, machine }: ProtocolsOptions): Protocols {
  function imagesOf(dataset: Dataset, split: Split, offsets: readonly number[]) {
    return offsets.flatMap(
      (offset) => registry.pages.images(dataset.id, { split }, { offset, limit: 1 }).entries,
    )
  }

  /** Multiply-adds of an image of such sizes, in the mean. */
  function work(network: Network, protocol: Protocol, sizes: readonly Size[]) {
    const cost = costOf(network, cropPlan(protocol))
    const costs = sizes.map(cost)
    return {
      ...costs[0]!,
      multiplyAdds: costs.reduce((sum, one) => sum + one.multiplyAdds, 0) / costs.length,
    }
  }

  /** Evaluations of the run where it would compute: what an image cost, and took. The least work first. */
  function seen(network: Network, input: EvaluateInput, sizes: readonly Size[]): readonly Seen[] {
    const { engine = 'auto', device = 'auto', precision = 'auto' } = input
    const wanted = precision === 'auto' ? 'fp32' : precision
    return registry.evaluations
      .list(input.run)
      .flatMap(({ result: { execution, secondsPerImage: seconds, protocol } }) =>
        seconds &&
        execution?.precision === wanted &&
        (engine === 'auto' || execution.engine === engine) &&
        (device === 'auto' || execution.device === device)
          ? [{ seconds, multiplyAdds: work(network, protocol, sizes).multiplyAdds }]
          : [],
      )
      .toSorted((a, b) => a.multiplyAdds - b.multiplyAdds)
  }

  /** Multiply-adds a second, as the device has shown; null where it was not measured. */
  function speed(
    recipe: Recipe,
    network: Network,
    { engine, device, precision }: EvaluateInput,
  ): number | null {
    const execution = {
      ...recipe.execution,
      ...(engine !== undefined && engine !== 'auto' && { engine }),
      ...(device !== undefined && device !== 'auto' && { device }),
      precision: precision === undefined || precision === 'auto' ? 'fp32' : precision,
    } as const
    const speeds = machine.speeds()
    if (speeds.length === 0) return null
    try {
      const { engine: name, id } = machine.deviceFor(execution)
      const target = { engine: name, device: id, precision: execution.precision }
      const step = { images: 16, batchSize: 16, threads: availableParallelism(), work: forwardCost(network) }
      return describe(network).multiplyAdds / expectedSeconds(speeds, target, step)
    } catch (error) {
      if (error instanceof StudioError) return null
      throw error
    }
  }

  return {
    plan({ image = 0, ...input }) {
      const run = registry.runs.get(input.run)
      const recipe = parseRecipe(run.recipe)
      const dataset = datasetFor(registry, input.dataset ?? run.dataset)
      const { views, scales, flips, split = 'test' } = input
      const images = dataset?.images[split] ?? 0
      const classes = dataset?.classes.length ?? 2
      const base = { presets: presetsOf(recipe.data), images, bytes: maxBytes(images, classes) }
      const nothing = {
        ...base,
        protocol: null,
        protocolText: null,
        crops: 0,
        passes: 0,
        seconds: null,
        picture: null,
      }
      try {
        const protocol = parseProtocol({ views, scales, flips }, recipe.data)
        const network = buildNetwork(networkOptions(recipe, classes))
        const missing = missingForm(network, protocol.views)
        if (missing) throw missing
        const offsets = Array.from({ length: Math.min(sampled, images) }, (_, index) =>
          Math.floor((index * images) / Math.min(sampled, images)),
        )
        const found = dataset ? imagesOf(dataset, split, offsets) : []
        const sizes = found.length > 0 ? found : [{ width: recipe.data.crop, height: recipe.data.crop }]
        const { crops, passes, multiplyAdds } = work(network, protocol, sizes)
        const seconds = secondsFor(multiplyAdds, seen(network, input, sizes), speed(recipe, network, input))
        return {
          ...base,
          protocol,
          protocolText: describeProtocol(protocol),
          issue: null,
          crops,
          passes,
          seconds: seconds && images * seconds,
          picture: dataset && images > 0 ? pictureOf(dataset, split, image % images, protocol) : null,
        } satisfies EvaluationPlan
      } catch (error) {
        if (!(error instanceof StudioError)) throw error
        return { ...nothing, issue: reportOf(error, texts) }
      }
    },
    unfinished: (run) => unfinishedEvaluations(home, registry.runs.get(run).id),
    discard: (run, name) => discardUnfinished(home, registry.runs.get(run).id, name),
  }

  function pictureOf(
    dataset: Dataset,
    split: Split,
    offset: number,
    protocol: Protocol,
  ): EvaluationPlan['picture'] {
    const [entry] = imagesOf(dataset, split, [offset])
    if (!entry) return null
    const image = imageEntry(registry, dataset.id, entry.position)
    return { ...image, dataset: dataset.id, outlines: outlinesOf(cropPlan(protocol), image) }
  }
}

interface Seen {
  /** Seconds for one image. */
  readonly seconds: number
  readonly multiplyAdds: number
}

/**
 * Seconds of one image: along the line through the least and the most work that was seen, since part of an image's time
 * (decoding) does not depend on the work; else at the device's speed.
 */
export function secondsFor(multiplyAdds: number, seen: readonly Seen[], speed: number | null): number | null {
  const [least, most] = [seen[0], seen.at(-1)]
  if (!least || !most) return speed && multiplyAdds / speed
  const more = most.multiplyAdds - least.multiplyAdds
  const usual = speed === null ? most.seconds / most.multiplyAdds : 1 / speed
  const each = more > 0 ? Math.max(0, (most.seconds - least.seconds) / more) : usual
  return Math.max(multiplyAdds * each, most.seconds + (multiplyAdds - most.multiplyAdds) * each)
}

function datasetFor(registry: Registry, id: Id | null): Dataset | null {
  return id === null ? null : registry.datasets.get(id)
}

function presetsOf(trainedOn: TrainedOn): EvaluationPlan['presets'] {
  const reachable = scalePresets.map((preset) => {
    const scales = testScales(trainedOn, preset)
    return [preset, scales.every((scale) => scale >= trainedOn.crop) ? scales : null] as const
  })
  return Object.fromEntries(reachable) as Record<(typeof scalePresets)[number], readonly number[] | null>
}
