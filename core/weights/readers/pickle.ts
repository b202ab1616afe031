import { StudioError } from '../../base/errors.ts'
import type { FileFault } from '../../messages/catalog.ts'

/**
 * Reads pickles (Python's pickletools, protocols 0–5) as data. Nothing is executed: a pickle is a program for a small
 * machine, and of its instructions only those that build containers, numbers and text are carried out. Functions and
 * classes are names; the few that are known are ours (see torchNames.ts), all others are refused by name.
 */
export type PickleValue = unknown

/** A class or function that a pickle names: a value without behavior. */
export class PickleName {
  readonly module: string
  readonly name: string

  constructor(module: string, name: string) {
    this.module = module
    this.name = name
  }

  get text(): string {
    return `${this.module}.${this.name}`
  }
}

/** What a pickle may refer to. */
export interface PickleWorld {
  /** Throws for a name that is not allowed. */
  name(name: PickleName): PickleName
  /** What calling an allowed name gives. Throws where it may not be called. */
  call(name: PickleName, args: readonly PickleValue[]): PickleValue
  /** What lies outside the pickle: storages. */
  persistent(id: PickleValue): PickleValue
}

export interface Pickled {
  readonly value: PickleValue
  /** Where the pickle ended. */
  readonly end: number
}

export function refusedPickle(what: string): StudioError {
  return new StudioError('refused-pickle', { what })
}

class Broken extends Error {
  readonly fault: FileFault

  constructor(fault: FileFault) {
    super(fault.code)
    this.fault = fault
  }
}

/**
 * @param bytes starting with the pickle; what follows it is left alone
 * @throws StudioError `refused-pickle` for what is not allowed, `invalid-weights` for what is no pickle
 */
export function readPickle(bytes: Buffer, start: number, world: PickleWorld): Pickled {
  try {
    return new Machine(bytes, start, world).run()
  } catch (error) {
    if (error instanceof StudioError) throw error
    if (!(error instanceof Broken || error instanceof RangeError || error instanceof TypeError)) throw error
    const detail = { code: 'pickle-unreadable', values: { detail: error.message } } as const
    const reason = error instanceof Broken ? error.fault : detail
    throw new StudioError('invalid-weights', { what: 'pickle', reason }, { cause: error })
  }
}

const mark = Symbol('mark')

/** An instruction is a byte, and an empty map that it makes is a few hundred. VGG-19’s, with batch normalization, has 4,085. */
const mostInstructions = 1_000_000

class Machine {
  private readonly stack: PickleValue[] = []
  private readonly memo = new Map<number, PickleValue>()
  private readonly bytes: Buffer
  private readonly world: PickleWorld
  private at: number

  constructor(bytes: Buffer, start: number, world: PickleWorld) {
    this.bytes = bytes
    this.at = start
    this.world = world
  }

  run(): Pickled {
    for (let count = 0; ; count++) {
      if (count === mostInstructions)
        throw new Broken({ code: 'pickle-too-many-instructions', values: { most: mostInstructions } })
      const code = this.byte()
      if (code === 0x2e) return { value: this.pop(), end: this.at }
      const step = instructions[code]
      if (!step)
        throw new Broken({
          code: 'pickle-unknown-instruction',
          values: { instruction: code, byte: this.at - 1 },
        })
      step(this)
    }
  }

  byte(): number {
    if (this.at >= this.bytes.length) throw new Broken({ code: 'pickle-ends-early', values: {} })
    return this.bytes[this.at++]!
  }

  take(length: number): Buffer {
    if (!(length >= 0 && this.at + length <= this.bytes.length))
      throw new Broken({ code: 'pickle-ends-early', values: {} })
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at)
    if (end < 0) throw new Broken({ code: 'pickle-ends-in-line', values: {} })
    const text = this.bytes.toString('utf8', this.at, end)
    this.at = end + 1
    return text
  }

  uint32(): number {
    return this.take(4).readUInt32LE()
  }

  uint64(): number {
    const value = this.take(8).readBigUInt64LE()
    if (value > BigInt(this.bytes.length)) throw new Broken({ code: 'pickle-length-beyond-end', values: {} })
    return Number(value)
  }

  push(value: PickleValue): void {
    this.stack.push(value)
  }

  pop(): PickleValue {
    if (this.stack.length === 0) throw new Broken({ code: 'pickle-empty-stack', values: {} })
    const value = this.stack.pop()
    if (value === mark) throw new Broken({ code: 'pickle-mark-as-value', values: {} })
    return value
  }

  top(): PickleValue {
    const value = this.stack.at(-1)
    if (this.stack.length === 0 || value === mark)
      throw new Broken({ code: 'pickle-empty-stack', values: {} })
    return value
  }

  mark(): void {
    this.stack.push(mark)
  }

  toMark(): PickleValue[] {
    const index = this.stack.lastIndexOf(mark)
    if (index < 0) throw new Broken({ code: 'pickle-without-mark', values: {} })
    const values = this.stack.splice(index)
    values.shift()
    return values
  }

  /** POP also takes marks. */
  drop(): void {
    if (this.stack.length === 0) throw new Broken({ code: 'pickle-empty-stack', values: {} })
    this.stack.pop()
  }

  remember(index: number): void {
    this.memo.set(index, this.top())
  }

  memoize(): void {
    this.remember(this.memo.size)
  }

  recall(index: number): void {
    if (!this.memo.has(index)) throw new Broken({ code: 'pickle-unknown-memo', values: { index } })
    this.push(this.memo.get(index))
  }

  name(module: string, name: string): void {
    this.push(this.world.name(new PickleName(module, name)))
  }

  reduce(): void {
    const args = this.pop()
    const callee = this.pop()
    if (!(callee instanceof PickleName)) throw refusedPickle('something that is no name as a function')
    if (!Array.isArray(args)) throw new Broken({ code: 'pickle-call-without-tuple', values: {} })
    this.push(this.world.call(callee, args))
  }

  persistent(): void {
    this.push(this.world.persistent(this.pop()))
  }

  /** Attributes of containers and tensors (state_dict's `_metadata`, hooks) are nobody's need. */
  build(): void {
    this.pop()
    if (this.top() instanceof PickleName) throw refusedPickle('an object’s own way to be built')
  }

  append(values: readonly PickleValue[]): void {
    const list = this.top()
    if (!Array.isArray(list)) throw new Broken({ code: 'pickle-appends-to-no-list', values: {} })
    for (const value of values) list.push(value)
  }

  set(values: readonly PickleValue[]): void {
    const map = this.top()
    if (!(map instanceof Map) || values.length % 2 !== 0)
      throw new Broken({ code: 'pickle-sets-no-items', values: {} })
    for (let index = 0; index < values.length; index += 2) map.set(values[index], values[index + 1])
  }
}

type Step = (machine: Machine) => void

/** Little-endian two's complement, as Python writes long integers. */
function longOf(bytes: Buffer): number | bigint {
  if (bytes.length > 64) throw new Broken({ code: 'pickle-long-number', values: {} })
  if (bytes.length === 0) return 0
  const hex = Buffer.from(bytes).reverse().toString('hex')
  const value = BigInt.asIntN(8 * bytes.length, BigInt(`0x${hex}`))
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

function integerOf(text: string): number | boolean {
  if (text === '00' || text === '01') return text === '01'
  const value = Number(text.replace(/L$/, ''))
  if (!Number.isSafeInteger(value))
    throw new Broken({ code: 'pickle-no-number', values: { text: text.slice(0, 20) } })
  return value
}

function pairs(values: readonly PickleValue[]): Map<PickleValue, PickleValue> {
  const map = new Map<PickleValue, PickleValue>()
  for (let index = 0; index + 1 < values.length; index += 2) map.set(values[index], values[index + 1])
  return map
}

const last = (machine: Machine, count: number): PickleValue[] =>
  Array.from({ length: count }, () => machine.pop()).reverse()

/** By opcode; the names are pickletools'. */
const steps: Readonly<Record<string, Step>> = {
  '(': (m) => m.mark(),
  '0': (m) => m.drop(),
  '1': (m) => void m.toMark(),
  '2': (m) => m.push(m.top()),
  F: (m) => m.push(Number(m.line())),
  I: (m) => m.push(integerOf(m.line())),
  J: (m) => m.push(m.take(4).readInt32LE()),
  K: (m) => m.push(m.byte()),
  L: (m) => m.push(integerOf(m.line())),
  M: (m) => m.push(m.take(2).readUInt16LE()),
  N: (m) => m.push(null),
  Q: (m) => m.persistent(),
  R: (m) => m.reduce(),
  T: (m) => m.push(m.take(m.uint32()).toString('latin1')),
  U: (m) => m.push(m.take(m.byte()).toString('latin1')),
  V: (m) => m.push(m.line()),
  X: (m) => m.push(m.take(m.uint32()).toString('utf8')),
  a: (m) => m.append([m.pop()]),
  b: (m) => m.build(),
  c: (m) => m.name(m.line(), m.line()),
  d: (m) => m.push(pairs(m.toMark())),
  '}': (m) => m.push(new Map()),
  e: (m) => m.append(m.toMark()),
  g: (m) => m.recall(Number(m.line())),
  h: (m) => m.recall(m.byte()),
  j: (m) => m.recall(m.uint32()),
  l: (m) => m.push(m.toMark()),
  ']': (m) => m.push([]),
  p: (m) => m.remember(Number(m.line())),
  q: (m) => m.remember(m.byte()),
  r: (m) => m.remember(m.uint32()),
  s: (m) => m.set(last(m, 2)),
  t: (m) => m.push(m.toMark()),
  ')': (m) => m.push([]),
  u: (m) => m.set(m.toMark()),
  G: (m) => m.push(m.take(8).readDoubleBE()),
  B: (m) => m.push(Buffer.from(m.take(m.uint32()))),
  C: (m) => m.push(Buffer.from(m.take(m.byte()))),
  '\x80': (m) => void m.byte(),
  '\x81': (m) => m.reduce(),
  '\x85': (m) => m.push(last(m, 1)),
  '\x86': (m) => m.push(last(m, 2)),
  '\x87': (m) => m.push(last(m, 3)),
  '\x88': (m) => m.push(true),
  '\x89': (m) => m.push(false),
  '\x8a': (m) => m.push(longOf(m.take(m.byte()))),
  '\x8b': (m) => m.push(longOf(m.take(m.uint32()))),
  '\x8c': (m) => m.push(m.take(m.byte()).toString('utf8')),
  '\x8d': (m) => m.push(m.take(m.uint64()).toString('utf8')),
  '\x8e': (m) => m.push(Buffer.from(m.take(m.uint64()))),
  '\x8f': (m) => m.push([]),
  '\x90': (m) => m.append(m.toMark()),
  '\x93': (m) => {
    const [module, name] = last(m, 2)
    m.name(String(module), String(name))
  },
  '\x94': (m) => m.memoize(),
  '\x95': (m) => void m.take(8),
  P: () => {
    throw refusedPickle('a reference in text (PERSID)')
  },
  S: () => {
    throw refusedPickle('a quoted string (STRING)')
  },
  i: () => {
    throw refusedPickle('a class by INST')
  },
  o: () => {
    throw refusedPickle('a class by OBJ')
  },
  '\x82': () => {
    throw refusedPickle('an extension (EXT1)')
  },
  '\x83': () => {
    throw refusedPickle('an extension (EXT2)')
  },
  '\x84': () => {
    throw refusedPickle('an extension (EXT4)')
  },
  '\x92': () => {
    throw refusedPickle('a class by NEWOBJ_EX')
  },
}

const instructions: readonly (Step | undefined)[] = Array.from(
  { length: 256 },
  (_, code) => steps[String.fromCharCode(code)],
)
