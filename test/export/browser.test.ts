import { chromium, type Browser, type Page } from '@playwright/test'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../core/engine/index.ts'
import { predict } from '../../core/evaluation/predict.ts'
import { exportModel } from '../../core/export/exportModel.ts'
import { initialize } from '../../core/network/initialize.ts'
import { browserArguments, findBrowser } from '../e2e/browser.ts'
import { buildVgg } from '../network/build.ts'
import { unless } from '../unless.ts'
import { oddImages, refusedImages, type OddImage } from './oddImages.ts'

// Random and sensitive on purpose, as in loaders.test.ts.
const network = buildVgg({
  ...{ config: 'A', classes: 5, crop: 48, batchNorm: true, dropout: 0.5 },
  ...{ head: 'fc', fcWidth: 16, widthMultiplier: 1 / 16 },
})
const classes = ['ant', 'bee', '</script>', 'dog', 'elk']
const model = {
  ...{ network, weights: initialize(network, 'he', 4), classes, engine: findEngine('onnxruntime') },
  normalization: { mean: [120.5, 110.25, 100], std: [60, 61, 62] },
} as const
const scale = 60

const executablePath = findBrowser()
const noBrowser = unless(executablePath !== null, 'there is no browser')

const formats = [
  { format: 'onnx', asks: /^First drop model\.onnx/ },
  { format: 'tfjs', asks: /^First drop model\.json and all files in weights/ },
] as const

describe.skipIf(executablePath === null).each(formats)(
  `$format in a browser${noBrowser}`,
  ({ format, asks }) => {
    let root: string
    let folder: string
    let odd: readonly OddImage[]
    let refused: readonly OddImage[]
    let browser: Browser
    let page: Page
    const asked: string[] = []
    beforeAll(async () => {
      root = await mkdtemp(join(tmpdir(), 'vgg-browser-'))
      folder = join(root, 'out')
      const choices = { preprocessing: 'outside', dense: false, batch: 'any' } as const
      await exportModel({
        ...{ ...model, format, choices, mode: 'crop', scale, samples: [] },
        ...{ out: folder, overwrite: false },
      })
      odd = await oddImages(join(root, 'odd'))
      refused = await refusedImages(join(root, 'refused'))
      browser = await chromium.launch({ executablePath: executablePath!, args: browserArguments })
      const context = await browser.newContext({ offline: true })
      page = await context.newPage()
      page.on('request', (request) => asked.push(request.url()))
      await page.goto(pathToFileURL(join(folder, 'index.html')).href)
    }, 120_000)
    afterAll(async () => {
      await browser?.close()
      await rm(root, { recursive: true })
    })

    test('the page of an export opens from its folder, without any network, and asks for the model', async () => {
      await expect.poll(() => page.textContent('#status')).toMatch(asks)
      const weights = format === 'tfjs' ? await readdir(join(folder, 'weights')) : []
      const files = ['model.onnx', 'model.json', ...weights.map((name) => `weights/${name}`)]
      const own = (await readdir(folder, { recursive: true })).map((name) => name.replaceAll('\\', '/'))
      await page.setInputFiles(
        '#choice',
        files.filter((name) => own.includes(name)).map((name) => join(folder, name)),
      )
      await expect.poll(() => page.textContent('#status'), { timeout: 20_000 }).toMatch(/^Drop pictures here/)
      await page.setInputFiles('#choice', join(folder, 'check', 'plain.jpg'))
      await expect
        .poll(() => page.textContent('#answers'), { timeout: 20_000 })
        .toMatch(/plain\.jpg\d+\.\d% /)
      expect(asked.filter((url) => !/^(file|blob|data):/.test(url))).toEqual([])
    })

    test('it gives what prediction gives, to a thousandth, or refuses an image by name', async () => {
      const said = await classified(odd)
      expect(await differing(odd, said)).toEqual([])
      const unread = odd.flatMap(({ name }, index) => {
        const answer = said[index]!
        return typeof answer === 'string' ? [`${name}: ${answer}`] : []
      })
      const reasons =
        /: (more than 8 bits|16 bits|CMYK|AVIF|TIFF|a color profile other|other colors|colors by code|an orientation|it can’t be decoded|not a JPEG)/
      expect(unread.filter((text) => !reasons.test(text))).toEqual([])
      // What people have is read: photographs and screenshots in sRGB, turned, gray, transparent.
      const usual =
        /^(plain|gray|transparent)\.(jpg|progressive\.jpg|png|palette\.png|webp|lossless\.webp|gif)|^orientation \d\.(jpg|png)/
      expect(unread.filter((text) => usual.test(text))).toEqual([])
      expect(odd.length - unread.length).toBeGreaterThan(40)
      for (const reason of ['CMYK', '16 bits', 'a color profile other than sRGB'])
        expect(unread.join('\n')).toContain(reason)
    })

    test('it refuses what the application refuses', async () => {
      const said = await classified(refused)
      expect(refused.filter((_, index) => typeof said[index] !== 'string').map(({ name }) => name)).toEqual(
        [],
      )
    })

    test('from a server it fetches the model by itself', async () => {
      const server = await served(folder)
      const own = await browser.newPage()
      await own.goto(addressOf(server))
      await expect.poll(() => own.textContent('#status'), { timeout: 20_000 }).toMatch(/^Drop pictures here/)
      await own.close()
      await closed(server)
    })

    async function classified(images: readonly OddImage[]): Promise<readonly Answer[]> {
      return page.evaluate<readonly Answer[]>(saying('classify', await contents(images)))
    }
  },
)

/** Probabilities, or why not. */
type Answer = readonly number[] | string

/** Images whose answer is not what prediction gives: by more than a thousandth, or in the first class. */
async function differing(images: readonly OddImage[], said: readonly Answer[]): Promise<readonly string[]> {
  const protocol = { views: 'center', scales: [scale], flips: false, crop: 48, mode: 'crop' } as const
  const { predictions } = await predict({ ...model, protocol, files: images.map(({ path }) => path) })
  return images.flatMap(({ name, path }, index) => {
    const answer = said[index]!
    if (typeof answer === 'string') return []
    const ranked = predictions.find((one) => one.path === path)!.classes
    const own = classes.map((label) => ranked.find((one) => one.name === label)!.probability)
    const difference = Math.max(...own.map((value, at) => Math.abs(value - answer[at]!)))
    const top = (values: readonly number[]): number => values.indexOf(Math.max(...values))
    // A tie where rounding moves more than lies between two classes.
    const isTie = own[top(own)]! - own[top(answer)]! <= 2 * difference
    const isSame = difference <= 1e-3 && (top(own) === top(answer) || isTie)
    return isSame ? [] : [`${name}: ${difference}`]
  })
}

const contents = (images: readonly OddImage[]): Promise<readonly string[]> =>
  Promise.all(images.map(async ({ path }) => (await readFile(path)).toString('base64')))

/** A program for a page that asks a function of it for each file, in base 64. */
const saying = (classify: string, files: readonly string[]): string => `(async (files) => {
  const said = []
  for (const file of files) {
    const bytes = Uint8Array.from(atob(file), (character) => character.charCodeAt(0))
    said.push(await ${classify}(new Blob([bytes])).then((values) => [...values], (error) => String(error.message)))
  }
  return said
})(${JSON.stringify(files)})`

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.txt': 'text/plain',
}

/** What lies in a folder, over HTTP. */
async function served(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const name = request.url === '/' ? 'index.html' : request.url!.slice(1)
    readFile(join(folder, name)).then(
      (bytes) =>
        response.setHeader('content-type', types[extname(name)] ?? 'application/octet-stream').end(bytes),
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
  return server
}

const addressOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`

const closed = (server: Server): Promise<void> => new Promise((done) => void server.close(() => done()))

describe.skipIf(executablePath === null)(`on a GPU in software, in a browser${noBrowser}`, () => {
  test('the programs of a graph model give what prediction gives', async () => {
    const root = await mkdtemp(join(tmpdir(), 'vgg-webgl-'))
    const folder = join(root, 'out')
    const choices = { preprocessing: 'outside', dense: false, batch: 'any' } as const
    await exportModel({
      ...{ ...model, format: 'tfjs', choices, mode: 'crop', scale, samples: [] },
      ...{ out: folder, overwrite: false },
    })
    const odd = await oddImages(join(root, 'odd'))
    // As a page would bundle what the export carries.
    await writeFile(join(folder, 'entry.ts'), "export * from './browser.ts'\nexport * from './tfjs.ts'\n")
    const bundle = await rolldown({ input: join(folder, 'entry.ts') })
    const { output } = await bundle.generate({ format: 'iife', name: 'programs' })
    await bundle.close()
    const software = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader']
    const browser = await chromium.launch({
      ...{ executablePath: executablePath!, args: [...browserArguments, ...software] },
    })
    const server = await served(folder)
    try {
      const page = await browser.newPage()
      await page.goto(`${addressOf(server)}labels.txt`)
      for (const part of ['core', 'converter', 'backend-webgl']) {
        const packaged = createRequire(import.meta.url).resolve(`@tensorflow/tfjs-${part}`)
        await page.addScriptTag({ path: join(dirname(packaged), `tf-${part}.min.js`) })
      }
      await page.addScriptTag({ content: output[0].code })
      const backend = await page.evaluate<string>(`(async () => {
        if (!(await tf.setBackend('webgl'))) throw new Error('no WebGL')
        await tf.ready()
        const rules = await (await fetch('/preprocessing.json')).json()
        const model = await programs.openModel(tf, '/model.json', rules)
        globalThis.classifier = programs.classifierOf(model, rules)
        return tf.getBackend()
      })()`)
      expect(backend).toBe('webgl')
      const said = await page.evaluate<readonly Answer[]>(
        saying('classifier.probabilities', await contents(odd)),
      )
      expect(await differing(odd, said)).toEqual([])
      // What is refused is, by any back end, what the page above refuses.
      expect(said.filter((answer) => typeof answer !== 'string').length).toBeGreaterThan(40)
    } finally {
      await browser.close()
      await closed(server)
      await rm(root, { recursive: true })
    }
  }, 120_000)
})
