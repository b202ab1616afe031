/** What the system shows of the application, in English. */
export const texts = {
  name: 'VGG Studio',
  chooseFolder: 'Choose a folder',
  choose: 'Choose',
  close: {
    message: (runs: number) => (runs === 1 ? 'A run is in training.' : `${runs} runs are in training.`),
    detail: 'Stopped runs are saved first, and can be resumed where they stopped.',
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
  unresponsive: {
    message: 'The window is not responding.',
    detail: 'Training continues in any case: it does not depend on the window.',
    wait: 'Wait',
    reload: 'Reload the Window',
  },
  brokenPage: {
    title: 'The window can’t be shown',
    detail: 'It has failed several times in a row. Runs in training are stopped and saved.',
  },
  changedInstallation: {
    title: 'VGG Studio has changed since it was installed',
    detail: (files: readonly string[]) =>
      `Changed, missing or added: ${files.slice(0, 5).join(', ')}${files.length > 5 ? ` and ${files.length - 5} more` : ''}. Install it again; your data sets and runs stay.`,
  },
  update: {
    message: (version: string) => `VGG Studio ${version} is available.`,
    detail: 'It is downloaded now, and installed when VGG Studio quits. Data sets and runs stay as they are.',
    install: 'Download and Install',
    later: 'Not Now',
  },
  noSandbox:
    'VGG Studio runs without the sandbox of its pages, since this system lets no AppImage make user namespaces: install the .deb instead, which brings a profile for AppArmor that allows it.',
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
