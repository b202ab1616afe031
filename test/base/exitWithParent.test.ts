import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { hasProcess } from '../../core/base/host.ts'

const core = fileURLToPath(new URL('../../core', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'vgg-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function script(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

/** A process that starts another one and says its id. */
async function parentOf(module: string, args: readonly string[]) {
  const text = `
    import { fork } from 'node:child_process'
    const child = fork(${JSON.stringify(module)}, ${JSON.stringify(args)}, { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    child.on('message', () => undefined)
    process.stdout.write(String(child.pid))
    setInterval(() => undefined, 1000)`
  const parent = spawn(process.execPath, [script('parent.mjs', text)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = (await once(parent.stdout, 'data')) as [Buffer]
  return { parent, child: Number(said.toString()) }
}

async function isGone(pid: number): Promise<boolean> {
  for (let waited = 0; waited < 30_000; waited += 100) {
    if (!hasProcess(pid)) return true
    await delay(100)
  }
  process.kill(pid, 'SIGKILL')
  return false
}

const stuck = script(
  'stuck.mjs',
  `import { exitWithParent } from ${JSON.stringify(join(core, 'base/exitWithParent.ts'))}
   exitWithParent(Number(process.argv[2]))
   setTimeout(() => { for (;;); }, 300)`,
)

test('a process whose driver hangs ends when its parent is killed', async () => {
  const { parent, child } = await parentOf(stuck, ['600000'])
  await delay(1000)
  expect(hasProcess(child)).toBe(true)
  parent.kill('SIGKILL')
  expect(await isGone(child)).toBe(true)
})

test('it ends after its own limit, though its parent lives', async () => {
  const child = spawn(process.execPath, [stuck, '1000'], { stdio: 'ignore' })
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
  expect(signal).toBe('SIGKILL')
})

test('a measurement that is in the middle of a long step ends with its parent', async () => {
  const network = { config: 'A', classes: 10, crop: 224, batchNorm: false, dropout: 0, fcWidth: 64 }
  const task = {
    ...{ kind: 'benchmark', engine: 'onnxruntime', execution: { device: 'cpu', precision: 'fp32' } },
    shape: { network: { ...network, widthMultiplier: 1 }, frozen: [], images: 64, threads: 1 },
  }
  const { parent, child } = await parentOf(join(core, 'engine/selection/trialProcess.ts'), [
    JSON.stringify(task),
  ])
  await delay(4000)
  expect(hasProcess(child)).toBe(true)
  parent.kill('SIGKILL')
  expect(await isGone(child)).toBe(true)
})
