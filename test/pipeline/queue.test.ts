import { describe, expect, it } from 'vitest'
import { close, openBatchQueue, isAbandoned, release, drain } from '../../core/pipeline/queue.ts'

/** Lets everything continue that can. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))
const megabyte = 2 ** 20

describe('the queue', () => {
  it('gives each image out once, and no more micro-batches than there is memory for', async () => {
    const queue = openBatchQueue(100, 4, 4 * megabyte)
    expect(queue.slots).toBe(1 + 4)
    const taken: number[] = []
    const threads = [1, 2, 3].map(() => drain(queue, async (index) => void taken.push(index)))
    await settle()
    expect(taken.length).toBe(20)
    release(queue)
    await settle()
    expect(taken.length).toBe(24)
    for (let batch = 0; batch < 24; batch++) release(queue)
    await Promise.all(threads)
    expect(taken.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index))
  })

  it('bounds what is ahead of the consumer by bytes and by count, but never below one micro-batch', () => {
    expect(openBatchQueue(100_000, 256, 600_000).slots).toBe(2)
    expect(openBatchQueue(100_000, 32, 600_000).slots).toBe(1 + 3)
    expect(openBatchQueue(100_000, 32, 49_152).slots).toBe(1 + 8)
    expect(openBatchQueue(100_000, 1, 100).slots).toBe(1 + 256)
    expect(openBatchQueue(40, 32, 49_152).slots).toBe(2)
  })

  it('ends at once when closed, also for threads that wait or come later', async () => {
    const queue = openBatchQueue(1000, 1, 64 * megabyte)
    let taken = 0
    const thread = drain(queue, async () => void taken++)
    await settle()
    expect(isAbandoned(queue)).toBe(false)
    close(queue)
    release(queue)
    await thread
    await drain(queue, async () => void taken++)
    expect(taken).toBe(2)
    expect(isAbandoned(queue)).toBe(true)
  })
})
