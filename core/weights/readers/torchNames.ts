import { refusedPickle, type PickleValue, type PickleWorld } from './pickle.ts'
import { storageType, TensorView, type Storage } from './torchTensors.ts'

type Call = (args: readonly PickleValue[]) => PickleValue

/** All functions and classes that files of weights may name and call; what each does is here. */
const calls: Readonly<Record<string, Call>> = {
  'collections.OrderedDict': ([items]) => new Map((items as [PickleValue, PickleValue][] | undefined) ?? []),
  'torch._utils._rebuild_tensor': ([storage, offset, shape, strides]) =>
    view(storage, offset, shape, strides),
  'torch._utils._rebuild_tensor_v2': ([storage, offset, shape, strides]) =>
    view(storage, offset, shape, strides),
  'torch._utils._rebuild_parameter': ([tensor]) => tensor,
  'torch.Size': ([sizes]) => sizes,
  'torch.device': ([name]) => name,
  'builtins.set': ([values]) => values ?? [],
  '__builtin__.set': ([values]) => values ?? [],
  '_codecs.encode': ([text]) => text,
}

/** Classes of tensors that old files name; they are values only. */
const tensorClass = /^torch(\.cuda)?\.(Float|Half|BFloat16|Double|Long|Int|Short|Char|Byte|Bool)Tensor$/

/** What pickles of PyTorch may do. @param persistent what an id of a storage or tensor stands for */
export function torchWorld(persistent: (id: PickleValue) => PickleValue): PickleWorld {
  return {
    name(name) {
      const known = Object.hasOwn(calls, name.text) || storageType(name) || tensorClass.test(name.text)
      if (!known) throw refusedPickle(`“${name.text.slice(0, 100)}”`)
      return name
    },
    call(name, args) {
      if (!Object.hasOwn(calls, name.text)) throw refusedPickle(`“${name.text}” as a function`)
      return calls[name.text]!(args)
    },
    persistent,
  }
}

function view(
  storage: PickleValue,
  offset: PickleValue,
  shape: PickleValue,
  strides: PickleValue,
): TensorView {
  return new TensorView(storage as Storage, offset as number, shape as number[], strides as number[])
}
