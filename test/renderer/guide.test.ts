import { expect, test } from 'vitest'
import { guideStep } from '../../renderer/logic/guide.ts'

test('the guide says what comes next by what there is, and by where one looks', () => {
  expect(guideStep({ view: 'data', datasets: 0, run: undefined })).toBe('sample')
  expect(guideStep({ view: 'dataset', datasets: 1, run: undefined })).toBe('data')
  expect(guideStep({ view: 'new-run', datasets: 1, run: undefined })).toBe('plan')
  expect(guideStep({ view: 'run', datasets: 1, run: 'running' })).toBe('run')
  // Who has gone elsewhere is led back.
  expect(guideStep({ view: 'settings', datasets: 1, run: 'completed' })).toBe('run')
  expect(guideStep({ view: 'try', datasets: 1, run: 'completed' })).toBe('try')
})
