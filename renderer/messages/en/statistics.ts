import { count, percent } from './formats.ts'
import { plural } from './common.ts'

export const statistics = {
  title: 'How sure it is',
  parts: { calibration: 'Calibration', thresholds: 'Thresholds', curves: 'Curves', slices: 'Slices' },
  n: (images: number) => `n = ${count(images)}`,
  difference: {
    title: 'What the difference means',
    otherProtocols:
      'Evaluate them by a common protocol: then this says which network is better, and by how much.',
    seeds: 'Settings over seeds',
    seedsHint: 'Runs that differ by their seed alone are one setting.',
    spread: (mean: string, deviation: string | null, n: number) =>
      `${mean}${deviation === null ? '' : ` ± ${deviation}`} (mean ± SD, n = ${count(n)})`,
    setting: (place: number, points: string, fewer: string, interval: string | null) =>
      interval === null
        ? `Setting ${place} against the first: ${points} points ${fewer}; no interval with a single seed.`
        : `Setting ${place} against the first: ${points} points ${fewer}, 95% ${interval} (Welch).`,
    run: 'Run three seeds',
    runHint: 'Trains each of these settings with further seeds until it has three.',
    started: (jobs: number) =>
      jobs === 0 ? 'They have three seeds already.' : `${plural(jobs, 'run')} queued.`,
  },
  calibration: {
    before: 'As the network says',
    after: (temperature: number) => `With temperature ${temperature.toFixed(2)}`,
    diagram: 'Reliability: how often it is right, by how sure it is',
    confidence: 'Confidence',
    accuracy: 'Right',
    error: 'Expected calibration error',
    interval: (low: number, high: number) => `95% ${percent(low)} to ${percent(high)}`,
    floor: (value: number) => `noise floor ${percent(value)}`,
    floorHint:
      'What a perfectly calibrated network with these confidences would show on this many images, on average.',
    width: '15 bins of equal width',
    mass: '15 bins of equal mass',
    brier: 'Brier score',
    brierHint: 'Mean of Σ (p − y)² over the classes: 0 is perfect, 2 the worst.',
    likelihood: 'Negative log-likelihood',
    fit: 'Calibrate',
    fitting: 'Calibrating…',
    none: 'No temperature has been fitted for this checkpoint and protocol. It is fitted on the validation images, and changes no answer.',
    fitted: (images: number, temperature: number) =>
      `Temperature ${temperature.toFixed(3)}, fitted on ${plural(images, 'validation image')}; prediction and export use it on request.`,
    near: (images: number, groups: number) =>
      `${plural(images, 'image')} in ${plural(groups, 'near-duplicate group')} are resampled together.`,
  },
  thresholds: {
    title: 'Answer only when confident',
    threshold: 'Confidence of at least',
    sentence: (threshold: string, right: string, coverage: string) =>
      `Above ${threshold}: ${right} right, ${coverage} of the images`,
    nothing: (threshold: string) => `Above ${threshold} it answers no image`,
    right: 'Right, of those that are answered',
    answered: 'Answered, of all images',
  },
  curves: {
    class: 'Class',
    roc: 'ROC',
    rocX: 'False positive rate',
    rocY: 'True positive rate',
    pr: 'Precision–recall',
    prX: 'Recall',
    prY: 'Precision',
    area: (value: string) => `area ${value}`,
    average: (value: string) => `average precision ${value}`,
    hint: 'One class against the rest. Average precision is Σ (Rₙ − Rₙ₋₁) Pₙ, without interpolation.',
    of: (positives: number, all: number) => `n = ${count(positives)} of ${count(all)}`,
    columns: {
      class: 'Class',
      images: 'Images',
      roc: 'ROC area',
      average: 'Average precision',
      error: 'Calibration error',
    },
  },
  slices: {
    by: 'Slice by',
    kinds: {
      size: 'Shorter side, pixels',
      'aspect-ratio': 'Aspect ratio, width by height',
      brightness: 'Brightness, 0–255',
      sharpness: 'Sharpness',
      'split-source': 'Source of the split',
      class: 'Class',
      saved: 'Saved slices',
    },
    sources: { given: 'Stated by the source', drawn: 'Drawn by the studio' },
    columns: { slice: 'Slice', images: 'Images', interval: '95% interval' },
    below: (value: string) => `below ${value}`,
    above: (value: string) => `${value} and more`,
    between: (low: string, high: string) => `${low} to ${high}`,
    all: 'All',
    selection: (images: number) => plural(images, 'chosen image'),
    unknown: (images: number) => `Unknown for ${plural(images, 'image')}.`,
    save: 'Save the images in view as a slice',
    saveRange: 'Save',
    name: 'Name of the slice',
    saved: (name: string) => `Saved as “${name}”.`,
    remove: (name: string) => `Delete the slice ${name}`,
    none: 'No slices are saved yet: save a range here, or a selection of images above.',
    better: 'better',
    worse: 'worse',
  },
  report: { save: 'Report', hint: 'One file to send: opens offline, with pictures and plots inside.' },
} as const
