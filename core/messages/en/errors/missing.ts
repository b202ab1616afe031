import { fixedText, variants } from '../../text.ts'
import { kindNames, referenceHints, type RegistryKind } from '../words.ts'

/** What is not there, or out of reach. */
export const missingErrors = {
  'not-found': variants({
    'dataset-file': ({ dataset, path }: { readonly dataset: string; readonly path: string }) => ({
      message: `The data set "${dataset}" has no file ${path}.`,
    }),
    'dataset-image': ({ dataset, position }: { readonly dataset: string; readonly position: number }) => ({
      message: `The data set "${dataset}" has no image ${position}.`,
    }),
    'dataset-problem': ({ dataset, position }: { readonly dataset: string; readonly position: number }) => ({
      message: `The data set "${dataset}" has no problem ${position}.`,
    }),
    /** The request's. */
    address: ({ path }: { readonly path: string }) => ({ message: `There is no ${path}.` }),
    sample: ({ id }: { readonly id: string }) => ({ message: `There is no sample "${id}".` }),
    job: ({ id }: { readonly id: string }) => ({
      message: `There is no job ${id}.`,
      hint: 'It may have been dismissed.',
    }),
    'export-folder': ({ folder }: { readonly folder: string }) => ({
      message: `The export is not in ${folder} any more.`,
      hint: 'It was moved or deleted: export the run again.',
    }),
    'export-file': ({ name }: { readonly name: string }) => ({ message: `The export has no file ${name}.` }),
    'evaluation-of-run': ({ evaluation }: { readonly evaluation: string }) => ({
      message: `There is no evaluation ${evaluation} of this run.`,
      hint: 'Name one evaluation of each run, in the order of the runs.',
    }),
    'evaluated-image': ({
      evaluation,
      position,
    }: {
      readonly evaluation: string
      readonly position: number
    }) => ({ message: `Evaluation ${evaluation} has no image ${position}.` }),
    'unfinished-evaluation': ({ run }: { readonly run: string }) => ({
      message: `Run ${run} has no such interrupted evaluation.`,
    }),
    'run-of-evaluation': ({ evaluation }: { readonly evaluation: string }) => ({
      message: `The run of evaluation ${evaluation} was deleted.`,
    }),
    'dataset-of-evaluation': fixedText('The data set of this evaluation has been deleted.'),
    'deleted-run': ({ run }: { readonly run: string }) => ({ message: `Run ${run} was deleted.` }),
    'dataset-to-start-again': ({ run }: { readonly run: string }) => ({
      message: `The data set of run ${run} has been deleted.`,
      hint: 'Import it again, then start a new run with the same settings.',
    }),
    layer: ({ layer, network }: { readonly layer: string; readonly network: string }) => ({
      message: `${network} has no layer ${layer}.`,
    }),
    page: ({ path }: { readonly path: string }) => ({ message: `There is no file ${path}.` }),
    'probabilities-of-evaluation': ({ evaluation }: { readonly evaluation: string }) => ({
      message: `Evaluation ${evaluation} has no class probabilities: an earlier version made it.`,
      hint: 'Evaluate the run again.',
    }),
    'dataset-of-plan': ({ plan }: { readonly plan: string }) => ({
      message: `The data set of plan ${plan} has been deleted.`,
      hint: 'Import it again, and plan the runs again.',
    }),
    'dataset-to-evaluate': ({ run }: { readonly run: string }) => ({
      message: `The data set of run ${run} has been deleted.`,
      hint: 'Name another data set with the same classes (on the command line: --dataset).',
    }),
    'dataset-to-resume': ({ run }: { readonly run: string }) => ({
      message: `The data set of run ${run} has been deleted.`,
      hint: `Import it again, and start a new run from this one (on the command line: vgg-studio train DATASET --from ${run}).`,
    }),
    probabilities: ({ path }: { readonly path: string }) => ({
      message: `The class probabilities ${path} are not there any more.`,
      hint: 'Evaluate the run again.',
    }),
    import: ({ path }: { readonly path: string }) => ({
      message: `${path} has not been imported yet.`,
      hint: 'Import it first; then the next --difference tells what has changed since.',
    }),
    'file-in-source': ({ file, root }: { readonly file: string; readonly root: string }) => ({
      message: `There is no file ${file} in ${root}.`,
      hint: 'Name it as the import’s report does, relative to the source.',
    }),
    reference: ({ kind, reference }: { readonly kind: RegistryKind; readonly reference: string }) => ({
      message:
        reference === 'last'
          ? `There is no ${kindNames[kind]} yet.`
          : `There is no ${kindNames[kind]} "${reference}" in the registry.`,
      hint: referenceHints[kind],
    }),
    'images-in-folder': ({ root }: { readonly root: string }) => ({
      message: `None of the data set's images is in ${root}.`,
      hint: 'Choose the folder that holds the images now, or one above it.',
    }),
    'source-folder': ({ root }: { readonly root: string }) => ({
      message: `${root} is not a folder that can be read.`,
      hint: 'Name the folder that holds a folder of images for each class, or a CSV file; check that its drive is connected.',
    }),
  }),
  outside: variants({
    line: ({ line }: { readonly line: number }) => ({
      message: `Line ${line}: it lies outside the folders that were chosen. Choose its folder, or one above, first; or import the list on the command line.`,
    }),
    problem: ({ path }: { readonly path: string }) => ({
      message: `${path} is not shown: it lies outside the chosen folders.`,
    }),
    folder: ({ folder }: { readonly folder: string }) => ({
      message: `The folder ${folder} can't be read.`,
      hint: 'Choose another one.',
    }),
    place: ({ path }: { readonly path: string }) => ({
      message: `${path} is not among the folders that may be used from here.`,
      hint: `Choose one below the places that the picker lists, or restart the server with: vgg-studio serve --folder ${/\s/.test(path) ? `"${path}"` : path}`,
    }),
    source: ({ source }: { readonly source: string }) => ({
      message: `${source} lies outside the folders that were chosen.`,
      hint: 'Choose its folder first.',
    }),
  }),
  'no-images': variants({
    training: fixedText(
      'There are no training images.',
      'Import a data set with images in its training split.',
    ),
    classes: fixedText(
      'Trying preprocessings takes training images of two classes or more.',
      'Name a data set that has them, or say the preprocessing with --preprocessing.',
    ),
    pictures: ({ folder }: { readonly folder: string }) => ({
      message: `--files: ${folder} holds no JPEG files.`,
      hint: 'Name a folder with files that end in .jpg or .jpeg, or leave it out: pictures are made then.',
    }),
  }),
} as const
