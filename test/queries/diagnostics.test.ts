import { basename, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { runFolder } from '../../core/jobs/context/home.ts'
import { openJournal } from '../../core/jobs/recording/journal.ts'
import { trainRun } from '../../core/jobs/train.ts'
import { diagnostics, withoutPrivate } from '../../core/queries/diagnostics.ts'
import { smallStudio } from '../jobs/small.ts'
import { tinyRecipe } from '../server/support.ts'

const studio = smallStudio()
beforeAll(async () => {
  const { context, folder } = studio
  const { run } = await trainRun(context, { dataset: folder, recipe: tinyRecipe, name: 'my secret project' })
  const secret = join(folder, 'patients', 'jane-doe.png')
  openJournal(runFolder(context.home, run)).record({
    ...{ event: 'warning', run },
    ...{
      code: 'unreadable',
      values: { images: 1, examples: [{ path: secret, reason: `cannot read ${secret}` }] },
    },
  } as never)
}, 60_000)

test('diagnostics say what ran where and how it ended, with its log as facts', async () => {
  const found = await diagnostics(studio.context)
  expect(found).toMatchObject({
    engines: { onnxruntime: expect.stringMatching(/^\d+\./) as string },
    registry: { datasets: 1, runs: { completed: 1, failed: 0 } },
    runs: [{ run: 'r1', status: 'completed', error: null, recipe: { data: { crop: 32 } } }],
  })
  expect(found.runs[0]!.log.length).toBeGreaterThan(1)
})

test('they name no image, no folder but the application’s own, and nothing that a person has named', async () => {
  const { context, folder } = studio
  const text = JSON.stringify(await diagnostics(context))
  const { name, classes } = context.registry.datasets.get('d1')
  for (const secret of [
    folder,
    basename(folder),
    'jane-doe',
    'patients',
    'my secret project',
    name,
    context.home.folder,
  ])
    expect(text, secret).not.toContain(secret)
  for (const label of classes) expect(text, label).not.toContain(`"${label}"`)
  expect(text).toContain('‹path›')
})

test('paths go wherever they stand in a text, those below the home folder are told from it', () => {
  const clean = (text: string): unknown => withoutPrivate(text, '/home/me/studio', ['flowers', 'rose'])
  expect(clean('cannot open /data/private/x 1.png: no such file')).toBe(
    'cannot open ‹path› ‹file›: no such file',
  )
  expect(clean('“/data/my pictures/a.png” is damaged')).toBe('“‹path›” is damaged')
  expect(clean('C:\\Users\\Jane\\pictures\\a.png')).toBe('‹path›')
  expect(clean('\\\\server\\share\\a.png is missing')).toBe('‹path› is missing')
  expect(clean('/home/me/studio/runs/r1/last.safetensors')).toBe('‹home›/runs/r1/last.safetensors')
  expect(clean('class rose of flowers')).toBe('class ‹name› of ‹name›')
  expect(clean('jane doe.JPG and 3/4 of 1/2 images, 30 images/s')).toBe(
    'jane ‹file› and 3/4 of 1/2 images, 30 images/s',
  )
  expect(withoutPrivate({ '/data/a': [1, null, '/data/b'] }, '/home', [])).toEqual({
    '‹path›': [1, null, '‹path›'],
  })
})
