import { readFileSync } from 'node:fs'
import type { SystemPackages } from '../../messages/en/words.ts'

/** What installations need of a system's package manager. */
export type Need = 'python' | 'compiler' | 'nodeHeaders'

interface Manager {
  /** IDs of /etc/os-release; others say which of these they are like. */
  readonly systems: readonly string[]
  readonly name: string
  readonly command: string
  readonly packages: Readonly<Record<Need, string>>
}

const managers: readonly [Manager, ...Manager[]] = [
  {
    systems: ['debian', 'ubuntu'],
    name: 'Debian and Ubuntu',
    command: 'sudo apt install',
    packages: { python: 'python3-pip', compiler: 'g++', nodeHeaders: 'libnode-dev' },
  },
  {
    systems: ['fedora', 'rhel', 'centos'],
    name: 'Fedora and Red Hat',
    command: 'sudo dnf install',
    packages: { python: 'python3-pip', compiler: 'gcc-c++', nodeHeaders: 'nodejs-devel' },
  },
  {
    systems: ['suse', 'opensuse'],
    name: 'openSUSE',
    command: 'sudo zypper install',
    packages: { python: 'python3-pip', compiler: 'gcc-c++', nodeHeaders: 'nodejs-devel' },
  },
  {
    systems: ['arch'],
    name: 'Arch Linux',
    command: 'sudo pacman -S',
    packages: { python: 'python-pip', compiler: 'gcc', nodeHeaders: 'nodejs' },
  },
]

/**
 * What to install for what is missing.
 * @param release text of /etc/os-release
 */
export function packagesFor(needs: readonly Need[], release: string = osRelease()): SystemPackages {
  const ids = Array.from(release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm), ([, text]) =>
    text!.split(' '),
  ).flat()
  const { name, command, packages } =
    managers.find(({ systems }) => systems.some((id) => ids.includes(id))) ?? managers[0]
  return { system: name, command, packages: needs.map((need) => packages[need]) }
}

function osRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8')
  } catch {
    return ''
  }
}
