import type { Interval } from '../evaluation/types.ts'
import { comparisonText } from '../messages/en/words.ts'
import type { Certificate } from './certificate.ts'
import type { Preprocessing } from './preprocessing.ts'

/** What is known of a network besides the network; JSON-plain. */
export interface CardFacts {
  /** The run's. */
  readonly name: string
  /** Null where it was deleted. */
  readonly dataset: {
    readonly name: string
    readonly version: number
    /** Usable images per split. */
    readonly images: Readonly<Record<'train' | 'validation' | 'test', number>>
  } | null
  /** The latest of this checkpoint, of the test images where there is one; null where it was not evaluated. */
  readonly evaluation: {
    readonly split: string
    readonly protocol: string
    readonly images: number
    readonly top1Error: number
    readonly top1Interval: Interval
    readonly top5Error: number | null
    /** The classes with the lowest recall, lowest first. */
    readonly weakest: readonly { readonly name: string; readonly images: number; readonly recall: number }[]
  } | null
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`
/** Names of classes and data sets come from folders: nothing in them is markup. */
const plain = (name: string): string => name.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>|#]/g, '\\$&')

function datasetText({ dataset }: CardFacts, { labels }: Preprocessing): string {
  if (dataset === null) return `${labels.length} classes. The data set is no longer in the studio.`
  const { train, validation, test } = dataset.images
  return `${plain(dataset.name)}, version ${dataset.version}: ${labels.length} classes; ${train} images to train on, ${validation} to validate, ${test} to test.`
}

function accuracyText({ evaluation }: CardFacts): string {
  if (evaluation === null)
    return 'This network was not evaluated when it was exported (`vgg-studio evaluate`): how often it is wrong is not known here.'
  const { split, protocol, images, top1Error, top1Interval, top5Error, weakest } = evaluation
  const { low, high } = top1Interval
  const top5 = top5Error === null ? '' : `; top-5 error ${percent(top5Error)}`
  const rows = weakest.map((one) => `| ${plain(one.name)} | ${percent(one.recall)} | ${one.images} |`)
  return [
    `Top-1 error ${percent(top1Error)} (95% interval ${percent(low)} to ${percent(high)}, n = ${images})${top5}, of the ${split} images. Protocol: ${protocol}.`,
    ...(rows.length === 0
      ? []
      : [
          '',
          'The classes that it finds least often:',
          '',
          '| class | found | images |',
          '|---|---|---|',
          ...rows,
        ]),
  ].join('\n')
}

/** MODEL_CARD.md of an export: what it is for, what it was trained and measured on, and what is owed to others. */
export function modelCard(facts: CardFacts, rules: Preprocessing, { comparison }: Certificate): string {
  const { attribution, temperature } = rules
  const shown = rules.labels.slice(0, 30).map(plain).join(', ')
  const others = rules.labels.length > 30 ? `, and ${rules.labels.length - 30} more (\`labels.txt\`)` : ''
  return `# ${plain(facts.name)}

${rules.description}.

## Intended use

To tell which of its classes an image shows, for images like those that it was trained on: ${shown}${others}.

It names one of these classes for every image, also for one that shows none of them. On other images than those below nothing was measured, and nothing about fairness or robustness; where a wrong answer does harm, measure it on images of that place first.

## Data set

${datasetText(facts, rules)}

## How well it does

${accuracyText(facts)}
${comparison ? `\n${comparisonText(comparison)} The figures above are those of single precision.\n` : ''}${
    temperature === undefined
      ? '\nIts probabilities are not calibrated.\n'
      : `\nIts probabilities are calibrated: logits are divided by ${temperature.toFixed(4)}, fitted on validation images.\n`
  }
## License and attribution

${attribution ? `Training started from weights of others. ${attribution.text} License: ${attribution.license ?? 'not known'}.` : 'Training started from no weights of others.'} Rights in the training images are not recorded here.

## Settings

Of the training, as VGG Studio takes them again (\`train --recipe\`):

\`\`\`json
${JSON.stringify(rules.recipe, null, 2)}
\`\`\`
`
}
