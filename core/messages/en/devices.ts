import { fixedText, variants } from '../text.ts'
import type { Reason, Stored, TextOfFact } from '../types.ts'

interface Named {
  /** `TensorFlow CPU bf16` */
  readonly label: string
}

/** What could not be used, and why. */
export interface Failed extends Named {
  readonly reason: Reason
}

const ended = (message: string): string => message.replace(/[.\s]*$/, '.')

/** Why a device cannot be used, what it needs, and why one was chosen. */
export const devices = {
  'device-needs': variants({
    cpu: fixedText('It is part of the package: reinstall with `npm ci`.'),
    webgpu: fixedText(
      'It needs a GPU with a Vulkan, Metal or Direct3D 12 driver (on Linux the package libvulkan1).',
    ),
    cuda: fixedText(
      'It needs an NVIDIA GPU with its driver, and libraries that `vgg-studio engines install onnxruntime-cuda` fetches.',
    ),
    'cuda-gpu': fixedText(
      'It needs a GPU of 2018 (Turing) or later, and NVIDIA’s driver for CUDA 13 (580 or later).',
    ),
    dml: fixedText('It needs Windows 10 or later and a GPU with a Direct3D 12 driver.'),
    coreml: fixedText('It needs macOS on Apple silicon.'),
  }),
  'no-cuda': variants({
    libraries: fixedText(
      'ONNX Runtime’s CUDA libraries are not installed. Fetch them with `vgg-studio engines install onnxruntime-cuda`.',
    ),
    gpu: fixedText(
      'There is no NVIDIA GPU here, or its driver is not installed. With both, `vgg-studio engines install onnxruntime-cuda` fetches the rest.',
    ),
  }),
  /** A trial that failed, and what the device needs. */
  'trial-failed': (
    { problem, needs }: { readonly problem: Stored; readonly needs: Stored | null },
    say: TextOfFact,
  ) => {
    const { message, hint } = say(problem)
    return { message: [ended(message), needs ? say(needs).message : hint].filter(Boolean).join(' ') }
  },
  /** A candidate that could not train a step. */
  'ruled-out': ({ problem }: { readonly problem: Stored }, say: TextOfFact) => {
    const { message } = say(problem)
    return { message: ended(message.charAt(0).toUpperCase() + message.slice(1)) }
  },
  'no-gradients': fixedText('Its gradients are not all numbers: it cannot be trained.'),
  'other-gradients': ({ difference }: { readonly difference: number }) => ({
    message: `Its gradients differ from the CPU's by ${(100 * difference).toFixed(1)}%: it cannot be trained.`,
  }),
  /** Why a device was chosen among several. */
  choice: variants({
    unmeasured: ({ label }: Named) => ({ message: label }),
    /** Nothing else works; `failed` is what should have. */
    only: ({ label, failed }: Named & { readonly failed: readonly Failed[] }, say: TextOfFact) => ({
      message: `${label}, the only one that works here${failed.length === 0 ? '' : ` (${failed.map((one) => failedText(one, say)).join(' ')})`}`,
    }),
    faster: ({ label, factor, other }: Named & { readonly factor: number; readonly other: string }) => ({
      message: `${label}, ${factorText(factor)} ${other} here`,
    }),
    expected: ({ label, factor, other }: Named & { readonly factor: number; readonly other: string }) => ({
      message: `${label}, about ${factorText(factor)} ${other}, from what this machine has shown`,
    }),
    typical: ({ label, factor, other }: Named & { readonly factor: number; readonly other: string }) => ({
      message: `${label}, on most machines about ${factorText(factor)} ${other}`,
    }),
  }),
} as const

export const failedText = ({ label, reason }: Failed, say: TextOfFact): string =>
  `${label}: ${say(reason).message}`

/** `3.4×`, `12×` */
export function factorText(value: number): string {
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)}×`
}
