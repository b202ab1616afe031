import { resolve } from 'node:path'
import type { DatasetImage, Manifest } from './types.ts'

/** What of the file system holds a manifest's image. */
export function imagePath({ root }: Pick<Manifest, 'root'>, { path }: Pick<DatasetImage, 'path'>): string {
  return resolve(root, path)
}
