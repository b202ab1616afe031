import { deviceTitle, engineTitle } from '../names.ts'

/** The device in a sentence: `the CPU`, `WebGPU`, `GPU 0`. */
export const theDevice = (id: string): string => (id === 'cpu' ? 'the CPU' : deviceTitle(id))

/** `TensorFlow on the CPU`, `ONNX Runtime 1.27.0 on GPU 0` */
export function placeText({
  engine,
  engineVersion,
  device,
}: {
  readonly engine: string
  readonly engineVersion?: string
  readonly device: string
}): string {
  const title = engineTitle(engine)
  return `${engineVersion === undefined ? title : `${title} ${engineVersion}`} on ${theDevice(device)}`
}
