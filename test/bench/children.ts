import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Program } from '../../core/bench/child.ts'

/** A process that speaks the protocol of a benchmark; `code` may use `say(message)` and answer `lines`. */
export function scripted(folder: string, name: string, code: string): Program {
  const file = join(folder, `${name}.mjs`)
  writeFileSync(
    file,
    `import { createInterface } from 'node:readline'
     import { appendFileSync } from 'node:fs'
     const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
     const say = (message) => process.stdout.write(JSON.stringify(message) + '\\n')
     ${code}`,
  )
  return { name, command: process.execPath, args: [file] }
}

/** Waits until no process has this id any more. */
export async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
