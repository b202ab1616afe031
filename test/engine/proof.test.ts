import { describe, expect, it } from 'vitest'
import type { Measurement } from '../../core/engine/calibrate.ts'
import { chooseFastest } from '../../core/engine/choice.ts'
import { refusal } from '../../core/engine/probe.ts'
import { firstProven, ruleOutUnproven, type Proof } from '../../core/engine/proof.ts'

const measurement = (device: string, secondsPerImage: number | null): Measurement => ({
  ...{ engine: 'onnxruntime', device, precision: 'fp32', label: device },
  ...{ secondsPerImage, reason: secondsPerImage === null ? 'It is not there.' : null },
})
const [webgpu, cuda, cpu] = [measurement('webgpu', 0.1), measurement('cuda', 0.2), measurement('cpu', 0.3)]

/** Fails on these devices, and remembers what it was asked for. */
function proofFailingOn(...failing: readonly string[]): { proof: Proof; asked: readonly string[] } {
  const asked: string[] = []
  const proof: Proof = async ({ device }) => {
    asked.push(device)
    return failing.includes(device) ? 'It computes something else.' : null
  }
  return { proof, asked }
}

describe('of what was measured', () => {
  it('the fastest is proven, and nothing that is slower', async () => {
    const { proof, asked } = proofFailingOn()
    const all = [cpu, cuda, webgpu]
    expect(await ruleOutUnproven(all, proof)).toBe(all)
    expect(asked).toEqual(['webgpu'])
  })

  it('what fails its proof is ruled out with the reason, and the next is proven', async () => {
    const { proof, asked } = proofFailingOn('webgpu')
    const left = await ruleOutUnproven([cpu, cuda, webgpu], proof)
    expect(left).toEqual([
      cpu,
      cuda,
      { ...webgpu, secondsPerImage: null, reason: 'It computes something else.' },
    ])
    expect(chooseFastest(left)).toBe(cuda)
    expect(asked).toEqual(['webgpu', 'cuda'])
  })

  it('the CPU is taken as it is', async () => {
    const { proof, asked } = proofFailingOn('webgpu', 'cuda', 'cpu')
    expect(chooseFastest(await ruleOutUnproven([cpu, cuda, webgpu], proof))).toBe(cpu)
    expect(asked).toEqual(['webgpu', 'cuda'])
  })

  it('nothing is taken where all of it fails, and each reason is told', async () => {
    const { proof } = proofFailingOn('webgpu', 'cuda')
    await expect(ruleOutUnproven([cuda, webgpu], proof)).rejects.toMatchObject({
      code: 'no-device',
      message: expect.stringContaining(
        'cuda: It computes something else. webgpu: It computes something else.',
      ),
    })
  })
})

describe('of what was asked for', () => {
  it('the first that is proven is taken', async () => {
    const { proof, asked } = proofFailingOn('webgpu')
    expect(await firstProven([webgpu, cuda, cpu], proof)).toBe(cuda)
    expect(asked).toEqual(['webgpu', 'cuda'])
    expect(await firstProven([cpu, cuda], proofFailingOn('cpu').proof)).toBe(cpu)
  })

  it('a device that fails its proof is refused with the reason and what to do', async () => {
    await expect(firstProven([webgpu], proofFailingOn('webgpu').proof)).rejects.toMatchObject({
      code: 'device-unusable',
      message: 'webgpu can’t be used here. It computes something else.',
      hint: expect.stringContaining('--device cpu'),
    })
  })
})

describe('a device whose gradients', () => {
  it('are near the CPU’s is proven, within the tolerance of its precision', () => {
    expect(refusal(2e-6, 'fp32')).toBeNull()
    expect(refusal(0.3, 'bf16')).toBeNull()
    expect(refusal(0.3, 'fp32')).toMatch(/differ from the CPU's by 30\.0%/)
  })

  it('are no numbers is refused, also after these went from process to process as null', () => {
    const sent = JSON.parse(JSON.stringify({ difference: NaN })) as { difference: number | null }
    for (const difference of [NaN, Infinity, sent.difference]) {
      expect(refusal(difference, 'bf16')).toMatch(/not all numbers/)
    }
  })
})
