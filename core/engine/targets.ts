/**
 * Label distributions for the loss: (1−ε)·one-hot + ε/K (Szegedy et al. 2016, §7).
 *
 * @returns N×K, rows sum to 1
 */
export function targetDistributions(labels: Int32Array, classes: number, smoothing: number): Float32Array {
  const targets = new Float32Array(labels.length * classes).fill(smoothing / classes)
  labels.forEach((label, image) => {
    targets[image * classes + label]! += 1 - smoothing
  })
  return targets
}

/** How many rows of `logits` (N×K) are highest at their label. A tie does not count: nothing was decided. */
export function countCorrect(logits: Float32Array, labels: Int32Array): number {
  const classes = logits.length / labels.length
  let correct = 0
  labels.forEach((label, image) => {
    const row = logits.subarray(image * classes, (image + 1) * classes)
    const own = row[label]!
    if (row.every((value, index) => index === label || value < own)) correct++
  })
  return correct
}
