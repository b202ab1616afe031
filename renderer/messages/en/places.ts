/** Engines and devices by their ids. */
export const computing: Readonly<Record<string, string>> = {
  onnxruntime: 'ONNX Runtime',
  tensorflow: 'TensorFlow',
  cpu: 'CPU',
  webgpu: 'WebGPU',
  cuda: 'CUDA',
  dml: 'DirectML',
  coreml: 'CoreML',
}

const named = (id: string): string => computing[id] ?? id

/** Where something was computed: `ONNX Runtime 1.27.0 on the CPU`, `TensorFlow on GPU 0`. */
export function placeText({
  engine,
  engineVersion,
  device,
}: {
  readonly engine: string
  readonly engineVersion?: string
  readonly device: string
}): string {
  const by = engineVersion === undefined ? named(engine) : `${named(engine)} ${engineVersion}`
  const gpus = device.split(':')[1]?.split(',')
  const gpu = gpus && `${gpus.length > 1 ? 'GPUs' : 'GPU'} ${gpus.join(', ')}`
  return `${by} on ${gpu ?? (device === 'cpu' ? 'the CPU' : named(device))}`
}
