import { expect, test, vi } from 'vitest'
import { scrolls } from '../../renderer/state/scrolls.ts'

/** As much of an element as is asked for: its sizes, and the attributes that it has. */
function boxOf(tagName: string, content: number) {
  const attributes = new Map<string, string>()
  return {
    attributes,
    element: {
      ...{
        tagName,
        children: [],
        clientWidth: 100,
        clientHeight: 50,
        scrollWidth: 100,
        scrollHeight: content,
      },
      setAttribute: (name: string, value: string) => attributes.set(name, value),
      removeAttribute: (name: string) => attributes.delete(name),
    },
  }
}

test('what is larger than its place takes the focus under its name, as long as it is', () => {
  let resized = (): void => undefined
  const seen: unknown[] = []
  let isLeft = false
  vi.stubGlobal(
    'ResizeObserver',
    class {
      constructor(look: () => void) {
        resized = look
      }
      observe = (one: unknown) => void seen.push(one)
      disconnect = () => void (isLeft = true)
    },
  )
  vi.stubGlobal('document', { activeElement: null })
  const { element, attributes } = boxOf('DIV', 40)
  const leave = scrolls('Epochs')(element as never)
  expect([seen, attributes.size]).toEqual([[element], 0])
  element.scrollHeight = 300
  resized()
  const own = { tabindex: '0', 'aria-label': 'Epochs', role: 'group' }
  expect(Object.fromEntries(attributes)).toEqual(own)
  // Who reads in it is not thrown out.
  element.scrollHeight = 40
  vi.stubGlobal('document', { activeElement: element })
  resized()
  expect(Object.fromEntries(attributes)).toEqual(own)
  vi.stubGlobal('document', { activeElement: null })
  resized()
  expect(attributes.size).toBe(0)
  leave()
  expect(isLeft).toBe(true)
  // A list stays one.
  const list = boxOf('UL', 300)
  scrolls('Files')(list.element as never)
  expect([...list.attributes.keys()]).toEqual(['tabindex', 'aria-label'])
})
