import { resolve } from 'node:path'
import type { DatasetImage, Manifest } from './types.ts'

/** Path of the file that holds an image of a manifest. */
export function imagePath({ root }: Pick<Manifest, 'root'>, { path }: Pick<DatasetImage, 'path'>): string {
  return resolve(root, path)
}
