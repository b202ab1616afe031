import { count, percent, roughly } from './formats.ts'
import { plural } from './common.ts'
import { placeText } from './places.ts'

const viewNames = {
  center: 'center crop',
  ten: 'ten crops',
  grid: '5×5 grid',
  '144': 'GoogLeNet’s crops',
  dense: 'dense',
  'dense-offsets': 'dense with offsets',
  both: 'dense and grid',
} as const

/** How numbers are come by: choosing protocols, tables of them, ensembles, pairs of them. */
export const protocols = {
  protocols: {
    chooser: 'Protocol',
    presets: {
      quick: 'Quick: center',
      paper: 'As in the paper: dense, three scales',
      all: 'Everything: 150 crops and dense',
    },
    dataset: 'Data set',
    own: (name: string) => `${name} (the run’s own)`,
    computeWith: 'Compute with',
    asTrained: 'As trained, fp32',
    target: (engine: string, device: string, precision: string) =>
      `${placeText({ engine, device })}, ${precision}`,
    scalesUsual: 'Training scale',
    scalesMulti: 'Around it',
    scalesUnreachable: 'A test scale would be smaller than the crop.',
    picture: 'Views of an image',
    pictureOf: (name: string) => `Views of ${name}`,
    another: 'Another image',
    legend: (scale: number, crops: number, isWhole: boolean, isFlipped: boolean) => {
      const parts = [...(crops > 0 ? [plural(crops, 'crop')] : []), ...(isWhole ? ['the whole image'] : [])]
      return `${scale} px: ${parts.join(' and ')}${isFlipped ? ', mirrored too' : ''}`
    },
    cost: (crops: number, passes: number, images: number) =>
      `${[crops > 0 ? plural(crops, 'crop') : '', passes > 0 ? `${plural(passes, 'pass', 'passes')} over the whole image` : ''].filter((part) => part !== '').join(' and ')} of each, ${plural(images, 'image')}`,
    time: (seconds: number) => `about ${roughly(Math.max(1, seconds))}`,
    timeUnknown: 'time unknown: no speed has been measured here yet',
    measure: 'Measure the speed',
    disk: (size: string) => `The class probabilities take up to ${size} on the disk.`,
    soFar: (name: string, value: number, low: number, high: number, images: number) =>
      `${name} so far ${percent(value)} (95% interval ${percent(low)} to ${percent(high)}) over ${plural(images, 'image')}`,
    unfinished: 'Interrupted',
    unfinishedOf: (done: number, all: number) => `${count(done)} of ${plural(all, 'image')} done`,
    resume: 'Resume',
    discard: 'Discard',
    agreement: (reference: string, same: number, images: number, largest: number) =>
      `The same answer as with ${reference} for ${count(same)} of ${plural(images, 'image')} (${percent(same / images)}); probabilities differ by ${largest.toPrecision(2)} at most.`,
    tables: 'Tables',
    tableNames: {
      table3: 'Table 3: single scale',
      table4: 'Table 4: several scales',
      table5: 'Table 5: dense, crops, both',
      table6: 'Table 6: networks together',
    },
    tickRuns: 'Runs',
    tickRunsHint: 'Select the runs for the table.',
    noRuns: 'There is no trained run yet',
    noRunsHint: 'Train one for at least one epoch; then its numbers appear here beside the paper’s.',
    network: 'Network',
    trainedAt: 'Trained at',
    column: (views: string) => viewNames[views as keyof typeof viewNames] ?? views,
    paper: 'ImageNet, n = 50,000, Simonyan & Zisserman 2015',
    paperRows: 'All rows of the paper’s table',
    paperNote:
      'The paper’s figures are for another data set, ImageNet: they show how protocols and networks differ, not how good yours are.',
    absent: {
      scale: 'n/a: a test scale would be smaller than the crop',
      form: 'n/a: the network has no dense form',
      'not-measured': 'not measured yet',
    },
    notAvailable: 'n/a',
    notMeasured: '–',
    measureMissing: (value: number) => `Measure ${plural(value, 'missing number')}`,
    files: { html: 'Page', md: 'Markdown', csv: 'CSV', json: 'JSON' },
    save: 'Save as',
    how: 'How each number was obtained',
    ensembles: 'Ensembles',
    ensemblesHint:
      'The mean of the class probabilities of several runs, each by its own protocol. Select two or more runs.',
    ensembleOf: (runs: string) => `Ensemble of ${runs}`,
    average: 'Average their probabilities',
    memberOf: (run: string) => `Evaluation of ${run}`,
    noMember: (run: string) => `${run} has no evaluation of these images yet.`,
    members: 'Members',
    aspects: {
      views: 'Views',
      scales: 'Test scales',
      flips: 'Mirrored',
      mode: 'Made square by',
      crop: 'Crop',
      checkpoint: 'Checkpoint',
      precision: 'Precision',
      engine: 'Computed by',
    },
    values: { true: 'yes', false: 'no', ...viewNames } as Readonly<Record<string, string>>,
    alike: (protocol: string) => `Same protocol: ${protocol}`,
    unlike: 'These numbers were not measured by the same protocol.',
    sameButUnlike: 'These numbers were measured by the same protocol, but differ in other ways.',
    unlikeHint: 'These runs share no protocol on the same images; these are the closest. Differences:',
    pickedUnlikeHint: 'Differences:',
    pick: 'Evaluations compared',
    pickOf: (run: string) => `Evaluation of ${run}`,
    nearest: 'The closest',
    evaluateAlike: 'Evaluate by the same protocol',
  },
} as const
