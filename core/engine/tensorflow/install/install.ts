import { rm, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { StudioError } from '../../../base/errors.ts'
import { enginesOf } from '../../folders.ts'
import { checkSpace } from '../../install/machine.ts'
import { removeAll, stage } from '../../install/staging.ts'
import { downloadWheels } from '../../install/wheels.ts'
import type { InstalledEngine, InstallProgress } from '../../installable.ts'
import { testDevice } from '../../selection/selfTest.ts'
import { tensorflowDevices } from '../devices.ts'
import { findInstallation, readManifest } from '../location.ts'
import type { Manifest } from '../manifest.ts'
import { installationName, releases, tensorflowVersion, variants, type Variant } from '../release.ts'
import { compileBinding } from './compile.ts'
import { checkPlatform, findTools, thisMachine, type Machine, type Tools } from './tools.ts'
import { unpackWheels } from './wheels.ts'

export interface InstallOptions {
  /** The studio's folder. */
  readonly home: string
  readonly variant?: Variant
  readonly machine?: Machine
  readonly onProgress?: (progress: InstallProgress) => void
  readonly signal?: AbortSignal | undefined
}

/**
 * Installs the TensorFlow engine into the studio's folder: libtensorflow from PyPI's wheel, tfjs-node's binding compiled
 * against it, a training step to prove that it works. It appears whole or not at all. A second call does nothing.
 */
export async function installTensorflow(options: InstallOptions): Promise<InstalledEngine> {
  const { home, variant = 'cpu', machine = thisMachine(), onProgress = () => undefined, signal } = options
  const engines = enginesOf(home)
  const folder = join(engines, installationName(variant))
  if (readManifest(folder)) return { version: tensorflowVersion, folder, installed: false }

  checkPlatform(machine)
  const tools = await findTools(machine)
  await stage({
    engines,
    name: installationName(variant),
    kind: installationNames,
    isComplete: (place) => readManifest(place) !== null,
    async fill(staging) {
      await checkSpace('The TensorFlow engine', engines, releases[variant].disk)
      await build(tools, variant, staging, onProgress, signal)
      await test(staging, onProgress, signal)
    },
  })
  return { version: tensorflowVersion, folder, installed: true }
}

const installationNames = new RegExp(`^tensorflow-[0-9.]+-(${variants.join('|')})$`)

/** Removes all versions and variants from the studio's folder. @returns the folders that are gone */
export async function removeTensorflow(home: string): Promise<readonly string[]> {
  return removeAll(enginesOf(home), installationNames)
}

async function build(
  tools: Tools,
  variant: Variant,
  staging: string,
  report: (progress: InstallProgress) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const release = releases[variant]
  const temporary = join(staging, 'download')
  const { download: total } = release
  await downloadWheels({
    python: tools.python,
    wheels: release.wheels,
    title: 'TensorFlow',
    folder: temporary,
    onBytes: (done) => report({ phase: 'download', done: Math.min(done, total), total }),
    signal,
  })
  report({ phase: 'download', done: total, total })
  const unpacked = await unpackWheels(
    tools,
    release,
    temporary,
    staging,
    (done) => report({ phase: 'unpack', done, total: release.wheels.length }),
    signal,
  )
  report({ phase: 'compile', done: 0, total: 1 })
  const binding = await compileBinding(tools, staging, join(temporary, 'npm'), signal)
  const kept = unpacked.filter((file) => !file.startsWith('tensorflow/include/') || file.endsWith('/LICENSE'))
  await linkBeside(staging, kept)
  await rm(temporary, { recursive: true })
  for (const folder of ['tensorflow', 'xla', 'tsl']) {
    await rm(join(staging, 'tensorflow', 'include', folder), { recursive: true, force: true })
  }
  const manifest: Manifest = {
    format: 'vgg-studio-tensorflow',
    version: tensorflowVersion,
    variant,
    binding,
    files: [binding, ...kept],
  }
  await writeFile(join(staging, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}

/** libtensorflow looks for NVIDIA's libraries beside itself. */
async function linkBeside(staging: string, files: readonly string[]): Promise<void> {
  for (const file of files.filter((name) => /^nvidia\/[^/]+\/lib\//.test(name))) {
    await symlink(join('..', file), join(staging, 'tensorflow', basename(file)))
  }
}

/** A training step in another process, held against ONNX Runtime's. */
async function test(
  staging: string,
  report: (progress: InstallProgress) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  report({ phase: 'test', done: 0, total: 1 })
  const environment = { ...process.env, VGG_STUDIO_TENSORFLOW: staging }
  const cpu = tensorflowDevices(findInstallation(environment)).find(({ id }) => id === 'cpu')!
  const { usable, reason } = await testDevice(cpu, { environment, signal })
  if (!usable) {
    throw new StudioError('self-test-failed', { what: 'tensorflow', reason: reason ?? null })
  }
}
