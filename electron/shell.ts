/** What the window's page gets from Electron, as `window.studio`: the few things that the web can't do. */
export interface StudioShell {
  /** The system's dialog; null where the person canceled. What is chosen may be imported or exported to. */
  chooseFolder(): Promise<ChosenFolder | null>
  /** Path of a folder that was dropped on the window; null where it was something else. */
  pathOfDrop(file: File): Promise<ChosenFolder | null>
  /** Shows it in the system's file manager. */
  reveal(what: Revealed): Promise<void>
  /** Called with what the person chose in the menu; the function returned ends that. */
  onCommand(listener: (command: MenuCommand) => void): () => void
}

/** As the server's API answers it. */
export interface ChosenFolder {
  readonly path: string
  readonly name: string
  readonly subfolders: readonly string[]
}

/** Named by id: a page can't name paths. */
export type Revealed = { readonly export: string } | { readonly dataset: string } | { readonly run: string }

export const menuCommands = [
  'new-run',
  'go-data',
  'go-runs',
  'go-compare',
  'go-try',
  'settings',
  'search',
  'shortcuts',
] as const
export type MenuCommand = (typeof menuCommands)[number]

export const channels = {
  chooseFolder: 'studio:choose-folder',
  pathOfDrop: 'studio:path-of-drop',
  reveal: 'studio:reveal',
  command: 'studio:command',
} as const
