import { expect, test } from 'vitest'
import { errorOf, factOf, reportOf, reportOfFact, StudioError } from '../../core/base/errors.ts'
import { errors } from '../../core/messages/en/errors.ts'
import { textOf } from '../../core/messages/text.ts'
import type { Translated } from '../../core/messages/types.ts'

const killed = new StudioError('process-killed', { last: 'bad news' })

test('an error travels as its code and values, and has its sentence where a person reads it', () => {
  const fact = JSON.parse(JSON.stringify(factOf(killed))) as typeof killed.fact
  expect(fact).toEqual({ code: 'process-killed', values: { last: 'bad news' } })
  expect(reportOfFact(fact)).toEqual({
    code: 'process-killed',
    message: "The job's process was killed by the system or by a user. Last output: bad news",
    hint: expect.stringContaining('resume'),
  })
  expect(reportOf(errorOf(fact))).toEqual(reportOf(killed))
})

test('a sentence that an earlier version stored is shown as it is', () => {
  const stored = { code: 'diverged', message: 'The loss became infinite.', hint: 'Lower the rate.' }
  expect(reportOfFact(stored)).toEqual(stored)
  expect(reportOf(errorOf(stored))).toEqual(stored)
})

test('another language makes its own sentences of the same values', () => {
  const korean: Translated<typeof errors> = { ...errors, canceled: () => ({ message: '취소되었습니다.' }) }
  expect(reportOf(new StudioError('canceled', {}), korean)).toEqual({
    code: 'canceled',
    message: '취소되었습니다.',
  })
})

test('a code that this version does not know shows with its values', () => {
  expect(textOf(errors, { code: 'from-tomorrow', values: { name: 'r1' } })).toEqual({
    message: 'from-tomorrow: {"name":"r1"}',
  })
})
