import { expect, test } from 'vitest'
import { deviceMemory, openMemoryMeter } from '../../../core/jobs/recording/memory.ts'

test('a process knows what it holds of the machine’s memory, and nobody is asked about a CPU', () => {
  const meter = openMemoryMeter('cpu', () => expect.unreachable())
  const { process: held, device } = meter.now()
  expect(held).toBeGreaterThan(20e6)
  expect(held).toBeLessThan(20e9)
  expect(device).toBeNull()
  meter.close()
})

test('of an NVIDIA GPU its driver tells what each process holds', () => {
  const lines = `4242, 1024\n${process.pid}, 2000\n${process.pid}, 48\n`
  const meter = openMemoryMeter('cuda:0,1', (tell) => tell(lines))
  expect(meter.now().device).toBe(2048 * 2 ** 20)
  meter.close()
  expect(deviceMemory('', 1)).toBeNull()
  expect(deviceMemory('1, [N/A]\n', 1)).toBeNull()
  expect(deviceMemory('No running processes found\n', 1)).toBeNull()
})
