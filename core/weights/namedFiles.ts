import { usualResize, type ResizeRule } from './preprocessings.ts'
import { weightsCatalog } from './catalog.ts'

/** What files of a published name expect of images, wherever they come from. */
export interface NamedFile {
  /** An id of preprocessings.ts. */
  readonly preprocessing: string
  readonly resize: ResizeRule
}

/** Files that are not in the catalog, by how their names begin. */
const others: readonly (NamedFile & { readonly name: RegExp })[] = [
  // Keras Applications; its own examples load images as 224×224, whatever their proportions.
  {
    name: /^vgg1[69]_weights_tf_dim_ordering_tf_kernels/,
    preprocessing: 'caffe',
    resize: { mode: 'squash', scale: 224, crop: 224 },
  },
  // J. Johnson's conversions of Oxford's Caffe models.
  { name: /^vgg(16-00b39a1b|19-d01eb7cb)/, preprocessing: 'caffe', resize: usualResize },
  // The ONNX model zoo's, from torchvision and MXNet with the same statistics.
  { name: /^(vgg(16|19)(-bn)?-7|vgg16-12)\.onnx$/, preprocessing: 'torchvision', resize: usualResize },
]

/**
 * What a file's name says of it: for published ones that are not the same byte for byte, rewritten by another program,
 * say. A browser's number behind it (`vgg16-397923af (1).pth`) is passed over.
 */
export function namedFile(name: string): NamedFile | null {
  const entry = weightsCatalog.find(({ source }) => {
    const stem = source.kind === 'address' && /([^/]+)\.pth$/.exec(source.url)?.[1]
    return stem && name.startsWith(stem)
  })
  if (entry) return { preprocessing: entry.preprocessing, resize: entry.resize ?? usualResize }
  return others.find((other) => other.name.test(name)) ?? null
}
