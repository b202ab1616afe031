import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { saveCheckpoint, startCheckpoint } from '../../core/training/checkpoint.ts'
import { bestFile, fileOfEpoch, lastFile } from '../../core/training/checkpointFiles.ts'
import { resumePoint } from '../../core/training/resumePoint.ts'
import { smallRecipe, statistics, temporaryFolder } from './samples.ts'

const start = startCheckpoint({ recipe: smallRecipe(), classes: ['cat', 'dog'], statistics })
/** Some momentum, of the right shapes. */
const state = { ...start.state, momentum: start.state.weights }

/** A run's folder with its checkpoints after these epochs, of 4 updates each. */
async function folderOf({ last, best, kept }: { last: number; best: number; kept: readonly number[] }) {
  const folder = temporaryFolder()
  const save = (path: string, epoch: number): Promise<void> =>
    saveCheckpoint(path, {
      ...start,
      ...{ state, position: { epoch, imagesDone: 0, step: 4 * epoch } },
      best: { epoch: best, top1Error: 0.2, loss: 0.6 },
    })
  await save(lastFile(folder), last)
  await save(bestFile(folder), best)
  for (const epoch of kept) await save(fileOfEpoch(folder, epoch), epoch)
  return folder
}

test('a run resumes from its last checkpoint', async () => {
  const folder = await folderOf({ last: 5, best: 3, kept: [4] })
  expect(await resumePoint(folder)).toMatchObject({
    path: lastFile(folder),
    checkpoint: { position: { epoch: 5 } },
    damage: null,
  })
})

test.each<[string, (file: string) => void]>([
  ['cut', (file) => truncateSync(file, 5000)],
  ['empty', (file) => truncateSync(file)],
  [
    'one bit off, in a weight',
    (file) => {
      const bytes = readFileSync(file)
      bytes[bytes.length - 4001]! ^= 64
      writeFileSync(file, bytes)
    },
  ],
  ['something else', (file) => writeFileSync(file, 'not a checkpoint, but more than eight bytes')],
])('where the last one is %s, it resumes from the newest that is whole', async (_, damage) => {
  const folder = await folderOf({ last: 12, best: 3, kept: [2, 4, 10] })
  damage(lastFile(folder))
  expect(await resumePoint(folder)).toMatchObject({
    path: fileOfEpoch(folder, 10),
    checkpoint: { position: { epoch: 10 } },
    damage: { message: expect.stringContaining(lastFile(folder)) as string },
  })
  damage(fileOfEpoch(folder, 10))
  damage(fileOfEpoch(folder, 4))
  expect((await resumePoint(folder)).path).toBe(bestFile(folder))
})

test('the best one is known no more where it is damaged too', async () => {
  const folder = await folderOf({ last: 12, best: 12, kept: [10] })
  truncateSync(lastFile(folder), 5000)
  expect(await resumePoint(folder)).toMatchObject({
    checkpoint: { position: { epoch: 12 }, best: { epoch: 12 } },
    damagedBest: null,
  })
  truncateSync(bestFile(folder), 5000)
  expect(await resumePoint(folder)).toMatchObject({
    checkpoint: { position: { epoch: 10 }, best: null },
    damagedBest: bestFile(folder),
  })
})

test('where none is whole, the error says what can be done', async () => {
  const folder = await folderOf({ last: 2, best: 1, kept: [] })
  for (const file of [lastFile(folder), bestFile(folder)]) truncateSync(file, 100)
  await expect(resumePoint(folder)).rejects.toMatchObject({
    code: 'invalid-safetensors',
    message: expect.stringMatching(
      /last\.safetensors .*No other checkpoint of the run is intact\.$/,
    ) as string,
    hint: expect.stringContaining('delete it') as string,
  })
})
