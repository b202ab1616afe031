import type { SettingChange } from '../../core/messages/types.ts'
import type { ChangedSetting } from '../../core/training/changedSettings.ts'
import { m } from '../messages/index.ts'
import { setting } from './format.ts'

const fields: Readonly<Record<string, readonly [label: string, ...rest: string[]]>> = m.newRun.fields
const options: Readonly<Record<string, string>> = m.newRun.options
const others: Readonly<Record<string, string>> = m.newRun.otherFields

const path = '(?:[a-z]\\w*(?:\\.[a-z]\\w*)+)'
/** A value ends before the sentence's own punctuation. */
const value = '[^\\s,;()]*[^\\s,;().]'

/** What the window calls a setting; its path in a recipe, where it has no field for it. */
export function settingTitle(setting: string): string {
  return fields[setting]?.[0] ?? others[setting] ?? setting
}

/** The same within a sentence. */
function settingName(setting: string): string {
  const title = settingTitle(setting)
  return title === setting ? setting : title.charAt(0).toLowerCase() + title.slice(1)
}

/** `on`, `padding with the mean color`, `0.01`, `none` */
export function settingText(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  if (Array.isArray(value)) return value.length === 0 ? m.newRun.options.none : value.join(', ')
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
    return m.newRun.options.none
  return typeof value === 'string' ? (options[value] ?? value) : setting(value)
}

/** `learning rate 0.01`, `warm-up 1 epoch`, `batch normalization on` */
export function changeText({ setting: path, value }: SettingChange): string {
  const known = value === 'true' ? true : value === 'false' ? false : value
  const unit = Number.isFinite(Number(value)) ? m.newRun.units[path] : undefined
  const text = settingText(known)
  return `${settingName(path)} ${unit === undefined ? text : `${text} ${m.newRun.unitOf(unit, value)}`}`
}

/** The same of a setting that is another than in the run that is repeated. */
export const changedText = ({ setting: path, to }: ChangedSetting): string =>
  changeText({ setting: path, value: to === null || to === 'null' ? m.newRun.options.none : to })

/**
 * Advice as the window says it. It comes in the words of the command line, which names settings by their path in a
 * recipe and commands to type: the window has a field or a button for most of them.
 */
export function inWords(advice: string): string {
  return (
    advice
      .replace(/ \((?:on the command line:|vgg-studio |--)[^()]*\)/g, '')
      .replace(/`?vgg-studio devices`?/g, m.newRun.words.devices)
      .replace(/`?vgg-studio engines install [\w-]+(?: --[\w-]+)*`?/g, m.newRun.words.engines)
      .replace(/--device (\w+)/g, (_, device: string) => `${settingName('execution.device')} ${device}`)
      // What stands before it says it already: “batch normalization (network.batchNorm=true)”.
      .replace(new RegExp(` \\(${path}(?:=true)?\\)`, 'g'), '')
      .replace(new RegExp(`(?:--set )?(${path})=(${value})`, 'g'), (_, setting: string, text: string) =>
        changeText({ setting, value: text }),
      )
      .replace(new RegExp(`\\b${path}\\b`, 'g'), (setting) => settingName(setting))
      // “a lower learning rate (learning rate 0.01)”
      .replace(/([a-z][a-z -]*) \(\1 ([^()]+)\)/g, '$1 ($2)')
      // What a terminal shows as code is told apart by quotes.
      .replace(/`([^`]+)`/g, '“$1”')
      .replace(/(learning rate|warm-up) \((?:learning rate|warm-up) ([^()]+)\)/g, '$1 ($2)')
  )
}
