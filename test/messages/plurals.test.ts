import { expect, test } from 'vitest'
import { english } from '../../core/messages/en/index.ts'
import { noEffectText } from '../../core/messages/en/noEffect.ts'
import { textOf } from '../../core/messages/text.ts'
import { en } from '../../renderer/messages/en.ts'

/** A thing of which there is one, and a plural behind it: “1 images”, “1 image are”. */
const nouns =
  'images|epochs|files|runs|classes|groups|updates|points|jobs|evaluations|crops|checkpoints|threads|problems|corrections|versions|seeds|layers|tensors|cores|folders|copies|passes|settings|numbers|hours|minutes|days'
const before = 'training|validation|test|weight|probable|near-duplicate|waiting|more|other'
/** Differences are told with a decimal (“1.0 points”), and splits by their name. */
// Limits are never one, and a network has more than one class and group where these are said.
const spared = [
  '.too-many-layers',
  '.too-many-tensors',
  '.groups-do-not-divide',
  '.output-not-scores',
  '.statistics.difference.setting',
  '.export.besideDifference',
  '.not-evaluated',
  '.temperature-needs-validation',
]
const many = new RegExp(String.raw`(?<![\d.,–-])1 (?:(?:${before}) )?(?:${nouns})\b`, 'i')
const disagreeing = /(?<![\d.,–-])1 (?!of\b)[a-z-]+ (?:are|were|have|wait|differ|need)\b/i

type Say = (...values: readonly unknown[]) => unknown

/** Every text that is made of values, by its place in a catalog. */
function textsOf(part: unknown, place = ''): readonly (readonly [string, Say])[] {
  if (typeof part === 'function') return [[place, part as Say]]
  if (typeof part !== 'object' || part === null) return []
  return Object.entries(part).flatMap(([name, own]) => textsOf(own, `${place}.${name}`))
}

/** Whatever is asked of it is one; or, where that is no number, one of it. */
const ones = (one: unknown): unknown => new Proxy({}, { get: () => one })
const shapes: readonly unknown[] = [1, 'one', ['one'], null]

/** What a text says of one thing; each kind of values is tried, since texts say what they take only to the compiler. */
function said(say: Say): readonly string[] {
  const candidates = [
    ...shapes.map((shape) => [shape, shape, shape, shape]),
    ...shapes.map((shape) => [ones(shape), () => ({ message: 'It is so.' })]),
    [1, null, null, null],
    [['one'], null],
    [1, ['one']],
  ]
  return candidates.flatMap((values) => {
    try {
      return sentencesIn(say(...values))
    } catch {
      return []
    }
  })
}

const sentencesIn = (text: unknown): readonly string[] => {
  if (typeof text === 'string') return [text]
  return typeof text === 'object' && text !== null ? Object.values(text).flatMap(sentencesIn) : []
}

for (const [name, catalog] of Object.entries({ 'the window': en, 'the core': english }))
  test(`in ${name} one thing is never told in the plural`, () => {
    const texts = textsOf(catalog)
    const spoken = texts.map(([place, say]) => [place, said(say)] as const)
    // Most texts could be made to speak: the others want values of a shape of their own.
    expect(spoken.filter(([, all]) => all.length > 0).length).toBeGreaterThan(0.7 * texts.length)
    const wrong = spoken
      .filter(([place]) => !spared.includes(place))
      .flatMap(([place, all]) =>
        all
          .filter((text) => !/null|NaN/.test(text) && (many.test(text) || disagreeing.test(text)))
          .map((text) => `${place}: ${text}`),
      )
    expect(wrong).toEqual([])
  })

test('one class or image is spoken of in the singular in all that is said of it', () => {
  const [names, count] = [['cat'], 1] as const
  const texts = [
    { code: 'note-not-held-out', values: { names, count, split: 'test' } },
    { code: 'finding-small-images', values: { count, side: 32 } },
    { code: 'note-few-images', values: { names, count: 2, few: 20 } },
  ].map((fact) => textOf(english, fact))
  const [heldOut, small, few] = texts.map(({ message, hint = '' }) => `${message} ${hint}`)
  expect(heldOut).toContain('the test error says nothing about it.')
  expect(small).toMatch(/^1 image is .* Leave it out if it is an icon or a thumbnail\.$/)
  expect(few).toContain('“cat” and 1 more class')
})

test('what has no effect in a run of one epoch agrees in number', () => {
  const reasons = [
    { what: 'warmup', warmup: 1 },
    { what: 'step', every: 1 },
    { what: 'plateau', patience: 1 },
    { what: 'early-stop', patience: 1 },
    { what: 'checkpoints', every: 1 },
  ] as const
  for (const reason of reasons) {
    const text = noEffectText({ ...reason, epochs: 1 })
    expect(text).not.toMatch(many)
    expect(text).not.toMatch(/1th/)
  }
})
