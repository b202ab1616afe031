import type { EngineName } from '../engine/types.ts'
import type { Operation, Size, Value } from '../graph/ir.ts'
import type { Stage } from '../graph/step.ts'
import type { Network } from '../network/types.ts'

/** The training graph as `--json` has it, before and after each pass. */
export interface GraphStage {
  /** Null: as it is written first. */
  readonly pass: string | null
  readonly operations: readonly {
    readonly operation: Operation
    readonly layer: string | null
    readonly inputs: readonly number[]
    readonly outputs: readonly { readonly value: number; readonly shape: readonly Size[] }[]
  }[]
  /** Values that the graph returns, by name. */
  readonly outputs: Readonly<Record<string, number>>
}

/** How the training graph that an engine runs on a device comes to be. */
export async function trainingGraphStages(
  network: Network,
  engine: EngineName,
  device: string,
): Promise<readonly Stage[]> {
  const { trainingStages } = await import('../graph/step.ts')
  const { passesFor } = await import('../graph/passes/index.ts')
  return trainingStages(network, new Set(), passesFor[await runnerFor(engine, device)])
}

export function graphStage({ pass, graph }: Stage): GraphStage {
  const value = ({ id, shape }: Value) => ({ value: id, shape })
  return {
    pass,
    operations: graph.nodes.map(({ operation, layer, inputs, outputs }) => ({
      operation,
      layer: layer ?? null,
      inputs: inputs.map(({ id }) => id),
      outputs: outputs.map(value),
    })),
    outputs: Object.fromEntries([...graph.outputs].map(([name, { id }]) => [name, id])),
  }
}

async function runnerFor(engine: EngineName, device: string) {
  if (engine === 'tensorflow') return 'tensorflow'
  const { runnerOnDevice } = await import('../engine/onnxruntime/providers.ts')
  return runnerOnDevice(device)
}
