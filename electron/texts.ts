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
    completed: 'is complete.',
    stopped: 'was stopped and saved.',
    interrupted: 'was interrupted.',
    failed: 'failed.',
    canceled: 'was canceled.',
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
