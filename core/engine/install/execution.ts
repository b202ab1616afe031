import { spawn } from 'node:child_process'

/**
 * `node execution.ts COMMAND [ARGUMENT…]`, with an IPC channel: runs a program, and ends as it does. At any message, and
 * when the channel closes because its parent is gone, the program ends with all that it has started (a compiler's driver
 * alone would leave the compiler at it for a minute).
 */

/** What the process sends where the program can't be run. */
export interface NotRun {
  readonly notRun: string
}

/** Milliseconds that programs have for ending by themselves, a compiler for its temporary files. */
const patience = 1000

const [command, ...args] = process.argv.slice(2)
const child = spawn(command!, args, { stdio: ['ignore', 'inherit', 'inherit'] })
let ending = false
child.on('error', ({ message }) => {
  const answer: NotRun = { notRun: message }
  process.send!(answer, () => process.exit(1))
})
child.on('exit', (code, signal) => {
  // What it has started may still be there.
  if (ending) return
  if (signal !== null) process.kill(process.pid, signal)
  else process.exit(code!)
})
process.on('message', endAll)
process.on('disconnect', endAll)

function endAll(): void {
  if (ending) return
  ending = true
  // The signal goes to this process as well.
  process.on('SIGTERM', () => undefined)
  endGroup('SIGTERM')
  setTimeout(() => endGroup('SIGKILL'), patience)
}

/** This process leads a group: whatever it has started. Windows has none. */
function endGroup(signal: 'SIGTERM' | 'SIGKILL'): void {
  if (process.platform !== 'win32') process.kill(-process.pid, signal)
  else {
    child.kill(signal)
    if (signal === 'SIGKILL') process.exit(1)
  }
}
