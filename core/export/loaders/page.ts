/** What happens in index.html: the model is opened, and pictures that are dropped are classified. */
import { classifierOf, type BrowserClassifier } from './browser.ts'
import { missingFiles, modelEnding, modelName, openFiles } from './onnxPage.ts'
import type { Rules } from './preprocess.ts'

const element = (id: string): HTMLElement => document.getElementById(id)!
const rules = JSON.parse(element('rules').textContent) as Rules
const say = (text: string): void => void (element('status').textContent = text)

/** Files of the model, by their names without folders. */
const modelFiles = new Map<string, Blob>()
let dropped: (() => void) | undefined

async function open(): Promise<BrowserClassifier> {
  for (;;) {
    const [path] = await missingFiles(modelFiles)
    if (path === undefined) break
    if (location.protocol === 'file:') {
      say(`First drop ${modelName} here, from this page’s folder: browsers let no page read it.`)
      await new Promise<void>((done) => (dropped = done))
    } else {
      const answer = await fetch(path)
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
      modelFiles.set(path.slice(path.lastIndexOf('/') + 1), await answer.blob())
    }
  }
  say('Opening the model…')
  const model = await openFiles(modelFiles, rules)
  say('Drop pictures here, or choose them. They stay on this computer.')
  return classifierOf(model, rules)
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
    if (modelEnding.test(file.name)) modelFiles.set(file.name, file)
    else void show(file)
  }
  dropped?.()
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
