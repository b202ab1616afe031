import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, resolve } from 'node:path'
import { build, type InlineConfig, type Plugin } from 'vite'
import { linkTree, type Runtime } from './runtime.ts'

const root = resolve(import.meta.dirname, '../../..')

/** What tests start. */
export interface BuiltApplication {
  readonly program: string
  /** Arguments that make it open the application. */
  readonly args: readonly string[]
}

/** Where `buildFor` puts the application and the older Electron that runs it. */
const folder = join(root, 'test-results', 'electron')
const application = join(folder, 'resources', 'app')

export function builtFor(runtime: Runtime): BuiltApplication {
  return runtime.current
    ? { program: runtime.program, args: [root] }
    : { program: join(folder, 'electron'), args: [] }
}

/** Builds the window and Electron's scripts for a runtime, the older one's with what it lacks. */
export async function buildFor(runtime: Runtime): Promise<void> {
  // For those who try one test after another.
  if (process.env['STUDIO_TEST_BUILT'] && existsSync(builtFor(runtime).program)) return
  if (runtime.current) return buildCurrent()
  await rm(folder, { recursive: true, force: true })
  await linkTree(runtime.folder, folder)
  await mkdir(application, { recursive: true })
  await build(rendererFor(join(application, 'dist', 'renderer')))
  for (const mode of ['main', 'preload'] as const)
    await build(scriptFor(mode, join(application, 'dist', 'electron')))
  const manifest = {
    name: 'vgg-studio',
    productName: 'VGG Studio',
    version: '0.1.0',
    main: 'dist/electron/main.cjs',
  }
  await writeFile(join(application, 'package.json'), JSON.stringify(manifest))
  for (const name of ['core', 'resources', 'node_modules'])
    await symlink(join(root, name), join(application, name))
}

async function buildCurrent(): Promise<void> {
  await build({ configFile: join(root, 'vite.config.ts'), logLevel: 'error' })
  const configFile = join(root, 'vite.electron.config.ts')
  for (const mode of ['main', 'preload']) await build({ configFile, mode, logLevel: 'error' })
}

const rendererFor = (outDir: string): InlineConfig => ({
  configFile: join(root, 'vite.config.ts'),
  logLevel: 'error',
  plugins: [
    {
      name: 'stand-ins',
      transform: (code, id) =>
        id === join(root, 'renderer/main.ts')
          ? `import ${JSON.stringify(join(import.meta.dirname, 'standIns/page.ts'))}\n${code}`
          : null,
    },
  ],
  build: { outDir, target: 'chrome108' },
})

const standIns = join(import.meta.dirname, 'standIns')
const entries = { main: join(standIns, 'main.ts'), preload: join(root, 'electron/preload.ts') }

/** What the preload script imports of Electron is a stand-in's; that one alone imports the real one. */
const electronOf: Plugin = {
  name: 'stand-ins',
  enforce: 'pre',
  resolveId(id, importer) {
    if (id !== 'electron') return null
    return importer === entries.preload ? join(standIns, 'electron.ts') : { id, external: true }
  },
}

function scriptFor(mode: 'main' | 'preload', outDir: string): InlineConfig {
  return {
    configFile: false,
    root: standIns,
    logLevel: 'error',
    publicDir: false,
    plugins: [electronOf],
    define: { 'process.env': 'process.env' },
    // The stand-ins' own dependency goes into the bundle.
    ssr: { noExternal: true },
    build: {
      outDir,
      emptyOutDir: false,
      target: mode === 'main' ? 'node16' : 'chrome108',
      minify: false,
      rolldownOptions: {
        input: entries[mode],
        external: [...builtinModules, /^node:/],
        platform: 'node',
        output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
      },
    },
  }
}
