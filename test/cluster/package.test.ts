import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { version } from '../../core/base/version.ts'

const project = readFileSync(new URL('../../core/cluster/python/pyproject.toml', import.meta.url), 'utf8')

test('the Python package has the version of the studio that sends it', () => {
  expect(/^version = "(.+)"$/m.exec(project)?.[1]).toBe(version)
})

test('what the Python package needs is pinned', () => {
  const needs = /^dependencies = \[(.*?)\]$/ms.exec(project)![1]!
  const lines = needs.split('\n').filter((line) => line.trim() !== '')
  expect(lines.length).toBeGreaterThan(3)
  for (const line of lines) expect(line).toMatch(/^ {4}"[\w[\]-]+==[\d.]+",$/)
})
