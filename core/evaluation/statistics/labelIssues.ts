import type { Scores } from './scores.ts'

/** What makes of images suspects: the probabilities of a network that has not learned from them. */
type Judged = Pick<Scores, 'images' | 'classes' | 'labels' | 'probabilities'>

/** An image whose label is probably wrong. */
export interface LabelIssue {
  /** Index among the judged images. */
  readonly image: number
  /** The class with the highest probability, which is another one than its label. */
  readonly suggested: number
  /** Probabilities of its label and of the suggestion. */
  readonly ownProbability: number
  readonly suggestedProbability: number
}

/** Probabilities this close count as equal. */
const slack = 1e-6

/**
 * Images whose labels are probably wrong, by confident learning (Northcutt, Jiang and Chuang 2021) as cleanlab 2.9 does it
 * by default (`find_label_issues`, `prune_by_noise_rate`): the joint counts of given and true labels are estimated from
 * images that are surer of a class than its images are in the mean, and of each pair of classes as many are taken as
 * are counted, those with the greatest margin; images whose label is the most probable class are not.
 *
 * @returns the least probability of the label first
 */
export function labelIssues(judged: Judged): readonly LabelIssue[] {
  const { images, classes, labels, probabilities } = judged
  if (images === 0) return []
  const at = (image: number, label: number): number => probabilities[image * classes + label]!
  const byClass = Array.from({ length: classes }, (): number[] => [])
  labels.forEach((label, image) => byClass[label]!.push(image))
  const counts = leavingOneRight(calibratedJoint(confidentJoint(judged, byClass), byClass))
  const issues: LabelIssue[] = []
  byClass.forEach((members, own) => {
    if (members.length < 2) return
    const taken = new Set<number>()
    for (let other = 0; other < classes; other++) {
      const count = counts[other]![own]!
      if (other === own || count <= 0) continue
      const margin = (image: number): number => at(image, other) - at(image, own)
      const worst = members.toSorted((a, b) => margin(b) - margin(a) || a - b)
      for (const image of worst.slice(0, count)) taken.add(image)
    }
    for (const image of taken) {
      const suggested = highestWithout(judged, image, own)
      const [ownProbability, suggestedProbability] = [at(image, own), at(image, suggested)]
      // The first of equal classes counts as the most probable.
      const raised = ownProbability + slack
      if (raised > suggestedProbability || (raised === suggestedProbability && own < suggested)) continue
      issues.push({ image, suggested, ownProbability, suggestedProbability })
    }
  })
  return issues.sort((a, b) => a.ownProbability - b.ownProbability || a.image - b.image)
}

function highestWithout({ classes, probabilities }: Judged, image: number, label: number): number {
  let highest = label === 0 ? 1 : 0
  for (let other = highest + 1; other < classes; other++)
    if (
      other !== label &&
      probabilities[image * classes + other]! > probabilities[image * classes + highest]!
    )
      highest = other
  return highest
}

/** Counts, [given label][estimated label]: images surer of a class than its own images are in the mean. */
function confidentJoint(
  { images, classes, labels, probabilities }: Judged,
  byClass: readonly (readonly number[])[],
): number[][] {
  const thresholds = byClass.map((members, label) => {
    if (members.length === 0) return Infinity
    const sum = members.reduce((total, image) => total + probabilities[image * classes + label]!, 0)
    return Math.max(2 * slack, sum / members.length) - slack
  })
  const joint = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  for (let image = 0; image < images; image++) {
    const start = image * classes
    let [confident, first, highest] = [0, -1, 0]
    for (let label = 0; label < classes; label++) {
      const value = probabilities[start + label]!
      if (value > probabilities[start + highest]!) highest = label
      if (value < thresholds[label]!) continue
      confident++
      if (first < 0) first = label
    }
    if (confident > 0) joint[labels[image]!]![confident > 1 ? highest : first]!++
  }
  joint.forEach((row, label) => (row[label] = Math.max(1, row[label]!)))
  return joint
}

/** Scaled so that each row counts all images of its label, in whole numbers. */
function calibratedJoint(
  joint: readonly (readonly number[])[],
  byClass: readonly (readonly number[])[],
): number[][] {
  const scaled = joint.map((row, label) => {
    const total = sumOf(row)
    return row.map((count) => (count / total) * byClass[label]!.length)
  })
  const all = sumOf(scaled.map(sumOf))
  const images = sumOf(byClass.map(({ length }) => length))
  return scaled.map((row) => roundedTogether(row.map((count) => (count / all) * images)))
}

/** Counts, [estimated label][given label], in which each class keeps an image that is labeled rightly. */
function leavingOneRight(joint: readonly (readonly number[])[]): number[][] {
  const classes = joint.length
  const more = joint.map((row, label) => Math.max(1, row[label]!) - row[label]!)
  const others = joint.map((row) => Math.max(1, row.filter((count) => count !== 0).length - 1))
  const counts = Array.from({ length: classes }, (_, truth) =>
    joint.map((row, given) =>
      truth === given ? Math.max(1, row[given]!) : Math.max(0, row[truth]! - more[given]! / others[given]!),
    ),
  )
  return counts.map(roundedTogether)
}

/** Whole numbers with the rounded sum of the values: those that rounding changed most are rounded the other way. */
function roundedTogether(values: readonly number[]): number[] {
  const rounded = values.map(halfToEven)
  const wanted = halfToEven(sumOf(values))
  for (let missing = wanted - sumOf(rounded); missing !== 0; missing = wanted - sumOf(rounded)) {
    const rest = (index: number): number => values[index]! - rounded[index]!
    const order = [...values.keys()].sort((a, b) => rest(a) - rest(b) || a - b)
    if (missing > 0) order.reverse()
    for (const index of order.slice(0, Math.abs(missing))) rounded[index]! += Math.sign(missing)
  }
  return rounded
}

function halfToEven(value: number): number {
  const below = Math.floor(value)
  const part = value - below
  if (part !== 0.5) return part < 0.5 ? below : below + 1
  return below % 2 === 0 ? below : below + 1
}

const sumOf = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
