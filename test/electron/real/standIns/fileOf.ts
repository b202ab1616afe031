import electron from 'electron'

interface Drop {
  readonly dataTransfer: { readonly files: ArrayLike<{ readonly path: string }> } | null
}
const page = globalThis as unknown as {
  addEventListener(event: 'drop', listener: (drop: Drop) => void, capture: boolean): void
}

/** In old Electrons a dropped file has its path itself, but loses it on its way from the page to the preload script. */
const electronThere = electron as { webUtils?: Pick<Electron.WebUtils, 'getPathForFile'> }
if (!electronThere.webUtils) {
  let path = ''
  page.addEventListener('drop', ({ dataTransfer }) => (path = dataTransfer?.files[0]?.path ?? ''), true)
  electronThere.webUtils = { getPathForFile: () => path }
}
