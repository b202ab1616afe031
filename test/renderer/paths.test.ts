import { expect, test } from 'vitest'
import { pathIn } from '../../renderer/logic/paths.ts'

test('a path is found in what was typed, pasted from a terminal or dropped from a file manager', () => {
  const found = {
    '/data/flowers': '/data/flowers',
    ' /data/my flowers\n': '/data/my flowers',
    '"C:\\Pictures\\flowers"': 'C:\\Pictures\\flowers',
    "'~/flowers'": '~/flowers',
    'file:///data/my%20flowers\r\n': '/data/my flowers',
    'file:///C:/flowers': 'C:/flowers',
    '# from a file manager\nfile:///data/a\nfile:///data/b': '/data/a',
    '\\\\server\\share': '\\\\server\\share',
  }
  for (const [text, path] of Object.entries(found)) expect(pathIn(text), text).toBe(path)
})

test('what is no path is none', () => {
  for (const text of ['', '\n', 'flowers', 'https://example.org/a', 'file:///%zz']) {
    expect(pathIn(text), text).toBeUndefined()
  }
})
