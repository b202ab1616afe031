import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripTypeScriptTypes } from 'node:module'
import { compileModule } from 'svelte/compiler'
import type { Plugin } from 'vite'
import { defineConfig, mergeConfig } from 'vitest/config'

const ci = process.env['CI'] !== undefined

/** Svelte's own plugin compiles for a server where a test runs in Node, and there no effect runs. */
const stateModules: Plugin = {
  name: 'state-modules',
  enforce: 'pre',
  transform(code, id) {
    if (!id.endsWith('.svelte.ts')) return null
    return compileModule(stripTypeScriptTypes(code), { generate: 'client', filename: id }).js
  },
}

/** Folders whose tests leave nothing behind in a process: it is used for one file after the other. */
const sharing = [
  'base',
  'dataset',
  'evaluation',
  'graph',
  'messages',
  'network',
  'queries',
  'registry',
  'renderer',
]
const shared = sharing.map((folder) => `test/${folder}/**/*.test.ts`)

export const base = defineConfig({
  // For the window's state modules, which run in tests as in a browser.
  plugins: [stateModules],
  resolve: {
    alias: [
      {
        find: /^svelte$/,
        replacement: fileURLToPath(new URL('./node_modules/svelte/src/index-client.js', import.meta.url)),
      },
    ],
  },
  test: {
    // Native engines and worker threads want a process of their own.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // No test may come near the user's own data.
    env: {
      VGG_STUDIO_HOME: join(tmpdir(), 'vgg-studio-test-home'),
      // The processes that tests start compile the same files again and again.
      NODE_COMPILE_CACHE: fileURLToPath(new URL('./node_modules/.cache/vgg-studio', import.meta.url)),
    },
    reporters: ci ? ['default', 'json'] : ['default'],
    outputFile: { json: 'test-results/vitest.json' },
  },
})

export default mergeConfig(base, {
  test: {
    projects: [
      { extends: true, test: { name: 'shared', include: shared, isolate: false } },
      { extends: true, test: { name: 'apart', include: ['test/**/*.test.ts'], exclude: shared } },
    ],
  },
})
