import { readFileSync } from 'node:fs'

type Headers = Readonly<Record<string, string>>

const file = new URL('../../../resources/page-headers.json', import.meta.url)
const { 'content-security-policy': rules, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as Headers & {
  readonly 'content-security-policy': readonly string[]
}

/**
 * What a page of the studio may do: load its own files, talk to its own server, and nothing else. Styles of single
 * elements are allowed: widths of bars and places of crops. Electron reads the same file.
 */
export const securityHeaders: Headers = { ...rest, 'content-security-policy': rules.join('; ') }
