import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import tseslint from 'typescript-eslint'

/** Which folders of core each folder may import from (besides itself and base): imports go one way. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
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
  registry: [],
}
const typesOnly: Readonly<Record<string, readonly string[]>> = {
  registry: ['network', 'dataset', 'training', 'evaluation', 'weights', 'engine', 'image', 'pipeline'],
}
const folders = Object.keys(mayImport)
const later = ['jobs', 'server', 'cli']

/** The one place (by file glob) where each of these packages is named. */
const onlyIn: Readonly<Record<string, readonly string[]>> = {
  sharp: ['core/image/**'],
  'onnxruntime-node': ['core/engine/onnxruntime*', 'core/engine/onnxruntime/**'],
  '@tensorflow/*': ['core/engine/tensorflow*', 'core/engine/tensorflow/**'],
  'better-sqlite3': ['core/registry/**'],
  electron: ['electron/**'],
}

const directionRules = [...folders, ...later].map((folder) => {
  const allowed = new Set([folder, 'base', ...(mayImport[folder] ?? folders)])
  if (folder === 'jobs') allowed.add('jobs')
  if (folder === 'server') allowed.add('jobs')
  if (folder === 'cli') for (const name of later) allowed.add(name)
  const types = new Set(typesOnly[folder] ?? [])
  const everyone = [...folders, ...later]
  return {
    files: [`core/${folder}/**/*.ts`],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error' as const,
        {
          patterns: [
            ...everyone
              .filter((name) => !allowed.has(name))
              .map((name) => ({
                group: [`**/${name}/*`, `**/${name}/**`],
                allowTypeImports: types.has(name),
                message: `core/${folder} may not import from core/${name}.`,
              })),
            ...Object.entries(onlyIn)
              .filter(([, places]) => !places.some((place) => place.startsWith(`core/${folder}/`)))
              .map(([name, places]) => ({
                group: [name],
                message: `${name} is used only in ${places.join(', ')}.`,
              })),
          ],
        },
      ],
    },
  }
})

export default tseslint.config(
  { ignores: ['node_modules', 'dist', 'coverage', 'test/fixtures'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  prettier,
  {
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-undef': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'prefer-const': 'error',
    },
  },
  ...directionRules,
)
