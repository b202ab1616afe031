import { beforeEach, expect, test, vi } from 'vitest'
import type * as Router from '../../renderer/state/router.svelte.ts'
import { FakeElement, fakeWindow } from './window.ts'

let page: ReturnType<typeof fakeWindow>
let state: typeof Router

beforeEach(async () => {
  vi.resetModules()
  page = fakeWindow('http://studio/runs?status=failed')
  state = await import('../../renderer/state/router.svelte.ts')
})

test('the address is the view, and what is chosen in it', () => {
  expect(state.router.route).toEqual({ view: 'runs' })
  expect(state.param('status')).toBe('failed')
  expect(state.param('sort')).toBeUndefined()
  state.go('/runs/r12?epoch=3')
  expect(state.router.route).toEqual({ view: 'run', run: 'r12' })
  expect(state.param('epoch')).toBe('3')
})

test('what is chosen in a view leaves the view the same: nobody who reads it loads again', () => {
  state.go('/runs/r12')
  const { route } = state.router
  state.setQuery({ tab: 'log' })
  expect(state.router.route).toBe(route)
  state.go('/runs/r13')
  expect(state.router.route).not.toBe(route)
})

test('back leads to the view before', () => {
  state.go('/runs/r12')
  page.back()
  expect(state.router.route).toEqual({ view: 'runs' })
  expect(state.param('status')).toBe('failed')
})

test('filters replace the address, what opens something adds one, and what is taken out goes', () => {
  state.setQuery({ sort: 'name' })
  expect(page.stack).toEqual(['http://studio/runs?status=failed&sort=name'])
  state.setQuery({ sort: undefined, run: 'r3' }, { push: true })
  expect(page.stack.at(-1)).toBe('http://studio/runs?status=failed&run=r3')
  expect(page.stack).toHaveLength(2)
  state.setQuery({ status: null, run: undefined })
  expect(page.stack.at(-1)).toBe('http://studio/runs')
})

/** A click on a link. @returns whether the browser was kept from following it */
function click(link: object, event: object = {}): boolean {
  const anchor = {
    ...{ target: '', origin: 'http://studio', pathname: '/data/d1', href: 'http://studio/data/d1' },
    hasAttribute: () => false,
    ...link,
  }
  const target = Object.assign(new FakeElement('SPAN'), { closest: () => anchor })
  let isPrevented = false
  const preventDefault = (): void => void (isPrevented = true)
  state.followLinks({ button: 0, defaultPrevented: false, target, preventDefault, ...event } as never)
  return isPrevented
}

test('a link within the studio changes the view without loading the page', () => {
  expect(click({})).toBe(true)
  expect(state.router.route).toEqual({ view: 'dataset', dataset: 'd1' })
})

test.each([
  ['to another window', {}, { ctrlKey: true }],
  ['with another button', {}, { button: 1 }],
  ['that something else has taken', {}, { defaultPrevented: true }],
  ['to a page elsewhere', { origin: 'https://example.org' }, {}],
  ['to a file of the server', { pathname: '/api/exports/x1/files' }, {}],
  ['to save', { hasAttribute: () => true }, {}],
  ['with a target', { target: '_blank' }, {}],
])('a click %s is left to the browser', (_, link, event) => {
  expect(click(link, event)).toBe(false)
  expect(state.router.route).toEqual({ view: 'runs' })
})
