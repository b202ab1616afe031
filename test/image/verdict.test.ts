import { expect, it } from 'vitest'
import sharp from 'sharp'
import { random } from '../../core/base/random.ts'
import { decodeStrictly } from '../../core/image/decode.ts'
import { jpegHeader } from '../../core/image/jpegHeader.ts'
import { hasMissingData } from '../../core/image/jpegDamage.ts'
import { texture } from './samples.ts'

const scanMarker = Buffer.of(0xff, 0xda)

async function baseFiles(): Promise<readonly Buffer[]> {
  const source = texture(160, 112)
  return Promise.all([
    source.clone().jpeg({ chromaSubsampling: '4:4:4' }).toBuffer(),
    source.clone().jpeg({ optimiseCoding: false }).toBuffer(),
    source.clone().jpeg({ progressive: true }).toBuffer(),
    source.clone().toColourspace('b-w').jpeg().toBuffer(),
  ])
}

/** A file with one change in its first scan: a bit, a gap, an early end, a byte more, a marker. */
function changed(file: Buffer, kind: number, share: number, value: number): Buffer {
  const start = file.indexOf(scanMarker) + 14
  const at = start + Math.floor(share * (file.length - start - 2))
  const [before, after] = [file.subarray(0, at), file.subarray(at)]
  if (kind === 0) return Buffer.concat([before, Buffer.of(after[0]! ^ (1 << (value & 7))), after.subarray(1)])
  if (kind === 1) return Buffer.concat([before, after.subarray(1 + value)])
  if (kind === 2) return Buffer.concat([before, Buffer.of(0xff, 0xd9), after.subarray(2)])
  if (kind === 3) return Buffer.concat([before, Buffer.of(value), after])
  return Buffer.concat([before, Buffer.of(0xff, 0xd0 + (value & 7)), after])
}

const verdictOf = (bytes: Uint8Array): Promise<string> =>
  decodeStrictly(bytes).then(
    () => 'whole',
    (error: { code: string }) => error.code,
  )

it('judges a JPEG as libjpeg does where nothing else is decoded, from the bytes alone', async () => {
  const files = await baseFiles()
  for (const file of files) expect(hasMissingData(file)).toBe(false)
  const source = random(5, 1)
  const seen = { lost: 0, whole: 0 }
  for (let round = 0; round < 120; round++) {
    const file = changed(files[round % 4]!, source.integer(5), source.uniform(), source.integer(256))
    const said = await sharp(file, { failOn: 'warning' })
      .raw()
      .toBuffer()
      .then(
        () => '',
        (error: Error) => error.message,
      )
    if (said === '') expect(await verdictOf(file)).toBe('whole')
    // libvips reports one of several warnings: the gap after extraneous bytes is for the bytes to say.
    if (/premature end of data segment|bad Huffman code/.test(said))
      expect(hasMissingData(file), said).toBe(true)
    seen[said === '' ? 'whole' : 'lost']++
  }
  expect(Math.min(seen.lost, seen.whole)).toBeGreaterThan(20)
})

it('says the same of a file whatever is decoded beside it', async () => {
  const [plain, baseline] = await baseFiles()
  const scan = plain!.indexOf(scanMarker)
  const cases = [
    plain!,
    Buffer.concat([plain!.subarray(0, scan), Buffer.from([0, 0, 7]), plain!.subarray(scan)]),
    changed(plain!, 2, 0.4, 0),
    changed(baseline!, 2, 0.5, 0),
    changed(baseline!, 0, 0.3, 5),
    plain!.subarray(0, plain!.length >> 1),
    (await texture(90, 60).png().toBuffer()).fill(9, 200, 260),
  ]
  const alone: string[] = []
  for (const file of cases) alone.push(await verdictOf(file))
  expect(alone.slice(0, 4)).toEqual(['whole', 'whole', 'damaged', 'damaged'])
  for (let round = 0; round < 15; round++) {
    const order = cases.map((_, index) => (index * 3 + round) % cases.length)
    const beside = await Promise.all([...order, ...order].map((index) => verdictOf(cases[index]!)))
    expect(beside).toEqual([...order, ...order].map((index) => alone[index]))
  }
})

it('never tells another size from a header than the decoder does', async () => {
  const tagged = await texture(64, 40).withMetadata({ orientation: 6 }).jpeg().toBuffer()
  const exif = tagged.indexOf('Exif\0\0', 0, 'latin1')
  const source = random(7, 2)
  let known = 0
  for (let round = 0; round < 400; round++) {
    const file = Buffer.from(tagged)
    const changes = 1 + source.integer(3)
    for (let change = 0; change < changes; change++) file[exif - 4 + source.integer(50)] = source.integer(10)
    const header = jpegHeader(file)
    const told = await sharp(file)
      .metadata()
      .catch(() => null)
    if (!header || !told) continue
    known++
    expect(header.size, file.subarray(exif, exif + 50).toString('hex')).toEqual(told.autoOrient)
  }
  expect(known).toBeGreaterThan(50)
})
