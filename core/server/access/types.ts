/** The caller of a request, as the access check found out. */
export interface Caller {
  /**
   * `owner`: a program that has the token and acts for the person (the command line, Electron's main process).
   * `window`: web content, in a browser or in Electron; its paths are confined.
   */
  readonly role: 'owner' | 'window'
  readonly shell: 'electron' | 'browser'
}

/** Hono's: what handlers find in `c.var`. */
export interface Env {
  Variables: { caller: Caller }
}
