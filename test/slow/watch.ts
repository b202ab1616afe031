import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** What a program and all processes that it starts did, as the system saw it. */
export interface Watched {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Calls that open an internet socket. */
  readonly sockets: readonly string[]
  /** Calls that lead such a socket somewhere: to an address, or to listen at one. */
  readonly reached: readonly string[]
  /** Paths that were to be written, made, renamed or removed outside the folder. */
  readonly strayWrites: readonly string[]
  /** What is left in the user's home and in the folder for temporary files, both empty at the start. */
  readonly left: readonly string[]
  /** That was all it might write to; the caller removes it. */
  readonly folder: string
}

const writing = 'openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat'
const calls = `trace=socket,connect,bind,sendto,sendmsg,sendmmsg,${writing},unlink,unlinkat,rmdir,truncate`

/** Runs a program under strace, with a home and a temporary folder of its own. Native code can't hide from it. */
export async function watch(
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Watched> {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-studio-watched-'))
  const [user, temporary, log] = ['user', 'tmp', 'strace.log'].map((name) => join(folder, name))
  for (const each of [user!, temporary!]) mkdirSync(each)
  const env = {
    ...{ PATH: process.env['PATH'], HOME: user, TMPDIR: temporary },
    VGG_STUDIO_HOME: join(folder, 'home'),
    ...environment,
  }
  const flags = [
    '-f',
    '-qq',
    '-y',
    '--seccomp-bpf',
    '-s',
    '4096',
    '-e',
    'signal=none',
    '-e',
    calls,
    '-o',
    log!,
  ]
  const child = spawn('strace', [...flags, ...command], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  const code = await new Promise<number | null>((settle, reject) => {
    child.on('error', reject)
    child.on('close', settle)
  })
  const lines = readFileSync(log!, 'utf8').split('\n')
  const left = [user!, temporary!].flatMap((each) =>
    readdirSync(each, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name)),
  )
  return {
    ...{ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() },
    sockets: lines.filter((line) => /\bsocket\(AF_INET/.test(line)),
    reached: lines.filter((line) => /\bsin6?_port=/.test(line)),
    strayWrites: lines
      .flatMap(written)
      .filter((path) => !path.startsWith(`${folder}/`) && !isDevice(path) && !isCompiled(path)),
    ...{ left, folder },
  }
}

/** What Node makes of a checkout's TypeScript is kept beside its dependencies (core/base/compiled.js). */
const isCompiled = (path: string): boolean => path.includes('/node_modules/.cache/vgg-studio')

const isDevice = (path: string): boolean => /^\/(dev|proc|sys)\//.test(path)

/** Absolute paths that a line of strace's tries to write to. */
function written(line: string): string[] {
  const call = /^\d+ +(\w+)\(/.exec(line)?.[1]
  if (call === undefined || /^(socket|connect|bind|send)/.test(call)) return []
  if (call.startsWith('open') && !/O_(WRONLY|RDWR|CREAT|TRUNC)/.test(line)) return []
  // `AT_FDCWD</work>, "name"`, or a plain "/path": -y shows the folder of a descriptor.
  return [...line.matchAll(/(?:<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g)].map(([, base, name]) =>
    resolve(base ?? process.cwd(), name!),
  )
}
