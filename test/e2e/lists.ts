/** Makes a home folder with something in every list: `node lists.ts HOME`. */
import './evaluated.ts'
import { openContext } from '../../core/jobs/context/context.ts'
import { importDataset } from '../../core/jobs/import.ts'
import { evaluateRun } from '../../core/jobs/evaluate.ts'
import { exportRun } from '../../core/jobs/export.ts'
import { fileURLToPath } from 'node:url'

const [home] = process.argv.slice(2)
const context = openContext({ home })
const sample = fileURLToPath(new URL('../../resources/sample/fashion-mnist/', import.meta.url))
await importDataset(context, { source: sample, name: 'clothes' })
await evaluateRun(context, { run: 'r1', split: 'validation' })
for (const format of ['onnx', 'safetensors'] as const) await exportRun(context, { run: 'r1', format })
context.registry.close()
