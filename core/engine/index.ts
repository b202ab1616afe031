import { StudioError } from '../base/errors.ts'
import { onnxruntimeEngine } from './onnxruntime/engine.ts'
import { tensorflowEngine } from './tensorflow/engine.ts'
import type { Device, Engine, EngineName } from './types.ts'

/** The engines of this build, the preferred first. */
export const engines: readonly Engine[] = [onnxruntimeEngine, tensorflowEngine]

/**
 * @param name an engine's name, or `auto` for the preferred one
 * @throws StudioError `unknown-engine`
 */
export function findEngine(name: EngineName | 'auto'): Engine {
  const found = name === 'auto' ? engines[0] : engines.find((engine) => engine.name === name)
  if (!found) {
    throw new StudioError('unknown-engine', {
      what: 'here',
      name,
      names: engines.map((engine) => engine.name),
    })
  }
  return found
}

export async function allDevices(): Promise<readonly Device[]> {
  return (await Promise.all(engines.map((engine) => engine.devices()))).flat()
}
