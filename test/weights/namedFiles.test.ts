import { expect, test } from 'vitest'
import { namedFile } from '../../core/weights/namedFiles.ts'
import { findPreprocessing } from '../../core/weights/preprocessings.ts'

test.each([
  ['vgg16-397923af (1).pth', 'torchvision', 'crop', 256],
  ['resnet50-11ad3fa6.safetensors', 'torchvision', 'crop', 232],
  ['googlenet-1378be20.pth', 'symmetric', 'crop', 256],
  ['vgg16_features-amdegroot-88682ab5.pth', 'amdegroot', 'crop', 256],
  ['vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5', 'caffe', 'squash', 224],
  ['vgg19_weights_tf_dim_ordering_tf_kernels.h5', 'caffe', 'squash', 224],
  ['vgg19-d01eb7cb.pth', 'caffe', 'crop', 256],
  ['vgg16-bn-7.onnx', 'torchvision', 'crop', 256],
])('%s says how images are prepared', (name, preprocessing, mode, scale) => {
  expect(namedFile(name)).toMatchObject({ preprocessing, resize: { mode, scale, crop: 224 } })
  expect(findPreprocessing(namedFile(name)!.preprocessing)).toBeDefined()
})

test.each(['vgg16.pth', 'model.safetensors', 'my-vgg16-397923af.pth', 'vgg16-7.onnx.pth'])(
  '%s says nothing',
  (name) => expect(namedFile(name)).toBeNull(),
)
