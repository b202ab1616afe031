import { afterAll, beforeAll } from 'vitest'
import { openContext, type JobContext } from '../../core/jobs/context/context.ts'
import { remove, smallFolder, temporaryFolder } from '../server/support.ts'

/** A folder of pictures (see smallFolder) and a home of its own for the tests of a file; there once the first of them runs. */
export function smallStudio(
  classes?: number,
  images?: number,
): { readonly folder: string; readonly context: JobContext } {
  const studio = {} as { folder: string; context: JobContext }
  beforeAll(() => {
    studio.folder = smallFolder(classes, images)
    studio.context = openContext({ home: temporaryFolder() })
  })
  afterAll(() => {
    studio.context.registry.close()
    remove(studio.folder, studio.context.home.folder)
  })
  return studio
}
