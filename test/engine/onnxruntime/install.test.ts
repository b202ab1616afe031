import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { findInstallable } from '../../../core/engine/installables.ts'
import { runsSuccessfully } from '../../../core/engine/install/execute.ts'
import { thisSystem } from '../../../core/engine/install/machine.ts'
import { requirements, wheel, type Wheel } from '../../../core/engine/install/wheels.ts'
import {
  assembleCuda,
  installCuda,
  removeCuda,
  type CudaMachine,
} from '../../../core/engine/onnxruntime/install/install.ts'
import {
  cudaPreloaded,
  cudaRelease,
  type CudaRelease,
} from '../../../core/engine/onnxruntime/install/release.ts'
import {
  cudaFolderName,
  findCudaInstallation,
  ortVersion,
  readCudaManifest,
} from '../../../core/engine/onnxruntime/location.ts'
import { listedDevices } from '../../../core/engine/onnxruntime/providers.ts'
import { memoryOfGpus, parseGpus } from '../../../core/engine/nvidia.ts'
import { whyUnusable } from '../../say.ts'
import { unless } from '../../unless.ts'

const gpu = { name: 'NVIDIA T4', memory: 16e9, driver: '580.65.06' }
const machine: CudaMachine = { ...thisSystem(), platform: 'linux', arch: 'x64', glibc: '2.36', gpus: [gpu] }
const hasPip =
  process.platform === 'linux' &&
  process.arch === 'x64' &&
  (await runsSuccessfully('python3', ['-m', 'pip', '--version']))
const itWithPip = (name: string, body: () => Promise<void>) =>
  it.skipIf(!hasPip)(`${name}${unless(hasPip, 'it needs Linux x64 with pip')}`, body)
let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'vgg-studio-cuda-'))
  // pip, but never the network: only what lies in this folder.
  vi.stubEnv('PIP_NO_INDEX', '1')
  vi.stubEnv('PIP_FIND_LINKS', join(home, 'index'))
  vi.stubEnv('PIP_CONFIG_FILE', '/dev/null')
  vi.stubEnv('VGG_STUDIO_HOME', home)
  await mkdir(join(home, 'index'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(home, { recursive: true })
})

const makeWheel = `
import sys, zipfile
path, name, version, *files = sys.argv[1:]
info = f'{name}-{version}.dist-info'
with zipfile.ZipFile(path, 'w') as archive:
    archive.writestr(f'{info}/METADATA', f'Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n')
    archive.writestr(f'{info}/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: false\\nTag: py3-none-any\\n')
    archive.writestr(f'{info}/RECORD', '')
    archive.writestr(f'{info}/licenses/License.txt', 'as it pleases')
    for file in files: archive.writestr(file, 'content of ' + file)
`

/** Wheels as small as can be, with the real ones' layout, where pip finds them. */
async function smallRelease(): Promise<CudaRelease> {
  const contents: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'onnxruntime-gpu',
      ortVersion,
      [
        ...['cuda.so', 'shared.so', 'tensorrt.so'].map(
          (end) => `onnxruntime/capi/libonnxruntime_providers_${end}`,
        ),
        `onnxruntime/capi/libonnxruntime.so.${ortVersion}`,
        'onnxruntime/LICENSE',
      ],
    ],
    [
      'nvidia-everything',
      '13.0.1',
      [
        ...cudaPreloaded.map((name) => `nvidia/cu13/lib/${name}`),
        'nvidia/cu13/lib/libnvblas.so.13',
        'nvidia/cu13/include/cuda.h',
      ],
    ],
  ]
  const wheels: Wheel[] = []
  for (const [name, version, files] of contents) {
    const base = name.replaceAll('-', '_')
    const path = join(home, 'index', `${base}-${version}-py3-none-any.whl`)
    execFileSync('python3', ['-c', makeWheel, path, base, version, ...files])
    wheels.push(
      wheel(
        name,
        version,
        createHash('sha256')
          .update(await readFile(path))
          .digest('hex'),
      ),
    )
  }
  return { ...cudaRelease, wheels: wheels as [Wheel, ...Wheel[]], disk: 1e6 }
}

describe('installing CUDA for ONNX Runtime', () => {
  itWithPip(
    'puts the provider’s and NVIDIA’s libraries beside a copy of the package, and nothing else',
    async () => {
      const folder = join(home, 'engines', cudaFolderName())
      await assembleCuda('python3', await smallRelease(), folder, () => undefined, undefined)
      const native = `node_modules/onnxruntime-node/bin/napi-v6/linux/x64`
      expect((await readdir(join(folder, native))).toSorted()).toEqual(
        [
          ...cudaPreloaded,
          'libonnxruntime.so.1',
          'libonnxruntime_providers_cuda.so',
          'libonnxruntime_providers_shared.so',
          'onnxruntime_binding.node',
        ].toSorted(),
      )
      expect(await readdir(join(folder, 'licenses', 'nvidia-everything'))).toEqual(['License.txt'])
      expect(existsSync(join(folder, 'download'))).toBe(false)
      expect(findCudaInstallation()?.folder).toBe(folder)
      const { preload } = readCudaManifest(folder)!
      expect(preload).toEqual(cudaPreloaded.map((name) => join(native, name)))
    },
  )

  itWithPip('makes a copy from which the engine computes', async () => {
    const folder = join(home, 'engines', cudaFolderName())
    await assembleCuda('python3', await smallRelease(), folder, () => undefined, undefined)
    const program = `
      const { testDevice } = await import(${JSON.stringify(core('selection/selfTest.ts'))})
      const { onnxruntimeEngine } = await import(${JSON.stringify(core('onnxruntime/engine.ts'))})
      const [cpu] = await onnxruntimeEngine.devices()
      const { usable, selfTest } = await testDevice(cpu)
      const { runtime } = await import(${JSON.stringify(core('onnxruntime/runtime.ts'))})
      runtime()
      const { readFileSync } = await import('node:fs')
      const maps = readFileSync('/proc/self/maps', 'utf8')
      console.log(JSON.stringify({ usable, difference: selfTest.difference, maps: /\\S*libonnxruntime\\.so\\.1/.exec(maps)[0] }))`
    const file = join(home, 'program.mjs')
    await writeFile(file, program)
    const output = execFileSync(process.execPath, [file], { encoding: 'utf8' })
    expect(JSON.parse(output)).toEqual({
      usable: true,
      difference: 0,
      maps: expect.stringContaining(folder),
    })
  })

  itWithPip('takes it all away again where the GPU does not pass its self-test', async () => {
    const phases = new Set<string>()
    const release = await smallRelease()
    const result = installCuda({ home, machine, release, onProgress: ({ phase }) => phases.add(phase) })
    await expect(result).rejects.toMatchObject({
      code: 'self-test-failed',
      message: expect.stringContaining('needs a GPU of 2018 (Turing) or later'),
    })
    expect([...phases]).toEqual(['download', 'unpack', 'test'])
    expect(await readdir(join(home, 'engines'))).toEqual([])
  })

  itWithPip('refuses another content than the published one', async () => {
    const { wheels, ...release } = await smallRelease()
    const [first, second] = wheels as readonly [Wheel, ...Wheel[]] & { 1: Wheel }
    const changed: [Wheel, Wheel] = [first, { ...second, sha256: '0'.repeat(64) }]
    await expect(
      installCuda({ home, machine, release: { ...release, wheels: changed } }),
    ).rejects.toMatchObject({
      code: 'wrong-checksum',
    })
    expect(await readdir(join(home, 'engines'))).toEqual([])
  })

  it('says what hinders it before anything is fetched', async () => {
    const on = (changes: Partial<CudaMachine>) => installCuda({ home, machine: { ...machine, ...changes } })
    await expect(on({ gpus: [] })).rejects.toMatchObject({
      code: 'no-gpu',
      hint: expect.stringContaining('driver 580 or later'),
    })
    await expect(on({ gpus: [{ ...gpu, driver: '550.10' }] })).rejects.toMatchObject({ code: 'old-driver' })
    await expect(on({ platform: 'win32' })).rejects.toMatchObject({ code: 'unsupported-platform' })
    await expect(on({ pythons: ['no-such-python'] })).rejects.toMatchObject({ code: 'missing-tools' })
    expect(existsSync(join(home, 'engines'))).toBe(false)
  })

  it('does nothing where it is installed, ignores another version, and removes all', async () => {
    const folder = await pretend(ortVersion)
    const old = await pretend('1.2.3')
    expect(await installCuda({ home, machine })).toEqual({ version: ortVersion, folder, installed: false })
    expect(findCudaInstallation()?.folder).toBe(folder)
    const { copies } = await findInstallable('onnxruntime-cuda').state(home)
    expect(copies.map(({ version, used }) => [version, used]).toSorted()).toEqual(
      [
        ['1.2.3', false],
        [ortVersion, true],
      ].toSorted(),
    )
    expect((await removeCuda(home)).toSorted()).toEqual([folder, old].toSorted())
    expect(findCudaInstallation()).toBeNull()
  })
})

/** What makes a folder a finished installation. */
async function pretend(version: string): Promise<string> {
  const folder = join(home, 'engines', cudaFolderName(version))
  await mkdir(folder, { recursive: true })
  const manifest = { format: 'vgg-studio-onnxruntime-cuda', version, files: ['manifest.json'], preload: [] }
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest))
  return folder
}

const core = (path: string): string => fileURLToPath(new URL(`../../../core/engine/${path}`, import.meta.url))

describe('what is downloaded', () => {
  it('is for the version of the package, known by version and hash', () => {
    expect(cudaRelease.version).toBe(ortVersion)
    const lines = requirements(cudaRelease.wheels).trimEnd().split('\n')
    for (const line of lines) expect(line).toMatch(/^[a-z0-9-]+==[0-9.]+ --hash=sha256:[0-9a-f]{64}$/)
    expect(lines[0]).toContain(`onnxruntime-gpu==${ortVersion} `)
  })
})

describe('the CUDA device', () => {
  const listed = (gpus: Parameters<typeof listedDevices>[0]) =>
    listedDevices(gpus, { VGG_STUDIO_ONNXRUNTIME: home }).find(({ id }) => id === 'cuda')

  const isSupported = process.platform === 'linux' && process.arch === 'x64'
  it.runIf(isSupported)(
    `says without trying what it lacks${unless(isSupported, 'it needs Linux x64')}`,
    () => {
      const none = listed([])!
      expect(none.usable).toBe(false)
      expect(whyUnusable(none)).toContain('no NVIDIA GPU here')
      const there = listed([gpu])!
      expect(there).toMatchObject({ usable: false, memory: 16e9, name: 'NVIDIA T4 through CUDA' })
      expect(whyUnusable(there)).toContain('`vgg-studio engines install onnxruntime-cuda`')
    },
  )

  it('has the memory that the driver tells', () => {
    const text = 'NVIDIA GeForce RTX 4090, 24564, 580.65.06\nTesla T4, 15360, 580.65.06\n'
    expect(parseGpus(text)).toEqual([
      { name: 'NVIDIA GeForce RTX 4090', memory: 24564 * 2 ** 20, driver: '580.65.06' },
      { name: 'Tesla T4', memory: 15360 * 2 ** 20, driver: '580.65.06' },
    ])
    expect(parseGpus('NVIDIA-SMI has failed because it couldn’t communicate with the driver.')).toEqual([])
    expect(parseGpus('')).toEqual([])
    const gpus = parseGpus(text)
    expect(memoryOfGpus('cuda:1', gpus)).toBe(15360 * 2 ** 20)
    expect(memoryOfGpus('cuda:0,1', gpus)).toBe(2 * 15360 * 2 ** 20)
    expect(memoryOfGpus('cuda:2', gpus)).toBeUndefined()
    expect(memoryOfGpus('cpu', gpus)).toBeUndefined()
  })
})
