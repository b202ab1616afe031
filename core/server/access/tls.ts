import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { messageOf, StudioError } from '../../base/errors.ts'

/** A certificate with its key, and what browsers may call this machine by it. */
export interface Tls {
  /** PEM; of a chain the machine's own comes first. */
  readonly cert: string
  readonly key: string
  /** Names and addresses that it is for, as in URLs; at least one. */
  readonly names: readonly string[]
}

/**
 * Reads a certificate and its key, PEM files.
 * @param now ms since 1970
 * @throws StudioError `invalid-tls` with the file: not readable, no certificate or key, expired, of another key, for no name
 */
export async function readTls(certFile: string, keyFile: string, now = Date.now()): Promise<Tls> {
  const [cert, key] = await Promise.all([read(certFile), read(keyFile)])
  const certificate = parsed(certFile, 'certificate', () => new X509Certificate(cert))
  const privateKey = parsed(keyFile, 'key', () => createPrivateKey(key))
  if (!certificate.checkPrivateKey(privateKey))
    throw new StudioError('invalid-tls', { what: 'other-key', cert: certFile, key: keyFile })
  if (certificate.validToDate.getTime() <= now)
    throw new StudioError('invalid-tls', { what: 'expired', path: certFile, until: certificate.validTo })
  const names = namesOf(certificate)
  if (names.length === 0) throw new StudioError('invalid-tls', { what: 'no-name', path: certFile })
  return { cert, key, names }
}

/** Names before addresses. What stands for many names is none that could be opened. */
function namesOf({ subjectAltName = '' }: X509Certificate): readonly string[] {
  const entries = subjectAltName.split(', ')
  const after = (start: string): string[] =>
    entries.filter((entry) => entry.startsWith(start)).map((entry) => entry.slice(start.length))
  const addresses = after('IP Address:').map((address) =>
    isIPv6(address) ? `[${shortened(address)}]` : address,
  )
  return [...after('DNS:').filter((name) => /^[\w.-]+$/.test(name)), ...addresses].map((name) =>
    name.toLowerCase(),
  )
}

/** `0:0:0:0:0:0:0:1` is `::1` in URLs. */
const shortened = (address: string): string => new URL(`https://[${address}]`).hostname.slice(1, -1)

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new StudioError(
      'invalid-tls',
      { what: 'unreadable', path, detail: messageOf(error) },
      { cause: error },
    )
  }
}

function parsed<Result>(path: string, kind: 'certificate' | 'key', parse: () => Result): Result {
  try {
    return parse()
  } catch (error) {
    throw new StudioError('invalid-tls', { what: `no-${kind}`, path }, { cause: error })
  }
}
