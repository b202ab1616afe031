/** What shares of images are told as. */
export const metric = {
  metric: {
    title: 'Numbers',
    choices: { error: 'Error', accuracy: 'Accuracy' },
    hint: 'Applies everywhere: charts, tables, comparisons, reports and the command line.',
    name: { error: 'Error', accuracy: 'Accuracy' },
    top1: { error: 'Top-1 error', accuracy: 'Top-1 accuracy' },
    top5: { error: 'Top-5 error', accuracy: 'Top-5 accuracy' },
    within: { error: 'top-1 error', accuracy: 'top-1 accuracy' },
    within5: { error: 'top-5 error', accuracy: 'top-5 accuracy' },
    best: { error: 'Best top-1 error', accuracy: 'Best top-1 accuracy' },
    test: { error: 'Test error', accuracy: 'Test accuracy' },
    ofK: { error: 'Error of the k best answers', accuracy: 'Accuracy of the k best answers' },
    training: { error: 'Training error', accuracy: 'Training accuracy' },
    validation: { error: 'Validation top-1 error', accuracy: 'Validation top-1 accuracy' },
    bestValidation: { error: 'Best validation top-1 error', accuracy: 'Best validation top-1 accuracy' },
    slightlyWorse: { error: 'a slightly higher error', accuracy: 'a slightly lower accuracy' },
    better: { error: 'less error', accuracy: 'more accuracy' },
    worse: { error: 'more error', accuracy: 'less accuracy' },
    axis: {
      error: (first: string, second: string) =>
        `Error of ${first} minus that of ${second} in points, with 95% interval`,
      accuracy: (first: string, second: string) =>
        `Accuracy of ${second} minus that of ${first} in points, with 95% interval`,
    },
  },
} as const
