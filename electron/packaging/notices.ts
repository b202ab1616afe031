import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A package, as the lock file has it. */
interface Locked {
  readonly version?: string
  readonly license?: string
  readonly dev?: boolean
  readonly link?: boolean
}

/** Packages that are bundled into the window and into Electron's scripts: for the lock file they are tools. */
export const bundled = ['svelte', 'bits-ui', 'uplot'] as const

const isLicense = /^(licen[cs]e|notice|copying|copyright|third.?party)/i

/**
 * The licenses of everything that an installation carries, made of the lock file and of what is installed.
 * @param root the checkout, with everything installed
 * @param shipped folder names (`node_modules/…`) in the lock file of what lies in the installation
 * @throws Error for a package that says no license
 */
export function noticesOf(root: string, shipped: readonly string[]): string {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, Locked>>
  }
  const paths = [...new Set([...shipped, ...bundled.map((name) => `node_modules/${name}`)])].toSorted()
  const parts = paths.flatMap((path) => {
    const locked = lock.packages[path]
    if (!locked) return []
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    const texts = licenseTexts(join(root, path))
    const license = locked.license ?? licenseOf(join(root, path))
    if (license === undefined && texts.length === 0) throw new Error(`${name} says no license.`)
    return [`${name} ${locked.version} (${license ?? 'see below'})\n\n${texts.join('\n\n')}`.trim()]
  })
  const line = '-'.repeat(80)
  return `VGG Studio contains the following software.\n${parts.map((part) => `\n${line}\n${part}\n`).join('')}`
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
