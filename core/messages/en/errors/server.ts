import { fixedText, variants } from '../../text.ts'
import type { Reason, TextOfFact } from '../../types.ts'
import { counted, first } from '../words.ts'

interface Titled {
  /** The job's. */
  readonly title: Reason
}

/** What the server refuses or lacks. */
export const serverErrors = {
  'port-taken': ({ port, code }: { readonly port: number; readonly code: string }) => ({
    message: `Port ${port} can't be used (${code}).`,
    hint: 'Choose another one with --port, or 0 for any.',
  }),
  'host-not-here': ({ host, code }: { readonly host: string; readonly code: string }) => ({
    message: `This machine has no address ${host} to serve at (${code}).`,
    hint: 'Name one of its own with --host, or 0.0.0.0 for all of them.',
  }),
  'tls-needed': ({ host }: { readonly host: string }) => ({
    message: `At ${host} others on the network could read along, so that it is served with TLS only.`,
    hint: 'Name a certificate and its key with --tls-cert and --tls-key; or leave --host out and forward the port from the other machine: ssh -L 8440:127.0.0.1:8440 THIS_MACHINE.',
  }),
  'invalid-tls': variants({
    unreadable: ({ path, detail }: { readonly path: string; readonly detail: string }) => ({
      message: `${path} can't be read: ${detail}.`,
      hint: 'Name the certificate and its key, PEM files, with --tls-cert and --tls-key.',
    }),
    'no-certificate': ({ path }: { readonly path: string }) => ({
      message: `${path} is no certificate in PEM format.`,
      hint: 'It begins with -----BEGIN CERTIFICATE-----; of a chain the machine’s own comes first.',
    }),
    'no-key': ({ path }: { readonly path: string }) => ({
      message: `${path} is no private key in PEM format without a password.`,
      hint: 'It begins with -----BEGIN PRIVATE KEY-----.',
    }),
    'other-key': ({ cert, key }: { readonly cert: string; readonly key: string }) => ({
      message: `${key} is not the key of the certificate ${cert}.`,
    }),
    expired: ({ path, until }: { readonly path: string; readonly until: string }) => ({
      message: `The certificate ${path} has expired: it was valid until ${until}.`,
      hint: 'Renew it; browsers refuse it.',
    }),
    'no-name': ({ path }: { readonly path: string }) => ({
      message: `The certificate ${path} names no machine or address that a browser could open.`,
      hint: 'Have one made with a subject alternative name of this machine.',
    }),
    half: fixedText(
      'A certificate needs its key, and a key its certificate.',
      'Name both, --tls-cert and --tls-key.',
    ),
  }),
  'unknown-class': variants({
    request: ({
      name,
      dataset,
      classes,
    }: {
      readonly name: string
      readonly dataset: string
      readonly classes: readonly string[]
    }) => ({
      message: `“${name}” is not a class of the data set "${dataset}".`,
      hint: `Its classes: ${first(classes, 20)}.`,
    }),
    relabelled: ({ className }: { readonly className: string }) => ({
      message: `It is relabeled as “${className}”, which is not a class here.`,
    }),
  }),
  'device-busy': fixedText('The device is busy: measured now, it would look slow.'),
  'not-a-folder': ({ path }: { readonly path: string }) => ({
    message: `${path} is not a folder, or is not there.`,
    hint: 'Check the path, and that its drive is connected.',
  }),
  'wrong-host': ({ host, own }: { readonly host: string; readonly own: string }) => ({
    message: `This server does not answer to the name “${host}”.`,
    hint: `Use ${own}; when you forward the port, forward it to the same number.`,
  }),
  'wrong-origin': ({ origin }: { readonly origin: string }) => ({
    message: `Requests from ${origin} are refused.`,
  }),
  'no-session': variants({
    ended: fixedText(
      'This browser has no session with the studio, or it has ended.',
      'Open the link that “vgg-studio serve” prints; each works once.',
    ),
    'used-link': fixedText(
      'This link has been used, or is not from this server.',
      'Each link works once. Get a new one with: vgg-studio serve.',
    ),
  }),
  'too-many-attempts': ({ seconds }: { readonly seconds: number }) => ({
    message: 'Too many attempts to get in have failed.',
    hint: `Try again in ${counted(seconds, 'second')}. Who is in already stays in.`,
  }),
  'no-browser': fixedText(
    'This server has no address for browsers.',
    'Close the application and start “vgg-studio serve” instead.',
  ),
  forbidden: fixedText('A window may not ask for this.'),
  'not-done': variants({
    'not-done': ({ id }: { readonly id: string }) => ({ message: `Job ${id} is not done yet.` }),
    'not-ended': ({ id }: { readonly id: string }) => ({ message: `Job ${id} has not ended.` }),
  }),
  'not-paused': ({ title }: Titled, say: TextOfFact) => ({
    message: `“${say(title).message}” is not paused.`,
  }),
  completed: ({ title }: Titled, say: TextOfFact) => ({ message: `“${say(title).message}” is complete.` }),
  'not-running': variants({
    job: ({ title, state }: Titled & { readonly state: string }, say: TextOfFact) => ({
      message: `“${say(title).message}” can't do that: it is ${state}.`,
    }),
    run: ({ run, isTrained }: { readonly run: string; readonly isTrained: boolean }) => ({
      message: `Run ${run} is not being trained from here.`,
      hint: isTrained ? 'It was started on a command line: stop it there with Ctrl-C.' : 'Resume it first.',
    }),
  }),
  'helper-died': fixedText(
    'The process that makes pictures and predictions has ended.',
    'Try again: it restarts. If memory is short, close other programs.',
  ),
  'server-gone': ({ pid }: { readonly pid: number }) => ({
    message: `VGG Studio (process ${pid}), which did the work, has ended.`,
    hint: 'A run in training was saved: see it with vgg-studio runs, and resume it.',
  }),
  'too-late': ({ id }: { readonly id: string }) => ({ message: `Run ${id} can no longer be restored.` }),
  'not-built': fixedText('The window’s files are not there.', 'Build them with: npm run build.'),
  'server-running': variants({
    starting: ({ folder }: { readonly folder: string }) => ({
      message: `Another server is just starting in ${folder}.`,
    }),
    running: ({
      folder,
      pid,
      url,
    }: {
      readonly folder: string
      readonly pid: number
      readonly url: string | null
    }) => ({
      message: `VGG Studio is already running for ${folder} (process ${pid}).`,
      hint: url ? `It serves ${url}.` : 'Close the application first, or choose another folder with --home.',
    }),
  }),
} as const
