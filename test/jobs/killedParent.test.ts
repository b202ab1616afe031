import { beforeAll, expect, test, vi } from 'vitest'
import { importDataset } from '../../core/jobs/import.ts'
import { tinyRecipe } from '../server/support.ts'
import { killParent, whatIsKept } from './killedParent.ts'
import { smallStudio } from './small.ts'

vi.setConfig({ testTimeout: 180_000 })
const studio = smallStudio()
beforeAll(() => importDataset(studio.context, { source: studio.folder }))

test('a killed parent takes no update and no epoch along: the process that trains writes the journal on, and saves', async () => {
  const { context } = studio
  const recipe = { ...tinyRecipe, optimization: { ...tinyRecipe.optimization, epochs: 500 } }
  const jobs = [
    { kind: 'train', input: { dataset: 'd1', recipe } },
    { kind: 'resume', input: { run: 'r1' } },
    { kind: 'resume', input: { run: 'r1' } },
  ] as const
  let before = 0
  for (const [index, job] of jobs.entries()) {
    expect(await killParent(context, job, 37 * index)).toBe('killed')
    const { epochs, missing, step } = await whatIsKept(context, 'r1')
    expect(epochs[0]).toEqual(epochs[1])
    expect(missing).toEqual([])
    expect(step).toBeGreaterThan(before)
    expect(context.registry.runs.get('r1')).toMatchObject({
      status: 'interrupted',
      error: { code: 'studio-ended' },
    })
    before = step
  }
})
