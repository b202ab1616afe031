/**
 * Classifies pictures with the model in this folder: `node classify.ts picture.jpg …` (Node.js 22.18 or newer, with the
 * packages that README.md names). Options: `--json` prints all probabilities; `--runtime` is another that opens the model
 * (onnxruntime-web, tfjs-cpu); `--folder` is where the model lies.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { classified, type Model, type Rules } from './preprocess.ts'
import { readPicture } from './picture.ts'

export interface Classifier {
  readonly labels: readonly string[]
  /** One probability for each label. Throws `Refused` for a picture that can't be classified faithfully. */
  probabilities(path: string): Promise<Float32Array>
}

/** What opens the model that is in the folder. */
interface Opener {
  open(folder: string, rules: Rules, runtime?: string): Promise<Model>
}

/** @param folder the folder that this file came in */
export async function openClassifier(folder: string, runtime?: string): Promise<Classifier> {
  const rules = JSON.parse(await readFile(join(folder, 'preprocessing.json'), 'utf8')) as Rules
  const isOnnx = existsSync(join(folder, 'model.onnx'))
  const opener = (await import(isOnnx ? './openOnnx.ts' : './openTfjs.ts')) as Opener
  const model = await opener.open(folder, rules, runtime)
  return {
    labels: rules.labels,
    async probabilities(path) {
      return classified(model, await readPicture(path), rules)
    },
  }
}

const options = {
  json: { type: 'boolean' },
  runtime: { type: 'string' },
  folder: { type: 'string', default: import.meta.dirname },
} as const

async function main(): Promise<number> {
  const { values, positionals: files } = parseArgs({ options, allowPositionals: true })
  const classifier = await openClassifier(values.folder, values.runtime)
  let failed = 0
  for (const file of files) {
    const started = performance.now()
    const result = await classifier.probabilities(file).catch((error: unknown) => error as Error)
    if (values.json) console.log(line(file, result, performance.now() - started))
    else if (result instanceof Error) console.error(`${file}: refused: ${result.message}`)
    else console.log(`${files.length > 1 ? `${file}\n` : ''}${ranked(result, classifier.labels)}`)
    if (result instanceof Error) failed++
  }
  return failed > 0 ? 1 : 0
}

function line(file: string, result: Float32Array | Error, milliseconds: number): string {
  if (result instanceof Error) return JSON.stringify({ file, refused: result.message })
  return JSON.stringify({ file, probabilities: [...result], milliseconds })
}

function ranked(probabilities: Float32Array, labels: readonly string[]): string {
  return [...probabilities]
    .map((value, index) => [value, labels[index]!] as const)
    .sort(([a], [b]) => b - a)
    .slice(0, 5)
    .map(([value, label]) => `${value.toFixed(6)}  ${label}`)
    .join('\n')
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  process.exitCode = await main()
