import { count, percent } from './formats.ts'
import { plural } from './common.ts'
import { placeText } from './places.ts'

const runtimes: Readonly<Record<string, string>> = {
  'onnxruntime-node': 'ONNX Runtime in Node.js',
  'onnxruntime-web': 'ONNX Runtime as in a browser',
  'tfjs-wasm': 'TensorFlow.js as in a browser',
  'read-back': 'the file read again',
}

export const results = {
  evaluate: {
    of: (run: string) => `Evaluation of ${run}`,
    new: 'New evaluation',
    start: 'Evaluate',
    split: 'Images',
    checkpoint: 'Checkpoint',
    views: 'Views',
    viewNames: {
      center: 'Center crop: fast, the usual number',
      ten: 'Ten crops: corners, center, mirrored (AlexNet)',
      grid: '5×5 grid of crops, mirrored (VGG, multi-crop)',
      '144': '144 crops of three squares at four scales (GoogLeNet)',
      dense: 'Dense: the whole image, as in the paper',
      'dense-offsets': 'Dense with pooling offsets (OverFeat)',
      both: 'Dense and grid, averaged (VGG, both)',
    },
    scales: 'Test scales',
    scalesHint: 'Shorter sides in pixels, separated by spaces; empty: as shown.',
    flips: 'Average with the mirror image',
    other: 'Other evaluations of this run',
    interval: ({ low, high }: { readonly low: number; readonly high: number }) =>
      `95% interval ${percent(low)} to ${percent(high)}`,
    loss: 'Loss',
    f1: 'Mean F1',
    imagesOf: (value: number, split: string) =>
      `${plural(value, 'image')} of the ${split.toLowerCase()} split`,
    /** `best checkpoint`, `checkpoint of epoch 5` */
    checkpointOf: (kind: string) =>
      kind.startsWith('epoch-') ? `checkpoint of epoch ${kind.slice(6)}` : `${kind} checkpoint`,
    computedBy: (by: {
      readonly engine: string
      readonly engineVersion: string
      readonly device: string
      readonly precision: string
    }) => `${placeText(by)}, ${by.precision}`,
    changedMark: (value: number) => `${plural(value, 'file')} not as in the data set version`,
    changedFiles: (value: number) =>
      `${plural(value, 'file')} differed from this data set version: these numbers are for other images.`,
    failures: (value: number) => `${plural(value, 'file')} could not be read and are not counted.`,
    matrix: 'Confusion matrix',
    matrixLabel: (classes: number) =>
      `Confusion matrix of ${plural(classes, 'class', 'classes')}. Rows are true classes, columns predictions. Arrow keys move, Enter shows the images.`,
    predictions: 'Predictions',
    truths: 'True classes',
    cell: (
      value: number,
      truth: string,
      predicted: string,
      share: { readonly row: string; readonly column: string },
    ) =>
      `${plural(value, 'image')} of ${truth} predicted as ${predicted}: ${share.row} of ${truth}, ${share.column} of all predicted so`,
    sort: 'Order',
    sorts: {
      name: 'By name',
      errors: 'Most errors first',
      size: 'Largest first',
      similar: 'Confused together',
    },
    onlyErrors: 'Only errors',
    values: 'Cells show',
    valueNames: { counts: 'Counts', row: '% of the row', column: '% of the column' },
    pairs: 'Most confused pairs',
    morePairs: (shown: number, all: number) => `The first ${count(shown)} of ${plural(all, 'pair')}.`,
    fit: 'Whole matrix',
    zoomIn: 'Larger cells',
    zoomOut: 'Smaller cells',
    classes: 'Classes',
    backToClasses: '← All classes',
    columns: {
      class: 'Class',
      images: 'Images',
      precision: 'Precision',
      recall: 'Recall',
      f1: 'F1',
      truth: 'True class',
      predicted: 'Predicted as',
      count: 'Images',
      share: 'Of the class',
    },
    scores: ({ precision, recall, f1 }: Readonly<Record<'precision' | 'recall' | 'f1', string>>) =>
      `precision ${precision}, recall ${recall}, F1 ${f1}`,
    noErrors: 'No errors: every image was predicted correctly.',
    searchClass: 'Search classes',
    pictures: 'Images',
    allImages: 'All images',
    wrongImages: 'Wrong predictions',
    imagesOfCell: (truth: string, predicted: string) => `${truth} predicted as ${predicted}`,
    imagesOfClass: (truth: string) => `All of ${truth}`,
    imagesOfPredicted: (predicted: string) => `All predicted as ${predicted}`,
    order: {
      confidence: 'Most confident first',
      'least-confidence': 'Least confident first',
      worst: 'Worst first: most confident errors',
      hardest: 'Hardest first: lowest probability of the true class',
      position: 'In the data set’s order',
      name: 'By name',
      largest: 'Largest first',
      smallest: 'Smallest first',
      similar: 'Most like the open image first',
    },
    arrow: (truth: string, predicted: string) => `${truth} → ${predicted}`,
    noImages: 'No images in this cell.',
    full: 'Image',
    eachView: {
      title: 'Views',
      show: 'Show what each view says',
      computing: 'Looking at each view',
      view: 'View',
      name: (number: number, scale: number, whole: boolean, mirror: boolean) =>
        `${whole ? 'whole' : `crop ${count(number)}`}, scale ${scale}${mirror ? ', mirrored' : ''}`,
      agree: (same: number, all: number, name: string) =>
        `${count(same)} of ${plural(all, 'view')} ${same === 1 ? 'says' : 'say'} ${name}, as their mean does.`,
    },
    openData: 'Open in the data set',
    clear: 'Clear the selection',
  },
  try: {
    title: 'Try it',
    noRuns: 'There is no trained network yet',
    noRunsHint: 'Train a run for at least one epoch; then drop any picture here.',
    model: 'Network',
    checkpoint: 'Checkpoint',
    drop: 'Drop, paste or choose images',
    dropHint: 'JPEG, PNG, WebP, GIF, TIFF or AVIF. They stay on this machine.',
    choose: 'Choose images…',
    fromData: 'Or from the data set',
    draw: 'Others',
    clear: 'Clear',
    truth: (name: string) => `labeled ${name}`,
    known: (name: string, split: 'train' | 'validation' | 'test') =>
      `labeled ${name} in the data set${split === 'test' ? '' : split === 'train' ? ', an image it learned from' : ', an image the best epoch was chosen on'}`,
    seen: (name: string) => `${name}, with what the network sees of it`,
    opening: 'Opening the network…',
    notImages: (names: readonly string[]) =>
      `${names.join(', ')} ${names.length === 1 ? 'is not an image and was left out' : 'are not images and were left out'}.`,
    folder: 'Choose a folder…',
    changed: 'This file has changed since it was imported: this prediction is for another picture.',
    temperature: (value: number) => `temperature ${value.toFixed(3)}`,
    working: 'Looking…',
    noFiles: 'What you dropped contains no image files.',
    tooMany: (taken: number, all: number) => `Used: the first ${count(taken)} of ${plural(all, 'image')}.`,
    answers: 'Answers',
    learning: (done: number, total: number) =>
      `Learning what the training images look like: ${count(done)} of ${count(total)}`,
    like: 'Like what it learned from',
    unlike: 'Unlike what it learned from: the probabilities say little',
    farther: (share: number, images: number, split: 'train' | 'validation' | 'test') =>
      `Its nearest training images are farther than those of ${share <= 0 ? 'none' : share >= 1 ? 'all' : percent(share)} of ${plural(images, `${split === 'train' ? 'training' : split} image`)}.`,
    nearest: (name: string) => `Near in the network’s features: ${name}`,
  },
  calibrated: {
    label: 'Calibrated probabilities',
    fitted: (temperature: number, images: number) =>
      `temperature ${temperature.toFixed(3)}, fitted on ${plural(images, 'validation image')}`,
  },
  export: {
    title: 'Export',
    of: (run: string) => `Export of ${run}`,
    start: 'Export',
    format: 'Format',
    formats: {
      onnx: 'ONNX',
      'onnx-fp16': 'ONNX, half precision',
      'onnx-int8': 'ONNX, 8-bit integers',
      tfjs: 'TensorFlow.js',
      savedmodel: 'TensorFlow (SavedModel)',
      safetensors: 'PyTorch (safetensors)',
    },
    formatHints: {
      onnx: 'One file for ONNX Runtime, browsers, phones and servers, with labels and preprocessing inside.',
      'onnx-fp16': 'Half the size, for GPUs and phones; probabilities may differ by a hundredth.',
      'onnx-int8':
        'A quarter of the size, and faster on processors with instructions for it. Some answers change: how many is measured.',
      tfjs: 'A graph model for web pages, which runs on a visitor’s GPU or processor, with a page that shows how.',
      savedmodel: 'For TensorFlow and its servers, with the variables in files beside the graph.',
      safetensors:
        'Weights under torchvision’s names, and the network as a PyTorch program, to train further or to load.',
    },
    formatSize: (size: string) => `${size} model`,
    /** On a card; what it is good for is said below. */
    formatUses: {
      onnx: 'runs anywhere',
      'onnx-fp16': 'for GPUs and phones',
      'onnx-int8': 'smallest, for CPUs',
      tfjs: 'for web pages',
      savedmodel: 'for TensorFlow’s servers',
      safetensors: 'for PyTorch',
    },
    weights: 'Weights',
    weightTypes: {
      float32: '32-bit floats',
      float16: '16-bit floats',
      uint8: '8-bit integers',
    },
    weightsHint:
      'They are 32-bit floats again once the model is open: fewer bits make the download smaller, not the network faster.',
    calibrated: 'Probabilities',
    calibratedHint:
      'Divides the logits by the temperature that was fitted on the validation images; no answer changes.',
    folder: 'Where to',
    homeFolder: 'The studio’s folder',
    homeFolderHint: 'From there you can download it.',
    choose: 'Choose a folder…',
    files: 'What is inside',
    moved: 'The folder was moved or deleted. Export again.',
    preparation: 'Preprocessing',
    preparations: { outside: 'Beside the model', inside: 'Inside the model' },
    preparationHints: {
      outside: 'The model takes normalized crops and gives logits; the programs beside it prepare them.',
      inside: 'The model takes 8-bit RGB pictures of any size and gives probabilities.',
    },
    dense: 'Look at whole images',
    denseHint:
      'The network as it is applied densely to images of any size, instead of to their middle. Not every network has this form.',
    certificate: 'Certificate',
    certificateHint:
      'Other programs opened the export and were run over the same image files as the run’s own network.',
    noCertificate: 'Exports of version 0.1 have none. Export again to have one.',
    passed: (tolerance: number) =>
      `Same answers as the run, to within ${tolerance.toExponential(0)} in probability`,
    passedReduced: (difference: number, tolerance: number) =>
      `Answers differ by at most ${Number(difference.toPrecision(2))} in probability, where ${tolerance} is allowed`,
    failed: 'Its answers differ: do not use this export, and please report it',
    runtime: 'Opened by',
    /** What opened an export, by its package. */
    runtimeOf: (name: string) => runtimes[name] ?? name,
    largest: 'Largest difference',
    mean: 'Mean',
    sameTop: 'Same answer',
    right: 'Right',
    time: 'Per picture',
    of2: (value: number, all: number) => `${count(value)} of ${count(all)}`,
    milliseconds: (value: number) => `${value < 10 ? value.toFixed(1) : count(Math.round(value))} ms`,
    sourceRight: (value: number, all: number) =>
      `The run’s network is right for ${count(value)} of ${count(all)} ${all === 1 ? 'image' : 'images'} with a label, ${all === 1 ? 'which was not' : 'none of which was'} trained on.`,
    worst: (difference: number, runtime: string) =>
      `Where they differ most: by ${difference.toExponential(1)} (${runtimes[runtime] ?? runtime})`,
    beside: 'Beside single precision',
    besideModel: 'Model',
    besideKinds: ['Single precision', 'This export'],
    besideRight: (images: number) => `Right, of ${count(images)}`,
    besideSize: 'Size of the model',
    besideTime: 'Model alone, a picture',
    besideDifference: (difference: string, low: string, high: string, images: number) =>
      `Accuracy: ${difference} points, 95% interval ${low} to ${high}, on ${plural(images, 'image')} that the network was not trained on.`,
    besideClock: 'Times are of this machine’s CPU.',
    besideAlike: 'Its weights are 32-bit floats again when it is opened: it takes as long.',
    besideWarnings: {
      slower: 'It is slower than single precision on this machine.',
      'less-accurate': 'On these images it loses more than 0.3 points of accuracy.',
      'perhaps-less-accurate':
        'On these images it loses more than 0.3 points of accuracy. They are too few to tell whether it does on others.',
      'too-few-images': 'These are too few images to tell whether it loses 0.3 points of accuracy.',
    },
    answers: (source: string, exported: string) =>
      source === exported ? `Both say ${source}` : `The run says ${source}, the export ${exported}`,
    snippet: 'Load it',
    download: 'Download as ZIP',
    reveal: 'Show in the folder',
  },
  settings: {
    title: 'Settings',
    devices: 'Devices',
    devicesHint:
      'Where training can run, fastest first, by how fast each trains a network A at 64 pixels. Unless a run names a device, the two that look best are tried with its own network, and the faster is taken.',
    measure: 'Measure the speed',
    measuring: (done: number, total: number) => `Measuring, ${done + 1} of ${total}…`,
    notMeasured: 'not measured',
    inPrecision: (precision: string, text: string) => `${precision}: ${text}`,
    speed: (value: number) =>
      `${(value / 1e9).toFixed(value < 1e10 ? 1 : 0)} billion multiply-adds per second`,
    unusable: 'Not usable',
    engines: 'Engines',
    enginesHint: 'Additional engines. They are installed into the data folder and used from then on.',
    engineCopy: (version: string, size: string) => `Installed: ${version}, ${size}`,
    engineUnused: 'not used, since another copy takes precedence',
    engineSizes: (download: string, disk: string) => `${download} to download, ${disk} on disk`,
    install: 'Install',
    installEngine: (title: string) => `Install ${title}`,
    installVariant: (title: string, variant: string) => `Install ${title} (${variant})`,
    removeEngine: (title: string) => `Remove ${title}`,
    weights: 'Pretrained weights',
    weightsHint:
      'Networks that others have trained, for runs to start from. Anything made from them carries their license.',
    weightsFacts: (size: string, license: string | null, top1: string | null) =>
      [
        size,
        license ?? 'license unknown',
        ...(top1 === null ? [] : [`${top1} on ImageNet (n = 50,000)`]),
      ].join(', '),
    weightsFile: 'A file of weights on this machine',
    weightsUnsaid: 'If the file does not say how images are prepared',
    weightsAsk: 'say so, and import nothing',
    weightsTry: (dataset: string) => `try what is known on images of ${dataset}`,
    importWeights: 'Import',
    weightsPrepared: (id: string, how: 'known' | 'named' | 'chosen' | 'proposed') =>
      `Images are prepared as “${id}”: ${{ known: 'known by the file', named: 'as files of this name want', chosen: 'chosen', proposed: 'proposed, since it fits training images best' }[how]}.`,
    tried: {
      preprocessing: 'Prepared as',
      loss: 'Loss',
      behind: 'Above the best',
      result: 'Left out',
      verdict: (alike: readonly string[]) =>
        alike.length > 1
          ? `Each image was classified by all others. They do not tell ${alike.join(', ')} apart (95%): where the makers of the weights say how they prepared images, go by that. A new run can choose.`
          : 'Each image was classified by all others. The first differs significantly from the rest (95%).',
    },
    getWeights: (title: string) => `Get ${title}`,
    removeWeights: (name: string) => `Remove ${name}`,
    storage: 'Data folder',
    storageRows: {
      runs: 'Runs and checkpoints',
      exports: 'Exports',
      engines: 'Engines',
      cache: 'Thumbnails and decoded images',
      registry: 'Registry',
    },
    free: (text: string) => `${text} free on this disk`,
    emptyCache: 'Empty the cache',
    emptied: 'The cache is empty; it fills again as needed.',
    theme: 'Theme',
    themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
    notifications: 'Tell me when a run ends',
    samples: 'Offer the sample data sets',
    about: 'About',
    version: 'Version',
    machine: 'Machine',
    place: (engine: string, device: string) => placeText({ engine, device }),
    cores: (value: number) => plural(value, 'core'),
    memory: (text: string) => `${text} of memory`,
    copyDiagnostics: 'Copy diagnostics',
    diagnosticsHint:
      'For a report of something that went wrong: versions, this machine, and recipes, errors and logs of the latest runs. Without images, names that you gave, and paths outside the application’s folder.',
    diagnosticsCopied: 'Diagnostics copied.',
  },
} as const
