import { invalidWeights, type ByteFile } from './bytes.ts'
import { readPickle } from './pickle.ts'
import { torchWorld } from './torchNames.ts'
import { stateDict, storageOf, type Storage } from './torchTensors.ts'
import type { WeightsFile } from './types.ts'
import type { Zip, ZipMember } from './zip.ts'

/**
 * PyTorch's format since 1.6: a zip with one folder, in it `data.pkl`, and each storage's values as they are in
 * `data/<key>`.
 */
const longestPickle = 64 * 2 ** 20

/** @param zip the directory of the file; closed with it */
export async function readTorchZip(file: ByteFile, zip: Zip): Promise<WeightsFile> {
  const { path } = file
  const pickle = [...zip.members.values()].find(({ name }) => /^[^/]+\/data\.pkl$/.test(name))
  if (!pickle) throw invalidWeights(path, { code: 'zip-without-pickle', values: {} })
  const folder = pickle.name.slice(0, -'data.pkl'.length)
  const order = zip.members.get(`${folder}byteorder`)
  if (order && (await content(file, order, 16)).toString() === 'big') {
    throw invalidWeights(path, { code: 'big-endian', values: {} })
  }
  const storages = new Map<string, Storage>()
  const bytes = await content(file, pickle, longestPickle)
  const { value } = readPickle(
    bytes,
    0,
    torchWorld((id) => storageOf(file, id, storages)),
  )
  for (const [key, storage] of storages)
    storage.position = await locate(file, zip, `${folder}data/${key}`, storage)
  return {
    path,
    format: 'pytorch-zip',
    layout: 'pytorch',
    tensors: stateDict(file, value),
    metadata: {},
    graph: null,
    async close() {
      zip.close()
      await file.close()
    },
  }
}

async function content(file: ByteFile, member: ZipMember, most: number): Promise<Buffer> {
  if (!member.stored)
    throw invalidWeights(file.path, { code: 'member-compressed', values: { member: member.name } })
  if (member.size > most)
    throw invalidWeights(file.path, {
      code: 'member-too-large',
      values: { member: member.name, bytes: member.size },
    })
  return file.read(await member.position(), member.size)
}

async function locate(file: ByteFile, zip: Zip, name: string, storage: Storage): Promise<number> {
  const member = zip.members.get(name)
  if (!member) throw invalidWeights(file.path, { code: 'zip-lacks', values: { member: name.slice(0, 100) } })
  if (!member.stored) throw invalidWeights(file.path, { code: 'member-compressed', values: { member: name } })
  if (member.size !== storage.length * storage.bytesPerValue) {
    throw invalidWeights(file.path, { code: 'member-wrong-size', values: { member: name } })
  }
  return member.position()
}
