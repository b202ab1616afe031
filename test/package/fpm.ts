import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

/**
 * Stands in for fpm, as far as electron-builder calls it for a .deb: files to their places, maintainer scripts, control
 * file. Debian's own dpkg-deb makes the package.
 */
const text = { type: 'string' } as const
const list = { type: 'string', multiple: true } as const
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    force: { type: 'boolean' },
    source: { ...text, short: 's' },
    target: { ...text, short: 't' },
    depends: { ...list, short: 'd' },
    'deb-recommends': list,
    'deb-compression': text,
    'deb-priority': text,
    architecture: text,
    'after-install': text,
    'after-remove': text,
    description: text,
    version: text,
    package: text,
    name: text,
    maintainer: text,
    vendor: text,
    url: text,
    license: text,
    category: text,
  },
})

const tree = mkdtempSync(join(tmpdir(), 'vgg-studio-deb-'))
try {
  for (const mapping of positionals) {
    const [from, to] = mapping.split('=') as [string, string]
    const target = join(tree, to)
    mkdirSync(dirname(target), { recursive: true })
    cpSync(from, target, { recursive: true, verbatimSymlinks: true })
  }
  const control = join(tree, 'DEBIAN')
  mkdirSync(control)
  for (const [option, script] of [
    ['after-install', 'postinst'],
    ['after-remove', 'postrm'],
  ] as const) {
    if (!values[option]) continue
    writeFileSync(join(control, script), readFileSync(values[option]))
    chmodSync(join(control, script), 0o755)
  }
  writeFileSync(join(control, 'control'), controlFile())
  if (existsSync(values.package!)) rmSync(values.package!)
  // Speed before size: it is installed once.
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zzstd', '-z1', '--build', tree, values.package!], {
    stdio: 'ignore',
  })
} finally {
  rmSync(tree, { recursive: true, force: true })
}

function controlFile(): string {
  const [summary, ...rest] = values.description!.trim().split('\n')
  const fields = {
    Package: values.name,
    Version: values.version,
    Architecture: values.architecture,
    Maintainer: values.maintainer,
    Priority: values['deb-priority'],
    Section: values.category ?? 'default',
    Homepage: values.url,
    Depends: values.depends?.join(', '),
    Recommends: values['deb-recommends']?.join(', '),
    Description: [summary, ...rest.map((line) => ` ${line.trim() || '.'}`)].join('\n'),
  }
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}: ${value}`,
  )
  return `${lines.join('\n')}\n`
}
