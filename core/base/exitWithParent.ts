import { Worker } from 'node:worker_threads'

/**
 * Ends this process when its parent is gone, or after `limit` milliseconds. From a thread of its own: a driver that
 * hangs blocks this one, and then no channel's closing and no timer is seen here.
 */
export function exitWithParent(limit: number): void {
  const workerData = { parent: process.ppid, limit }
  new Worker(watch, { eval: true, workerData, stdout: true, stderr: true }).unref()
  process.on('disconnect', () => process.exit())
}

/** Where a parent goes, Linux and macOS give its children another one; Windows leaves them the id of nobody. */
const watch = `
const { workerData: { parent, limit } } = require('node:worker_threads')
const end = () => process.kill(process.pid, 'SIGKILL')
const isGone = () => {
  if (process.ppid !== parent) return true
  try { process.kill(parent, 0) } catch (error) { return error.code === 'ESRCH' }
  return false
}
setTimeout(end, limit)
setInterval(() => { if (isGone()) end() }, 1000)
`
