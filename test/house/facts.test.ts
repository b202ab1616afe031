import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { devices } from '../../core/messages/en/devices.ts'
import { differenceTexts } from '../../core/messages/en/differences.ts'
import { errors } from '../../core/messages/en/errors.ts'
import { findings, healthNotes } from '../../core/messages/en/health.ts'
import { expectations } from '../../core/messages/en/expectations.ts'
import { fileFaults } from '../../core/messages/en/fileFaults.ts'
import { layerFaults } from '../../core/messages/en/layerFaults.ts'
import { english } from '../../core/messages/en/index.ts'
import { jobTitles } from '../../core/messages/en/jobTitles.ts'
import { logLines } from '../../core/messages/en/logLines.ts'
import { notices, reasons, sources } from '../../core/messages/en/notices.ts'
import { preprocessingTitles, tableTitles } from '../../core/messages/en/titles.ts'

// What is stored or sent between processes is a code with values. Sentences stand in the catalog, and in what only
// people read: the command line’s help, reports, pages.

const root = fileURLToPath(new URL('../..', import.meta.url))
const files = readdirSync(join(root, 'core'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))

/** What is written for people to read, in one language. */
const written = [
  'core/messages/',
  // Help, tables and progress of the command line.
  'core/cli/',
  'core/bench/',
  // Pages, files and tables that are made whole.
  'core/server/pages/',
  'core/queries/report/',
  'core/evaluation/tableText.ts',
  'core/export/readme.ts',
  'core/export/modelCard.ts',
]
const isWritten = (file: string): boolean => written.some((place) => file.startsWith(place))

test('a code stands in one part of the catalog', () => {
  const parts = [
    ...[errors, notices, reasons, sources, devices, healthNotes, findings, logLines, jobTitles],
    ...[expectations, fileFaults, layerFaults, tableTitles, preprocessingTitles, differenceTexts],
  ]
  const codes = parts.flatMap((part) => Object.keys(part))
  expect(codes.toSorted()).toEqual(Object.keys(english).toSorted())
})

test('only what shows sentences knows a language', () => {
  // The first three are where a program starts; stack traces are in the language of the code.
  const allowed = [
    'core/server/start.ts',
    'core/server/main.ts',
    'core/cli/terminal.ts',
    'core/base/errors.ts',
  ]
  const knowing = files.filter(
    (file) =>
      !isWritten(file) &&
      !allowed.includes(file) &&
      /^import (?!type ).*messages\/en\//m.test(readFileSync(join(root, file), 'utf8')),
  )
  expect(knowing).toEqual([])
})

/** Fields that hold what a person reads. */
const fields = new Set([
  ...[
    'message',
    'hint',
    'reason',
    'title',
    'explanation',
    'remedy',
    'detail',
    'sentence',
    'basis',
    'expected',
  ],
])

/** Texts of more than one word that are values of such fields, or of errors. */
function sentencesIn(file: string): readonly string[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(root, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  )
  const found: string[] = []
  const check = (node: ts.Node | undefined): void => {
    if (node === undefined) return
    const text =
      ts.isStringLiteralLike(node) || ts.isTemplateExpression(node) ? node.getText(source).slice(1, -1) : ''
    if (/[a-z’]{2,} \S*[a-z]{2,}/.test(text)) found.push(`${file}: ${text}`)
    if (ts.isConditionalExpression(node)) [node.whenTrue, node.whenFalse].forEach(check)
  }
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && fields.has(node.name.getText(source))) check(node.initializer)
    if (ts.isVariableDeclaration(node) && fields.has(node.name.getText(source))) check(node.initializer)
    if (
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      /^(min|max|gt|lt|gte|lte|regex|refine|int|number|string|boolean)$/.test(node.expression.name.text)
    )
      node.arguments.forEach(check)
    if (ts.isNewExpression(node) && node.expression.getText(source) === 'StudioError')
      node.arguments?.slice(1).forEach(check)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

test('no sentence stands where a fact belongs', () => {
  const looked = files.filter((file) => !isWritten(file))
  expect(looked.flatMap(sentencesIn)).toEqual([])
})
