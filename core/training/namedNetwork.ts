import { StudioError } from '../base/errors.ts'
import { entryOf, networkSpec, type NetworkOptions } from '../network/architectures/index.ts'
import type { NetworkSpec } from '../network/architectures/index.ts'
import { allConfigs } from '../network/architectures/names.ts'
import { applySettings, networkOptions } from './recipe.ts'

/**
 * A network in one word: its configuration, then settings that are not its family's defaults, then a crop that is not the
 * usual one: `resnet50`, `A+batchNorm=true+fcWidth=512@64`.
 *
 * @throws StudioError `invalid-option` for a name that does not exist, and those of applySettings
 */
export function namedNetwork(name: string, classes: number): NetworkOptions {
  const [, config, settings, crop] = /^([^+@]+)((?:\+[^+@]+)*)(?:@(\d+))?$/.exec(name.trim()) ?? []
  if (!allConfigs.some((known) => known === config))
    throw new StudioError('invalid-option', {
      what: 'value',
      family: null,
      name: 'network',
      expected: { code: 'must-be-among', values: { values: allConfigs } },
      given: `"${name}"`,
    })
  const asked = settings!.split('+').slice(1)
  const changes = [
    ...asked.map((setting) => `network.${setting}`),
    ...(crop === undefined ? [] : [`data.crop=${crop}`]),
  ]
  return networkOptions(applySettings({ network: { config } } as object, changes), classes)
}

/** The name by which namedNetwork finds the network again. */
export function nameOf({ classes: _, crop, ...spec }: NetworkOptions): string {
  const { config } = spec
  const defaults: Readonly<Record<string, unknown>> = { ...networkSpec({ config }) }
  const own = Object.entries(spec as NetworkSpec).filter(([setting, value]) => value !== defaults[setting])
  const settings = own.map(([setting, value]) => `+${setting}=${String(value)}`)
  return `${config}${settings.join('')}${crop === entryOf(spec).crop.usual ? '' : `@${crop}`}`
}
