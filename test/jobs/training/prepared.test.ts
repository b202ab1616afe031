import { mkdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { release } from '../../../core/base/tensor.ts'
import { runFolder } from '../../../core/jobs/context/home.ts'
import { leaveOrder, takeOrder, type PreparedRun } from '../../../core/jobs/training/prepared.ts'
import { smallStudio } from '../small.ts'

const studio = smallStudio()

test('initial weights that were left to another process can be given back there, each by itself', async () => {
  const { context } = studio
  const data = [1, 2, 3].map((value) => new Float32Array(1000 + value).fill(value))
  const weights = new Map(data.map((one, index) => [`layer${index}`, { shape: [one.length], data: one }]))
  const prepared = { run: { id: 'r7' }, dataset: { root: '/' }, order: { beginning: { weights } } }
  mkdirSync(runFolder(context.home, 'r7'), { recursive: true })
  await leaveOrder(context, prepared as unknown as PreparedRun, new AbortController().signal)
  const taken = (await takeOrder(context.home, 'r7')).beginning!.weights!
  expect([...taken.values()].map((one) => one.data[0])).toEqual([1, 2, 3])
  const [first] = taken
  release(new Map([first!]))
  expect([...taken.values()].map((one) => one.data[0])).toEqual([undefined, 2, 3])
})
