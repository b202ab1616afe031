import { count } from './formats.ts'
import { plural } from './common.ts'

/** `a, b and c`, in lower case. */
const sentence = (names: readonly string[]): string => {
  const lower = names.map((name) => name.toLowerCase())
  return lower.length < 2 ? lower.join('') : `${lower.slice(0, -1).join(', ')} and ${lower.at(-1)}`
}

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const corrections = {
  title: 'Corrections',
  /** Beside an image, and where it shows that one waits. */
  actions: {
    'leave-out': 'Leave out',
    mislabelled: 'Mislabeled',
    relabel: 'Correct class',
    'take-back': 'Take back',
  },
  hints: {
    'leave-out': 'Not part of the next version',
    mislabelled: 'Its label is wrong: left out, and remembered as mislabeled',
  },
  choose: 'Another class…',
  itIs: (name: string) => `It is ${name}`,
  keep: 'Keep as it was',
  waits: {
    'leave-out': 'Will be left out',
    mislabelled: 'Will be left out as mislabeled',
    'take-back': 'The correction will be taken back',
    relabel: (name: string) => `Will be ${name}`,
  },
  /** On a thumbnail. */
  marks: {
    'leave-out': 'Out',
    mislabelled: 'Mislabeled',
    'take-back': 'Back',
    relabel: (name: string) => `→ ${name}`,
  },
  holds: {
    'leave-out': 'Left out',
    mislabelled: 'Left out as mislabeled',
    relabel: (name: string) => `Relabeled as ${name}`,
  },
  said: {
    'leave-out': (files: number) => `${plural(files, 'image')} will be left out.`,
    mislabelled: (files: number) => `${plural(files, 'image')} marked as mislabeled.`,
    relabel: (files: number, name: string) => `${plural(files, 'image')} will be ${name}.`,
    'take-back': (files: number) => `${plural(files, 'correction')} will be taken back.`,
    confirmed: (files: number) => `${plural(files, 'label')} kept.`,
    forgotten: (files: number) => `${plural(files, 'correction')} discarded.`,
    several: (files: number) => `${plural(files, 'file')} corrected.`,
  },
  nothing: 'Nothing is left to do here.',
  waiting: (value: number) => `${plural(value, 'correction')} ${value === 1 ? 'waits' : 'wait'}`,
  parts: {
    'leave-out': (value: number) => `${count(value)} left out`,
    mislabelled: (value: number) => `${count(value)} mislabeled`,
    relabel: (value: number) => `${count(value)} relabeled`,
    'take-back': (value: number) => `${count(value)} taken back`,
  },
  show: 'Show them',
  discard: 'Discard all',
  apply: (version: number) => `Apply as version ${version}`,
  applyHint:
    'Imports the folder again with these corrections. Runs keep the version that they were trained on; your files stay as they are.',
  pendingTitle: 'Waiting',
  appliedTitle: (version: number) => `Applied, as of version ${version}`,
  empty: 'No file is corrected',
  emptyText:
    'Leave a file out, mark it as mislabeled or give it the correct class: beside each image, in the groups of the health report, and beside the images of an evaluation. Your files are never changed.',
  file: 'File',
  what: 'Correction',
  notInData: 'no picture',
}

const folder = {
  where: 'Folder',
  source: 'List',
  changes: 'Since the import',
  same: 'No file has changed since the import.',
  looking: 'Looking through the folder…',
  seen: (when: string) => `Judged by names, sizes and times, ${when}.`,
  seenAll: 'All files were read and compared.',
  readAll: 'Read and compare all files',
  kinds: { changed: 'changed', missing: 'missing', moved: 'moved', added: 'new' },
  counts: (parts: readonly string[]) => `Since the import: ${parts.join(', ')}.`,
  kind: {
    changed: (value: number) => `${count(value)} changed`,
    missing: (value: number) => `${count(value)} missing`,
    moved: (value: number) => `${count(value)} moved`,
    added: (value: number) => `${count(value)} new`,
  },
  changedHint: 'Runs keep the version that they were trained on.',
  show: 'Show the files',
  more: (value: number) => `and ${count(value)} more`,
  again: 'Import again',
  againTitle: 'Import again as a new version',
  againHint: 'Images keep their split as long as the shares and the seed stay as they are.',
  shuffles: 'Other shares or another seed split the images again.',
  asVersion: (version: number) => `Import as version ${version}`,
  seed: 'Seed of the split',
  withCorrections: (value: number) => `with ${plural(value, 'correction')}`,
  limited: (value: number) =>
    `Limited import: about ${plural(value, 'image')} ${value === 1 ? 'is' : 'are'} used.`,
  relocate: 'The folder has moved…',
  relocateTitle: 'Where is the folder now?',
  relocateHint:
    'Images are found by their content, even if files were renamed. Choose the folder, or one above it.',
  moved: (root: string) => `It is in ${root} now.`,
  movedVersion: (version: number, missing: number) =>
    missing === 0
      ? `Some files have other names: version ${version} has them.`
      : `${plural(missing, 'image')} could not be found: version ${version} does not include ${missing === 1 ? 'it' : 'them'}.`,
  versions: 'Versions',
  version: 'Version',
  imported: 'Imported',
  current: 'shown here',
}

const suspects = {
  title: 'Probably mislabeled',
  by: 'Found by',
  byTraining: (run: string) => `${run}: training images, while it trained`,
  byEvaluation: (run: string, split: string, protocol: string) =>
    `${run}: ${split.toLowerCase()} images, ${protocol}`,
  foundByTraining: (found: number, images: number) =>
    `${count(found)} of ${plural(images, 'training image')}: on average over training, the network was more confident in another class.`,
  foundByEvaluation: (found: number, images: number) =>
    `${count(found)} of ${plural(images, 'image')}: by confident learning, more confident in another class than images of that class are on average.`,
  first: (value: number) => `The first ${count(value)} are listed.`,
  none: 'No label is suspected',
  nothingYet: 'No run on this version yet',
  nothingYetText:
    'Train a run on this version, or evaluate one on it: labels that are probably wrong are listed here.',
  decisions: 'Decisions',
  keep: 'Keep',
  accept: 'Accept suggestion',
  picked: (value: number) => (value === 0 ? 'Click images to pick them' : `${count(value)} picked`),
  decided: (value: number, all: number) => `${count(value)} of ${count(all)} decided`,
  margin: (value: string) => `margin ${value}`,
  marginHint: {
    training: 'Logit of the label minus the highest other logit, on average over training',
    evaluation: 'Probability of the label minus the highest other probability',
  },
  marks: { keep: 'Kept' },
  trainedBefore: (run: string, version: number) => `${run} was trained on version ${version}.`,
  trainAgain: 'Train again on this version',
  compare: (before: string, after: string) => `Compare ${before} and ${after}`,
}

export const data = {
  title: 'Data sets',
  import: 'Import a folder',
  emptyTitle: 'Begin with labeled images',
  empty:
    'A data set is a folder with one subfolder per class, or with train, val and test folders that contain them, or with a CSV file. Your folder is only read, never changed.',
  sampleTitle: 'No images at hand?',
  sample: (images: number, classes: number) =>
    `${plural(images, 'image')} in ${plural(classes, 'class', 'classes')}`,
  trySample: (name: string) => `Use ${name}`,
  notNow: 'Not now',
  dropHere: 'Drop a folder here',
  choose: 'Choose a folder…',
  browserDrop:
    'A browser does not reveal where a dropped folder is. Paste its path, or choose it in the list below.',
  columns: {
    name: 'Name',
    images: 'Images',
    classes: 'Classes',
    splits: 'Training / validation / test',
    problems: 'Left out',
    runs: 'Runs',
    created: 'Imported',
  },
  corrections,
  suspects,
  folder,
  missing: 'Folder not found',
  older: 'Older version',
  importing: 'Importing',
  picker: {
    title: 'Choose a folder on this machine',
    start: 'Places',
    recent: 'Imported before',
    path: 'Path of the folder',
    pathHint: 'Type or paste a path, or drop it here',
    go: 'Open',
    up: 'Up',
    images: (value: number) => `${plural(value, 'image')} directly in this folder`,
    empty: 'There are no folders in here.',
    noMatch: (text: string) => `No folder here has “${text}” in its name.`,
    limits:
      'In a browser, only these folders and what is in them can be opened. For others, start the server with: vgg-studio serve --folder PATH',
    use: 'Import this folder',
    useHere: 'Use this folder',
    subfolders: 'Looks like classes or splits:',
    filter: 'Filter folders',
  },
  importForm: {
    title: 'Import',
    labels: 'Labels',
    byFolders: 'The names of the folders',
    listHint: 'A CSV file has one line per image: path,label or path,label,split.',
    name: 'Name',
    validation: 'Validation share',
    test: 'Test share',
    shareHint:
      'Share of each class, used only if the folder has no such split. Empty: as in the last import of this folder, or 15%.',
    start: 'Import',
    folder: 'Folder',
    other: 'Choose another folder',
  },
  /** What the import made of a folder, and what to do with it. */
  understood: {
    title: 'How the folder was read',
    classes: (value: number, list: string | null) =>
      list === null
        ? `${plural(value, 'class', 'classes')}, one for each folder.`
        : `${plural(value, 'class', 'classes')}, by the labels in ${list}.`,
    stated: (splits: readonly string[]) =>
      splits.length === 1
        ? `The ${splits[0]!.toLowerCase()} split is the folder’s own.`
        : `The splits ${sentence(splits)} are the folder’s own.`,
    drawn: (splits: readonly { readonly name: string; readonly share: string }[]) =>
      `${capitalized(sentence(splits.map(({ name, share }) => `${name} (${share})`)))} ${splits.length === 1 ? 'was' : 'were'} drawn at random, the same share of each class.`,
    next: 'Recommended next',
    apply: (version: number) => `Import the corrections that wait, as version ${version}.`,
    settle: 'Settle which label is right: a network learns contradictions, too.',
    leakage: 'Leave out the copies in training: the network would know images that it is measured on.',
    train: (preset: string) =>
      `Train a first network with the preset “${preset}”, which suits images of this size.`,
  },
  details: {
    newRun: 'New run',
    classes: 'Classes',
    sort: { name: 'By name', most: 'Most first', fewest: 'Fewest first' },
    allClasses: 'All classes',
    problems: (value: number) => plural(value, 'problem'),
    noProblems: 'No problems found',
    search: 'Search file names',
    searchClasses: 'Search classes',
    noImages: 'No images match these filters.',
    clear: 'Clear the filters',
    anyState: 'With or without problems',
    problemFilter: 'Problem',
    ofIssue: (issue: string, value: number) => `${issue} (${count(value)})`,
    showing: (value: number) => `${plural(value, 'image')}`,
    imageOrder: 'Order',
    imageOrders: {
      position: 'As imported',
      name: 'By name',
      largest: 'Largest first',
      smallest: 'Smallest first',
      similar: 'Most like the open image first',
    },
    tabs: {
      images: 'Images',
      health: 'Health',
      labels: 'Labels',
      corrections: 'Corrections',
      folder: 'Folder and versions',
    },
    issues: {
      duplicate: 'Exact duplicates',
      'near-duplicate': 'Near duplicates',
      leakage: 'In several splits',
      conflict: 'In several classes',
      small: 'Smaller than most',
    },
    show: (value: number) => `Show ${plural(value, 'image')}`,
    showGroups: 'Show the groups',
    showFiles: (value: number) => `Show ${plural(value, 'file')}`,
    healthy: 'Nothing stands in the way of training.',
    sizes: 'Shorter side',
    sizesUnit: 'pixels',
    aspect: 'Width ÷ height',
    formats: 'Formats',
    modes: 'Color',
    modeNames: { rgb: 'RGB', grayscale: 'Grayscale', palette: 'Palette', cmyk: 'CMYK', other: 'Other' },
    withAlpha: 'with transparency',
    with16Bits: 'with 16 bits',
    bytes: 'On disk',
    shares: 'Split',
    median: (value: string) => `median ${value}`,
    range: (from: string, to: string) => `${from} to ${to}`,
    unusable: 'Files left out',
    unusableHint:
      'They are not part of the data set. The files themselves are untouched: repair or delete them, then import the folder again.',
    groups: 'Groups of images that are the same, or nearly so',
    acrossSplits: 'across splits: the network would already know them',
    acrossClasses: 'with different labels: which is right?',
    newRunBalanced: 'New run with balanced classes',
    newRunPadded: 'New run with padding',
    splitAgain: 'Import with other shares',
    showCorrections: 'Show the corrections',
    leaveOut: (value: number) => `Leave out ${plural(value, 'image')}`,
    remedies: {
      'exact-duplicates': (value: number) => `Keep the first of each, leave out ${count(value)}`,
      'near-duplicates': (value: number) => `Keep the first of each, leave out ${count(value)}`,
      leakage: (value: number) => `Leave out the ${plural(value, 'copy', 'copies')} in training`,
    },
    group: {
      keepFirst: 'Keep the first, leave out the rest',
      rightClass: 'The right class',
      otherClass: 'Another class',
      noneRight: 'None of them: leave out',
      image: (path: string) => `Leave out ${path}`,
      back: (path: string) => `Keep ${path}`,
    },
    older: (version: number, newest: number) =>
      `This is version ${version}; version ${newest} is the newest.`,
    openNewest: (version: number) => `Open version ${version}`,
    gone: 'The folder was moved or removed',
    goneHint: 'Images can’t be shown and runs can’t start. Put it back, or say where it is now.',
    severity: { info: 'Note', warning: 'Warning', error: 'Problem' },
    image: {
      size: 'Size',
      split: 'Split',
      class: 'Class',
      file: 'File',
      format: 'Format',
      issues: 'Marked',
      pixels: (w: number, h: number) => `${count(w)} × ${count(h)} px`,
      previous: 'Previous image',
      next: 'Next image',
      reveal: 'Show in the folder',
    },
    byClass: (name: string) => `Only ${name}`,
    more: (value: number) => `${count(value)} more`,
  },
} as const
