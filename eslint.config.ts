import js from '@eslint/js'
import type { Linter } from 'eslint'
import { defineConfig } from 'eslint/config'
import prettier from 'eslint-config-prettier'
import svelte from 'eslint-plugin-svelte'
import tseslint from 'typescript-eslint'

/** Which folders of core each folder may import from (besides itself, base and messages): imports go one way. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  messages: [],
  base: [],
  network: [],
  graph: ['network'],
  engine: ['graph', 'network'],
  image: [],
  dataset: ['image'],
  pipeline: ['dataset', 'image'],
  weights: ['network', 'graph', 'engine', 'image', 'pipeline'],
  training: ['pipeline', 'engine', 'network', 'dataset', 'image', 'weights'],
  evaluation: ['pipeline', 'engine', 'network', 'dataset', 'image'],
  export: ['network', 'graph', 'engine', 'image', 'pipeline', 'weights', 'evaluation'],
  cluster: ['network', 'dataset', 'image', 'engine', 'pipeline', 'weights', 'training', 'export'],
  registry: [],
  bench: ['network', 'graph', 'engine', 'dataset', 'image', 'pipeline', 'weights', 'training', 'evaluation'],
}
export const typesOnly: Readonly<Record<string, readonly string[]>> = {
  registry: [
    'network',
    'dataset',
    'training',
    'evaluation',
    'weights',
    'engine',
    'image',
    'pipeline',
    'export',
  ],
}
const stages = Object.keys(mayImport)
/** Those that may import any stage, and those of their own kind that come before them. */
const drivers = ['jobs', 'queries', 'server', 'cli']
const everyone = [...stages, ...drivers]

/** The one place (by file glob) where each of these packages is named. */
const onlyIn: Readonly<Record<string, readonly string[]>> = {
  sharp: ['core/image/**'],
  '@napi-rs/image': ['core/image/quickJpeg.ts'],
  'onnxruntime-node': ['core/engine/onnxruntime*', 'core/engine/onnxruntime/**'],
  '@tensorflow/*': ['core/engine/tensorflow*', 'core/engine/tensorflow/**'],
  'better-sqlite3': ['core/registry/**'],
  electron: ['electron/**'],
}

/** The folders of core that a folder may import from. */
export function allowedFolders(folder: string): readonly string[] {
  const earlier = drivers.slice(0, drivers.indexOf(folder) + 1)
  return [
    folder,
    ...(folder === 'messages' ? [] : ['base', 'messages']),
    ...(mayImport[folder] ?? [...stages, ...earlier]),
  ]
}

function forbiddenFolders(folder: string) {
  const allowed = allowedFolders(folder)
  const types = typesOnly[folder] ?? []
  return everyone
    .filter((name) => !allowed.includes(name))
    .map((name) => ({
      group: [`**/${name}/*`, `**/${name}/**`],
      allowTypeImports: types.includes(name),
      message: `core/${folder} may not import from core/${name}.`,
    }))
}

function forbiddenPackages(allowed: readonly string[]) {
  return Object.entries(onlyIn)
    .filter(([name]) => !allowed.includes(name))
    .map(([name, places]) => ({ group: [name], message: `${name} is used only in ${places.join(', ')}.` }))
}

function restriction(folder: string, files: readonly string[], packages: readonly string[]) {
  const patterns = [...forbiddenFolders(folder), ...forbiddenPackages(packages)]
  const rule: Linter.RuleEntry = ['error', { patterns }]
  return { files: [...files], rules: { '@typescript-eslint/no-restricted-imports': rule } }
}

/** The folder's own rule, then one for each place inside it that may use a package. A later rule replaces an earlier. */
function directionRules(folder: string) {
  const places = Object.entries(onlyIn).flatMap(([name, globs]) =>
    globs.filter((glob) => glob.startsWith(`core/${folder}/`)).map((glob) => ({ name, glob })),
  )
  return [
    restriction(folder, [`core/${folder}/**/*.ts`], []),
    // Programs that exports carry: they run elsewhere.
    ...(folder === 'export' ? [restriction(folder, ['core/export/loaders/**'], Object.keys(onlyIn))] : []),
    ...places.map(({ name, glob }) => restriction(folder, [glob], [name])),
  ]
}

/** The renderer is a client: of everything outside it knows types only. */
const rendererImports = [
  {
    group: ['**/core/**', '**/electron/**'],
    allowTypeImports: true,
    message: 'renderer/ may import types of core and electron only.',
  },
]

/**
 * Electron starts the server by its path, on another Node: nothing of core may be bundled into it, but what finds the
 * window's files there as in the server.
 */
const notOfElectron = 'electron/ may not import from core or renderer.'
const electronImports = [
  { regex: '/core/(?!base/webFile\\.ts$)', message: notOfElectron },
  { group: ['**/renderer/**'], message: notOfElectron },
]

export default defineConfig(
  { ignores: ['node_modules', 'dist', 'coverage', 'test-results', 'test/fixtures'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  prettier,
  {
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      'no-undef': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'prefer-const': 'error',
    },
  },
  ...everyone.flatMap(directionRules),
  {
    files: ['electron/**/*.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: electronImports }] },
  },
  ...svelte.configs.recommended,
  ...svelte.configs.prettier,
  {
    files: ['renderer/**/*.svelte', 'renderer/**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: {
      // Props are destructured at once, whether or not one of them is bound.
      'prefer-const': 'off',
      // Sets and maps here are bookkeeping that nothing is drawn from.
      'svelte/prefer-svelte-reactivity': 'off',
      'svelte/no-useless-children-snippet': 'off',
    },
  },
  {
    files: ['renderer/**/*.ts', 'renderer/**/*.svelte'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: rendererImports }] },
  },
)
