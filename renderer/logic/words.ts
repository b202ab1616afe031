import type { SettingChange } from '../../core/messages/types.ts'
import { m } from '../messages/index.ts'

const fields: Readonly<Record<string, readonly [label: string, ...rest: string[]]>> = m.plan.fields
const options: Readonly<Record<string, string>> = m.plan.options
const others: Readonly<Record<string, string>> = m.plan.otherFields

const path = '(?:[a-z]\\w*(?:\\.[a-z]\\w*)+)'
/** A value ends before the sentence's own punctuation. */
const value = '[^\\s,;()]*[^\\s,;().]'

/** What the window calls a setting, within a sentence; as it is, where it has no field for it. */
function settingName(setting: string): string {
  const label = fields[setting]?.[0] ?? others[setting]
  return label === undefined ? setting : label.charAt(0).toLowerCase() + label.slice(1)
}

/** `learning rate 0.01`, `batch normalization on` */
export function changeText({ setting, value }: SettingChange): string {
  const shown =
    value === true || value === 'true' ? 'on' : value === false || value === 'false' ? 'off' : value
  return `${settingName(setting)} ${options[String(shown)] ?? shown}`
}

/**
 * Advice as the window says it. It comes in the words of the command line, which names settings by their path in a
 * recipe and commands to type: the window has a field or a button for most of them.
 */
export function inWords(advice: string): string {
  return (
    advice
      .replace(/ \((?:on the command line:|vgg-studio |--)[^()]*\)/g, '')
      .replace(/`?vgg-studio devices`?/g, m.plan.words.devices)
      .replace(/`?vgg-studio engines install [\w-]+(?: --[\w-]+)*`?/g, m.plan.words.engines)
      .replace(/--device (\w+)/g, (_, device: string) => `${settingName('execution.device')} ${device}`)
      // What stands before it says it already: “batch normalization (network.batchNorm=true)”.
      .replace(new RegExp(` \\(${path}(?:=true)?\\)`, 'g'), '')
      .replace(new RegExp(`(?:--set )?(${path})=(${value})`, 'g'), (_, setting: string, text: string) =>
        changeText({ setting, value: text }),
      )
      .replace(new RegExp(`\\b${path}\\b`, 'g'), (setting) => settingName(setting))
      // “a lower learning rate (learning rate 0.01)”
      .replace(/([a-z][a-z -]*) \(\1 ([^()]+)\)/g, '$1 ($2)')
      .replace(/(learning rate|warm-up) \((?:learning rate|warm-up) ([^()]+)\)/g, '$1 ($2)')
  )
}
