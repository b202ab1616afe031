import { builtinModules } from 'node:module'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/**
 * Electron's own two scripts, each one file: `--mode main`, an ES module on Electron's Node, and `--mode preload`,
 * which in a sandbox can only be CommonJS and require nothing but electron.
 */
export default defineConfig(({ mode }) => ({
  root: here('./electron'),
  publicDir: false,
  // Vite would put {} for it, as for a page: the server would start without its person's environment.
  define: { 'process.env': 'process.env' },
  build: {
    outDir: here('./dist/electron'),
    emptyOutDir: false,
    target: 'node24',
    minify: false,
    sourcemap: true,
    rolldownOptions: {
      input: here(`./electron/${mode}.ts`),
      external: ['electron', ...builtinModules, /^node:/],
      platform: 'node',
      output: {
        format: mode === 'preload' ? 'cjs' : 'es',
        entryFileNames: mode === 'preload' ? '[name].cjs' : '[name].js',
        chunkFileNames: '[name].js',
      },
    },
  },
}))
