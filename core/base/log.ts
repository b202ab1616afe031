/** What a process is for. */
export type Role =
  'server' | 'worker' | 'preparer' | 'trainer' | 'helper' | 'self-test' | 'benchmark' | 'start'

/** Says what the process does next. */
export type Log = (step: string) => void

const logged = /^vgg-studio [a-z-]+ \d+: /

/**
 * Writes to standard error which process does what, a line for each step: `vgg-studio worker 4711: job train`. Says
 * nothing unless VGG_STUDIO_LOG is `debug`, which processes hand on to those that they start.
 */
export function openLog(role: Role, environment: NodeJS.ProcessEnv = process.env): Log {
  if (environment['VGG_STUDIO_LOG'] !== 'debug') return () => undefined
  return (step) => process.stderr.write(`vgg-studio ${role} ${process.pid}: ${step}\n`)
}

/**
 * Listens to the standard error of a process that this one has started: its log is passed on to ours.
 *
 * @returns what else it wrote last, up to this many characters
 */
export function forwardLog(stream: NodeJS.ReadableStream, kept: number): () => string {
  let words = ''
  let begun = ''
  stream.on('data', (chunk: Buffer) => {
    const lines = (begun + chunk.toString('utf8')).split('\n')
    begun = lines.pop()!
    for (const line of lines) {
      if (logged.test(line)) process.stderr.write(`${line}\n`)
      else words = `${words}${line}\n`.slice(-kept)
    }
  })
  return () => (words + begun).trim()
}
