import { fixedText } from '../text.ts'

/** Tables of evaluations. */
export const tableTitles = {
  table3: fixedText('Single scale (Table 3)'),
  table4: fixedText('Several scales (Table 4)'),
  table5: fixedText('Dense, crops, and both (Table 5)'),
  table6: fixedText('Several networks together (Table 6)'),
  'own-table': fixedText('Evaluation'),
} as const

/** Known ways to prepare images, by `preprocessing-` and their id. */
export const preprocessingTitles = {
  'preprocessing-torchvision': fixedText(
    'torchvision: RGB, 0–1, standardized by ImageNet’s mean and standard deviation',
  ),
  'preprocessing-caffe': fixedText('Oxford, Caffe and Keras: BGR, 0–255, less ImageNet’s mean'),
  'preprocessing-rgb-mean': fixedText('RGB, 0–255, less ImageNet’s mean'),
  'preprocessing-amdegroot': fixedText(
    'torchvision’s IMAGENET1K_FEATURES: RGB, 0–255, less ImageNet’s mean, rounded',
  ),
  'preprocessing-unit': fixedText('RGB, 0–1'),
  'preprocessing-symmetric': fixedText('RGB, −1 to 1 (timm’s “inception”)'),
} as const
