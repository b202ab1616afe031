import { createInterface } from 'node:readline/promises'
import { trainingImages } from '../jobs/dataset/trainingImages.ts'
import { lineOf } from '../messages/text.ts'
import type { Registry } from '../registry/registry.ts'
import type { StoredOptions } from '../registry/types.ts'
import { questionsOf, type Question } from '../training/plausible.ts'
import { presetRate } from '../training/presets.ts'
import { parseRecipe } from '../training/recipe.ts'
import { listSettings } from '../training/settings.ts'
import type { Terminal } from './terminal.ts'

interface Asked {
  readonly recipe: object
  /** An id, a name, or a folder. */
  readonly dataset: string
  readonly split: StoredOptions | undefined
}

/**
 * Tells of settings that are hardly ever meant, as the window does before a start. A person at a terminal is asked whether
 * to start all the same; elsewhere it is a warning.
 * @returns whether to start
 * @throws StudioError `invalid-recipe`
 */
export async function confirmSettings(
  terminal: Terminal,
  { datasets }: Pick<Registry, 'datasets'>,
  { recipe: asked, dataset, split }: Asked,
  signal: AbortSignal,
): Promise<boolean> {
  const recipe = parseRecipe(asked)
  const images = await trainingImages({ datasets }, dataset, split)
  const questions = questionsOf(recipe, { rate: await presetRate(recipe), images })
  if (questions.length === 0) return true
  for (const question of questions) terminal.note(textOf(question, terminal))
  if (terminal.json || !process.stdin.isTTY || !process.stderr.isTTY) return true
  return agrees(questions.length, signal)
}

/** `Note: A learning rate of 100 is … Usual: --set optimization.learningRate=0.01` */
function textOf({ setting, reason, proposal }: Question, { noteColors, texts }: Terminal): string {
  return `${noteColors.yellow('Note:')} ${lineOf(texts, reason)} Usual: --set ${settingText(setting, proposal)}`
}

/** As `--set` takes it. */
function settingText(setting: string, value: unknown): string {
  const [group, key] = setting.split('.') as [string, string]
  return listSettings({ [group]: { [key]: value } })
    .map((one) => one.join('='))
    .join(' ')
}

async function agrees(count: number, signal: AbortSignal): Promise<boolean> {
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  // Ctrl-C as elsewhere: raised in readline it would be lost.
  asking.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    const answer = await asking.question(`Start with ${count === 1 ? 'it' : 'them'} all the same? [y/N] `, {
      signal,
    })
    return /^\s*y(es)?\s*$/i.test(answer)
  } finally {
    asking.close()
  }
}
