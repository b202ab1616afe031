import type { Reason, SettingProblem, Stored, TextOfFact } from '../../types.ts'
import { fixedText, variants } from '../../text.ts'
import { counted, namedSettingText } from '../words.ts'

type CheckpointFault = { readonly path: string } & (
  | { readonly fault: 'foreign' }
  | { readonly fault: 'field'; readonly field: string; readonly expected: Reason }
  | { readonly fault: 'tensor'; readonly name: string; readonly shape: readonly number[] }
  | { readonly fault: 'momentum'; readonly name: string }
)

function checkpointFault(fault: CheckpointFault, say: TextOfFact): string {
  switch (fault.fault) {
    case 'foreign':
      return 'is not a checkpoint of VGG Studio'
    case 'field':
      return `is damaged: ${fault.field}: ${say(fault.expected).message}`
    case 'tensor':
      return `lacks ${fault.name} of shape ${fault.shape.join('×')}`
    case 'momentum':
      return `lacks the momentum of ${fault.name}`
  }
}

/** Recipes, checkpoints and runs. */
export const trainingErrors = {
  'invalid-recipe': variants({
    file: ({ path, detail }: { readonly path: string; readonly detail: Reason | null }, say: TextOfFact) => ({
      message: `The recipe ${path} can't be read: ${detail === null ? 'it is not a group of settings' : say(detail).message}.`,
      hint: 'It must be a JSON file with recipe settings, such as {"network": {"config": "D"}}.',
    }),
    'all-frozen': fixedText(
      'optimization.frozen: no layer is left to train',
      'Leave at least the classifier unfrozen.',
    ),
    'too-many-features': fixedText(
      'optimization.solver: the features of this many images do not fit in memory.',
      'Choose sgd, which needs no more memory for more images (optimization.solver=sgd).',
    ),
    'unknown-layer': ({
      setting,
      network,
      name,
      layers,
    }: {
      readonly setting: string
      readonly network: string
      readonly name: string
      readonly layers: readonly string[]
    }) => ({
      message: `${setting}: ${network} has no layer “${name}” with weights`,
      hint: `Available: ${layers.join(', ')}.`,
    }),
    settings: ({ problems }: { readonly problems: readonly SettingProblem[] }, say: TextOfFact) => {
      const texts = problems.map((problem) => namedSettingText(problem, say))
      return {
        message: texts.map(({ message }) => message).join('; '),
        hint: texts.find(({ hint }) => hint != null)?.hint,
      }
    },
  }),
  'too-many-runs': ({ count, most }: { readonly count: number; readonly most: number }) => ({
    message: `That makes ${counted(count, 'run')}, more than ${most}.`,
    hint: 'Vary fewer settings, or fewer values; or allow more runs (on the command line: --most).',
  }),
  'sweep-needs-validation': ({ name }: { readonly name: string }) => ({
    message: `Runs are compared by their validation error, and “${name}” has no validation images.`,
    hint: 'Import the folder again with a share for validation (on the command line: import FOLDER --validation 0.15).',
  }),
  'invalid-setting': ({ setting }: { readonly setting: string }) => ({
    message: `“${setting}” is not a setting of the form key=value.`,
    hint: 'For example optimization.epochs=3 or data.scale=256-512.',
  }),
  'unreadable-images': variants({
    validation: fixedText(
      'No validation image could be read.',
      'Check that the folder of the data set is still there, then resume the run.',
    ),
    batch: (
      {
        images,
        example,
      }: {
        readonly images: number
        readonly example: { readonly path: string; readonly reason: Reason } | null
      },
      say: TextOfFact,
    ) => ({
      message: `None of the ${images} images of a batch could be read${example === null ? '' : `, for example ${example.path}: ${say(example.reason).message}`}`,
      hint: 'Check that the folder of the data set is still there, then resume the run.',
    }),
  }),
  'newer-version': variants({
    checkpoint: ({ path }: { readonly path: string }) => ({
      message: `${path} was written by a newer VGG Studio.`,
      hint: 'Update VGG Studio to read it.',
    }),
    recipe: ({ version, known }: { readonly version: number; readonly known: number }) => ({
      message: `This recipe is of version ${version}, and this VGG Studio knows versions up to ${known}.`,
      hint: 'Update VGG Studio, or rewrite the recipe.',
    }),
  }),
  'invalid-checkpoint': (fault: CheckpointFault, say: TextOfFact) => ({
    message: `${fault.path} ${checkpointFault(fault, say)}.`,
    hint: 'Choose a checkpoint of a run: last.safetensors or best.safetensors in its folder.',
  }),
  /** Around the error of the last checkpoint. */
  'no-whole-checkpoint': ({ problem }: { readonly problem: Stored }, say: TextOfFact) => ({
    message: `${say(problem).message} No other checkpoint of the run is intact.`,
    hint: 'Put a copy of the file back; or delete it, and the run starts from its beginning when it is resumed.',
  }),
  'unknown-preset': ({ id, ids }: { readonly id: string; readonly ids: readonly string[] }) => ({
    message: `There is no preset “${id}”.`,
    hint: `Available: ${ids.join(', ')}.`,
  }),
  'invalid-preset': ({ path, detail }: { readonly path: string; readonly detail: string }) => ({
    message: `${path} is not a preset: ${detail}`,
  }),
  'dataset-changed': ({ before, now }: { readonly before: number; readonly now: number }) => ({
    message: `The run was started with ${counted(before, 'training image')}, and now there are others: ${now}.`,
    hint: 'Resume it with the version of the data set that it was started with, or start a new run from it.',
  }),
} as const
