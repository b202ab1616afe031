import { unpackWheel } from '../../install/wheels.ts'
import type { Release } from '../release.ts'
import type { Tools } from './tools.ts'

const libraries = {
  tensorflow: ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'],
  nvidia: ['nvidia/*/lib/*.so*', 'nvidia/cuda_nvcc/*'],
}
const notices = [
  'tensorflow/THIRD_PARTY_NOTICES.txt',
  'tensorflow/include/LICENSE',
  '*.dist-info/[Ll]icense*',
]
const headers = [
  'tensorflow/include/tensorflow/c/*',
  'tensorflow/include/tensorflow/core/platform/ctstring*',
  'tensorflow/include/xla/tsl/*',
  'tensorflow/include/tsl/*',
]

/** @returns the files' paths in `target`: libraries and notices to keep, headers to compile with */
export async function unpackWheels(
  { python }: Tools,
  { wheels }: Release,
  from: string,
  target: string,
  onFile: (wheel: number) => void,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const files: string[] = []
  for (const [index, wheel] of wheels.entries()) {
    onFile(index)
    const patterns =
      index === 0 ? [...libraries.tensorflow, ...notices, ...headers] : [...libraries.nvidia, ...notices]
    files.push(...(await unpackWheel(python, { wheel, from, target, patterns }, signal)))
  }
  return files
}
