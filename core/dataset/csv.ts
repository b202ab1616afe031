import { readFile, realpath, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, relative, resolve } from 'node:path'
import { parse } from 'csv-parse'
import { detailOf, StudioError, throwIfAborted } from '../base/errors.ts'
import { decodeText, type Decoded } from '../base/text.ts'
import { findFile } from './findFile.ts'
import { byCodePoints, classNamed, splitNamed } from './names.ts'
import { problemAt, problemWithText } from './problem.ts'
import { reaches, type Reach } from './reach.ts'
import type { Entry, Scan } from './scan.ts'
import type { Problem, Split } from './types.ts'
import type { ScanWatch } from './walk.ts'

/** Where each field stands in a row. */
interface Columns {
  readonly path: number
  readonly label: number
  readonly split: number | null
}

interface Row {
  readonly line: number
  readonly path: string
  readonly label: string
  readonly split: string
}

/**
 * The images that a CSV file lists: `path,label[,split]`, with those names as a header in any order (other columns are
 * ignored) or without a header in that order. Paths are relative to the file's folder, or absolute. An empty split
 * leaves the choice to the import. Separator comma, semicolon or tab; UTF-8, UTF-16 with its mark, or Windows-1252.
 * Reads no image.
 * Throws StudioError `invalid-csv`, `no-classes`, `canceled`.
 */
export async function scanCsv(file: string, watch: ScanWatch = {}): Promise<Scan> {
  const root = dirname(file)
  const { text, encoding } = await readText(file)
  const problems: Problem[] = encoding === 'Windows-1252' ? [guessedEncoding(file)] : []
  const listed = new Map<string, Entry>()
  const labels = new Set<string>()
  for await (const row of rowsOf(file, text)) {
    throwIfAborted(watch.signal)
    if (row.label !== '') labels.add(classNamed(row.label))
    const found = await entryOf(row, root, watch.reach)
    if ('code' in found) problems.push(found)
    else {
      const twice = listedTwice(found, listed.get(found.path), row.line)
      if (twice) problems.push(twice)
      else listed.set(found.path, found)
    }
    watch.onFound?.(listed.size)
  }
  if (listed.size === 0) throw nothingListed(file, problems)
  const entries = [...listed.values()].sort((a, b) => byCodePoints(a.path, b.path))
  return { root, source: { kind: 'csv', path: await realpath(file) }, entries, problems, named: [...labels] }
}

function guessedEncoding(file: string): Problem {
  return problemAt(basename(file), 'encoding', {})
}

/** Throws StudioError `invalid-csv`. */
async function readText(file: string): Promise<Decoded> {
  try {
    return decodeText(await readFile(file))
  } catch (error) {
    throw invalidCsv(file, error)
  }
}

function invalidCsv(file: string, cause: unknown): StudioError {
  return new StudioError('invalid-csv', { what: 'unreadable', file, detail: detailOf(cause) }, { cause })
}

async function* rowsOf(file: string, text: string): AsyncGenerator<Row> {
  const options = {
    delimiter: separatorOf(text),
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  } as const
  let columns: Columns | undefined
  try {
    for await (const { record, info } of parse(text, options) as AsyncIterable<{
      record: string[]
      info: { lines: number }
    }>) {
      if (!columns) {
        columns = headerOf(record) ?? withoutHeader(record, file)
        if (headerOf(record)) continue
      }
      const { path, label, split } = columns
      const field = (at: number | null): string => (at === null ? '' : (record[at] ?? ''))
      yield { line: info.lines, path: field(path), label: field(label), split: field(split) }
    }
  } catch (error) {
    throw error instanceof StudioError ? error : invalidCsv(file, error)
  }
}

/** What the first line has most of. */
function separatorOf(text: string): string {
  const [line = ''] = text.slice(0, 4096).split(/\r?\n/, 1)
  const count = (separator: string): number => line.split(separator).length
  return [',', ';', '\t'].reduce((best, separator) => (count(separator) > count(best) ? separator : best))
}

/** Names of columns as tools write them, the most telling first; any case, spaces and hyphens as underscores. */
const pathNames =
  'path filename file_name file filepath file_path image image_path image_name image_file imagepath img img_path img_name'.split(
    ' ',
  )
const labelNames =
  'label class class_name classname category category_name label_name labels target species'.split(' ')
const splitColumnNames = ['split', 'set', 'subset', 'partition']

function headerOf(record: readonly string[]): Columns | undefined {
  const names = record.map((name) =>
    name
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, '_'),
  )
  const at = (wanted: readonly string[]): number =>
    names.indexOf(wanted.find((name) => names.includes(name)) ?? '\0')
  const [path, label, split] = [at(pathNames), at(labelNames), at(splitColumnNames)]
  if (path < 0 || label < 0) return undefined
  return { path, label, split: split < 0 ? null : split }
}

function withoutHeader(record: readonly string[], file: string): Columns {
  if (record.length === 2 || record.length === 3)
    return { path: 0, label: 1, split: record.length === 3 ? 2 : null }
  throw new StudioError('invalid-csv', { what: 'no-header', file, columns: record.length })
}

async function entryOf(
  { line, path, label, split }: Row,
  root: string,
  reach: Reach | undefined,
): Promise<Entry | Problem> {
  if (path === '') return problemAt(`line ${line}`, 'missing', { what: 'path', line })
  const absolute = resolve(root, await asWritten(path, root))
  // Before all else: what is said of a file elsewhere must not tell whether it exists, nor have it shown.
  if (reach && !(await reaches(reach, absolute)))
    return problemWithText(path, 'outside', 'listed-outside', { line })
  if (label === '') return problemAt(path, 'no-class', { what: 'line', line })
  const given = givenSplit(split)
  if (given === undefined) return problemAt(path, 'unknown-split', { line, split })
  const found = await findFile(absolute)
  if (!found) return problemAt(path, 'missing', { what: 'file', line })
  if (!found.facts.isFile()) return problemAt(path, 'not-a-file', { what: 'listed', line })
  const { path: onDisk } = found
  return { path: relativePath(root, onDisk), absolute: onDisk, className: classNamed(label), given }
}

function givenSplit(text: string): Split | null | undefined {
  return text === '' ? null : splitNamed(text)
}

/** Lists made on Windows separate folders with backslashes; elsewhere that may also be part of a name. */
async function asWritten(path: string, root: string): Promise<string> {
  if (process.platform === 'win32' || !path.includes('\\')) return path
  const literal = await stat(resolve(root, path)).catch(() => null)
  return literal ? path : path.replaceAll('\\', '/')
}

function relativePath(root: string, absolute: string): string {
  const path = relative(root, absolute)
  // On Windows another drive has no relative path.
  return isAbsolute(path)
    ? absolute.replaceAll('\\', '/')
    : process.platform === 'win32'
      ? path.replaceAll('\\', '/')
      : path
}

function listedTwice(entry: Entry, first: Entry | undefined, line: number): Problem | undefined {
  if (!first) return undefined
  if (first.className === entry.className && first.given === entry.given)
    return problemAt(entry.path, 'listed-twice', { line })
  const label = first.className === entry.className ? null : first.className
  return problemAt(entry.path, 'conflicting-labels', { line, label, split: first.given })
}

function nothingListed(file: string, problems: readonly Problem[]): StudioError {
  const [first] = problems
  const example = first ? { path: first.path, problem: first.reason } : null
  return new StudioError('no-classes', { what: 'list', file, problems: problems.length, example })
}
