import { StudioError, withText } from '../../base/errors.ts'
import { openBytes, invalidWeights, type ByteFile } from './bytes.ts'
import { readKerasH5, readKerasZip } from './keras.ts'
import { readOnnx } from './onnx.ts'
import { isSafetensors, readSafetensorsFile } from './safetensors.ts'
import { legacyStart, readTorchLegacy } from './torchLegacy.ts'
import { isTar, readTorchTar } from './torchTar.ts'
import { readTorchZip } from './torchZip.ts'
import type { WeightsFile } from './types.ts'
import { openZip } from './zip.ts'

const hdf5Start = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1')

/**
 * Opens a file of weights in whatever format it is; its first bytes tell, not its name. Nothing in it is executed, and
 * of its tensors only descriptions are read.
 *
 * @throws StudioError `file-not-found`, `invalid-weights`, `invalid-safetensors`, `refused-pickle`, `unknown-weights`
 */
export async function openWeights(path: string): Promise<WeightsFile> {
  const file = await openBytes(path)
  try {
    return await openByContent(file)
  } catch (error) {
    await file.close()
    throw named(error, path)
  }
}

async function openByContent(file: ByteFile): Promise<WeightsFile> {
  const { path } = file
  const head = await file.read(0, Math.min(512, file.size))
  const starts = (bytes: Buffer): boolean => head.subarray(0, bytes.length).equals(bytes)
  if (head.length === 0) throw invalidWeights(path, { code: 'empty-file', values: {} })
  if (starts(legacyStart)) return readTorchLegacy(file)
  if (starts(Buffer.from('PK'))) return openArchive(file)
  if (starts(hdf5Start)) {
    await file.close()
    return readKerasH5(path)
  }
  if (isTar(head)) return readTorchTar(file)
  if (isSafetensors(head, file.size)) return readSafetensorsFile(file)
  // An ONNX model starts with its version, or its maker's name.
  if (head[0] === 0x08 || head[0] === 0x12) return readOnnx(file)
  throw new StudioError('unknown-weights', { path })
}

async function openArchive(file: ByteFile): Promise<WeightsFile> {
  const zip = await openZip(file.path)
  if (zip.members.has('model.weights.h5')) {
    await file.close()
    return readKerasZip(file.path, zip)
  }
  try {
    return await readTorchZip(file, zip)
  } catch (error) {
    zip.close()
    throw error
  }
}

/** What a pickle says lacks the name of its file. */
function named(error: unknown, path: string): unknown {
  if (!(error instanceof StudioError) || error.message.includes(path)) return error
  return withText(error, 'in-file', { path })
}
