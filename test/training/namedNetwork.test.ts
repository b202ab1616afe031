import { expect, test } from 'vitest'
import { buildNetwork } from '../../core/network/architectures/index.ts'
import { allConfigs } from '../../core/network/architectures/names.ts'
import { nameOf, namedNetwork } from '../../core/training/namedNetwork.ts'

test.each([
  ...allConfigs,
  'A+batchNorm=true+fcWidth=512@64',
  'resnet50+squeezeExcitation=16@128',
  'alexnet+lrn=false',
])('%s is a network’s name, and its network has that name again', (name) => {
  const options = namedNetwork(name, 10)
  expect(nameOf(options)).toBe(name)
  expect(buildNetwork(options).classes).toBe(10)
})

test('the usual crop and default settings do not stand in a name', () => {
  expect(nameOf(namedNetwork('D+dropout=0.5@224', 2))).toBe('D')
  expect(namedNetwork('alexnet', 2).crop).toBe(227)
})

test('what is no name is refused, and says what there is', () => {
  expect(() => namedNetwork('vgg99', 10)).toThrow(/^network must be one of A, A-LRN, .* not "vgg99"\.$/)
  expect(() => namedNetwork('', 10)).toThrow(/not ""/)
  expect(() => namedNetwork('D@16', 10)).toThrow(/data\.crop: must be at least 32/)
  expect(() => namedNetwork('D+lrn=true', 10)).toThrow(/network\.lrn/)
})
