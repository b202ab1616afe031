import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, StudioError } from '../../../base/errors.ts'
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
  await mkdir(temporary, { recursive: true })
  await writeFile(join(temporary, 'quiet.cc'), quiet)
  try {
    await execute(
      tools.compiler,
      [
        ...['-shared', '-fPIC', '-std=c++17', '-O2', '-DNAPI_VERSION=8'],
        ...['-isystem', join(libraries, 'include'), '-isystem', tools.nodeHeaders],
        ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(sources, file)),
        join(temporary, 'quiet.cc'),
        ...['-L', libraries, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
        ...['-Wl,-rpath,$ORIGIN', '-o', join(folder, binding)],
      ],
      // What a compiler leaves that is killed goes with the folder.
      { signal, environment: { ...process.env, TMPDIR: temporary } },
    )
  } catch (error) {
    if (error instanceof StudioError && error.code === 'canceled') throw error
    const { cxx } = tools
    throw new StudioError('compile-failed', { cxx: cxx ?? null, detail: messageOf(error) }, { cause: error })
  }
  return binding
}

/**
 * TensorFlow 2.20 writes part of its messages with Abseil, which does not look at TF_CPP_MIN_LOG_LEVEL: a line about MLIR
 * would stand before every result. As weak symbols, since their namespace is that of one version of Abseil.
 */
const quiet = `
#include <cstdlib>
namespace absl { inline namespace lts_20250127 {
enum class LogSeverityAtLeast : int { kInfo = 0, kWarning = 1, kError = 2, kFatal = 3 };
__attribute__((weak)) void SetMinLogLevel(LogSeverityAtLeast);
}}
__attribute__((constructor)) static void quiet() {
  const char* level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  if (level && absl::SetMinLogLevel) absl::SetMinLogLevel(static_cast<absl::LogSeverityAtLeast>(std::atoi(level)));
}
`

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
    throw new StudioError('wrong-checksum', { what: 'package', name, version })
  }
  await execute('tar', ['-xzf', archive, '-C', temporary], { signal })
  return join(temporary, 'package', 'binding')
}
