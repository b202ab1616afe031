import electron from 'electron'

/** In old Electrons a dropped file has its path itself. */
const electronThere = electron as { webUtils?: Pick<Electron.WebUtils, 'getPathForFile'> }
electronThere.webUtils ??= { getPathForFile: (file) => (file as File & { readonly path: string }).path }
