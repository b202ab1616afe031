import { beforeEach, expect, test, vi } from 'vitest'
import type * as Keyboard from '../../renderer/state/keyboard.svelte.ts'
import { FakeElement, fakeWindow } from './window.ts'

let state: typeof Keyboard
let done: string[]

beforeEach(async () => {
  vi.resetModules()
  fakeWindow()
  state = await import('../../renderer/state/keyboard.svelte.ts')
  done = []
})

const on = (keys: string, what = keys): (() => void) => state.onKey(keys, () => void done.push(what))

/** @returns whether the browser was kept from doing what it does with the key */
function press(key: string, more: object = {}): boolean {
  let isPrevented = false
  const preventDefault = (): void => void (isPrevented = true)
  const target = new FakeElement('DIV')
  state.handleKey({ key, target, preventDefault, ...more } as never)
  return isPrevented
}

test('a key does what the view on top says, and after it what was there before', () => {
  on('n', 'window')
  const takeAway = on('n', 'view')
  expect(press('N')).toBe(true)
  takeAway()
  press('n')
  expect(done).toEqual(['view', 'window'])
  expect(press('m')).toBe(false)
})

test('g and a letter go somewhere; a g alone does nothing, and is forgotten with the next key', () => {
  on('g d', 'data')
  on('d', 'delete')
  expect(press('g')).toBe(false)
  press('d')
  expect(done).toEqual(['data'])
  press('d')
  press('g')
  press('x')
  press('d')
  expect(done).toEqual(['data', 'delete', 'delete'])
})

test('who types is not interrupted, but for keys with control or command', () => {
  on('n')
  on('ctrl+k')
  for (const name of ['INPUT', 'TEXTAREA', 'SELECT']) press('n', { target: new FakeElement(name) })
  press('n', { target: Object.assign(new FakeElement('DIV'), { isContentEditable: true }) })
  expect(done).toEqual([])
  press('k', { target: new FakeElement('INPUT'), ctrlKey: true })
  press('k', { target: new FakeElement('INPUT'), metaKey: true })
  expect(done).toEqual(['ctrl+k', 'ctrl+k'])
})

test('escape leaves the field that one types in, and what stands in it; the next closes the panel', () => {
  on('escape')
  let focused = true
  const field = Object.assign(new FakeElement('INPUT'), { type: 'search', blur: () => (focused = false) })
  expect(press('Escape', { target: field })).toBe(true)
  expect([focused, done]).toEqual([false, []])
  press('Escape')
  expect(done).toEqual(['escape'])
})

test('at a box to tick, letters are keys of the view, and space stays its own', () => {
  on('n')
  on('space')
  const box = Object.assign(new FakeElement('INPUT'), { type: 'checkbox' })
  press('n', { target: box })
  press(' ', { target: box })
  expect(done).toEqual(['n'])
})

test('buttons and links keep their space and enter', () => {
  on('space')
  expect(press(' ', { target: new FakeElement('SPAN', ['button']) })).toBe(false)
  expect(press(' ', { target: new FakeElement('DIV', ['[role="gridcell"]']) })).toBe(false)
  expect(press(' ')).toBe(true)
  expect(done).toEqual(['space'])
})

test('what is taken already, and what is typed with Alt, is left alone', () => {
  on('n')
  press('n', { defaultPrevented: true })
  press('n', { altKey: true })
  expect(done).toEqual([])
})
