/** Names of engines and devices as people of any language read them; commands and recipes have their ids. */
const engineTitles: Readonly<Record<string, string>> = {
  onnxruntime: 'ONNX Runtime',
  tensorflow: 'TensorFlow',
}

const deviceTitles: Readonly<Record<string, string>> = {
  cpu: 'CPU',
  webgpu: 'WebGPU',
  cuda: 'CUDA',
  dml: 'DirectML',
  coreml: 'CoreML',
}

export const engineTitle = (engine: string): string => engineTitles[engine] ?? engine

/** `CPU`, `GPU 0`, `GPUs 0, 1` */
export function deviceTitle(id: string): string {
  const known = deviceTitles[id]
  if (known !== undefined) return known
  const [, list] = id.split(':')
  if (list === undefined) return id
  return list.includes(',') ? `GPUs ${list.replaceAll(',', ', ')}` : `GPU ${list}`
}
