import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import prettier from 'prettier'
import ts from 'typescript'

/**
 * `npx node test/reference/errorPage.ts` makes core/messages/ERRORS.md anew: every error that a person can meet, with its
 * text and, behind an arrow, what to do, read from the sources of the catalog. Values are ‹named›; where a text depends on them, all of
 * its forms are shown, [one|other].
 */
export const pagePath = fileURLToPath(new URL('../../core/messages/ERRORS.md', import.meta.url))
const folder = new URL('../../core/messages/en/', import.meta.url)

interface Entry {
  readonly code: string
  /** The form, where a code has several. */
  readonly variant: string | null
  readonly message: string
  readonly hint: string
}

/** The page as text. */
export async function errorPage(): Promise<string> {
  const index = parse('errors.ts')
  const areas = index.statements.flatMap((statement) =>
    ts.isImportDeclaration(statement) ? [(statement.moduleSpecifier as ts.StringLiteral).text] : [],
  )
  const sections = areas.flatMap((area) => sectionsOf(parse(area.replace('./', ''))))
  const entries = sections.flatMap(({ entries }) => entries)
  const text = [
    '# Errors',
    '',
    `The ${new Set(entries.map(({ code }) => code)).size} errors that a person can meet, by the code that \`--json\` and the API show; behind an arrow, what to do. ‹This› is a value, [one|other] are forms of a text. Made from the catalog by \`npx node test/reference/errorPage.ts\`.`,
    ...sections.flatMap(({ title, entries: own }) => [...['', `## ${title}`, ''], ...own.map(lineOf)]),
    '',
  ].join('\n')
  const options = await prettier.resolveConfig(pagePath)
  return prettier.format(text, { ...options, parser: 'markdown' })
}

function lineOf({ code, variant, message, hint }: Entry): string {
  const plain = (text: string): string => text.replaceAll(/[\\`*_<]/g, '\\$&').replaceAll('\n', ' ')
  const name = variant === null ? `\`${code}\`` : `\`${code}\` (${variant})`
  return `- ${name}: ${plain(message)}${hint === '' ? '' : ` → ${plain(hint)}`}`
}

function parse(file: string): ts.SourceFile {
  const path = fileURLToPath(new URL(file, folder))
  return ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)
}

/** The catalogs of a file, each titled by its comment. */
function sectionsOf(source: ts.SourceFile): { readonly title: string; readonly entries: readonly Entry[] }[] {
  return source.statements.flatMap((statement) => {
    if (!ts.isVariableStatement(statement)) return []
    const [declaration] = statement.declarationList.declarations
    if (!/Errors$/.test(declaration!.name.getText())) return []
    const [comment] = ts.getLeadingCommentRanges(source.text, statement.getFullStart()) ?? []
    const title = comment
      ? source.text
          .slice(comment.pos + 3, comment.end - 2)
          .replaceAll(/\s*\*?\s+/g, ' ')
          .trim()
      : ''
    const entries = propertiesOf(declaration!.initializer!).flatMap(([code, value]) => entriesOf(code, value))
    return [{ title: title.replace(/\.$/, ''), entries }]
  })
}

function entriesOf(code: string, value: ts.Expression): readonly Entry[] {
  if (ts.isCallExpression(value) && value.expression.getText() === 'variants')
    return propertiesOf(value.arguments[0]!).flatMap(([variant, one]) => [entryOf(code, variant, one)])
  return [entryOf(code, null, value)]
}

function entryOf(code: string, variant: string | null, value: ts.Expression): Entry {
  const parts = partsOf(value)
  if (parts === null) throw new Error(`${code}: its text is made in a way that this script does not know`)
  return { code, variant, ...parts }
}

function partsOf(value: ts.Expression): Pick<Entry, 'message' | 'hint'> | null {
  if (ts.isCallExpression(value) && value.expression.getText() === 'fixedText') {
    const [message, hint] = value.arguments
    return { message: textOf(message!), hint: hint ? textOf(hint) : '' }
  }
  return ts.isArrowFunction(value) ? draftParts(draftOf(value.body)) : null
}

function draftParts(draft: ts.Expression | null): Pick<Entry, 'message' | 'hint'> | null {
  if (draft === null) return null
  const value = unwrapped(draft)
  if (ts.isConditionalExpression(value)) {
    const [one, other] = [draftParts(value.whenTrue), draftParts(value.whenFalse)]
    if (one === null || other === null) return null
    return { message: `[${one.message}|${other.message}]`, hint: `[${one.hint}|${other.hint}]` }
  }
  const given = new Map(propertiesOf(value))
  const message = given.get('message')
  const hint = given.get('hint')
  return { message: message ? textOf(message) : '', hint: hint ? textOf(hint) : '' }
}

/** The object that a function returns: at its end, where it has a body. */
function draftOf(body: ts.ConciseBody): ts.Expression | null {
  if (ts.isParenthesizedExpression(body)) return body.expression
  if (!ts.isBlock(body)) return ts.isExpression(body) ? body : null
  const last = body.statements.findLast(ts.isReturnStatement)
  return last?.expression ?? null
}

function propertiesOf(expression: ts.Expression): readonly (readonly [string, ts.Expression])[] {
  const object = unwrapped(expression)
  if (!ts.isObjectLiteralExpression(object)) return []
  return object.properties.flatMap((property) => {
    if (ts.isPropertyAssignment(property)) {
      const { name } = property
      return [[ts.isStringLiteral(name) ? name.text : name.getText(), property.initializer] as const]
    }
    return ts.isShorthandPropertyAssignment(property) ? [[property.name.text, property.name] as const] : []
  })
}

function unwrapped(expression: ts.Expression): ts.Expression {
  if (
    ts.isAsExpression(expression) ||
    ts.isSatisfiesExpression(expression) ||
    ts.isParenthesizedExpression(expression)
  )
    return unwrapped(expression.expression)
  return expression
}

/** A text with its values ‹named›. */
function textOf(expression: ts.Expression): string {
  const value = unwrapped(expression)
  if (ts.isStringLiteralLike(value)) return value.text
  if (value.kind === ts.SyntaxKind.NullKeyword || value.getText() === 'undefined') return ''
  if (ts.isTemplateExpression(value)) {
    return value.templateSpans.reduce(
      (text, { expression: own, literal }) => text + textOf(own) + literal.text,
      value.head.text,
    )
  }
  if (ts.isConditionalExpression(value)) {
    const forms = [value.whenTrue, value.whenFalse].map(textOf)
    return forms.every((form) => form === '') ? '' : `[${forms.join('|')}]`
  }
  if (ts.isBinaryExpression(value) && value.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return textOf(value.left) + textOf(value.right)
  if (ts.isCallExpression(value) && ts.isPropertyAccessExpression(value.expression)) {
    const own = unwrapped(value.expression.expression)
    if (ts.isTemplateExpression(own)) return textOf(own)
  }
  // A function of ours that dresses up a text: the text.
  const [first] = ts.isCallExpression(value) && ts.isIdentifier(value.expression) ? value.arguments : []
  if (
    first &&
    (ts.isStringLiteralLike(first) || ts.isTemplateExpression(first) || ts.isConditionalExpression(first))
  )
    return textOf(first)
  return `‹${nameOf(value)}›`
}

/** What a value is called: the one that a function is applied to, without the function. */
function nameOf(expression: ts.Expression): string {
  const value = unwrapped(expression)
  if (ts.isCallExpression(value)) {
    const called = value.expression
    if (ts.isPropertyAccessExpression(called) && !/^(Math|Object|JSON)$/.test(called.expression.getText()))
      return nameOf(called.expression)
    return value.arguments[0] ? nameOf(value.arguments[0]) : words(called.getText())
  }
  if (ts.isPropertyAccessExpression(value) || ts.isNonNullExpression(value)) return nameOfAccess(value)
  if (ts.isElementAccessExpression(value)) return nameOf(value.expression)
  if (ts.isBinaryExpression(value)) return nameOf(value.left)
  if (ts.isIdentifier(value)) return words(value.text)
  return words(value.getText().match(/[A-Za-z]+/)?.[0] ?? 'value')
}

function nameOfAccess(value: ts.PropertyAccessExpression | ts.NonNullExpression): string {
  if (ts.isNonNullExpression(value)) return nameOf(value.expression)
  return value.name.text === 'message' || value.name.text === 'length'
    ? nameOf(value.expression)
    : words(value.name.text)
}

const words = (name: string): string =>
  name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(pagePath, await errorPage())
