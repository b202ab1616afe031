import {
  appendFileSync,
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Stored } from '../../messages/types.ts'

/** A line of a run's log: what happened, as a fact. Earlier versions stored its sentence. */
export type LogLine = Stored & {
  /** ISO 8601, UTC. */
  readonly time: string
  readonly level: 'info' | 'warning' | 'error'
}

/** With its place in the whole log, from 0, which stays when older lines go. */
export type NumberedLine = LogLine & { readonly line: number }

const current = 'log.jsonl'
/** A full part is named after its first line. */
const fullPart = /^log\.(\d+)\.jsonl$/
/** Bytes of a part; the current one and the one before are kept: some ten thousand epochs and more. */
const partBytes = 2_000_000

/** Adds a line to a run's log. Where the part is full, another one begins, and the one before goes. */
export function appendToLog(folder: string, line: LogLine, limit = partBytes): void {
  const file = join(folder, current)
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size >= limit) rotate(folder)
  const rest = size > 0 && size < limit && !endsWhole(file, size) ? '\n' : ''
  appendFileSync(file, `${rest}${JSON.stringify(line)}\n`)
}

function rotate(folder: string): void {
  const file = join(folder, current)
  const full = firstLines(readdirSync(folder))
  const last = full.at(-1)
  const next = last === undefined ? 0 : last + linesIn(readFileSync(partAt(folder, last), 'utf8')).length
  renameSync(file, partAt(folder, next))
  for (const first of full) rmSync(partAt(folder, first))
}

const partAt = (folder: string, first: number): string => join(folder, `log.${first}.jsonl`)

/** First lines of the full parts, ascending. */
function firstLines(names: readonly string[]): readonly number[] {
  return names
    .flatMap((name) => Number(fullPart.exec(name)?.[1] ?? NaN))
    .filter((first) => !Number.isNaN(first))
    .sort((a, b) => a - b)
}

/** A crash may have cut a line off: the next one is not to be lost with it. */
function endsWhole(file: string, size: number): boolean {
  const last = Buffer.alloc(1)
  const opened = openSync(file, 'r')
  try {
    readSync(opened, last, 0, 1, size - 1)
  } finally {
    closeSync(opened)
  }
  return last.toString() === '\n'
}

/** All lines that are kept, in order. A line that a crash cut off is left out. */
export async function readLog(folder: string): Promise<readonly NumberedLine[]> {
  const lines: NumberedLine[] = []
  let next = 0
  for (const first of firstLines(await readdir(folder).catch(none))) {
    const texts = linesIn(await readFile(partAt(folder, first), 'utf8').catch(empty))
    lines.push(...numbered(texts, first))
    next = first + texts.length
  }
  return [...lines, ...numbered(linesIn(await readFile(join(folder, current), 'utf8').catch(empty)), next)]
}

const linesIn = (text: string): readonly string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))

function numbered(texts: readonly string[], first: number): readonly NumberedLine[] {
  return texts.flatMap((text, index) => {
    try {
      return [{ ...(JSON.parse(text) as LogLine), line: first + index }]
    } catch {
      return []
    }
  })
}

/** What another process has just put away, or what was never there, holds nothing. */
function empty(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return ''
  throw error
}

function none(error: NodeJS.ErrnoException): readonly string[] {
  if (error.code === 'ENOENT') return []
  throw error
}
