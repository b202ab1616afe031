import { certificateText, counted, type CertificateValues } from '../words.ts'
import { fixedText, variants } from '../../text.ts'
import type { Reason, TextOfFact } from '../../types.ts'

/** Files of weights, and exports. */
export const weightsErrors = {
  'file-not-found': ({ path }: { readonly path: string }) => ({ message: `There is no file ${path}.` }),
  'unknown-network': (
    { path, reason }: { readonly path: string; readonly reason: Reason },
    say: TextOfFact,
  ) => ({
    message: `${path}: ${say(reason).message}.`,
    hint: 'Weights of AlexNet and of VGG-11, -13, -16 and -19 are known, with and without batch normalization, as torchvision, timm, Keras, Caffe’s converters and ONNX name them; those of ResNets and of GoogLeNet as torchvision names them, with squeeze-and-excitation as timm does.',
  }),
  'invalid-safetensors': (
    { path, reason }: { readonly path: string; readonly reason: Reason },
    say: TextOfFact,
  ) => ({
    message: `${path} is not a complete safetensors file: ${say(reason).message}.`,
    hint: 'Copy or download it again, or use another checkpoint.',
  }),
  'unsupported-dtype': variants({
    unknown: ({
      name,
      path,
      dtype,
      known,
    }: {
      readonly name: string
      readonly path: string
      readonly dtype: string
      readonly known: readonly string[]
    }) => ({
      message: `Tensor ${name} in ${path} holds ${dtype} values; supported: ${known.join(', ')}.`,
      hint: 'Convert the weights to 32-bit floats where they were made.',
    }),
    'not-floats': ({
      name,
      path,
      type,
    }: {
      readonly name: string
      readonly path: string
      readonly type: string
    }) => ({
      message: `Tensor ${name} in ${path} holds ${type} values, not floats.`,
      hint: 'Convert the weights to 32-bit floats where they were made.',
    }),
  }),
  'output-exists': variants({
    files: ({ folder, files }: { readonly folder: string; readonly files: readonly string[] }) => ({
      message: `${folder} already has ${files.join(', ')}, not from an export.`,
      hint: 'Choose another folder, or move these files away.',
    }),
    export: ({ folder }: { readonly folder: string }) => ({
      message: `${folder} already holds an export.`,
      hint: 'Choose another folder, or say that it may be replaced (--overwrite).',
    }),
    'not-a-folder': ({ folder }: { readonly folder: string }) => ({
      message: `${folder} is a file, not a folder.`,
      hint: 'Choose another folder.',
    }),
  }),
  'output-not-writable': ({ folder, detail }: { readonly folder: string; readonly detail: string }) => ({
    message: `${folder} cannot be written: ${detail}.`,
    hint: 'Choose a folder that you may write to, on a drive with enough space.',
  }),
  'invalid-weights': variants({
    file: ({ path, reason }: { readonly path: string; readonly reason: Reason }, say: TextOfFact) => ({
      message: `${path} cannot be read as weights: ${say(reason).message}.`,
      hint: 'Copy or download it again, or save the weights again where they were made (PyTorch: torch.save(model.state_dict(), …)).',
    }),
    pickle: ({ reason }: { readonly reason: Reason }, say: TextOfFact) => ({
      message: `A pickle in the file is broken: ${say(reason).message}.`,
      hint: 'Copy or download it again.',
    }),
    unnamed: ({ path }: { readonly path: string }) => ({
      message: `${path} does not say which weights it holds.`,
      hint: 'Remove it, and get or import the weights again (vgg-studio weights).',
    }),
  }),
  'unknown-weights': ({ path }: { readonly path: string }) => ({
    message: `${path} is in no format of weights that is known here.`,
    hint: 'Use PyTorch’s .pth, safetensors, Keras’ .h5 or .keras, or ONNX.',
  }),
  'refused-pickle': ({ what }: { readonly what: string }) => ({
    message: `The file wants to use ${what}, which a file of weights has no need for: nothing of it was run.`,
    hint: 'Save the weights alone where they were made: torch.save(model.state_dict(), "weights.pth"), or as safetensors.',
  }),
  'invalid-export': ({ scale, height }: { readonly scale: number; readonly height: number }) => ({
    message: `scale: ${scale} pixels is less than the crop, ${height}.`,
    hint: 'Give a whole number of pixels that is at least the crop.',
  }),
  'certificate-failed': ({ certificate }: { readonly certificate: CertificateValues }) => ({
    message: `The exported model does not answer as the network does: ${certificateText(certificate)}.`,
    hint: 'Nothing was written. Try another format, or another engine or device for the source; if it stays, please report it.',
  }),
  'export-choice': variants({
    inside: fixedText(
      'Preprocessing can’t lie inside of safetensors, which hold weights alone.',
      'Leave it outside (--preprocessing outside), or export ONNX.',
    ),
    'inside-tensorflow': fixedText(
      'Preprocessing can’t lie inside of this format: TensorFlow.js resizes pictures without antialiasing.',
      'Leave it outside (--preprocessing outside), where the programs beside the model do it, or export ONNX.',
    ),
    batch: fixedText(
      'Safetensors hold weights, whatever the number of images at a time.',
      'Leave --batch out, or export ONNX.',
    ),
    'batch-tensorflow': fixedText(
      'This format takes any number of images at a time, and no certain one.',
      'Leave --batch out, or export ONNX.',
    ),
    weights: fixedText(
      'Only TensorFlow.js models keep weights in fewer bits and compute in 32-bit floats.',
      'Leave --weights out, or export tfjs; ONNX in fewer bits is onnx-fp16 or onnx-int8.',
    ),
  }),
  'export-calibration': ({ images }: { readonly images: number }) => ({
    message:
      images === 0
        ? 'A format in integers needs training images, to see which values the network’s layers take; this run has none here.'
        : `None of ${counted(images, 'training image')} could be read. A format in integers needs some, to see which values the network’s layers take.`,
    hint: 'Export it where the data set is, or as onnx-fp16.',
  }),
  'export-unopened': ({ runtime, detail }: { readonly runtime: string; readonly detail: string }) => ({
    message: `${runtime} could not run the export: ${detail}`,
    hint: 'Nothing was written where it was being exported. Try again with more free memory; if it stays, please report it.',
  }),
  'not-an-export': ({ folder }: { readonly folder: string }) => ({
    message: `${folder} holds no export with a certificate.`,
    hint: 'Name the folder that has certificate.json and SHA256SUMS in it. Exports of version 0.1 have none: export the run again.',
  }),
} as const
