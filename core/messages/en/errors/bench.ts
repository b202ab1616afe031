import type { TextOfFact, Stored } from '../../types.ts'

/** The benchmark. */
export const benchErrors = {
  'no-torch': ({ python, detail }: { readonly python: string; readonly detail: string }) => ({
    message: `${python} lacks what the comparison needs: ${detail}.`,
    hint: `Install it: ${python} -m pip install torch torchvision pillow${detail.includes('openvino') ? ' openvino' : ''}`,
  }),
  'no-python': (
    { python, problem }: { readonly python: string; readonly problem: Stored },
    say: TextOfFact,
  ) => ({
    message: `--peer: ${python} does not run as Python. ${say(problem).message}`,
    hint: 'Name a Python 3 with PyTorch and torchvision, such as ~/venv/bin/python.',
  }),
  'no-peer': ({ network }: { readonly network: string }) => ({
    message: `torchvision has no ${network} to compare with.`,
    hint: 'Measure it without --peer.',
  }),
  'bench-not-started': ({ command, detail }: { readonly command: string; readonly detail: string }) => ({
    message: `${command} could not be started: ${detail}.`,
    hint: 'Check the path.',
  }),
  'bench-died': ({
    name,
    code,
    signal,
    last,
  }: {
    readonly name: string
    readonly code: number | null
    readonly signal: string | null
    readonly last: string
  }) => ({
    message: `${name} ${signal ? `was ended by ${signal}` : `ended with exit code ${code}`}.${last ? ` Last output: ${last}` : ''}`,
    hint: signal === 'SIGKILL' ? 'Systems do that when memory runs out: close other programs.' : undefined,
  }),
} as const
