import { fixedText, oneLine, variants } from '../../text.ts'
import type { Reason, TensorflowRemedy, TextOfFact } from '../../types.ts'
import { engineTitle } from '../../names.ts'
import { theDevice } from '../computing.ts'
import { failedText, type Failed } from '../devices.ts'
import { gigabytes, otherCompiler, withRemedy } from '../words.ts'

/** How a process ended in which an engine was tried. */
interface TrialEnd {
  readonly trial: 'self-test' | 'benchmark' | 'start'
  readonly ending: 'not-started' | 'silent' | 'hung' | 'killed' | 'died'
  /** The signal or the exit code. */
  readonly by: string
  /** The last line that it wrote to its standard error. */
  readonly last: string
}

const trialEnds: Readonly<Record<TrialEnd['ending'], (end: TrialEnd) => string>> = {
  'not-started': ({ last }) => last,
  silent: () => 'it ended without any output.',
  hung: () => 'it did not answer in time.',
  killed: () => 'the system ended its process, as it does when memory runs out.',
  died: ({ by }) => `its driver ended the process (${by}).`,
}

/** Engines and what installs them. */
export const enginesErrors = {
  'missing-weights': ({ tensor }: { readonly tensor: string }) => ({
    message: `The state has no tensor ${tensor}.`,
  }),
  'wrong-shape': ({
    tensor,
    found,
    wanted,
  }: {
    readonly tensor: string
    readonly found: readonly number[]
    readonly wanted: readonly number[]
  }) => ({ message: `${tensor} is ${found.join('×')}, the network expects ${wanted.join('×')}.` }),
  'unknown-engine': variants({
    'to-install': ({ name, names }: { readonly name: string; readonly names: readonly string[] }) => ({
      message: `There is no "${name}" to install.`,
      hint: `Available: ${names.join(', ')}.`,
    }),
    here: ({ name, names }: { readonly name: string; readonly names: readonly string[] }) => ({
      message: `There is no engine "${name}" here.`,
      hint: `Use ${names.join(' or ')}.`,
    }),
  }),
  'engine-failed': variants({
    onnxruntime: ({ device, detail }: { readonly device: string; readonly detail: string }) => ({
      message: `ONNX Runtime failed on ${theDevice(device)}: ${detail}`,
      hint: device === 'cpu' ? undefined : 'Use --device cpu, or see `vgg-studio devices`.',
    }),
    tensorflow: ({ detail }: { readonly detail: string }) => ({ message: `TensorFlow failed: ${detail}` }),
  }),
  'unsupported-platform': variants({
    'onnxruntime-cuda': ({ system }: { readonly system: string }) => ({
      message: `ONNX Runtime’s CUDA provider is for Linux x64 with glibc, not for ${system}.`,
      hint: 'The GPU may be usable all the same: see `vgg-studio devices`.',
    }),
    tensorflow: ({
      system,
      isOriginalThere,
    }: {
      readonly system: string
      readonly isOriginalThere: boolean
    }) => ({
      message: `This TensorFlow engine is for Linux x64 with glibc, not for ${system}.`,
      hint: isOriginalThere
        ? "`vgg-studio engines install tensorflow --original` runs tfjs-node's own installer, which has an older one."
        : 'Use ONNX Runtime (--engine onnxruntime), which needs no installation.',
    }),
  }),
  'wrong-version': ({ version, ortVersion }: { readonly version: string; readonly ortVersion: string }) => ({
    message: `CUDA libraries are known for ONNX Runtime ${version}, but this is ${ortVersion}.`,
    hint: 'Update VGG Studio.',
  }),
  'no-gpu': ({ least }: { readonly least: number }) => ({
    message: 'There is no NVIDIA GPU here, or its driver is not installed.',
    hint: `With a GPU: install NVIDIA’s driver ${least} or later, so that \`nvidia-smi\` lists it, then try again.`,
  }),
  'old-driver': ({ driver, least }: { readonly driver: string; readonly least: number }) => ({
    message: `NVIDIA’s driver is ${driver}, and the CUDA libraries need ${least} or later.`,
    hint: 'Update the driver, then try again.',
  }),
  'self-test-failed': variants({
    'onnxruntime-cuda': ({ reason }: { readonly reason: Reason | null }, say: TextOfFact) => ({
      message:
        `The CUDA libraries were downloaded, but do not work here, and were removed. ${reason === null ? '' : say(reason).message}`.trim(),
      hint: 'Use another device (see `vgg-studio devices`), and report this with the line above.',
    }),
    tensorflow: ({ reason }: { readonly reason: Reason | null }, say: TextOfFact) => ({
      message:
        `TensorFlow was built, but does not work here. ${reason === null ? '' : say(reason).message}`.trim(),
      hint: 'Use ONNX Runtime (--engine onnxruntime), and report this with the line above.',
    }),
  }),
  'unsupported-precision': variants({
    /** Nothing that was asked for computes so. */
    none: ({
      engine,
      device,
      precision,
      precisions,
      remedy,
    }: {
      readonly engine: string | null
      readonly device: string | null
      readonly precision: string
      readonly precisions: readonly string[]
      readonly remedy: TensorflowRemedy | null
    }) => {
      const where = `${precision} ${device === null ? 'here' : `on ${theDevice(device)}`}`
      return {
        message:
          engine === null
            ? `No engine computes in ${where}.`
            : `${engineTitle(engine)} does not compute in ${where}.`,
        hint: withRemedy(`Use ${precisions.join(' or ')}.`, remedy),
      }
    },
    onnxruntime: ({ precision, device }: { readonly precision: string; readonly device: string }) => ({
      message: `ONNX Runtime does not compute in ${precision} on ${theDevice(device)}.`,
      hint: 'Use fp32.',
    }),
    tensorflow: ({
      precision,
      device,
      precisions,
    }: {
      readonly precision: string
      readonly device: string
      readonly precisions: readonly string[]
    }) => ({
      message: `TensorFlow does not compute in ${precision} on ${theDevice(device)}.`,
      hint: `Use ${precisions.join(' or ')}.`,
    }),
  }),
  'no-space': ({
    title,
    bytes,
    folder,
    free,
  }: {
    readonly title: string
    readonly bytes: number
    readonly folder: string
    readonly free: number
  }) => ({
    message: `${title} needs ${gigabytes(bytes)} in ${folder}, where ${gigabytes(free)} are free.`,
    hint: 'Free some space, or choose another folder with --home.',
  }),
  'program-failed': variants({
    'not-run': ({ command, detail }: { readonly command: string; readonly detail: string }) => ({
      message: `${command} cannot be run: ${detail}`,
    }),
    failed: ({
      command,
      ending,
      complaints,
    }: {
      readonly command: string
      readonly ending: string | number | null
      readonly complaints: string
    }) => ({ message: `${command} failed (${ending}): ${complaints}` }),
  }),
  'engine-not-installed': fixedText(
    'The TensorFlow engine is not installed.',
    'Install it with `vgg-studio engines install tensorflow`.',
  ),
  'missing-package': fixedText(
    '@tensorflow/tfjs-node-gpu is not in node_modules.',
    'Run `npm install --include=optional` first.',
  ),
  'install-failed': variants({
    installer: ({ detail }: { readonly detail: string }) => ({
      message: `tfjs-node's own installer failed. ${detail}`,
      hint: 'It downloads from storage.googleapis.com. On Linux x64 `engines install tensorflow` does not.',
    }),
    'no-binding': ({ folder }: { readonly folder: string }) => ({
      message: `tfjs-node's own installer has put no binding into ${folder}.`,
      hint: 'Its output above says why. On Linux x64 `engines install tensorflow` does without it.',
    }),
  }),
  'compile-failed': ({ cxx, detail }: { readonly cxx: string | null; readonly detail: string }) => ({
    message: `The binding of TensorFlow cannot be compiled${cxx === null ? '' : ` by “${cxx}”, which CXX names`}: ${detail}`,
    hint: `It was tried with g++ 12 and needs C++17. ${cxx === null ? 'Set CXX to use another compiler.' : otherCompiler}`,
  }),
  'network-too-large': ({ count }: { readonly count: number }) => ({
    message: `The network has ${count} parameters; at most 2³⁰ can train.`,
    hint: 'Use a smaller crop, or narrower fully connected layers.',
  }),
  'missing-library': ({ detail }: { readonly detail: string }) => ({
    message: `A library of the TensorFlow engine cannot be loaded: ${detail}`,
    hint: 'Reinstall it: `vgg-studio engines remove tensorflow`, then `vgg-studio engines install tensorflow`.',
  }),
  'unsupported-device': ({ detail }: { readonly detail: string }) => ({
    message: `The device cannot run this network with TensorFlow: ${detail}`,
    hint: 'Use --device cpu, or --engine onnxruntime.',
  }),
  'no-device': ({ failed }: { readonly failed: readonly Failed[] }, say: TextOfFact) => ({
    message: `No engine could train a step of this network. ${failed.map((one) => failedText(one, say)).join(' ')}`,
    hint: 'If memory ran out, close other programs, or use a smaller crop (data.crop) or narrower layers; else see `vgg-studio devices`.',
  }),
  'device-unusable': variants({
    /** Each failed its test. */
    tests: ({ failed }: { readonly failed: readonly Failed[] }, say: TextOfFact) => ({
      message: failed
        .map(({ label, reason }) => `${label} can’t be used here. ${say(reason).message}`)
        .join(' '),
      hint: 'Use --device cpu or auto; `vgg-studio devices` shows what works here.',
    }),
    device: (
      {
        label,
        reason,
        remedy,
      }: { readonly label: string; readonly reason: Reason | null; readonly remedy: Reason | null },
      say: TextOfFact,
    ) => ({
      message: [`${label} can’t be used here.`, ...(reason === null ? [] : [oneLine(say(reason))])].join(' '),
      hint: remedy === null ? 'See `vgg-studio devices` for what can.' : say(remedy).message,
    }),
  }),
  /** The engine of a run that is to resume. */
  'engine-missing': (
    {
      run,
      label,
      reason,
      install,
    }: {
      readonly run: string
      /** `TensorFlow 4.22.0 on CPU in bf16` */
      readonly label: string
      /** Null where it is not here any more. */
      readonly reason: Reason | null
      /** What to install. */
      readonly install: string | null
    },
    say: TextOfFact,
  ) => {
    const why = reason === null ? 'is not here any more.' : `does not work here. ${say(reason).message}`
    const back =
      install === null
        ? 'Make it work again (see `vgg-studio devices`)'
        : `Install it with \`vgg-studio engines install ${install}\``
    return {
      message: `Run ${run} was trained by ${label}, which ${why}`,
      hint: `${back}, or start a new run from its weights: vgg-studio train DATASET --from ${run}.`,
    }
  },
  'not-measured': ({ reason }: { readonly reason: Reason | null }, say: TextOfFact) => ({
    message: reason === null ? 'It could not be measured.' : say(reason).message,
  }),
  'trial-ended': (end: TrialEnd) => {
    const last = end.ending === 'killed' || end.ending === 'died' ? ` ${end.last}` : ''
    const how = `${trialEnds[end.ending](end)}${last}`.trim()
    return { message: end.trial === 'self-test' ? `The self-test failed: ${how}` : how }
  },
  'no-step': ({ seconds }: { readonly seconds: number }) => ({
    message: `It did not finish a step within ${seconds} s.`,
  }),
} as const
