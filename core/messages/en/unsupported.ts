/** Why a sound image file is refused. */
export type UnsupportedImage =
  | { readonly what: 'format'; readonly name: string }
  | { readonly what: 'jpeg-ls' | 'jpeg-hierarchical' | 'tiff-ycbcr' | 'tiff-inks' }
  | { readonly what: 'jpeg-bits'; readonly bits: number }
  /** TIFF's tag Compression. */
  | { readonly what: 'tiff-compression'; readonly method: number }
  /** TIFF's tag PhotometricInterpretation. */
  | { readonly what: 'tiff-color'; readonly space: number }
  | { readonly what: 'tiff-bands'; readonly bands: number }
  | { readonly what: 'tiff-numbers'; readonly kind: 'signed' | 'floating' | 'complex'; readonly bits: number }
  | { readonly what: 'tiff-bits'; readonly bits: readonly number[] }
  | { readonly what: 'high-dynamic-range'; readonly transfer: 'PQ' | 'HLG' }

export function unsupportedText(image: UnsupportedImage): string {
  switch (image.what) {
    case 'format':
      return `${image.name} images are not supported.`
    case 'jpeg-ls':
      return 'JPEG-LS images are not supported.'
    case 'jpeg-hierarchical':
      return 'Hierarchical JPEG images are not supported.'
    case 'jpeg-bits':
      return `JPEG images of ${image.bits} bits are not supported.`
    case 'tiff-compression':
      return `TIFF images compressed with ${compressions[image.method] ?? `the unknown method ${image.method}`} are not supported.`
    case 'tiff-color':
      return `TIFF images of ${colors[image.space] ?? `the unknown color space ${image.space}`} are not supported.`
    case 'tiff-ycbcr':
      return 'TIFF images of YCbCr color are not supported without JPEG compression.'
    case 'tiff-inks':
      return 'TIFF images of inks other than CMYK are not supported.'
    case 'tiff-bands':
      return `TIFF images of ${image.bands} bands are not supported: which of them the picture is can't be told.`
    case 'tiff-numbers':
      return `TIFF images of ${numbers[image.kind]} numbers (${image.bits} bits) are not supported: which of them is white can't be told.`
    case 'tiff-bits':
      return `TIFF images of ${image.bits.join(', ')} bits a sample are not supported.`
    case 'high-dynamic-range':
      return `Images of high dynamic range (${image.transfer}) are not supported.`
  }
}

const compressions: Readonly<Record<number, string>> = {
  6: 'old-style JPEG',
  32809: 'ThunderScan',
  34676: 'SGILog',
  34677: 'SGILog24',
  34712: 'JPEG 2000',
  33003: 'JPEG 2000',
  33005: 'JPEG 2000',
  34887: 'LERC',
  34925: 'LZMA',
  34933: 'PNG',
  50000: 'Zstandard',
  50002: 'JPEG XL',
  52546: 'JPEG XL',
}

const colors: Readonly<Record<number, string>> = {
  4: 'transparency masks',
  8: 'Lab color',
  9: 'Lab color',
  10: 'Lab color',
  32803: 'raw sensor data',
  32844: 'LogL color',
  32845: 'LogLuv color',
  34892: 'raw sensor data',
}

const numbers = { signed: 'signed', floating: 'floating point', complex: 'complex' } as const
