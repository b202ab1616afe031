import { count, duration, roughly } from './formats.ts'
import { plural } from './common.ts'
import { placeText } from './places.ts'

export const runs = {
  runs: {
    title: 'Runs',
    new: 'New run',
    emptyTitle: 'No runs yet',
    empty:
      'A run trains one network on one data set. It keeps its recipe, curves, checkpoints, evaluations and exports.',
    lost: (runs: readonly string[]) => ({
      message: `${runs.join(', ')}: ${runs.length === 1 ? 'this run is' : 'these runs are'} in the home folder but not in this list.`,
      hint: 'The registry was lost or is an older one. Nothing of these runs is overwritten.',
    }),
    rebuilt: ({
      kept,
      rows,
      restored,
    }: {
      readonly kept: string
      readonly rows: number
      readonly restored: readonly string[]
    }) => ({
      message: `The registry was damaged and has been rebuilt: ${plural(rows, 'entry', 'entries')} could still be read${
        restored.length > 0 ? `, and from their folders: ${restored.join(', ')}` : ''
      }.`,
      hint: `The damaged file is kept as ${kept}. Import data sets again that are missing in Data; evaluations and exports that are missing can be made again.`,
    }),
    recover: 'Restore',
    recovered: (names: readonly string[], failed: readonly { readonly reason: string }[]) =>
      [
        ...(names.length > 0 ? [`Restored: ${names.join(', ')}.`] : []),
        ...failed.map(({ reason }) => reason),
      ].join(' '),
    nothing: 'No runs match this search.',
    search: 'Search names, notes and tags',
    archived: 'Archived',
    columns: {
      name: 'Name',
      status: 'State',
      dataset: 'Data set',
      config: 'Network',
      epochs: 'Epochs',
      loss: 'Best epoch’s loss',
      duration: 'Duration',
      created: 'Started',
      tags: 'Tags',
    },
    plans: {
      title: 'Plans',
      open: (value: number) => plural(value, 'plan'),
      emptyTitle: 'No plans yet',
      empty:
        'A plan is several trainings as one: the paper’s stages, or a sweep over settings. A new run can be one.',
      kind: 'What it is',
      kinds: { chain: 'In stages', sweep: 'Sweep' },
      deleteOf: (name: string) => `Delete ${name}`,
      deleteHint: 'Forgets the plan. Its runs stay.',
      busyHint: 'Stop it first.',
      deleted: (name: string) => `Deleted: ${name}. Its runs stay.`,
    },
    select: (name: string) => `Select ${name}`,
    selectAll: 'Select all',
    selected: (value: number) => `${value} selected`,
    compare: 'Compare',
    choose: 'Columns',
    compareHint: 'Select two to six runs to compare them.',
    archive: 'Archive',
    unarchive: 'Unarchive',
    delete: 'Delete',
    named: (runs: readonly { readonly name: string }[]) =>
      runs.length === 1 ? runs[0]!.name : plural(runs.length, 'run'),
    deleted: (what: string) => `Deleted: ${what}.`,
    restored: (what: string) => `Restored: ${what}.`,
    archivedNote: (what: string) => `Archived: ${what}.`,
    unarchivedNote: (what: string) => `Unarchived: ${what}.`,
    noDataset: 'deleted',
    statuses: {
      queued: 'Waiting',
      running: 'Running',
      paused: 'Paused',
      completed: 'Done',
      stopped: 'Stopped',
      interrupted: 'Interrupted',
      failed: 'Failed',
    },
    first: (shown: number, all: number) =>
      `The first ${count(shown)} of ${count(all)}. Search to find the others.`,
  },
  run: {
    pause: 'Pause',
    resume: 'Resume',
    stop: 'Stop',
    stopHint: 'Saves a checkpoint and stops. You can resume later.',
    startAgain: (changes: readonly string[]) => `Start again with ${changes.join(' and ')}`,
    again: 'Again with changes',
    againHint: 'A new run with this one’s data set and settings; change what you like.',
    likeRun: (run: string) => `like ${run}, with`,
    unchanged: 'nothing changed',
    lineage: 'Lineage',
    partOf: (part: number, plan: string) => `part ${part} of ${plan}`,
    changedFrom: (change: string, from: string | null) =>
      from === null || from === 'null' ? change : `${change} (was ${from})`,
    moreChanges: (more: number) => ` and ${more} more`,
    likeHint: (name: string, changes: readonly string[]) =>
      changes.length === 0 ? `The same as “${name}”` : `Like “${name}”, but with ${changes.join(', ')}`,
    ofVersion: (name: string, version: number) => `${name} v${version}`,
    onDataset: (name: string, version: number) => `on ${name} v${version}`,
    epochOf: (epoch: number, epochs: number) => `Epoch ${epoch} of ${epochs}`,
    images: (done: number, total: number) => `${count(done)} of ${plural(total, 'image')}`,
    tabs: { curves: 'Curves', log: 'Log', recipe: 'Recipe', network: 'Network', results: 'Results' },
    loss: 'Loss',
    lossUnit: 'Cross-entropy, nats',
    shareUnit: (name: string) => `${name}, % of images`,
    training: (smooth: boolean) => `training, per update${smooth ? ' (smoothed)' : ''}`,
    trainingEpoch: 'training, per epoch',
    validation: 'validation',
    smooth: 'Smooth',
    smoothHint: 'Shows the exponential mean of the updates (0.9) in place of each one.',
    outside: (points: number) => `${plural(points, 'point')} outside`,
    outsideHint:
      'They would flatten the rest of the curve. A logarithmic axis shows them, and so does zooming in on them.',
    whole: 'Whole curve',
    endedHere: 'training failed here',
    log: 'Logarithmic',
    bestMark: (epoch: number, value: string) => `best epoch ${epoch}: ${value}`,
    ofImages: (training: number | undefined, validation: number | undefined) => {
      const parts = [
        ...(training === undefined ? [] : [`${count(training)} training`]),
        ...(validation === undefined ? [] : [`${count(validation)} validation`]),
      ]
      return parts.length === 0
        ? ''
        : `n = ${parts.join(', ')} ${(validation ?? training) === 1 ? 'image' : 'images'}`
    },
    rate: 'Learning rate',
    throughput: 'Images/s',
    wait: 'Data wait',
    memory: 'Memory',
    memoryOf: { process: 'process', device: 'device' },
    epochUnit: 'Epoch',
    noCurve: 'The curves begin with the first update.',
    trying: (place: string, number: number, total: number) =>
      `${place}, ${number} of ${total}; the training begins afterwards`,
    skipTrials: 'Skip the trials',
    skipTrialsHint: 'What this machine has shown decides where it trains.',
    waitingInQueue: 'This run waits in the queue. It starts when the device is free.',
    batch: 'Last batch, as the network saw it',
    batchOf: (epoch: number, size: number) => `Epoch ${epoch}, ${plural(size, 'image')} in the batch`,
    batchEmpty: 'Pictures come with the first update.',
    refresh: 'Refresh',
    checkpoints: 'Checkpoints',
    checkpointKinds: { best: 'Best', last: 'Last' },
    checkpointEpoch: (epoch: number) => `epoch ${epoch}`,
    noCheckpoints: 'The first checkpoint is saved at the end of the first epoch.',
    neverSaved: 'None: the run failed before the first one was saved.',
    try: 'Try',
    evaluate: 'Evaluate',
    startFrom: 'New run from here',
    notes: 'Note',
    notesPlaceholder: 'What is this run for? What came out?',
    addTag: 'Add a tag',
    removeTag: (tag: string) => `Remove the tag ${tag}`,
    logEmpty: 'Nothing to report yet.',
    evaluations: 'Evaluations',
    noEvaluations:
      'Not evaluated yet. An evaluation measures the error on images that the network has never seen.',
    exports: 'Exports',
    noExports:
      'Not exported yet. An export is a model file with labels and preprocessing inside, proven equal to this run.',
    changedFiles: (value: number, first: readonly string[]) =>
      `${value} not as in the data set version: ${first.join(', ')}${value > first.length ? ' …' : ''}`,
    facts: {
      dataset: 'Data set',
      changed: 'Files',
      device: 'Device',
      precision: 'Precision',
      parameters: 'Parameters',
      last: 'Last loss',
      parent: 'Started from',
      plan: 'Plan',
      license: 'License',
      time: 'Time',
    },
    place: (
      at: {
        readonly engine: string
        readonly device: string
        readonly precision: string
        readonly threads: number
        readonly microBatch?: number
      },
      firstMicroBatch: number | null,
    ) =>
      [
        placeText({ engine: at.engine, device: at.device }),
        at.precision,
        plural(at.threads, 'thread'),
        ...(at.microBatch === undefined ? [] : [`${plural(at.microBatch, 'image')} at once`]),
        ...(firstMicroBatch === null ? [] : [`${firstMicroBatch} until memory ran out`]),
      ].join(', '),
    interrupted: 'The run was interrupted. Its last checkpoint is safe.',
    failed: 'The run failed.',
    ended: (epochs: number, planned: number, seconds: number | null) =>
      `${count(epochs)} of ${plural(planned, 'epoch')}${seconds === null ? '' : ` in ${duration(seconds)}`}`,
    perEpoch: (seconds: number) => `${roughly(seconds)} per epoch`,
    bestOf: (value: string, epoch: number, images: number | undefined, worse: string) =>
      `${value} in epoch ${epoch}${images === undefined ? '' : ` (n = ${plural(images, 'validation image')})`}, which was chosen on these images: expect ${worse} on others`,
    table: {
      title: 'Epochs',
      epoch: 'Epoch',
      trainingLoss: 'Training loss',
      trainingImages: 'n',
      validationLoss: 'Validation loss',
      validationImages: 'n',
      rate: 'Rate',
      speed: 'Images/s',
      seconds: 'Time',
    },
    rename: 'Name of the run',
    seeds: {
      title: 'Seeds',
      hint: 'Runs that differ by their seed alone are one setting: its mean and standard deviation say how much of a difference is luck.',
      seed: (value: number | null) => (value === null ? 'no seed' : `seed ${value}`),
      single: 'One run says little about a setting: another seed would give another number.',
      waiting: (runs: number) => `${plural(runs, 'run')} to come…`,
      evaluated: (title: string, images: number, split: string) =>
        `${title} on ${count(images)} ${split.toLowerCase()} images`,
      evaluate: (runs: number) =>
        runs === 1 ? 'Evaluate the other run the same way' : `Evaluate the other ${runs} runs the same way`,
    },
  },
  compare: {
    title: 'Compare',
    choose: 'Choose two to six runs',
    add: 'Add a run',
    latest: 'Compare the two latest',
    baseline: 'baseline',
    baselineHint: 'The others are compared with it. By default it is the run that started first.',
    swap: 'Swap',
    asBaseline: (name: string) => `Make ${name} the baseline`,
    chooseHint: 'Choose them here, or select them in the table of runs.',
    nothing: 'There are no two runs yet',
    nothingHint: 'Once there are, their settings, curves and answers stand side by side here.',
    runs: 'Runs compared',
    against: (first: string) => `Compared with ${first}`,
    settings: 'What differs',
    same: 'These runs have the same settings.',
    classes: 'Change per class',
    classesHint: (first: string, second: string, protocol: string) =>
      `Recall of ${second} minus that of ${first}, in points. ${protocol}`,
    noEvaluations: 'These runs have no evaluation on the same images yet.',
    noEvaluationsHint: 'With one, they can be compared class by class and image by image.',
    evaluating: (value: number) => `${plural(value, 'evaluation')} running or waiting`,
    untrained: 'One of these runs has no checkpoint yet: it can be evaluated after its first epoch.',
    images: 'Images that tell them apart',
    onlyFirst: (name: string) => `Only ${name} right`,
    onlySecond: (name: string) => `Only ${name} right`,
    neither: 'Neither right',
    differ: 'All that differ',
    setting: 'Setting',
    evaluate: 'Evaluate them',
    validationLoss: 'Validation loss',
    tooMany: 'At most six runs can be compared.',
    noImages: 'No such image.',
    bestHint: 'The best epoch was chosen on these validation images: expect slightly worse on others.',
  },
} as const
