import { execFileSync } from 'node:child_process'

/** A Debian package, as far as two of them are compared. */
export interface Contents {
  /** Fields of the control file. */
  readonly fields: Readonly<Record<string, string>>
  /** Mode, and size or target, by path. */
  readonly files: Readonly<Record<string, string>>
  readonly scripts: Readonly<Record<string, string>>
  /** Texts of the files that the system reads. */
  readonly texts: Readonly<Record<string, string>>
}

const dpkg = (...args: string[]): string =>
  execFileSync('dpkg-deb', args, { encoding: 'utf8', maxBuffer: 1 << 26 })

const read = [
  './usr/share/applications/vgg-studio.desktop',
  './usr/share/doc/vgg-studio/copyright',
  './opt/VGG Studio/resources/apparmor-profile',
]

export function contentsOf(deb: string): Contents {
  const fields = ['Package', 'Version', 'Architecture', 'Maintainer', 'Depends', 'Recommends', 'Priority']
  const listed = dpkg('--contents', deb)
    .split('\n')
    .flatMap((line) => /^(\S+) \S+ +(\d+) \S+ \S+ (.*)$/.exec(line) ?? [])
  const files: Record<string, string> = {}
  for (let i = 0; i < listed.length; i += 4) {
    const [, mode, size, path] = listed.slice(i, i + 4) as [string, string, string, string]
    if (!mode.startsWith('d')) files[path] = `${mode} ${size}`
  }
  const tar = (path: string): string =>
    execFileSync('sh', ['-c', `dpkg-deb --fsys-tarfile "$0" | tar -xO "$1"`, deb, path], { encoding: 'utf8' })
  return {
    fields: Object.fromEntries(fields.map((name) => [name, dpkg('--field', deb, name).trim()])),
    files,
    scripts: Object.fromEntries(
      ['postinst', 'postrm'].map((name) => [
        name,
        execFileSync('sh', ['-c', 'dpkg-deb --ctrl-tarfile "$0" | tar -xO "./$1"', deb, name], {
          encoding: 'utf8',
        }),
      ]),
    ),
    texts: Object.fromEntries(read.map((path) => [path, tar(path).trim().split('\n').toSorted().join('\n')])),
  }
}
