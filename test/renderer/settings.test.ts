import { beforeEach, expect, test } from 'vitest'
import type * as SettingsState from '../../renderer/state/settings.svelte.ts'
import type * as Toasts from '../../renderer/state/toasts.svelte.ts'
import { openFakeWindow, settle, stream } from './window.ts'

const dark = {
  theme: 'dark',
  metric: 'error',
  sampleDismissed: false,
  guide: 'done',
  notifications: true,
} as const

let page: ReturnType<typeof openFakeWindow>
let state: typeof SettingsState
let toasts: typeof Toasts.toasts

beforeEach(async () => {
  page = openFakeWindow()
  state = await import('../../renderer/state/settings.svelte.ts')
  ;({ toasts } = await import('../../renderer/state/toasts.svelte.ts'))
  state.followSettings()
})

test('a window takes its settings when it opens, and when another one changes them', async () => {
  stream.tell({ type: 'hello' })
  await settle()
  page.asked.shift()!.answer(dark)
  await settle()
  expect(state.settings.current).toEqual(dark)
  expect(page.dataset['theme']).toBe('dark')

  stream.tell({ type: 'job' })
  await settle()
  expect(page.asked).toEqual([])
  stream.tell({ type: 'settings' })
  await settle()
  page.asked.shift()!.answer({ ...dark, theme: 'system' })
  await settle()
  expect(page.dataset).toEqual({})
})

test('a change shows at once, and only what changed is sent', async () => {
  const changed = state.change({ theme: 'light' })
  expect(page.dataset['theme']).toBe('light')
  await settle()
  expect(page.asked[0]).toMatchObject({ method: 'PATCH', path: '/api/settings', body: { theme: 'light' } })
  page.asked[0]!.answer({ ...dark, theme: 'light' })
  await changed
  expect(state.settings.current.theme).toBe('light')
})

test('charts draw again with the window’s colors and the system’s', async () => {
  const before = state.colors.version
  void state.change({ theme: 'dark' })
  expect(state.colors.version).toBe(before + 1)
  page.turn()
  expect(state.colors.version).toBe(before + 2)
})

test('a change that the server refuses is taken back, and said', async () => {
  const changed = state.change({ theme: 'dark' })
  await settle()
  page.asked[0]!.answer({ error: { code: 'disk-full', message: 'The disk is full.' } }, 507)
  await changed
  expect(toasts.list.map(({ message }) => message)).toEqual(['The disk is full.'])
  expect(state.settings.current.theme).toBe('system')
  expect(page.dataset).toEqual({})
})
