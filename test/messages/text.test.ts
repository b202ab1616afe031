import { expect, test } from 'vitest'
import { errorOf, factOf, reportOf, reportOfFact, StudioError } from '../../core/base/errors.ts'
import { english } from '../../core/messages/en/index.ts'
import { textOf } from '../../core/messages/text.ts'
import type { Catalog } from '../../core/messages/catalog.ts'

const killed = new StudioError('process-killed', { last: 'bad news' })

test('an error travels as its code and values, and has its sentence where a person reads it', () => {
  const fact = JSON.parse(JSON.stringify(factOf(killed))) as typeof killed.fact
  expect(fact).toEqual({ code: 'process-killed', values: { last: 'bad news' } })
  expect(reportOfFact(fact, english)).toEqual({
    code: 'process-killed',
    message: "The job's process was killed by the system or by a user. Last output: bad news",
    hint: expect.stringContaining('resume'),
  })
  expect(reportOf(errorOf(fact), english)).toEqual(reportOf(killed, english))
})

test('a sentence that an earlier version stored is shown as it is', () => {
  const stored = { code: 'diverged', message: 'The loss became infinite.', hint: 'Lower the rate.' }
  expect(reportOfFact(stored, english)).toEqual(stored)
  expect(reportOf(errorOf(stored), english)).toEqual(stored)
})

test('another language makes its own sentences of the same values', () => {
  const korean: Catalog = { ...english, canceled: () => ({ message: '취소되었습니다.' }) }
  expect(reportOf(new StudioError('canceled', {}), korean)).toEqual({
    code: 'canceled',
    message: '취소되었습니다.',
  })
})

test('a code that this version does not know shows with its values', () => {
  expect(textOf(english, { code: 'from-tomorrow', values: { name: 'r1' } })).toEqual({
    message: 'from-tomorrow: {"name":"r1"}',
  })
})

test('copies with different labels are said to stay, which is why fewer are left out than stand in groups', () => {
  const copies = (contradicting: number) =>
    textOf(english, {
      code: 'finding-copies',
      values: { what: 'exact', images: 18, groups: 9, contradicting },
    })
  expect(copies(8)).toEqual({
    message: '18 images in 9 groups are exact copies of each other.',
    hint: 'Copies give their picture more weight; leave them out unless that is intended. 8 groups with different labels stay until you say which label is right.',
  })
  expect(copies(1).hint).toContain('1 group with different labels stays')
  expect(copies(0).hint).not.toContain('labels')
})
