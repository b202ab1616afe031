import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeModel } from '../../core/graph/onnx/schema.ts'
import {
  calibrationImages,
  planOf,
  quantizedNames,
  quantizedNetwork,
} from '../graph/onnx/quantizedNetworks.ts'

/** For quantization.py: each network in single precision, and its images, into the folder that is named. */
const [folder = '.'] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })
for (const name of quantizedNames) {
  const network = quantizedNetwork(name)
  writeFileSync(join(folder, `${name}.onnx`), encodeModel(planOf(network).model))
  const images = calibrationImages(network).map(({ data }) => Buffer.from(data.buffer))
  writeFileSync(join(folder, `${name}.images`), Buffer.concat(images))
}
