import { count } from './formats.ts'
import { plural } from './common.ts'

export const complexity = {
  title: 'Complexity',
  runs: 'Runs',
  runsHint: 'Select the runs to set beside each other.',
  noRuns: 'No trained runs yet: they appear here with their errors.',
  networks: 'Networks beside them',
  networksHint: 'What any network costs. They have no error, and appear below the others.',
  network: 'Network',
  crop: 'Crop',
  usualCrop: 'usual',
  add: 'Add',
  remove: (title: string) => `Remove ${title}`,
  classes: (value: number) => `with ${plural(value, 'class', 'classes')}, as the first run`,
  all: 'Show all networks',
  nothing: 'Nothing to compare yet',
  nothingHint: 'Select runs, or add networks to see what they cost.',
  basis: 'Measured on',
  basisOf: (kind: 'evaluations' | 'validation' | 'nearest', of: string, protocol: string, runs: number) => {
    const how = {
      evaluations: protocol,
      validation: `best epoch, ${protocol}`,
      nearest: 'the closest protocols',
    }[kind]
    return `${of}: ${how} (${plural(runs, 'run')})`
  },
  imagesOf: (dataset: string | null, split: string, images: number | null) =>
    `${images === null ? '' : `${count(images)} `}${split.toLowerCase()} images of ${dataset ?? 'a deleted data set'}`,
  chosenHint: 'The best epoch was chosen on these images: expect slightly worse on others.',
  unlike: 'These numbers were not measured by the same protocol; these are the closest. Differences:',
  others: 'The same protocol, but different in other ways.',
  evaluate: (runs: number) =>
    runs === 1 ? 'Evaluate the other run the same way' : `Evaluate the other ${runs} runs the same way`,
  logarithmic: 'Logarithmic',
  xAxis: 'G multiply-adds, forward, one image',
  area: 'Area: parameters',
  millions: (value: number) => `${value} M`,
  thousands: (value: number) => `${value} k`,
  strip: 'no error yet',
  figure: (points: number, error: string) => `Operations against ${error}, ${plural(points, 'network')}`,
  hover: 'Point at a circle, or walk to it with the Tab key, to see its figures. Enter opens it.',
  said: (values: readonly string[]) => values.join(', '),
  columns: {
    name: 'Network',
    crop: 'Crop',
    depth: 'Weight layers',
    multiplyAdds: 'G multiply-adds',
    parameters: 'M parameters',
    trained: 'Training images/s',
    evaluated: 'Evaluated images/s',
    memory: 'Memory in training',
    device: 'Trained on',
  },
  speedHint: 'Median of its epochs, forward and backward, on the device where it trained last.',
  evaluatedHint: 'Of this evaluation: all views of an image are one image.',
  memoryHint: 'The most that its process held; of the device, where that has its own.',
  inMemory: (process: string, device: string | null) =>
    device === null ? process : `${process}, device ${device}`,
  pixels: (value: number) => `${count(value)} px`,
  csv: 'CSV',
} as const
