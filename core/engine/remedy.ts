import { isLinuxX64, thisSystem, type System } from './install/machine.ts'
import type { Asked, Device } from './types.ts'

const install = 'vgg-studio engines install tensorflow'

/** What would make possible what was asked for, where TensorFlow would and is not installed; a sentence. */
export function tensorflowRemedy(
  devices: readonly Device[],
  { engine, device, precision }: Asked,
  system: System = thisSystem(),
): string | null {
  const missing = devices.find((one) => one.engine === 'tensorflow' && one.id === 'cpu' && !one.usable)
  if (!missing || engine === 'onnxruntime' || !isLinuxX64(system)) return null
  if (device.startsWith('cuda:'))
    return `With an NVIDIA GPU, TensorFlow computes there: install it with \`${install} --cuda\`.`
  const brings = precision !== 'auto' && missing.precisions.includes(precision)
  return brings && (device === 'auto' || device === 'cpu')
    ? `TensorFlow computes in ${precision} on this CPU: install it with \`${install}\`.`
    : null
}
