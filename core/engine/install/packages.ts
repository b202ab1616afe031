import { readFileSync } from 'node:fs'

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
 * What to type for what is missing: `On Debian and Ubuntu: sudo apt install g++`.
 * @param release text of /etc/os-release
 */
export function howToGet(needs: readonly Need[], release: string = osRelease()): string {
  const ids = Array.from(release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm), ([, text]) =>
    text!.split(' '),
  ).flat()
  const { name, command, packages } =
    managers.find(({ systems }) => systems.some((id) => ids.includes(id))) ?? managers[0]
  return `On ${name}: ${command} ${needs.map((need) => packages[need]).join(' ')}`
}

function osRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8')
  } catch {
    return ''
  }
}
