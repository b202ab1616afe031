import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface Package {
  readonly version: string
  readonly license?: string
  readonly dev?: boolean
  readonly hasInstallScript?: boolean
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  readonly packages: Readonly<Record<string, Package>>
}
const nameOf = (path: string): string =>
  path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
const installed = Object.entries(packages).filter(([path]) => path !== '')
const released = installed.filter(([, { dev }]) => dev !== true)

/** Reviewed: each may be given on with an application under MIT, the LGPL's as libraries that can be replaced. */
const licenses = [
  ...['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC0-1.0', 'ISC', 'MIT'],
  'LGPL-3.0-or-later',
]
/** Packages whose license has no identifier, with what NOTICE says of it. */
const described: Readonly<Record<string, string>> = { h5wasm: 'NIST software, public domain' }
/** Reviewed: what their scripts would do is not needed, and .npmrc keeps all from running. */
const withScripts = ['@tensorflow/tfjs-node-gpu', 'core-js', 'electron-winstaller', 'onnxruntime-node']

test('every package that is released has a license that was reviewed', () => {
  const others = released.filter(([path, { license = '' }]) => {
    const parts = license.split(/ AND | OR |[()]/).filter((part) => part !== '')
    const known = parts.length > 0 && parts.every((part) => licenses.includes(part))
    return !known && described[nameOf(path)] === undefined
  })
  expect(others.map(([path, { license }]) => `${nameOf(path)}: ${license}`)).toEqual([])
})

test('NOTICE describes the licenses without an identifier', () => {
  const notice = readFileSync('NOTICE', 'utf8').replace(/\s+/g, ' ')
  for (const text of Object.values(described)) expect(notice).toContain(text)
})

test('no package runs a script when it is installed, and those that would are known', () => {
  expect(readFileSync('.npmrc', 'utf8')).toMatch(/^ignore-scripts=true$/m)
  const found = installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => nameOf(path))
  expect(found.toSorted()).toEqual(withScripts)
})

test('every package that package.json depends on has its line in NOTICE', () => {
  const notice = readFileSync('NOTICE', 'utf8')
  const { dependencies, optionalDependencies } = packages[''] as unknown as {
    readonly dependencies: object
    readonly optionalDependencies: object
  }
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const [scope] = name.split('/')
    expect(notice.includes(name) || notice.includes(`${scope}/*`), name).toBe(true)
  }
})
