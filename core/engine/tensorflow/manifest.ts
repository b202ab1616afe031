import { z } from 'zod'
import { variants } from './release.ts'

/** What an installation says of itself, in its folder. Written last: without it the folder is not an installation. */
const manifest = z.object({
  format: z.literal('vgg-studio-tensorflow'),
  /** Version of libtensorflow. */
  version: z.string(),
  variant: z.enum(variants),
  /** Path of tfjs_binding.node in the folder. */
  binding: z.string(),
  /** Everything that has to be there. */
  files: z.array(z.string()),
})
export type Manifest = Readonly<z.infer<typeof manifest>>

export function parseManifest(text: string): Manifest {
  return manifest.parse(JSON.parse(text))
}
