import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { writeAtomic } from '../base/files.ts'
import { webRuntime } from '../engine/onnxruntime/webFiles.ts'
import { webScripts } from '../engine/tensorflow/webFiles.ts'
import { sidecar, type Preprocessing } from './preprocessing.ts'
import { loaders } from './runLoader.ts'

/** What the page consists of, besides the model. */
export const pageFiles = ['index.html', 'runtime.js'] as const

/** What opens the model in a page: the program and the runtime. */
const openers = {
  onnx: { programs: ['onnx.ts', 'onnxPage.ts'], script: onnxruntimeScript },
  tfjs: { programs: ['tfjs.ts', 'tfjsPage.ts'], script: tensorflowScript },
} as const

/**
 * index.html, which classifies dropped pictures without any network, from a folder or from a server; and the runtime beside it
 * as one script, since a page in a folder may load scripts, but neither modules nor WebAssembly.
 */
export async function writePage(
  folder: string,
  runtime: keyof typeof openers,
  rules: Preprocessing,
): Promise<void> {
  const opener = openers[runtime]
  const template = await readFile(join(loaders, 'index.html'), 'utf8')
  const programs = await withoutTypes(
    ['preprocess.ts', ...opener.programs, 'browser.ts', 'page.ts'].map((name) => join(loaders, name)),
  )
  const page = template
    // In a script no tag may end it.
    .replace('"rules of the model"', () => sidecar(rules).replaceAll('<', '\\u003c'))
    .replace('/* program of the page */', () => programs.map(withoutModules).join('\n'))
  await writeAtomic(join(folder, 'index.html'), page)
  await writeAtomic(join(folder, 'runtime.js'), await opener.script())
}

/** The programs are one script in the page. */
const withoutModules = (program: string): string =>
  program.replace(/^import [^;]*? from '[^']+'$/gm, '').replace(/^export (?=[a-z])/gm, '')

/** As Node strips types, in a process of its own: it warns that this may change. */
async function withoutTypes(files: readonly string[]): Promise<readonly string[]> {
  const program = `import { readFileSync } from 'node:fs'
    import { stripTypeScriptTypes } from 'node:module'
    const texts = process.argv.slice(1).map((file) => stripTypeScriptTypes(readFileSync(file, 'utf8')))
    console.log(JSON.stringify(texts))`
  const args = [
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
    '--eval',
    program,
    '--',
    ...files,
  ]
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1e8 })
  return JSON.parse(stdout) as string[]
}

async function onnxruntimeScript(): Promise<string> {
  const { module, wasm } = await webRuntime()
  const [notice = ''] = /^\/\*![^]*?\*\//.exec(module) ?? []
  const files = { module, wasm: gzipSync(wasm).toString('base64') }
  return `${notice}\nconst onnxruntimeFiles = ${JSON.stringify(files)}\n`
}

async function tensorflowScript(): Promise<string> {
  const { scripts, wasm } = await webScripts()
  const files = { wasm: gzipSync(wasm).toString('base64') }
  return [...scripts, `const tensorflowFiles = ${JSON.stringify(files)}\n`].join('\n')
}
