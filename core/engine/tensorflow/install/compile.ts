import { createHash } from 'node:crypto'
import { readFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { StudioError } from '../../../base/errors.ts'
import { tfjsFolder } from '../location.ts'
import { bindingPackage } from '../release.ts'
import { execute } from '../../install/execute.ts'
import type { Tools } from './tools.ts'

/**
 * Compiles tfjs-node's binding against the libtensorflow in `folder`, and puts it beside it. Takes about 10 s.
 *
 * @returns the binding's path in `folder`
 */
export async function compileBinding(
  tools: Tools,
  folder: string,
  temporary: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const sources = await bindingSources(temporary, signal)
  const binding = 'tensorflow/tfjs_binding.node'
  const libraries = join(folder, 'tensorflow')
  try {
    await execute(
      tools.compiler,
      [
        ...['-shared', '-fPIC', '-std=c++17', '-O2', '-DNAPI_VERSION=8'],
        ...['-isystem', join(libraries, 'include'), '-isystem', tools.nodeHeaders],
        ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(sources, file)),
        ...['-L', libraries, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
        ...['-Wl,-rpath,$ORIGIN', '-o', join(folder, binding)],
      ],
      { signal },
    )
  } catch (error) {
    if (error instanceof StudioError && error.code === 'canceled') throw error
    throw new StudioError(
      'compile-failed',
      `The binding of TensorFlow cannot be compiled: ${String(error)}`,
      {
        hint: 'It was tried with g++ 12 and needs C++17. Set CXX to use another compiler.',
        cause: error,
      },
    )
  }
  return binding
}

/** The C++ sources: in node_modules, or from npm where the optional dependency was left out. */
async function bindingSources(temporary: string, signal: AbortSignal | undefined): Promise<string> {
  const { name, version, integrity } = bindingPackage
  const installed = tfjsFolder(name)
  if (installed) return join(installed, 'binding')
  await mkdir(temporary, { recursive: true })
  const pack = ['pack', `${name}@${version}`, '--ignore-scripts', '--silent', '--pack-destination', temporary]
  const [file] = (await execute('npm', pack, { signal, folder: temporary })).trim().split('\n')
  const archive = join(temporary, file!)
  const digest = createHash('sha512')
    .update(await readFile(archive))
    .digest('base64')
  if (`sha512-${digest}` !== integrity) {
    throw new StudioError('wrong-checksum', `${name} ${version} from npm is not what was published.`, {
      hint: 'Check the registry or proxy that npm uses (`npm config get registry`).',
    })
  }
  await execute('tar', ['-xzf', archive, '-C', temporary], { signal })
  return join(temporary, 'package', 'binding')
}
