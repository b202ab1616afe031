/** What the system shows of the application, in English. */
export const texts = {
  name: 'VGG Studio',
  chooseFolder: 'Choose a folder',
  choose: 'Choose',
  close: {
    message: (runs: number) => (runs === 1 ? 'A run is in training.' : `${runs} runs are in training.`),
    detail: 'Stopped runs are saved first, and can be resumed where they were.',
    stop: 'Stop and Save',
    keep: 'Keep Training',
    cancel: 'Cancel',
  },
  tray: {
    open: 'Open VGG Studio',
    quit: 'Stop Training and Quit',
    tooltip: (percent: number | null) =>
      percent === null ? 'VGG Studio' : `VGG Studio: ${percent} % trained`,
  },
  ended: {
    completed: 'Complete.',
    stopped: 'Stopped and saved.',
    interrupted: 'Interrupted.',
    failed: 'Failed.',
  } as Readonly<Record<string, string>>,
  noServer: 'VGG Studio can’t work',
  menu: {
    file: 'File',
    newRun: 'New Run',
    settings: 'Settings…',
    go: 'Go',
    data: 'Data Sets',
    runs: 'Runs',
    compare: 'Compare',
    try: 'Try It',
    search: 'Find…',
    help: 'Help',
    shortcuts: 'Keyboard Shortcuts',
  },
} as const
