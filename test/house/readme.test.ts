import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { commands } from '../../core/cli/commands.ts'
import { openProgram } from '../../core/cli/program.ts'

const root = new URL('../../', import.meta.url)
const readme = readFileSync(new URL('README.md', root), 'utf8')
const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  scripts: Record<string, string>
}
const program = openProgram(commands)

function all(pattern: RegExp, text = readme): readonly string[] {
  return [...new Set(Array.from(text.matchAll(pattern), (match) => match[1]!))]
}

const documents = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md']
const read = (document: string): string => readFileSync(new URL(document, root), 'utf8')

test.each(documents)('the commands that %s names exist, with the options that it gives them', (document) => {
  const lines = all(/(?:npx |`)vgg-studio ([a-z][^\n#`]*)/g, read(document))
  expect(lines.length).toBeGreaterThan(0)
  for (const line of lines) {
    const command = program.commands.find((candidate) => candidate.name() === line.split(' ')[0])
    expect(command, line).toBeDefined()
    const options = command!.options.map(({ long }) => long)
    for (const [option] of line.matchAll(/--[a-z-]+/g)) expect(options, line).toContain(option)
  }
})

test('the README’s table lists every command', () => {
  const table = readme.slice(readme.indexOf('| command | what it does |'), readme.indexOf('**Settings**'))
  for (const command of program.createHelp().visibleCommands(program).slice(0, -1))
    expect(table).toContain(`\`${command.name()}`)
})

test.each(documents)('the scripts, files and folders that %s names exist', (document) => {
  const text = read(document)
  for (const script of all(/npm run ([a-z]+(?::[a-z]+)?)/g, text))
    expect(Object.keys(manifest.scripts)).toContain(script)
  const paths = all(/`((?:core|electron|renderer|resources|test)\/[A-Za-z0-9_./-]+)`/g, text)
  const run = all(/node ((?:core|electron|test)\/[A-Za-z0-9_./-]+)/g, text)
  for (const path of [...paths, ...run, '.ci/run', 'eslint.config.ts'])
    expect(existsSync(new URL(path, root)), path).toBe(true)
})

test('the documents name many such paths', () => {
  const paths = all(/`((?:core|electron|renderer|resources|test)\/[^`]+)`/g, documents.map(read).join('\n'))
  expect(paths.length).toBeGreaterThan(50)
})

test.each(documents)('the links of %s lead to files, and to headings in them', (document) => {
  const links = all(/\]\((?!https?:)([^)]+)\)/g, read(document))
  expect(links.length).toBeGreaterThan(0)
  for (const link of links) {
    const [path, heading] = link.split('#')
    expect(existsSync(new URL(path!, root)), link).toBe(true)
    if (heading === undefined) continue
    const headings = all(/^#+ (.*)$/gm, read(path!)).map((text) => text.toLowerCase().replaceAll(' ', '-'))
    expect(headings, link).toContain(heading)
  }
})
