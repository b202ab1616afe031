import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { StudioError } from '../../../base/errors.ts'
import { enginesOf } from '../../folders.ts'
import {
  checkSpace,
  firstRunnable,
  isLinuxX64,
  pipVersion,
  systemName,
  thisSystem,
} from '../../install/machine.ts'
import type { System } from '../../install/machine.ts'
import { packagesFor } from '../../install/packages.ts'
import { removeAll, stage } from '../../install/staging.ts'
import { downloadWheels, unpackWheel } from '../../install/wheels.ts'
import type { InstalledEngine, InstallProgress } from '../../installable.ts'
import { nvidiaGpus, type NvidiaGpu } from '../../nvidia.ts'
import { testDevice } from '../../selection/selfTest.ts'
import {
  cudaFolderName,
  nativeFolder,
  ortVersion,
  packageFolder,
  readCudaManifest,
  type CudaManifest,
} from '../location.ts'
import { cudaDevice } from '../providers.ts'
import { cudaPatterns, cudaPreloaded, cudaRelease, type CudaRelease } from './release.ts'

/** The machine, as far as it matters; tests give another. */
export interface CudaMachine extends System {
  readonly gpus: readonly NvidiaGpu[]
}

export async function thisCudaMachine(): Promise<CudaMachine> {
  return { ...thisSystem(), gpus: await nvidiaGpus() }
}

export interface CudaInstallOptions {
  /** The studio's folder. */
  readonly home: string
  readonly machine?: CudaMachine
  /** What is installed; tests give another. */
  readonly release?: CudaRelease
  readonly onProgress?: ((progress: InstallProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Installs the CUDA execution provider into the studio's folder: a copy of the npm package with the provider's and
 * NVIDIA's libraries beside its own (why a copy: see location.ts), and a training step on the GPU to prove that it
 * works. It appears whole or not at all. A second call does nothing.
 */
export async function installCuda(options: CudaInstallOptions): Promise<InstalledEngine> {
  const { home, release = cudaRelease, onProgress = () => undefined, signal } = options
  const engines = enginesOf(home)
  const there = join(engines, cudaFolderName())
  if (readCudaManifest(there)) return { version: ortVersion, folder: there, installed: false }

  const machine = options.machine ?? (await thisCudaMachine())
  const python = await checkMachine(machine, release)
  const folder = await stage({
    engines,
    name: cudaFolderName(),
    kind: installationNames,
    isComplete: (folder) => readCudaManifest(folder) !== null,
    async fill(staging) {
      await checkSpace('ONNX Runtime’s CUDA provider', engines, release.disk)
      await assembleCuda(python, release, staging, onProgress, signal)
      onProgress({ phase: 'test', done: 0, total: 1 })
      await test(machine.gpus[0]!, staging, signal)
    },
  })
  return { version: ortVersion, folder, installed: true }
}

const installationNames = /^onnxruntime-cuda-[0-9.]+$/

/** Removes all versions from the studio's folder. @returns the folders that are gone */
export async function removeCuda(home: string): Promise<readonly string[]> {
  return removeAll(enginesOf(home), installationNames)
}

/** @returns a Python with pip. @throws StudioError what hinders an installation here, and what would help */
export async function checkMachine(
  machine: CudaMachine,
  release: CudaRelease = cudaRelease,
): Promise<string> {
  if (!isLinuxX64(machine)) {
    throw new StudioError('unsupported-platform', { what: 'onnxruntime-cuda', system: systemName(machine) })
  }
  if (release.version !== ortVersion) {
    throw new StudioError('wrong-version', { version: release.version, ortVersion })
  }
  checkDriver(machine, release)
  const python = await firstRunnable(machine.pythons, pipVersion)
  if (python) return python
  throw new StudioError('missing-tools', { what: 'onnxruntime-cuda', packages: packagesFor(['python']) })
}

/** Checks the driver before a gigabyte is downloaded for nothing. */
function checkDriver({ gpus: [gpu] }: CudaMachine, { driver: least }: CudaRelease): void {
  if (!gpu) {
    throw new StudioError('no-gpu', { least })
  }
  const found = Number.parseInt(gpu.driver, 10)
  if (found >= least) return
  throw new StudioError('old-driver', { driver: gpu.driver, least })
}

/** Everything but the proof. */
export async function assembleCuda(
  python: string,
  release: CudaRelease,
  staging: string,
  report: (progress: InstallProgress) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { download: total, wheels } = release
  const temporary = join(staging, 'download')
  await downloadWheels({
    python,
    wheels,
    title: 'ONNX Runtime’s CUDA provider',
    folder: temporary,
    onBytes: (done) => report({ phase: 'download', done: Math.min(done, total), total }),
    signal,
  })
  report({ phase: 'download', done: total, total })
  const native = join('node_modules', 'onnxruntime-node', nativeFolder)
  const copied = await copyPackages(staging)
  const libraries: string[] = []
  for (const [index, wheel] of wheels.entries()) {
    report({ phase: 'unpack', done: index, total: wheels.length })
    const patterns = index === 0 ? cudaPatterns.provider : cudaPatterns.nvidia
    const target = join(temporary, wheel.name)
    const files = await unpackWheel(python, { wheel, from: temporary, target, patterns }, signal)
    for (const file of files) {
      const isLibrary = file.includes('.so')
      const inside = isLibrary ? native : join('licenses', wheel.name)
      await mkdir(join(staging, inside), { recursive: true })
      await rename(join(target, file), join(staging, inside, basename(file)))
      if (isLibrary) libraries.push(join(inside, basename(file)))
    }
  }
  await rm(temporary, { recursive: true })
  const manifest: CudaManifest = {
    format: 'vgg-studio-onnxruntime-cuda',
    version: ortVersion,
    files: [...copied, ...libraries],
    preload: cudaPreloaded.map((name) => join(native, name)),
  }
  await writeFile(join(staging, 'package.json'), '{ "private": true }\n')
  await writeFile(join(staging, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}

/** The npm package without other systems' files, and the one that it needs. @returns what has to be there */
async function copyPackages(staging: string): Promise<readonly string[]> {
  const parts = [
    { name: 'onnxruntime-node', paths: ['package.json', 'dist', nativeFolder] },
    { name: 'onnxruntime-common', paths: ['package.json', 'dist/cjs'] },
  ] as const
  for (const { name, paths } of parts) {
    for (const path of paths) {
      const target = join(staging, 'node_modules', name, path)
      await cp(join(packageFolder(name), path), target, { recursive: true, dereference: true })
    }
  }
  const own = join('node_modules', 'onnxruntime-node')
  return [
    join(own, 'dist', 'index.js'),
    join(own, nativeFolder, 'onnxruntime_binding.node'),
    join(own, nativeFolder, 'libonnxruntime.so.1'),
    join('node_modules', 'onnxruntime-common', 'dist', 'cjs', 'index.js'),
  ]
}

/** A training step on the GPU, in another process, held against the CPU's. */
async function test(gpu: NvidiaGpu, staging: string, signal: AbortSignal | undefined): Promise<void> {
  const environment = { ...process.env, VGG_STUDIO_ONNXRUNTIME: staging }
  const { usable, reason } = await testDevice(cudaDevice(gpu), { environment, signal })
  if (usable) return
  throw new StudioError('self-test-failed', { what: 'onnxruntime-cuda', reason: reason ?? null })
}
