import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { commands } from '../../core/cli/commands.ts'
import { openProgram } from '../../core/cli/program.ts'

const required = [
  ...[
    'import',
    'inspect',
    'train',
    'resume',
    'evaluate',
    'predict',
    'export',
    'datasets',
    'runs',
    'show',
    'compare',
    'delete',
  ],
  ...['devices', 'engines', 'demo'],
]
/** But for shell completion, whose commands come from a library. */
const names = openProgram(commands)
  .commands.map((command) => command.name())
  .filter((name) => !name.startsWith('complet'))

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp()
  return text
}

test('the program lists its commands', () => {
  expect(names).toEqual(expect.arrayContaining(required))
  const help = helpOf(openProgram(commands))
  for (const name of names) expect(help).toContain(`  ${name} `)
})

test.each(names)('%s has help with examples, --home and --json', (name) => {
  const help = helpOf(openProgram(commands).commands.find((command) => command.name() === name)!)
  expect(help).toMatch(new RegExp(`Usage: vgg-studio ${name}`))
  expect(help).toContain('--home')
  expect(help).toContain('--json')
  expect(help).toContain(`$ vgg-studio ${name}`)
})

test('help groups the options of training by what they are about, and the same few of every command', () => {
  const groupsOf = (name: string): Map<string, string[]> => {
    const groups = new Map<string, string[]>()
    let group = ''
    for (const line of helpOf(openProgram(commands).commands.find((one) => one.name() === name)!).split(
      '\n',
    )) {
      if (/^\S.*:$/.test(line)) groups.set((group = line), [])
      const option = /^ {2}(?:-\w, )?(--[\w-]+)/.exec(line)?.[1]
      if (option) groups.get(group)!.push(option)
    }
    return groups
  }
  const training = groupsOf('train')
  expect(training.get('Network:')).toContain('--config')
  expect(training.get('Images:')).toContain('--crop')
  expect(training.get('Optimization:')).toContain('--learning-rate')
  expect(training.get('Where to compute:')).toContain('--engine')
  // What stands in no group of its own would be under “Options:”.
  expect(training.has('Options:')).toBe(false)
  for (const name of names)
    expect(groupsOf(name).get('General options:'), name).toEqual(
      expect.arrayContaining(['--home', '--json', '--help']),
    )
})

test.each<[string, string[]]>([
  ['an unknown option', ['runs', '--loud']],
  ['a missing argument', ['train']],
  ['one run to compare', ['compare', 'r1']],
  ['no image to predict', ['predict', 'r1']],
  ['too many arguments', ['show', 'r1', 'r2']],
  ['an unknown configuration', ['train', 'd1', '--config', 'F']],
  ['a crop that is too small', ['inspect', 'A', '--crop', '31']],
  ['a number that is none', ['train', 'd1', '--epochs', 'many']],
  ['a fraction above 0.9', ['import', '.', '--test', '1']],
  ['a negative seed', ['import', '.', '--seed', '-1']],
  ['an unknown split', ['evaluate', 'r1', '--split', 'exam']],
  ['unknown views', ['evaluate', 'r1', '--views', 'sideways']],
  ['an unknown format', ['export', 'r1', '--format', 'gif']],
  ['an unknown engine', ['train', 'd1', '--engine', 'abacus']],
  ['an engine that can’t be installed', ['engines', 'install', 'abacus']],
  ['an engine that comes with the studio', ['engines', 'remove', 'onnxruntime']],
  ['something else to do with engines', ['engines', 'tune', 'tensorflow']],
])('%s is wrong usage', async (_, parameters) => {
  const parsing = openProgram(commands).parseAsync(parameters, { from: 'user' })
  await expect(parsing).rejects.toMatchObject({ code: expect.stringMatching(/^commander\./), exitCode: 1 })
})

test.each<[string, string[], string]>([
  ['nothing to install', ['engines', 'install'], 'Say what to install: tensorflow'],
  [
    'a variant that it does not have',
    ['engines', 'install', 'onnxruntime-cuda', '--original'],
    'There is no',
  ],
  [
    'two variants at once',
    ['engines', 'install', 'tensorflow', '--cuda', '--original'],
    'exclude each other',
  ],
  ['a variant to remove', ['engines', 'remove', 'tensorflow', '--cuda'], '--cuda goes with install'],
])('%s is wrong usage of engines', async (_, parameters, message) => {
  const parsing = openProgram(commands).parseAsync(parameters, { from: 'user' })
  await expect(parsing).rejects.toThrow(message)
})
