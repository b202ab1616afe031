import { readFileSync } from 'node:fs'
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { allConfigs, families } from '../../core/network/architectures/names.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Where a family may be named, and why. Its own folder and texts need no reason. */
const allowed: Readonly<Record<string, string>> = {
  'core/bench/benchmarks.ts': 'benchmarks are of named networks, so that their figures can be compared',
  'core/bench/networkJob.ts': 'the same',
  'core/bench/types.ts': 'the same',
  'core/cli/demo.ts': 'one recipe, for the sample images',
  'core/cli/inspect.ts': 'flags for settings that many look at; --set takes those of every family',
  'core/evaluation/tables.ts': 'the tables of one paper',
  'core/base/processIdentity.ts': 'the C of a locale',
  'core/weights/catalog.ts': 'which files there are to get',
  'core/weights/naming/pytorch.ts': 'names that stand in files of other libraries',
}
const free = /^(core\/network\/architectures|core\/messages|core\/bench\/peer|renderer\/messages)\//

const settings = ['fcWidth', 'widthMultiplier']
const names = new Set<string>([...families, ...allConfigs, ...settings])
/** In paths and settings: `network.fcWidth`, `classifier.0`, `features.`. */
const partly = new RegExp(`^(network\\.(${settings.join('|')}|batchNorm)|features\\.|classifier(\\.|$))`)

function naming(path: string): string[] {
  const text = readFileSync(`${root}/${path}`, 'utf8')
  // A component counts with its script alone: what it shows comes from the texts.
  const code = path.endsWith('.svelte')
    ? [...text.matchAll(/<script[^>]*>(.*?)<\/script>/gs)].map((m) => m[1]).join('\n')
    : text
  const found: string[] = []
  const look = (node: ts.Node): void => {
    const said = ts.isStringLiteralLike(node) || ts.isTemplateHead(node) ? node.text : ''
    const isWord = ts.isIdentifier(node) && node.text.length > 1 && names.has(node.text)
    if (isWord) found.push(node.text)
    else if (names.has(said) || partly.test(said)) found.push(said)
    ts.forEachChild(node, look)
  }
  look(ts.createSourceFile(path, code, ts.ScriptTarget.Latest))
  return found
}

const files = globSync('{core,renderer,electron}/**/*.{ts,svelte}', { cwd: root }).map((path) =>
  path.replaceAll('\\', '/'),
)

test('no family of networks is named outside its own folder and the texts', () => {
  const elsewhere = files
    .filter((path) => !free.test(path))
    .map((path) => [path, naming(path)] as const)
    .filter(([path, found]) => found.length > 0 && !(path in allowed))
  expect(Object.fromEntries(elsewhere)).toEqual({})
})

test('what may name one still does', () => {
  expect(Object.keys(allowed).filter((path) => naming(path).length === 0)).toEqual([])
})
