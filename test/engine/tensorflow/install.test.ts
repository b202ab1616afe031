import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { compileBinding } from '../../../core/engine/tensorflow/install/compile.ts'
import { installTensorflow, removeTensorflow } from '../../../core/engine/tensorflow/install/install.ts'
import { packagesFor } from '../../../core/engine/install/packages.ts'
import { howToGet } from '../../../core/messages/en/words.ts'
import { findTools, thisMachine, type Machine } from '../../../core/engine/tensorflow/install/tools.ts'
import { requirements } from '../../../core/engine/install/wheels.ts'
import { findInstallation, tfjsFolder } from '../../../core/engine/tensorflow/location.ts'
import {
  bindingPackage,
  installationName,
  releases,
  tensorflowVersion,
} from '../../../core/engine/tensorflow/release.ts'
import { unless } from '../../unless.ts'

const linuxWith = (environment: NodeJS.ProcessEnv): Machine => ({
  ...thisMachine(environment),
  ...{ platform: 'linux', arch: 'x64', glibc: '2.36' },
})
const linux = linuxWith({})
const hasTools =
  process.platform === 'linux' &&
  (await findTools(linux).then(
    () => true,
    () => false,
  ))
const itWithTools = (name: string, body: () => Promise<void>) =>
  it.skipIf(!hasTools)(`${name}${unless(hasTools, 'it needs Linux, pip and a C++ compiler')}`, body)
let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'vgg-studio-install-'))
  // pip, but never the network: only what lies in this folder.
  vi.stubEnv('PIP_NO_INDEX', '1')
  vi.stubEnv('PIP_FIND_LINKS', home)
  vi.stubEnv('PIP_CONFIG_FILE', '/dev/null')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(home, { recursive: true })
})

/** What makes a folder a finished installation. */
async function pretend(name: string, files: readonly string[] = ['binding.node']): Promise<string> {
  const folder = join(home, 'engines', name)
  await mkdir(folder, { recursive: true })
  for (const file of files) await writeFile(join(folder, file), '')
  const manifest = {
    format: 'vgg-studio-tensorflow',
    version: tensorflowVersion,
    variant: 'cpu',
    binding: 'binding.node',
    files: ['binding.node'],
  }
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest))
  return folder
}

describe('installing TensorFlow', () => {
  it('says all at once what this machine lacks, and how to get it', async () => {
    const machine = { ...linux, pythons: ['no-such-python'], compilers: ['no-such-compiler'] }
    await expect(installTensorflow({ home, machine })).rejects.toMatchObject({
      code: 'missing-tools',
      message: expect.stringContaining('lacks Python 3 with pip and a C++ compiler'),
      hint: howToGet(packagesFor(['python', 'compiler'])),
    })
  })

  it('names CXX and its value where that is no compiler', async () => {
    const machine = linuxWith({ CXX: 'no-such-compiler' })
    await expect(installTensorflow({ home, machine })).rejects.toMatchObject({
      code: 'missing-tools',
      message: expect.stringContaining('CXX names “no-such-compiler”, which does not run'),
      hint: expect.stringContaining('Set CXX to the program of another compiler, or unset it.'),
    })
  })

  const hasBinding = tfjsFolder(bindingPackage.name) !== null
  const noBinding = unless(hasBinding, 'the package of the binding is not installed')
  it.skipIf(!hasBinding)(`names CXX and its value where it cannot compile${noBinding}`, async () => {
    // It answers --version, and knows nothing of -shared.
    const compiler = process.execPath
    const tools = { python: 'python3', compiler, cxx: compiler, nodeHeaders: home }
    await expect(compileBinding(tools, home, join(home, 'npm'), undefined)).rejects.toMatchObject({
      code: 'compile-failed',
      message: expect.stringContaining(`by “${compiler}”, which CXX names: `),
      hint: expect.stringContaining('Set CXX to the program of another compiler'),
    })
  })

  it.each([
    ['ID=ubuntu\nID_LIKE=debian\n', 'On Debian and Ubuntu: sudo apt install python3-pip g++'],
    [
      'ID="rocky"\nID_LIKE="rhel centos fedora"\n',
      'On Fedora and Red Hat: sudo dnf install python3-pip gcc-c++',
    ],
    ['ID=opensuse-leap\nID_LIKE="suse opensuse"', 'On openSUSE: sudo zypper install python3-pip gcc-c++'],
    ['NAME=Arch\nID=arch\n', 'On Arch Linux: sudo pacman -S python-pip gcc'],
    ['', 'On Debian and Ubuntu: sudo apt install python3-pip g++'],
  ])('names the packages as this Linux does (%j)', (release, expected) => {
    expect(howToGet(packagesFor(['python', 'compiler'], release))).toBe(expected)
  })

  it('says what is possible on other systems', async () => {
    const on = (machine: Partial<Machine>) => installTensorflow({ home, machine: { ...linux, ...machine } })
    await expect(on({ platform: 'darwin', arch: 'arm64' })).rejects.toMatchObject({
      code: 'unsupported-platform',
      hint: expect.stringContaining('--original'),
    })
    await expect(on({ glibc: undefined })).rejects.toMatchObject({
      message: expect.stringContaining('Linux without glibc'),
      hint: expect.stringContaining('onnxruntime'),
    })
  })

  itWithTools('leaves nothing behind when the download fails', async () => {
    await expect(installTensorflow({ home, machine: linux })).rejects.toMatchObject({
      code: 'download-failed',
    })
    expect(await readdir(join(home, 'engines'))).toEqual([])
  })

  itWithTools('refuses a wheel with another content than the published one', async () => {
    const name = `tensorflow_cpu-${tensorflowVersion}-cp312-cp312-manylinux_2_17_x86_64.whl`
    await writeFile(join(home, name), 'something else')
    await expect(installTensorflow({ home, machine: linux })).rejects.toMatchObject({
      code: 'wrong-checksum',
    })
    expect(await readdir(join(home, 'engines'))).toEqual([])
  })

  itWithTools('stops where it is told to, and leaves nothing behind', async () => {
    const signal = AbortSignal.abort()
    await expect(installTensorflow({ home, machine: linux, signal })).rejects.toMatchObject({
      code: 'canceled',
    })
    expect(await readdir(join(home, 'engines'))).toEqual([])
  })

  it('does nothing where it is installed', async () => {
    const folder = await pretend(installationName('cpu'))
    const phases: string[] = []
    const result = await installTensorflow({ home, onProgress: ({ phase }) => phases.push(phase) })
    expect(result).toEqual({ version: tensorflowVersion, folder, installed: false })
    expect(phases).toEqual([])
  })

  itWithTools(
    'clears away what an installation that was killed left behind, and not what another one is writing',
    async () => {
      const dead = join(home, 'engines', `${installationName('cpu')}.999999999.tmp`)
      const alive = join(home, 'engines', `${installationName('cuda')}.${process.ppid}.tmp`)
      for (const folder of [dead, alive]) await mkdir(folder, { recursive: true })
      await expect(installTensorflow({ home, machine: linux })).rejects.toThrow()
      expect(await readdir(join(home, 'engines'))).toEqual([
        `${installationName('cuda')}.${process.ppid}.tmp`,
      ])
    },
  )

  it('finds a complete installation, and no other', async () => {
    const environment = { VGG_STUDIO_HOME: home }
    const folder = await pretend(installationName('cpu'))
    expect(findInstallation(environment)).toEqual({
      binding: join(folder, 'binding.node'),
      version: tensorflowVersion,
      cuda: false,
      source: 'studio',
    })
    await rm(join(folder, 'binding.node'))
    expect(findInstallation({ VGG_STUDIO_TENSORFLOW: folder })).toBeNull()
  })

  it('removes every version, and nothing else', async () => {
    await pretend('tensorflow-2.9.1-cpu')
    await pretend(installationName('cuda'))
    await pretend('tensorflow-of-mine')
    expect((await removeTensorflow(home)).toSorted()).toEqual(
      ['tensorflow-2.9.1-cpu', installationName('cuda')]
        .toSorted()
        .map((name) => join(home, 'engines', name)),
    )
    expect(await readdir(join(home, 'engines'))).toEqual(['tensorflow-of-mine'])
    expect(await removeTensorflow(join(home, 'elsewhere'))).toEqual([])
  })
})

describe('what is downloaded', () => {
  const line = /^[a-z0-9-]+==[0-9.]+ --hash=sha256:[0-9a-f]{64}$/

  it('is one wheel for the CPU, known by version and hash', () => {
    const lines = requirements(releases.cpu.wheels).trimEnd().split('\n')
    expect(lines).toEqual([expect.stringMatching(line)])
    expect(lines[0]).toMatch(`tensorflow-cpu==${tensorflowVersion}`)
  })

  it('is the TensorFlow for CUDA 12 and the NVIDIA libraries that it names, for GPUs', () => {
    const lines = requirements(releases.cuda.wheels).trimEnd().split('\n')
    expect(lines.every((text) => line.test(text))).toBe(true)
    const libraries =
      'cublas cuda-cupti cuda-nvcc cuda-nvrtc cuda-runtime cudnn cufft curand cusolver cusparse nccl nvjitlink'
    const names = ['tensorflow', ...libraries.split(' ').map((name) => `nvidia-${name}-cu12`)]
    expect(releases.cuda.wheels.map(({ name }) => name)).toEqual(names)
  })
})
