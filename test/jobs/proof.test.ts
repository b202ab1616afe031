import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { candidateOf } from '../../core/engine/candidates.ts'
import type { prove, Trial } from '../../core/engine/probe.ts'
import type { Device, Precision } from '../../core/engine/types.ts'
import type { JobEvent } from '../../core/jobs/events.ts'
import { resolveHome, type Home } from '../../core/jobs/home.ts'
import { forgetMeasurements } from '../../core/jobs/measurements.ts'
import { rememberedProof } from '../../core/jobs/proof.ts'

const gpu: Device = {
  ...{ engine: 'tensorflow', id: 'cuda:0', name: 'A GPU', precisions: ['fp32', 'bf16'], usable: true },
}
const [fp32, bf16] = [candidateOf(gpu, 'fp32'), candidateOf(gpu, 'bf16')]
let home: Home

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  home = resolveHome(folder, {})
})

/** A machine whose self-tests pass in some precisions. */
function machine(passing: readonly Precision[], signal = new AbortController().signal) {
  const [tested, said]: [string[], JobEvent[]] = [[], []]
  const selfTest: typeof prove = async ({ id }, precision): Promise<Trial> => {
    tested.push(`${id} ${precision}`)
    return passing.includes(precision)
      ? { precision, usable: true, selfTest: { difference: 0, secondsPerImage: 0.001 } }
      : { precision, usable: false, reason: 'It computes something else.' }
  }
  const context = { home, signal, emit: (event: JobEvent) => void said.push(event) }
  return { proof: rememberedProof(context, [gpu], selfTest), tested, said }
}

test('a device is proven once in each precision, also for later jobs', async () => {
  const first = machine(['fp32', 'bf16'])
  expect([await first.proof(fp32), await first.proof(fp32), await first.proof(bf16)]).toEqual([
    null,
    null,
    null,
  ])
  expect(first.tested).toEqual(['cuda:0 fp32', 'cuda:0 bf16'])
  const later = machine([])
  expect([await later.proof(fp32), await later.proof(bf16)]).toEqual([null, null])
  expect(later.tested).toEqual([])
})

test('a person is told while it is being proven, and not where that is known', async () => {
  const { proof, said } = machine(['fp32'])
  await proof(fp32)
  await proof(fp32)
  expect(said).toEqual([
    expect.objectContaining({ event: 'progress', phase: 'test', detail: 'TensorFlow GPU 0 fp32' }),
  ])
})

test('what failed is told with the reason, and tried again', async () => {
  const broken = machine([])
  expect(await broken.proof(fp32)).toBe('It computes something else.')
  const mended = machine(['fp32'])
  expect(await mended.proof(fp32)).toBeNull()
  expect(mended.tested).toEqual(['cuda:0 fp32'])
})

test('it is proven anew after an engine was installed', async () => {
  await machine(['fp32']).proof(fp32)
  await forgetMeasurements(home)
  const { proof, tested } = machine(['fp32'])
  await proof(fp32)
  expect(tested).toEqual(['cuda:0 fp32'])
})

test('whoever cancels does not make it fail', async () => {
  const stop = new AbortController()
  const context = { home, signal: stop.signal, emit: () => stop.abort() }
  const ended: typeof prove = async (_, precision) => ({ precision, usable: false, reason: 'It was ended.' })
  const proving = rememberedProof(context, [gpu], ended)(fp32)
  await expect(proving).rejects.toMatchObject({ code: 'canceled' })
})
