import { existsSync } from 'node:fs'
import { build } from 'vite'

/** Builds the window once, as `npm run build` does. */
export default async function buildWindow(): Promise<void> {
  const config = ['vite.config.ts'].find((name) => existsSync(name))
  await build({ logLevel: 'error', ...(config ? { configFile: config } : {}) })
}
