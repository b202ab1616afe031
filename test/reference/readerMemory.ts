import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { peakMemory } from '../../core/bench/memory.ts'
import { imported, importWeights, inspect } from '../../core/weights/import.ts'
import { findPreprocessing } from '../../core/weights/preprocessings.ts'
import { openWeights } from '../../core/weights/readers/open.ts'

/**
 * Most memory that importing VGG-16 at its full size takes, by format, beside its largest tensor (fc6, 411 MB):
 * `npx node test/reference/readerMemory.ts --python PYTHON` (numpy, h5py, torch, safetensors). Each format is read in a
 * process of its own; what it had before it opened the file does not count. Ends with 1 where a peak is above 1.5 times
 * the tensor.
 */
const makers: Readonly<Record<string, string>> = {
  h5: `
import h5py
with h5py.File(path, 'w') as f:
    f.attrs['layer_names'] = [name.encode() for name, _, _ in layers]
    f.attrs['keras_version'] = b'2.1.0'
    for name, kernel, bias in layers:
        group = f.create_group(name)
        names = [f'{name}/kernel:0'.encode(), f'{name}/bias:0'.encode()]
        group.attrs['weight_names'] = names
        group.create_dataset(names[0].decode(), data=kernel())
        group.create_dataset(names[1].decode(), data=bias())`,
  legacy: 'import torch; torch.save(state(torch.from_numpy), path, _use_new_zipfile_serialization=False)',
  zip: 'import torch; torch.save(state(torch.from_numpy), path)',
  safetensors: 'import safetensors.numpy; safetensors.numpy.save_file(state(lambda x: x), path)',
}
const arrays = `
import sys, collections, numpy as np
path = sys.argv[1]
widths = [64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
places = [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (3, 2), (3, 3), (4, 1), (4, 2), (4, 3), (5, 1), (5, 2), (5, 3)]
indices = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]
fc = [('fc1', 25088, 4096), ('fc2', 4096, 4096), ('predictions', 4096, 1000)]
fill = lambda *shape: (lambda: np.full(shape, 0.01, np.float32))
layers = [(f'block{b}_conv{c}', fill(3, 3, i, o), fill(o)) for (b, c), i, o in zip(places, [3] + widths, widths)]
layers += [(name, fill(i, o), fill(o)) for name, i, o in fc]
def state(convert):
    result = collections.OrderedDict()
    for index, i, o in zip(indices, [3] + widths, widths):
        result[f'features.{index}.weight'] = convert(np.full((o, i, 3, 3), 0.01, np.float32))
        result[f'features.{index}.bias'] = convert(np.full(o, 0.01, np.float32))
    for index, (_, i, o) in zip((0, 3, 6), fc):
        result[f'classifier.{index}.weight'] = convert(np.full((o, i), 0.01, np.float32))
        result[f'classifier.{index}.bias'] = convert(np.full(o, 0.01, np.float32))
    return result
`
const largest = 4 * 25_088 * 4096
const { values } = parseArgs({
  options: { python: { type: 'string', default: 'python3' }, read: { type: 'string' } },
})

if (values.read !== undefined) await read(values.read)
else measure()

function measure(): void {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-reader-memory-'))
  for (const [format, code] of Object.entries(makers)) {
    const path = join(folder, `full.${format === 'h5' || format === 'safetensors' ? format : 'pth'}`)
    ran(values.python, ['-c', arrays + code, path])
    const peak = Number(ran(process.execPath, [fileURLToPath(import.meta.url), '--read', path]))
    rmSync(path)
    const share = peak / largest
    console.log(`${format}: ${Math.round(peak / 1e6)} MB, ${share.toFixed(2)} of the largest tensor`)
    if (share > 1.5) process.exitCode = 1
  }
  rmSync(folder, { recursive: true })
}

/** In a process of its own. */
async function read(path: string): Promise<void> {
  const before = peakMemory()
  const file = await openWeights(path)
  const preprocessing = imported(findPreprocessing('caffe')!, 'known')
  const attribution = { license: null, text: 'A test.' }
  await importWeights(await inspect(file), {
    ...{ file, preprocessing, attribution },
    sha256: '',
    path: `${path}.kept`,
    name: 'full',
    created: 0,
  })
  await file.close()
  rmSync(`${path}.kept`)
  console.log(peakMemory() - before)
}

function ran(program: string, words: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(program, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return stdout
}
