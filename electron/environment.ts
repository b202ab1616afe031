/** What makes Node, Electron or the system's loader run, load or reveal something else than what was installed. */
const leading = /^(NODE_|ELECTRON_|npm_|LD_PRELOAD$|LD_AUDIT$|DYLD_|SSLKEYLOGFILE$|OPENSSL_CONF$)/i

/**
 * The environment that the server starts with: Node and core lie outside of the application's archive, where neither
 * fuses nor the archive's integrity reach, so that variables which lead a plain Node astray end here.
 */
export function cleanEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !leading.test(name)))
}
