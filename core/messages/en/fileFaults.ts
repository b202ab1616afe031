import { fixedText } from '../text.ts'

const excesses = { fields: 'fields', texts: 'texts', numbers: 'lists of numbers', parts: 'parts' } as const

/** What is wrong with a file of weights: the middle of a sentence, without its period. */
export const fileFaults = {
  'lacks-member': ({ member }: { readonly member: string }) => ({ message: `it lacks ${member}` }),
  'member-too-large': ({ member, bytes }: { readonly member: string; readonly bytes: number }) => ({
    message: `“${member}” in it has ${bytes} bytes`,
  }),
  'checksum-differs': fixedText('its content is not what was written: its checksum differs'),
  'too-short': ({ bytes }: { readonly bytes: number }) => ({ message: `it has only ${bytes} bytes` }),
  'header-too-long': ({ bytes }: { readonly bytes: number }) => ({
    message: `its header would have ${bytes} bytes`,
  }),
  'ends-in-header': fixedText('it ends inside its header'),
  'disk-unreadable': fixedText('the disk cannot read all of it'),
  'became-shorter': fixedText('it became shorter while it was read'),
  'header-repeats': ({ name }: { readonly name: string }) => ({ message: `its header has “${name}” twice` }),
  'header-not-json': fixedText('its header is not JSON'),
  'header-no-object': fixedText('its header is not a JSON object'),
  'header-name-too-long': fixedText('its header has a name of more than 64 KB'),
  'header-too-many-values': ({ most }: { readonly most: number }) => ({
    message: `its header has more than ${most} values`,
  }),
  'metadata-not-strings': fixedText('its __metadata__ holds something other than strings'),
  'tensor-wrong-field': ({ name, field }: { readonly name: string; readonly field: string }) => ({
    message: `tensor ${name} has a wrong ${field}`,
  }),
  'tensor-ends-early': ({ name }: { readonly name: string }) => ({
    message: `tensor ${name} ends before it begins`,
  }),
  'tensor-overlaps': ({ name }: { readonly name: string }) => ({
    message: `tensor ${name} overlaps the one before it`,
  }),
  'bytes-before-tensor': ({ name }: { readonly name: string }) => ({
    message: `bytes before tensor ${name} belong to none`,
  }),
  'ends-in-tensor': ({ name, bytes }: { readonly name: string; readonly bytes: number }) => ({
    message: `it ends inside tensor ${name}, after ${bytes} bytes of data`,
  }),
  'bytes-after-tensors': ({ bytes }: { readonly bytes: number }) => ({
    message: `${bytes} bytes follow its last tensor`,
  }),
  'tensor-wrong-size': ({
    name,
    shape,
    bytes,
    expected,
  }: {
    readonly name: string
    readonly shape: readonly number[]
    readonly bytes: number
    readonly expected: number
  }) => ({ message: `tensor ${name} of shape [${shape.join(', ')}] has ${bytes} bytes, not ${expected}` }),
  'no-file': fixedText('it is not a file'),
  'ends-early': fixedText('it ends before its contents do'),
  'part-too-long': ({ bytes }: { readonly bytes: number }) => ({
    message: `a part of it would have ${bytes} bytes`,
  }),
  'hdf5-incomplete': fixedText('it is not a complete HDF5 file'),
  'leads-elsewhere': ({ other }: { readonly other: string }) => ({
    message: `it leads to another file, “${other}”`,
  }),
  'hdf5-broken': ({ detail }: { readonly detail: string }) => ({ message: `its HDF5 is broken (${detail})` }),
  'group-too-large': ({ members }: { readonly members: number }) => ({
    message: `a group in it has ${members} members`,
  }),
  'member-links-elsewhere': ({ member }: { readonly member: string }) => ({
    message: `“${member}” in it is a link to another file`,
  }),
  'attribute-too-long': ({ name, count }: { readonly name: string; readonly count: number }) => ({
    message: `its attribute ${name} has ${count} texts`,
  }),
  'tensor-wrong-shape': ({ name }: { readonly name: string }) => ({
    message: `tensor ${name} has a wrong shape`,
  }),
  'chunks-too-large': ({ name, bytes }: { readonly name: string; readonly bytes: number }) => ({
    message: `tensor ${name} is cut into chunks of more than ${bytes} bytes`,
  }),
  'tensor-elsewhere': ({ name }: { readonly name: string }) => ({
    message: `tensor ${name} lies in another file`,
  }),
  'tensor-incomplete': ({ name }: { readonly name: string }) => ({
    message: `tensor ${name} cannot be read whole`,
  }),
  'zip-without-keras-weights': fixedText('its zip has no model.weights.h5'),
  'member-unpacks-too-far': ({
    member,
    packed,
    bytes,
  }: {
    readonly member: string
    readonly packed: number
    readonly bytes: number
  }) => ({ message: `“${member}” in it would unpack from ${packed} to ${bytes} bytes` }),
  'no-keras-weights': fixedText('there are no weights of Keras in it'),
  'tensors-exceed-file': ({ bytes, size }: { readonly bytes: number; readonly size: number }) => ({
    message: `its tensors would have ${bytes} bytes, and the file has ${size}`,
  }),
  'too-many-layers': ({ count }: { readonly count: number }) => ({ message: `it names ${count} layers` }),
  'layer-missing': ({ layer }: { readonly layer: string }) => ({
    message: `it names a layer “${layer}”, which is not there`,
  }),
  'tensor-missing': ({ name }: { readonly name: string }) => ({
    message: `it names a tensor “${name}”, which is not there`,
  }),
  'groups-nested': fixedText('its groups are nested without end'),
  'too-many-tensors': ({ most }: { readonly most: number }) => ({
    message: `it has more than ${most} tensors`,
  }),
  'onnx-incomplete': fixedText('it is not a complete ONNX model'),
  'unknown-tensors': ({ count, names }: { readonly count: number; readonly names: readonly string[] }) => ({
    message: `its ${count} tensors (${names.map((name) => `“${name}”`).join(', ')}, …) match no known network`,
  }),
  'unknown-convolutions': ({
    count,
    kernels,
  }: {
    readonly count: number
    readonly kernels: readonly number[]
  }) => ({
    message: `its ${count} convolutions (kernels ${kernels.join(', ')}) match no known network`,
  }),
  'norms-do-not-match': ({
    norms,
    convolutions,
  }: {
    readonly norms: number
    readonly convolutions: number
  }) => ({
    message: `it has ${norms} batch normalizations for ${convolutions} convolutions`,
  }),
  'foreign-normalization': ({ title }: { readonly title: string }) => ({
    message: `${title} has no batch normalization, and the file has`,
  }),
  'other-width': ({
    width,
    title,
    config,
  }: {
    readonly width: number
    readonly title: string
    readonly config: string
  }) => ({
    message: `its layers are ${width} times as wide as those of ${title} ${config}`,
  }),
  'lacks-layer': ({ layer }: { readonly layer: string }) => ({ message: `it has no layer for ${layer}` }),
  'lacks-tensor': ({ name }: { readonly name: string }) => ({ message: `it has no ${name}` }),
  'layer-lacks-part': ({ layer, part }: { readonly layer: string; readonly part: string }) => ({
    message: `${layer} has no ${part}`,
  }),
  'other-shape': ({
    name,
    shape,
    expected,
  }: {
    readonly name: string
    readonly shape: readonly number[]
    readonly expected: readonly number[]
  }) => ({
    message: `${name} has the shape ${shape.join('×')}, not ${expected.join('×')}`,
  }),
  'holds-integers': ({ name }: { readonly name: string }) => ({ message: `${name} holds whole numbers` }),
  'other-poolings': ({
    found,
    layer,
    expected,
  }: {
    readonly found: number
    readonly layer: string
    readonly expected: number
  }) => ({
    message: `${found} poolings come before ${layer}, not ${expected}`,
  }),
  'surplus-tensor': ({ name, title }: { readonly name: string; readonly title: string }) => ({
    message: `${name} is of no layer of ${title}`,
  }),
  'onnx-excessive': ({ what }: { readonly what: keyof typeof excesses }) => ({
    message: `it has more ${excesses[what]} than any network needs`,
  }),
  'no-named-tensors': ({ keys }: { readonly keys: string }) => ({
    message: `there are no named tensors in it${keys ? ` (it holds: ${keys})` : ''}`,
  }),
  'pickle-unreadable': ({ detail }: { readonly detail: string }) => ({ message: detail }),
  'tensor-wrong-bytes': ({
    name,
    bytes,
    expected,
  }: {
    readonly name: string
    readonly bytes: number
    readonly expected: number
  }) => ({ message: `tensor ${name} has ${bytes} bytes, not ${expected}` }),
  'empty-file': fixedText('it is empty'),
  'torch-wrong-start': fixedText('it does not start as files of PyTorch do'),
  'torch-unknown-version': ({ version }: { readonly version: string }) => ({
    message: `it is of the unknown version ${version}`,
  }),
  'big-endian': fixedText('its values are big-endian'),
  'storages-unlisted': fixedText('it does not list its storages'),
  'storage-wrong-size': ({ key }: { readonly key: string }) => ({
    message: `storage ${key} has another size than its tensors say`,
  }),
  'tar-lacks': ({ member }: { readonly member: string }) => ({ message: `its tar lacks “${member}”` }),
  'pickle-too-long': fixedText('its pickle is too long'),
  'tar-member-without-size': fixedText('a member of its tar has no size'),
  'parts-uncounted': fixedText('it does not say how many parts it has'),
  'storage-unknown-type': fixedText('a storage is of an unknown type'),
  'storage-too-long': fixedText('a storage is longer than the file'),
  'storage-views': fixedText('it has views of storages'),
  'tensor-without-storage': fixedText('a tensor has no storage'),
  'some-tensor-wrong-shape': fixedText('a tensor has a wrong shape'),
  'foreign-reference': fixedText('it refers to something other than values of tensors'),
  'too-many-storages': ({ most }: { readonly most: number }) => ({
    message: `it has more than ${most} storages`,
  }),
  'zip-without-pickle': fixedText('its zip has no data.pkl'),
  'member-compressed': ({ member }: { readonly member: string }) => ({
    message: `“${member}” in it is compressed, which PyTorch never does`,
  }),
  'zip-lacks': ({ member }: { readonly member: string }) => ({ message: `its zip lacks “${member}”` }),
  'member-wrong-size': ({ member }: { readonly member: string }) => ({
    message: `“${member}” in it has another size than its tensors say`,
  }),
  'zip-broken': ({ detail }: { readonly detail: string }) => ({ message: `its zip is broken (${detail})` }),
  'directory-too-long': fixedText('its list of members is too long'),
  'too-many-members': ({ most }: { readonly most: number }) => ({
    message: `it has more than ${most} members`,
  }),
  'member-twice': ({ member }: { readonly member: string }) => ({ message: `it has “${member}” twice` }),
  'member-broken': ({ member, detail }: { readonly member: string; readonly detail: string }) => ({
    message: `“${member}” in it is broken (${detail})`,
  }),
  'tensor-without-values': ({ name }: { readonly name: string }) => ({
    message: `tensor ${name} has no values`,
  }),
  'tensor-without-shape': ({ name }: { readonly name: string }) => ({
    message: `tensor ${name} has no shape`,
  }),
  'tensor-beyond-values': ({
    name,
    shape,
    values,
  }: {
    readonly name: string
    readonly shape: readonly number[]
    readonly values: number
  }) => ({ message: `tensor ${name} of shape [${shape.join(', ')}] reaches beyond its ${values} values` }),
  'tensor-beyond-file': ({ name }: { readonly name: string }) => ({
    message: `tensor ${name} lies beyond the end of the file`,
  }),
  'values-elsewhere': ({ name, location }: { readonly name: string; readonly location: string }) => ({
    message: `tensor ${name}’s values are said to lie in “${location}”, which is not beside the model`,
  }),
  'values-wrong-size': ({ name }: { readonly name: string }) => ({
    message: `tensor ${name}’s values have a wrong size`,
  }),
  'values-missing': ({ name, location }: { readonly name: string; readonly location: string }) => ({
    message: `tensor ${name}’s values lie in ${location}, which is not beside the model`,
  }),
  'values-outside': ({ name }: { readonly name: string }) => ({
    message: `tensor ${name}’s values lie outside the model’s folder`,
  }),
  'values-beyond-file': ({ name, location }: { readonly name: string; readonly location: string }) => ({
    message: `tensor ${name}’s values lie beyond the end of ${location}`,
  }),
  'pickle-too-many-instructions': ({ most }: { readonly most: number }) => ({
    message: `it has more than ${most} instructions`,
  }),
  'pickle-unknown-instruction': ({
    instruction,
    byte,
  }: {
    readonly instruction: number
    readonly byte: number
  }) => ({ message: `there is no instruction ${instruction} at byte ${byte}` }),
  'pickle-ends-early': fixedText('it ends before its end'),
  'pickle-ends-in-line': fixedText('it ends inside a line'),
  'pickle-length-beyond-end': fixedText('it has a length beyond its end'),
  'pickle-empty-stack': fixedText('it takes more than it has'),
  'pickle-mark-as-value': fixedText('it takes a mark for a value'),
  'pickle-without-mark': fixedText('it has no mark where it needs one'),
  'pickle-unknown-memo': ({ index }: { readonly index: number }) => ({
    message: `it recalls ${index}, which it never had`,
  }),
  'pickle-call-without-tuple': fixedText('the arguments of a call are no tuple'),
  'pickle-appends-to-no-list': fixedText('it appends to what is no list'),
  'pickle-sets-no-items': fixedText('it sets items of what has none'),
  'pickle-long-number': fixedText('it has a number of more than 64 bytes'),
  'pickle-no-number': ({ text }: { readonly text: string }) => ({ message: `“${text}” is not a number` }),
} as const
