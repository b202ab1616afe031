import { readdir, realpath, stat } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { StudioError } from '../../base/errors.ts'
import { isInside } from '../../dataset/reach.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Caller } from '../access/types.ts'
import type { FolderEntry, FolderListing } from '../api/types.ts'
import type { Folders } from './types.ts'

export interface FolderOptions {
  readonly registry: Registry
  /** Folders that may be browsed besides the usual ones. */
  readonly roots?: readonly string[]
  /** May be imported without being browsed to: the samples. */
  readonly known?: readonly string[]
}

const imageName = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i
const countedImages = 1000
const listName = /\.(csv|tsv)$/i
/** Names of each kind in an answer. */
const listed = 50
const recentFolders = 6

/** Windows reach what the person may plausibly mean, and import only what the person has chosen. */
export function openFolders({ registry, roots: given = [], known = [] }: FolderOptions): Folders {
  const chosen = new Set<string>()

  /** Chosen, in a data set, or known. */
  function allowed(): readonly string[] {
    return [...chosen, ...registry.datasets.list().map(({ root }) => root), ...known]
  }

  async function roots(): Promise<readonly FolderEntry[]> {
    const found = await Promise.all([...given, ...(await standardFolders())].map(existing))
    const paths = [...new Set(found.filter((path) => path !== null))]
    return paths.map((path) => ({ name: path === home() ? `Home (${basename(path)})` : path, path }))
  }

  /** Where the data sets came from, the latest first. */
  async function recent(): Promise<readonly FolderEntry[]> {
    const sources = [...new Set(registry.datasets.list().map(({ root }) => root))].toReversed()
    const found = await Promise.all(sources.slice(0, listed).map(existing))
    const paths = found.filter((path) => path !== null && !known.some((root) => isInside(root, path)))
    return paths.slice(0, recentFolders).map((path) => ({ name: basename(path!) || path!, path: path! }))
  }

  /** What may be gone through, from its top: the roots, and what data sets came from. */
  const tops = async (): Promise<readonly FolderEntry[]> => [...(await roots()), ...(await recent())]

  async function browsable(path: string): Promise<string> {
    const real = await realFolder(path)
    const from = await tops()
    const inside = from.some((root) => isInside(root.path, real))
    if (inside && !hidden(real, from)) return real
    throw outside(path)
  }

  /** Whether a folder was chosen, say in the system's dialog: a window may come back to it wherever it lies. */
  async function isChosen(path: string): Promise<boolean> {
    const real = await existing(resolve(path))
    return real !== null && [...chosen].some((root) => isInside(root, real))
  }

  return {
    async list(path) {
      if (path === undefined)
        return { path: null, parent: null, recent: await recent(), folders: await roots(), images: 0 }
      const real = await browsable(path)
      const above = dirname(real)
      const hasAbove = real !== above && (await tops()).some((top) => isInside(top.path, above))
      const { folders, images } = await contents(real)
      return { path: real, parent: hasAbove ? above : null, recent: [], folders, images }
    },
    async choose(path, caller) {
      const real =
        caller.role === 'owner' || (await isChosen(path)) ? await realFolder(path) : await browsable(path)
      chosen.add(real)
      const { folders, lists } = await contents(real)
      const subfolders = folders.slice(0, listed).map(({ name }) => name)
      return { path: real, name: basename(real) || real, subfolders, lists: lists.slice(0, listed) }
    },
    async chosen(path: string, caller: Caller) {
      const real = await realFolder(path)
      if (caller.role === 'owner' || allowed().some((root) => isInside(root, real))) return real
      throw outside(path)
    },
    within: ({ role, shell }) => (role === 'owner' || shell === 'electron' ? undefined : allowed()),
  }
}

interface Contents extends Pick<FolderListing, 'folders' | 'images'> {
  readonly lists: readonly string[]
}

async function contents(folder: string): Promise<Contents> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => {
    throw new StudioError('outside', { what: 'folder', folder })
  })
  const visible = entries.filter(({ name }) => !name.startsWith('.'))
  const folders = visible
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => ({ name, path: join(folder, name) }))
  const real = await Promise.all(folders.map(async (entry) => ((await isFolder(entry.path)) ? entry : null)))
  const images = visible.filter((entry) => entry.isFile() && imageName.test(entry.name)).length
  return {
    folders: real.filter((entry) => entry !== null).sort((a, b) => a.name.localeCompare(b.name)),
    images: Math.min(images, countedImages),
    lists: visible.filter((entry) => entry.isFile() && listName.test(entry.name)).map(({ name }) => name),
  }
}

/** The person's own folder, and where other disks usually are. */
async function standardFolders(): Promise<readonly string[]> {
  if (process.platform === 'win32')
    return [home(), ...'CDEFGHIJKLMNOPQRSTUVWXYZ'.split('').map((letter) => `${letter}:\\`)]
  if (process.platform === 'darwin') return [home(), '/Volumes']
  return [home(), join('/media', userName()), join('/run/media', userName()), '/mnt', '/data']
}

const home = (): string => homedir()

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return '.'
  }
}

/** `~/pictures`, as a person types it. */
const fromHome = (path: string): string => path.replace(/^~(?=$|[/\\])/, () => home())

async function existing(path: string): Promise<string | null> {
  const real = await realpath(path).catch(() => null)
  return real !== null && (await isFolder(real)) ? real : null
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false
}

async function realFolder(path: string): Promise<string> {
  const real = path.includes('\0') ? null : await existing(resolve(fromHome(path)))
  if (real !== null) return real
  throw new StudioError('not-a-folder', { path })
}

/** Below a root, nothing whose name begins with a dot is anybody's picture folder. */
function hidden(path: string, roots: readonly FolderEntry[]): boolean {
  return roots
    .filter((root) => isInside(root.path, path))
    .every((root) =>
      relative(root.path, path)
        .split(sep)
        .some((part) => part.startsWith('.')),
    )
}

function outside(path: string): StudioError {
  return new StudioError('outside', { what: 'place', path })
}
