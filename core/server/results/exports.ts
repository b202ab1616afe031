import { createReadStream, existsSync } from 'node:fs'
import { readFile, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { StudioError } from '../../base/errors.ts'
import { safeName } from '../../export/safeName.ts'
import { freeName } from '../../registry/references.ts'
import type { Registry } from '../../registry/registry.ts'
import type { ExportRow, Id } from '../../registry/types.ts'
import type { ExportView } from '../api/types.ts'
import type { Exports } from './types.ts'
import { zip } from './zip.ts'

export function openExports(registry: Registry, isDeleted: (run: Id) => boolean): Exports {
  async function viewOf(row: ExportRow): Promise<ExportView> {
    const folder = dirname(row.path)
    const files = await filesIn(folder, row)
    const snippets = files === null ? [] : await snippetsIn(folder)
    const worst = worstOf(row)
    return { ...row, runName: registry.runs.get(row.run).name, folder, files, worst, snippets }
  }

  function worstOf({ run, certificate }: ExportRow): ExportView['worst'] {
    const { dataset } = registry.runs.get(run)
    if (!certificate?.worst) return null
    const { name, isLabelled, source, exported } = certificate.worst
    const classes = dataset === null ? [] : registry.datasets.get(dataset).classes
    const image = dataset !== null && isLabelled ? registry.pages.imagesBy(dataset, [name])[0] : undefined
    const named = (label: number): string => classes[label] ?? String(label)
    return {
      name,
      image: image && dataset !== null ? { dataset, position: image.position } : null,
      ...{ source: named(source), exported: named(exported) },
    }
  }

  async function existing(id: Id) {
    const view = await viewOf(registry.exports.get(id))
    if (view.files !== null) return { ...view, files: view.files }
    throw new StudioError('not-found', { what: 'export-folder', folder: view.folder })
  }

  return {
    async list(run) {
      const runs = run === undefined ? registry.runs.list().map(({ id }) => id) : [registry.runs.get(run).id]
      const rows = runs.filter((id) => !isDeleted(id)).flatMap((id) => registry.exports.list(id))
      return Promise.all(rows.reverse().map(viewOf))
    },
    view: async (id) => viewOf(registry.exports.get(id)),
    input(choice, folder) {
      const { name } = registry.runs.get(choice.run)
      return folder === undefined
        ? choice
        : { ...choice, out: freeFolder(folder, safeName(`${name}-${choice.format}`)) }
    },
    async download(id) {
      const { folder, files, runName, format } = await existing(id)
      const root = `${safeName(runName)}-${format}`
      const entries = files.map(({ name }) => ({ name: `${root}/${name}`, path: join(folder, name) }))
      return attachment(Readable.from(zip(entries)), `${root}.zip`, 'application/zip')
    },
    async file(id, name) {
      const { folder, files } = await existing(id)
      const known = files.find((file) => file.name === name)
      if (!known) throw new StudioError('not-found', { what: 'export-file', name })
      return attachment(
        createReadStream(join(folder, name)),
        basename(name),
        'application/octet-stream',
        known.bytes,
      )
    },
  }
}

/** One that is not there yet: nothing is replaced. */
function freeFolder(folder: string, name: string): string {
  return join(
    folder,
    freeName(name, (one) => existsSync(join(folder, one))),
  )
}

/** Files in the export's folder and in those in it, `/` between them; null where its model is gone. */
async function filesIn(folder: string, { path }: ExportRow): Promise<ExportView['files']> {
  if (!(await stat(path).catch(() => null))) return null
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((name) => !/(^|\/)(\.|node_modules\/)/.test(name))
    .sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1))
  return Promise.all(names.map(async (name) => ({ name, bytes: (await stat(join(folder, name))).size })))
}

/** The programs in the export's README: those that were tested. */
async function snippetsIn(folder: string): Promise<ExportView['snippets']> {
  const text = await readFile(join(folder, 'README.md'), 'utf8').catch(() => '')
  return text.split(/^## /m).flatMap((section) => {
    const [title] = section.split('\n')
    return [...section.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, language, code]) => ({
      ...{ title: title!, language: language!, code: code! },
    }))
  })
}

function attachment(stream: Readable, name: string, type: string, bytes?: number): Response {
  return new Response(Readable.toWeb(stream) as ReadableStream<Uint8Array>, {
    headers: {
      'content-type': type,
      'content-disposition': `attachment; filename="${asciiName(name)}"; filename*=UTF-8''${encodeURIComponent(name)}`,
      ...(bytes !== undefined && { 'content-length': String(bytes) }),
    },
  })
}

const asciiName = (name: string): string => name.replaceAll(/[^\w.-]/g, '_')
