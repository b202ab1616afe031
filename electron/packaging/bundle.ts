import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { rolldown, type Plugin } from 'rolldown'

/** Modules of core that a process or a thread starts from, or that are loaded by a path made at run time. */
export const entries = [
  ...['cli/main', 'cli/smokeTest', 'cli/settingsHelp', 'base/compiled', 'base/hugePages'],
  ...[
    'server/main',
    'jobs/process/worker',
    'jobs/process/preparer',
    'jobs/process/trainer',
    'jobs/process/helper',
  ],
  ...['engine/selection/trialProcess', 'engine/install/execution', 'engine/updateThread'],
  ...['pipeline/worker', 'bench/worker'],
]

/** Packages of many small modules. The others are native, or look for files beside them: they stay in node_modules. */
const inside = ['zod', 'hono', '@hono/node-server', '@hono/zod-validator', 'commander']

/** Where the bundled code lies in `core`, whose other modules lead there. */
const chunks = 'chunks'

/**
 * Compiles core into few files, since a start's time goes by the number of modules: those of a server are 440 one by one.
 * Each entry stays where it is in the checkout, and each module finds the files beside it as there.
 * @param core the folder of the sources
 * @param target a folder that is to hold the same, to be run by Node
 */
export async function bundleCore(core: string, target: string): Promise<void> {
  const modules = entries.map((entry) => [entry, sourceOf(core, entry)] as const)
  const bundle = await rolldown({
    input: Object.fromEntries(modules.map(([entry, source]) => [entry.replaceAll('/', '.'), source])),
    platform: 'node',
    external: (id) => isPackage(id) && !inside.some((name) => id === name || id.startsWith(`${name}/`)),
    plugins: [ownPlaces(core)],
  })
  await bundle.write({
    dir: join(target, chunks),
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  })
  await bundle.close()
  for (const entry of entries) {
    const file = join(target, `${entry}.js`)
    const up = posix.relative(posix.dirname(entry), chunks)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `export * from '${up}/${entry.replaceAll('/', '.')}.js'\n`)
  }
}

const sourceOf = (core: string, entry: string): string =>
  join(core, `${entry}.${entry === 'base/compiled' ? 'js' : 'ts'}`)

const isPackage = (id: string): boolean => /^(@?[a-z]|node:)/i.test(id) && !/^[a-z]:[\\/]/i.test(id)

/** What `import.meta.url` is in a module of core: the place that the module would have, had it been compiled alone. */
function ownPlaces(core: string): Plugin {
  return {
    name: 'own-places',
    transform(code, id) {
      const path = relative(core, id).split(sep).join('/')
      if (path.startsWith('..') || !code.includes('import.meta.url')) return null
      const place = `new URL('../${path.replace(/\.ts$/, '.js')}', import.meta.url).href`
      return { code: code.replaceAll('import.meta.url', place), map: null }
    },
  }
}
