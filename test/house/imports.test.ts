import { readdir, readFile } from 'node:fs/promises'
import { basename, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ESLint } from 'eslint'
import { expect, test } from 'vitest'
import { allowedFolders, typesOnly } from '../../eslint.config.ts'

const root = new URL('../../', import.meta.url)
const eslint = new ESLint({ cwd: fileURLToPath(root) })

/** What the import rule says of one line of code, as if it stood in that file. */
async function verdict(filePath: string, code: string): Promise<readonly string[]> {
  const [result] = await eslint.lintText(`${code}\n`, { filePath })
  return result!.messages
    .filter((message) => message.ruleId === '@typescript-eslint/no-restricted-imports')
    .map((message) => message.message)
}

const refused: readonly (readonly [file: string, code: string, because: string])[] = [
  [
    'core/network/vgg.ts',
    `export * from '../image/decode.ts'`,
    'core/network may not import from core/image',
  ],
  [
    'core/graph/step.ts',
    `import { x } from '../engine/index.ts'`,
    'core/graph may not import from core/engine',
  ],
  [
    'core/training/train.ts',
    `import { x } from '../registry/registry.ts'`,
    'may not import from core/registry',
  ],
  ['core/registry/runs.ts', `import { x } from '../training/recipe.ts'`, 'may not import from core/training'],
  ['core/jobs/train.ts', `import { x } from '../cli/main.ts'`, 'core/jobs may not import from core/cli'],
  [
    'core/jobs/train.ts',
    `import type { x } from '../cli/deep/table.ts'`,
    'core/jobs may not import from core/cli',
  ],
  [
    'core/engine/onnxruntime/run.ts',
    `import { x } from '../../pipeline/loader.ts'`,
    'core/engine may not import',
  ],
  ['core/pipeline/loader.ts', `import sharp from 'sharp'`, 'sharp is used only in core/image'],
  ['core/engine/index.ts', `import * as o from 'onnxruntime-node'`, 'onnxruntime-node is used only in'],
  [
    'core/engine/onnxruntime.ts',
    `import * as t from '@tensorflow/tfjs-node'`,
    '@tensorflow/* is used only in',
  ],
  [
    'core/cli/show.ts',
    `import Database from 'better-sqlite3'`,
    'better-sqlite3 is used only in core/registry',
  ],
  ['core/server/main.ts', `import { app } from 'electron'`, 'electron is used only in electron'],
  ['electron/main.ts', `import { x } from '../core/base/errors.ts'`, 'electron/ may not import'],
  ['electron/main.ts', `import type { X } from '../core/base/errors.ts'`, 'electron/ may not import'],
]

test.each(refused)('%s may not say %s', async (file, code, because) => {
  expect(await verdict(file, code)).toEqual([expect.stringContaining(because)])
})

const accepted: readonly (readonly [file: string, code: string])[] = [
  ['core/graph/step.ts', `import { x } from '../network/vgg.ts'`],
  ['core/image/decode.ts', `import sharp from 'sharp'`],
  ['core/engine/onnxruntime/run.ts', `import * as o from 'onnxruntime-node'`],
  ['core/engine/tensorflow.ts', `import * as t from '@tensorflow/tfjs-node'`],
  ['core/registry/runs.ts', `import type { Recipe } from '../training/recipe.ts'`],
  ['core/registry/runs.ts', `import Database from 'better-sqlite3'`],
  ['core/jobs/train.ts', `import { x } from '../training/train.ts'`],
  ['core/cli/show.ts', `import { x } from '../jobs/train.ts'`],
  ['core/dataset/import.ts', `import { x } from '../base/errors.ts'`],
]

test.each(accepted)('%s may say %s', async (file, code) => {
  expect(await verdict(file, code)).toEqual([])
})

const homes: readonly (readonly [name: RegExp, home: RegExp])[] = [
  [/onnxruntime/, /^core\/engine\/onnxruntime/],
  [/tensorflow|tfjs/, /^core\/(engine\/tensorflow|weights\/)/],
  [/sharp/, /^core\/image\//],
  [/sqlite/, /^core\/registry\//],
]

/** Specifiers of every form of import, the dynamic and the old one included, which the lint rule does not see. */
function specifiers(code: string): readonly string[] {
  const forms = /(?:\bfrom|\bimport|\brequire|\bresolve)\s*\(?\s*['"`]([^'"`\n]+)['"`]/g
  return Array.from(code.matchAll(forms), (match) => match[1]!)
}

const packages: readonly (readonly [name: RegExp, home: RegExp])[] = [
  [/^onnxruntime-/, /^core\/engine\/onnxruntime/],
  [/^@tensorflow\//, /^core\/(engine\/tensorflow|weights\/)/],
  [/^(sharp|@napi-rs\/image)$/, /^core\/image\//],
  [/^better-sqlite3$/, /^core\/registry\//],
]

/** Programs that exports carry: they run elsewhere, with packages of their own, and import nothing of ours. */
const carried = 'core/export/loaders/'

async function sources(): Promise<readonly string[]> {
  const names = await readdir(new URL('core/', root), { recursive: true })
  return names
    .map((name) => `core/${name.replaceAll('\\', '/')}`)
    .filter((name) => /\.m?[jt]s$/.test(name) && !name.startsWith(carried))
}

test('no file is named after an engine, a decoder or a database outside its place', async () => {
  const strays = (await sources()).filter((file) =>
    homes.some(([name, home]) => name.test(basename(file)) && !home.test(file)),
  )
  expect(strays).toEqual([])
})

test('no file reaches such a package outside its place, whatever the form of the import', async () => {
  const strays: string[] = []
  for (const file of await sources()) {
    for (const specifier of specifiers(await readFile(new URL(file, root), 'utf8'))) {
      if (packages.some(([name, home]) => name.test(specifier) && !home.test(file))) {
        strays.push(`${file}: ${specifier}`)
      }
    }
  }
  expect(strays).toEqual([])
})

test('the scan sees dynamic imports and require', () => {
  const code = "await import('sharp'); require(\"onnxruntime-node\"); import a from 'better-sqlite3'"
  expect(specifiers(code)).toEqual(['sharp', 'onnxruntime-node', 'better-sqlite3'])
})

test('ONNX Runtime is loaded in one place, which sets first what keeps it from reporting to its maker', async () => {
  const loading: string[] = []
  for (const file of await sources()) {
    const code = await readFile(new URL(file, root), 'utf8')
    const loads = /^import (?!type).*'onnxruntime-node'|(?:import|\brequire|\bbase\))\(['"]onnxruntime-node/m
    if (loads.test(code)) loading.push(file)
  }
  expect(loading).toEqual(['core/engine/onnxruntime/runtime.ts'])
})

interface Import {
  /** The imported file, relative to the repository. */
  readonly to: string
  readonly isType: boolean
}

/** The files that a file imports by relative paths, `await import()` among them. */
function importsOf(file: string, code: string): readonly Import[] {
  const statement = /^\s*(?:import|export)\s+(type\s+)?([^'"();=]*?)\s*from\s*['"](\.[^'"]+)['"]/gm
  const statements = Array.from(code.matchAll(statement), ([, type, names, path]) => {
    const braced = /^\{([\s\S]*)\}$/.exec(names!)?.[1]
    const parts = braced?.split(',').filter((part) => part.trim() !== '')
    const isType = type !== undefined || (parts?.every((part) => /^\s*type\s/.test(part)) ?? false)
    return { path: path!, isType }
  })
  const calls = Array.from(code.matchAll(/\bimport\(\s*['"](\.[^'"]+)['"]\s*\)/g), ([, path]) => ({
    path: path!,
    isType: false,
  }))
  return [...statements, ...calls].map(({ path, isType }) => ({
    to: posix.join(posix.dirname(file), path),
    isType,
  }))
}

const folderOf = (file: string): string | undefined => /^core\/([^/]+)\//.exec(file)?.[1]

async function allImports(): Promise<ReadonlyMap<string, readonly Import[]>> {
  const files = (await sources()).filter((file) => file.endsWith('.ts'))
  const entries = files.map(
    async (file) => [file, importsOf(file, await readFile(new URL(file, root), 'utf8'))] as const,
  )
  return new Map(await Promise.all(entries))
}

test('imports go one way, those that are made at run time too', async () => {
  const strays: string[] = []
  for (const [file, imports] of await allImports()) {
    const folder = folderOf(file)!
    for (const { to, isType } of imports) {
      const other = folderOf(to)
      if (other === undefined || allowedFolders(folder).includes(other)) continue
      if (isType && typesOnly[folder]?.includes(other)) continue
      strays.push(`${file} imports ${to}`)
    }
  }
  expect(strays).toEqual([])
})

test('no files import one another in a circle, not even types', async () => {
  const imports = await allImports()
  const state = new Map<string, 'open' | 'done'>()
  const circles: string[] = []
  function visit(file: string, path: readonly string[]): void {
    if (state.get(file) === 'done' || !imports.has(file)) return
    if (state.get(file) === 'open') {
      circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
      return
    }
    state.set(file, 'open')
    for (const { to } of imports.get(file)!) visit(to, [...path, file])
    state.set(file, 'done')
  }
  for (const file of imports.keys()) visit(file, [])
  expect(circles).toEqual([])
})

test('the process that trains loads no registry', async () => {
  const imports = await allImports()
  const seen = new Set<string>()
  function visit(file: string): void {
    if (seen.has(file)) return
    seen.add(file)
    for (const { to, isType } of imports.get(file) ?? []) if (!isType) visit(to)
  }
  visit('core/jobs/process/trainer.ts')
  expect(seen).toContain('core/training/train.ts')
  expect([...seen].filter((file) => folderOf(file) === 'registry')).toEqual([])
})

test('the scan of imports tells types from values, and sees those made at run time', () => {
  const code = [
    "import type { A } from './a.ts'",
    "import { type B, type C } from '../image/b.ts'",
    "import { type D, e } from './d.ts'",
    "const f = await import('./f.ts')",
  ].join('\n')
  expect(importsOf('core/dataset/x.ts', code)).toEqual([
    { to: 'core/dataset/a.ts', isType: true },
    { to: 'core/image/b.ts', isType: true },
    { to: 'core/dataset/d.ts', isType: false },
    { to: 'core/dataset/f.ts', isType: false },
  ])
})
