import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { iterate, toReversed, toSpliced } from './real/standIns/lacking.ts'
import { fromWeb, parseUrl, toWeb, withResolvers } from './real/standIns/missing.ts'

/** What stands in for a newer runtime in old Electrons does what this runtime's own does. */
test('addresses, promises and lists are as here', async () => {
  for (const [url, base] of [['app://a/b'], ['b', 'app://a/'], ['b'], ['']] as [string, string?][])
    expect(parseUrl(url, base)?.href, url).toBe(URL.parse(url, base)?.href)
  const { promise, resolve } = withResolvers<number>()
  resolve(3)
  expect(await promise).toBe(3)
  const failing = withResolvers()
  failing.reject(new Error('no'))
  await expect(failing.promise).rejects.toThrow('no')
  const list = [1, 2, 3]
  expect(toReversed(list)).toEqual(list.toReversed())
  expect(toSpliced(list, 1, 1, 7, 8)).toEqual(list.toSpliced(1, 1, 7, 8))
  expect(list).toEqual([1, 2, 3])
})

test('streams come through whole both ways, and canceling one end ends the other', async () => {
  const chunks = ['one ', 'two ', 'three'].map((part) => Buffer.from(part))
  expect(await text(fromWeb(toWeb(Readable.from(chunks))))).toBe('one two three')
  const node = Readable.from(chunks)
  await toWeb(node).cancel()
  expect(node.destroyed).toBe(true)
  let canceled = false
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(8)),
    cancel: () => void (canceled = true),
  })
  for await (const chunk of fromWeb(endless as never)) {
    expect(chunk).toHaveLength(8)
    break
  }
  expect(canceled).toBe(true)
})

test('a stream is read in a loop, and canceled where the loop is left', async () => {
  const read: string[] = []
  for await (const part of iterate(ReadableStream.from(['a', 'b']))) read.push(part)
  expect(read).toEqual(['a', 'b'])
  let canceled = false
  const stream = new ReadableStream<number>({
    pull: (controller) => controller.enqueue(1),
    cancel: () => void (canceled = true),
  })
  for await (const value of iterate(stream)) if (value === 1) break
  expect(canceled).toBe(true)
  expect(stream.locked).toBe(false)
})
