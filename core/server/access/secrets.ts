import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomic } from '../../base/files.ts'
import { chmod } from 'node:fs/promises'

export const newToken = (): string => randomBytes(32).toString('base64url')

/** Compares in constant time, whatever the lengths. */
export function sameSecret(a: string, b: string): boolean {
  const key = randomBytes(32)
  const digest = (text: string): Buffer => createHmac('sha256', key).update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

/** The key that browser sessions are signed with; it outlives the server, so that a restart ends no session. */
export async function sessionKey(folder: string): Promise<string> {
  const file = join(folder, 'session-key')
  const known = await readFile(file, 'utf8').catch(() => '')
  if (known.length >= 40) return known
  const key = newToken()
  await writeAtomic(file, async (handle) => {
    await handle.chmod(0o600)
    await handle.writeFile(key)
  })
  await chmod(file, 0o600)
  return key
}

const days = 30

/** `<expires>.<random>.<signature>`: what a browser's cookie holds. */
export function newSession(key: string, now = Date.now()): string {
  const content = `${now + days * 86_400_000}.${randomBytes(12).toString('base64url')}`
  return `${content}.${sign(key, content)}`
}

export function isSession(key: string, value: string, now = Date.now()): boolean {
  const [expires, nonce, signature, ...rest] = value.split('.')
  if (!expires || !nonce || !signature || rest.length > 0) return false
  return sameSecret(signature, sign(key, `${expires}.${nonce}`)) && Number(expires) > now
}

export const sessionSeconds = days * 86_400

function sign(key: string, content: string): string {
  return createHmac('sha256', key).update(content).digest('base64url')
}
