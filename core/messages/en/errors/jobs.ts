import { fixedText, variants } from '../../text.ts'
import type { Reason, TextOfFact } from '../../types.ts'

interface Candidate {
  readonly id: string
  readonly title: Reason
}

const listOf = (candidates: readonly Candidate[], say: TextOfFact): string =>
  candidates.map(({ id, title }) => `${id} (${say(title).message})`).join('; ')

/** What jobs, and the commands that start them, refuse or lack. */
export const jobsErrors = {
  recovered: ({ folder }: { readonly folder: string }) => ({
    message: `Its registry was lost: it was restored from ${folder}.`,
    hint: 'Resume it, and it continues from its last checkpoint.',
  }),
  'unknown-heartbeat': ({
    machine,
    heartbeat,
  }: {
    readonly machine: string
    /** ISO 8601, UTC. */
    readonly heartbeat: string
  }) => ({
    message: `Its last sign of life, from ${machine}, is dated ${heartbeat}, in the future: nobody can tell whether it is still being trained there.`,
    hint: 'If it is, set the clock of that machine right. If not, resume the run here: that takes it over.',
  }),
  'process-gone': fixedText(
    'The process that trained it is gone: it was ended, or the machine restarted.',
    'Resume the run: it continues from its last checkpoint.',
  ),
  'studio-killed': ({ resumes }: { readonly resumes: boolean }) => ({
    message: 'VGG Studio was ended from outside, or the machine restarted, while this was being done.',
    hint: resumes ? 'Resume the run: nothing that was saved is lost.' : 'Do it again.',
  }),
  'unknown-weights-name': variants({
    'to-get': ({ name, names }: { readonly name: string; readonly names: readonly string[] }) => ({
      message: `There are no weights “${name}” to get.`,
      hint: `Available: ${names.join(', ')}.`,
    }),
    here: ({ name }: { readonly name: string }) => ({
      message: `There are no weights “${name}” here.`,
      hint: 'vgg-studio weights lists those that are here, and those that can be downloaded.',
    }),
    'to-start-from': ({ name, isOffered }: { readonly name: string; readonly isOffered: boolean }) =>
      isOffered
        ? {
            message: `The weights “${name}” are not here yet.`,
            hint: `Get them first (on the command line: vgg-studio weights get ${name}).`,
          }
        : {
            message: `There is no run “${name}” to start from, and there are no weights of that name here.`,
            hint: 'vgg-studio runs lists the runs, vgg-studio weights the weights that are here and those that can be downloaded.',
          },
  }),
  'unknown-preprocessing': variants({
    name: (
      { name, candidates }: { readonly name: string; readonly candidates: readonly Candidate[] },
      say: TextOfFact,
    ) => ({
      message: `There is no preprocessing “${name}”.`,
      hint: `Available: ${listOf(candidates, say)}.`,
    }),
    unsaid: (
      { path, candidates }: { readonly path: string; readonly candidates: readonly Candidate[] },
      say: TextOfFact,
    ) => ({
      message: `${path} does not say how images must be prepared for its weights.`,
      hint: `Try the known ones on your images with --dataset DATASET, or name one with --preprocessing: ${listOf(candidates, say)}. Weights of Keras Applications and of Caffe expect caffe, those of torchvision and timm torchvision.`,
    }),
  }),
  'invalid-split': ({ split, splits }: { readonly split: string; readonly splits: readonly string[] }) => ({
    message: `There is no split "${split}".`,
    hint: `Use ${splits.join(', ')}.`,
  }),
  'other-classes': ({
    dataset,
    classes,
  }: {
    readonly dataset: string
    readonly classes: readonly string[]
  }) => ({
    message: `The data set "${dataset}" has other classes than the run was trained on: ${classes.join(', ')}.`,
    hint: 'Evaluate on a data set with the same class folders.',
  }),
  'unknown-variant': ({
    variant,
    engine,
    others,
  }: {
    readonly variant: string
    readonly engine: string
    readonly others: readonly string[]
  }) => ({
    message: `There is no --${variant} of ${engine}.`,
    hint: others.length === 0 ? 'It comes in one variant.' : `Available: ${others.join(', ')}.`,
  }),
  'dataset-missing': ({
    root,
    name,
    dataset,
  }: {
    readonly root: string
    readonly name: string
    readonly dataset: string
  }) => ({
    message: `The folder ${root} of the data set "${name}" is not there.`,
    hint: `Put it back, connect its drive, or say where it is now: vgg-studio import FOLDER --moved ${dataset}.`,
  }),
  'run-completed': ({ run, name }: { readonly run: string; readonly name: string }) => ({
    message: `Run ${run} "${name}" is complete: there is nothing to resume.`,
    hint: `To go further, start a new run from it (on the command line: vgg-studio train DATASET --from ${run}).`,
  }),
  'no-steps': ({ run }: { readonly run: string }) => ({
    message: `Run ${run} has not made an update yet.`,
    hint: 'Its first batch appears here as soon as it has.',
  }),
  'run-taken-over': ({ run }: { readonly run: string }) => ({
    message: `Run ${run} was taken over by another process, or deleted.`,
    hint: 'It was stopped here. Follow the run where it continues now.',
  }),
  'unknown-format': ({
    format,
    formats,
  }: {
    readonly format: string
    readonly formats: readonly string[]
  }) => ({ message: `Networks can't be exported as "${format}".`, hint: `Use ${formats.join(' or ')}.` }),
  'older-version': ({
    name,
    version,
    root,
    missing,
    example,
    newest,
  }: {
    readonly name: string
    readonly version: number
    readonly root: string
    readonly missing: number
    readonly example: string | null
    readonly newest: { readonly id: string; readonly version: number }
  }) => ({
    message: `Version ${version} of the data set "${name}" is incomplete in ${root}: ${example === null ? 'files have other names' : `${missing === 1 ? '1 image is' : `${missing} images are`} missing, such as ${example}`}.`,
    hint: `Put its files back as they were, or relocate the newest version, ${newest.version} (on the command line: vgg-studio import FOLDER --moved ${newest.id}): versions whose files are all there follow it.`,
  }),
  'foreign-checkpoint': ({
    path,
    run,
    name,
  }: {
    readonly path: string
    readonly run: string
    readonly name: string
  }) => ({
    message: `${path} belongs to a run other than ${run} "${name}".`,
    hint: 'Put the file of this run back, or move this one away.',
  }),
  'no-checkpoint': ({
    run,
    kind,
    kinds,
  }: {
    readonly run: string
    readonly kind: string | null
    readonly kinds: readonly string[]
  }) => ({
    message:
      kinds.length === 0 ? `Run ${run} has no checkpoint yet.` : `Run ${run} has no checkpoint "${kind}".`,
    hint:
      kinds.length === 0
        ? `Train it first (on the command line: vgg-studio resume ${run}).`
        : `Available: ${kinds.join(', ')}.`,
  }),
} as const
