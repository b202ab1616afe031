import { StudioError } from '../base/errors.ts'
import { vggConfigs, type VggOptions } from './types.ts'

/** What the paper uses (Simonyan & Zisserman 2015, §2 and §3.1), for everything but depth and classes. */
export const vggDefaults: Omit<VggOptions, 'config' | 'classes'> = {
  crop: 224,
  batchNorm: false,
  dropout: 0.5,
  fcWidth: 4096,
  widthMultiplier: 1,
}

interface Rule {
  readonly holds: (value: unknown) => boolean
  readonly expected: string
  readonly hint?: string
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const wholeFrom = (least: number, hint?: string): Rule => ({
  holds: (value) => Number.isSafeInteger(value) && (value as number) >= least,
  expected: `a whole number of at least ${least}`,
  ...(hint === undefined ? {} : { hint }),
})

const rules: Readonly<Record<keyof VggOptions, Rule>> = {
  config: {
    holds: (value) => (vggConfigs as readonly unknown[]).includes(value),
    expected: `one of ${vggConfigs.join(', ')}`,
    hint: 'VGG-16 is D, VGG-19 is E, VGG-11 is A and VGG-13 is B.',
  },
  classes: wholeFrom(2, 'A classifier needs two classes to tell apart.'),
  crop: wholeFrom(32, 'Five poolings halve the image five times: 32 pixels are the least that leave one.'),
  batchNorm: { holds: (value) => typeof value === 'boolean', expected: 'true or false' },
  dropout: {
    holds: (value) => isNumber(value) && value >= 0 && value < 1,
    expected: 'a number from 0 to below 1',
    hint: 'It is the probability of dropping a value: 0.5 in the paper, 0 turns it off.',
  },
  fcWidth: wholeFrom(1),
  widthMultiplier: { holds: (value) => isNumber(value) && value > 0, expected: 'a number above 0' },
}

/** @throws StudioError `invalid-option`, naming the first option that no VGG can be built from. */
export function checkVggOptions(options: VggOptions): void {
  for (const [name, rule] of Object.entries(rules) as [keyof VggOptions, Rule][]) {
    const value: unknown = options[name]
    if (rule.holds(value)) continue
    throw new StudioError('invalid-option', `${name} must be ${rule.expected}, not ${shown(value)}.`, {
      hint: rule.hint,
    })
  }
}

const shown = (value: unknown): string => (typeof value === 'string' ? `"${value}"` : String(value))
