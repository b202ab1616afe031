import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { onnxruntimeEngine } from '../../core/engine/onnxruntime/engine.ts'
import { resolveExecution } from '../../core/jobs/choose.ts'
import type { JobEvent } from '../../core/jobs/events.ts'
import { resolveHome } from '../../core/jobs/home.ts'
import { parseRecipe } from '../../core/training/recipe.ts'
import { tinyRecipe } from '../server/support.ts'

vi.setConfig({ testTimeout: 60_000 })

const folder = mkdtempSync(join(tmpdir(), 'vgg-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const home = resolveHome(folder, {})
const signal = new AbortController().signal
const recipe = parseRecipe({ ...tinyRecipe, execution: { engine: 'onnxruntime', threads: 1 } })

async function resolve() {
  const said: JobEvent[] = []
  const { chosen } = await resolveExecution(
    { home, signal, emit: (event) => void said.push(event) },
    recipe,
    3,
  )
  const phases = said.flatMap((event) => (event.event === 'progress' ? [event.phase] : []))
  return { chosen: chosen!, phases, ofGpu: chosen!.tried.find(({ device }) => device === 'webgpu') }
}

/** As if the GPU had trained faster than anything when it was measured. */
function pretendMeasured(): void {
  const file = join(home.cache, 'calibration.json')
  const stored = JSON.parse(readFileSync(file, 'utf8')) as { entries: { measurements: object[] }[] }
  for (const entry of stored.entries) {
    entry.measurements = entry.measurements.map((one) =>
      'device' in one && one.device === 'webgpu' ? { ...one, secondsPerImage: 1e-9, reason: null } : one,
    )
  }
  writeFileSync(file, JSON.stringify(stored))
}

const isListed = (await onnxruntimeEngine.devices()).some(({ id }) => id === 'webgpu')

// Elsewhere no variable takes the adapters away.
describe.skipIf(!isListed || process.platform !== 'linux')('a fast GPU that fails its proof', () => {
  beforeEach(() => {
    vi.stubEnv('VK_ICD_FILENAMES', '/nowhere')
    vi.stubEnv('VK_DRIVER_FILES', '/nowhere')
  })
  afterEach(() => vi.unstubAllEnvs())

  test('is ruled out with the reason, and that is known the next time', async () => {
    await resolve()
    pretendMeasured()
    const first = await resolve()
    expect(first.phases).toEqual(['test'])
    expect(first.chosen).toMatchObject({ engine: 'onnxruntime', device: 'cpu' })
    expect(first.ofGpu).toMatchObject({ secondsPerImage: null, reason: expect.stringContaining('adapter') })
    const second = await resolve()
    expect(second.phases).toEqual([])
    expect(second.chosen).toEqual(first.chosen)
  })
})
