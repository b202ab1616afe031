import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A package, as the lock file has it. */
interface Locked {
  readonly version?: string
  readonly license?: string
  readonly dependencies?: Readonly<Record<string, string>>
}

type LockFile = Readonly<Record<string, Locked>>

/** Packages that are bundled into the window and into Electron's scripts: for the lock file they are tools. */
export const bundled = ['svelte', 'bits-ui', 'uplot', 'electron-updater'] as const

const isLicense = /^(licen[cs]e|notice|copying|copyright|third.?party)/i

/**
 * The licenses of everything that an installation carries, made of the lock file and of what is installed.
 * @param root the checkout, with everything installed
 * @param shipped folder names (`node_modules/…`) in the lock file of what lies in the installation
 * @throws Error for a package that says no license
 */
export function noticesOf(root: string, shipped: readonly string[]): string {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: LockFile
  }
  const paths = new Set(shipped)
  for (const name of bundled) addWithNeeds(`node_modules/${name}`, packages, paths)
  const parts = [...paths].toSorted().map((path) => {
    const locked = packages[path]
    if (!locked) throw new Error(`${path} is not in the lock file.`)
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    const texts = licenseTexts(join(root, path))
    const license = locked.license ?? licenseOf(join(root, path))
    if (license === undefined && texts.length === 0) throw new Error(`${name} says no license.`)
    return `${name} ${locked.version} (${license ?? 'see below'})\n\n${texts.join('\n\n')}`.trim()
  })
  const line = '-'.repeat(80)
  return `VGG Studio contains the following software.\n${parts.map((part) => `\n${line}\n${part}\n`).join('')}`
}

/** Adds a package and all that it depends on: what of that a bundle leaves out does no harm in the notices. */
function addWithNeeds(path: string, packages: LockFile, paths: Set<string>): void {
  if (paths.has(path)) return
  paths.add(path)
  for (const name of Object.keys(packages[path]?.dependencies ?? {})) {
    const found = placesOf(name, path).find((place) => packages[place])
    if (found !== undefined) addWithNeeds(found, packages, paths)
  }
}

/** Where Node looks for a package that the package at `path` needs, nearest first. */
function placesOf(name: string, path: string): readonly string[] {
  const above = path.lastIndexOf('/node_modules/')
  const further = above < 0 ? [`node_modules/${name}`] : placesOf(name, path.slice(0, above))
  return [`${path}/node_modules/${name}`, ...further]
}

function licenseOf(folder: string): string | undefined {
  const file = join(folder, 'package.json')
  return existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { license?: string }).license
    : undefined
}

function licenseTexts(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && isLicense.test(entry.name))
    .map(({ name }) => readFileSync(join(folder, name), 'utf8').trim())
}

/** @returns the installed packages of a folder by their names in a lock file, nested ones too */
export function installedIn(folder: string, path = 'node_modules'): readonly string[] {
  const modules = join(folder, path)
  if (!existsSync(modules)) return []
  return readdirSync(modules).flatMap((name) => {
    if (name.startsWith('.')) return []
    const names = name.startsWith('@')
      ? readdirSync(join(modules, name)).map((own) => `${name}/${own}`)
      : [name]
    return names.flatMap((own) => [`${path}/${own}`, ...installedIn(folder, `${path}/${own}/node_modules`)])
  })
}
