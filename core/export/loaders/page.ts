/** What happens in index.html: the runtime and the model are opened, and pictures that are dropped are classified. */
import { openClassifier, type BrowserClassifier } from './browser.ts'
import type { Rules, Runtime } from './preprocess.ts'

/** What runtime.js holds: onnxruntime-web's module, and its WebAssembly, gzipped, in base 64. */
declare const onnxruntimeFiles: { readonly module: string; readonly wasm: string }

const element = (id: string): HTMLElement => document.getElementById(id)!
const rules = JSON.parse(element('rules').textContent) as Rules
const say = (text: string): void => void (element('status').textContent = text)

async function openRuntime(): Promise<Runtime> {
  const bytes = Uint8Array.from(atob(onnxruntimeFiles.wasm), (character) => character.charCodeAt(0))
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  const module = new Blob([onnxruntimeFiles.module], { type: 'text/javascript' })
  const ort = (await import(URL.createObjectURL(module))) as Runtime & {
    env: { wasm: Record<string, unknown> }
  }
  ort.env.wasm.numThreads = 1
  ort.env.wasm.wasmBinary = await new Response(stream).arrayBuffer()
  return ort
}

let opened: ((model: Blob) => void) | undefined
const model = new Promise<Blob>((done) => (opened = done))

async function open(): Promise<BrowserClassifier> {
  if (location.protocol === 'file:')
    say('First drop model.onnx, which lies beside this page, here: browsers let no page read it.')
  else opened!(await (await fetch('model.onnx')).blob())
  const file = await model
  say('Opening the model…')
  const ort = await openRuntime()
  const classifier = await openClassifier(ort, new Uint8Array(await file.arrayBuffer()), rules)
  say('Drop pictures here, or choose them. They stay on this computer.')
  return classifier
}

const classifier = open()
classifier.catch((error: unknown) => say(`The model can’t be opened: ${String(error)}`))

async function show(picture: File): Promise<void> {
  const item = document.createElement('li')
  element('answers').prepend(item)
  const image = document.createElement('img')
  image.src = URL.createObjectURL(picture)
  image.alt = ''
  const answer = document.createElement('div')
  item.append(image, answer)
  const line = (text: string): void => void answer.appendChild(document.createElement('p')).append(text)
  line(picture.name)
  try {
    const { labels, probabilities } = await classifier
    const values = await probabilities(picture)
    const best = [...values.keys()].sort((a, b) => values[b]! - values[a]!).slice(0, 5)
    for (const index of best) line(`${(100 * values[index]!).toFixed(1)}% ${labels[index]}`)
  } catch (error) {
    item.className = 'refused'
    line(`Refused: ${(error as Error).message}`)
  }
}

function take(files: Iterable<File>): void {
  for (const file of files) {
    if (file.name.endsWith('.onnx')) opened!(file)
    else void show(file)
  }
}

const choice = element('choice') as HTMLInputElement
choice.addEventListener('change', () => take(choice.files!))
document.addEventListener('dragover', (event) => event.preventDefault())
document.addEventListener('drop', (event) => {
  event.preventDefault()
  take(event.dataTransfer!.files)
})

/** For programs: one probability for each label. */
Object.assign(globalThis, {
  classify: async (file: Blob) => [...(await (await classifier).probabilities(file))],
})
