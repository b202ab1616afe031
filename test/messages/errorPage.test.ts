import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { errors } from '../../core/messages/en/errors.ts'
import { errorPage, pagePath } from '../reference/errorPage.ts'

test('the page of errors is as the catalog has them now, and has them all', async () => {
  const page = readFileSync(pagePath, 'utf8')
  expect(page).toBe(await errorPage())
  const codes = [...page.matchAll(/^- `([a-z0-9-]+)`/gm)].map(([, code]) => code)
  expect([...new Set(codes)].toSorted()).toEqual(Object.keys(errors).toSorted())
})

test('every error on it has a text', () => {
  const lines = readFileSync(pagePath, 'utf8').match(/^- `.*$/gm)!
  expect(lines.filter((line) => !/^- `[a-z0-9-]+`(?: \([^)]+\))?: \S/.test(line))).toEqual([])
})
