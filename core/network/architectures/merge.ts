import { entryOf } from './index.ts'
import { familyOf } from './names.ts'

type Group = Readonly<Record<string, unknown>>

/**
 * One network's settings over another's. Where the second is of another family, of the first only those settings stay
 * that this family has too and takes: a width or dropout that was chosen, but not a VGG's batch normalization for AlexNet,
 * nor its FC head for a ResNet.
 */
export function mergeNetworks(under: Group, over: Group): Group {
  const chooses = over['family'] !== undefined || over['config'] !== undefined
  const family = familyOf(over)
  if (!chooses || family === familyOf(under)) return { ...under, ...over }
  const { shape } = entryOf({ family }).schema
  const { family: _, config: __, ...settings } = under
  const kept = Object.entries(settings).filter(([name, value]) => shape[name]?.safeParse(value).success)
  return { ...Object.fromEntries(kept), ...over, family }
}
