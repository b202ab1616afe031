"""Writes test/fixtures/images/pictures.json.gz: small TIFF, PNG and JPEG files that are easily decoded to another picture, each with what
Pillow's LittleCMS, tifffile and arithmetic say it shows. Needs numpy, Pillow, tifffile, imagecodecs, and jpegtran.
Run from the repository's root: python test/reference/images.py"""
import base64, gzip, io, json, os, struct, subprocess, tempfile, warnings, zlib
import imagecodecs
import numpy as np
import tifffile
from PIL import Image, ImageCms, ImageOps

warnings.simplefilter('ignore')
W, H = 12, 6
ramp = np.tile(np.linspace(5, 250, W), (H, 1)).round().astype('uint8')
rgb = np.dstack([ramp, ramp[::-1] // 2 + np.arange(H, dtype='uint8')[:, None] * 20, 255 - ramp])
alpha = np.tile(np.array([0, 64, 128, 200, 254, 255], 'uint8')[:, None], (1, W))
out = {}


def put(name, data, want=None, code=None):
    """`want`: height × width × 3 levels. `code`: why it is refused instead."""
    picture = None if want is None else np.asarray(want, 'uint8')
    out[name] = {'file': base64.b64encode(data).decode(), 'code': code,
                 'size': None if want is None else [picture.shape[1], picture.shape[0]],
                 'levels': None if want is None else base64.b64encode(picture.tobytes()).decode()}


def triple(gray):
    return np.dstack([gray] * 3)


def over_white(picture, a):
    return np.floor(255 - a[..., None] / 255 * (255.0 - picture) + 0.5)


# Color profiles.
def s15(value):
    return struct.pack('>i', int(round(value * 65536)))


def profile(space, gamma, primaries=None):
    """An ICC v2 profile of one gamma: of gray, or of RGB primaries that are given as XYZ (D50)."""
    curve = b'curv\0\0\0\0' + struct.pack('>IH', 1, round(gamma * 256)) + b'\0\0'
    xyz = lambda v: b'XYZ \0\0\0\0' + b''.join(map(s15, v))
    tags = [(b'desc', b'desc\0\0\0\0' + struct.pack('>I', 5) + b'test\0' + b'\0' * 78), (b'cprt', b'text\0\0\0\0none\0'),
            (b'wtpt', xyz((.9642, 1, .8249)))]
    if primaries is None:
        tags.append((b'kTRC', curve))
    else:
        tags += [(n, xyz(v)) for n, v in zip((b'rXYZ', b'gXYZ', b'bXYZ'), primaries)] + [(n, curve) for n in (b'rTRC', b'gTRC', b'bTRC')]
    offset = 132 + 12 * len(tags)
    table, body = struct.pack('>I', len(tags)), b''
    for tag, data in tags:
        data += b'\0' * (-len(data) % 4)
        table += tag + struct.pack('>II', offset + len(body), len(data))
        body += data
    head = struct.pack('>I', offset + len(body)) + b'lcms' + struct.pack('>I', 0x02400000) + b'mntr' + space + b'XYZ ' + struct.pack('>6H', 2024, 1, 1, 0, 0, 0) + b'acsp' + b'\0' * 28 + s15(.9642) + s15(1) + s15(.8249)
    return head + b'\0' * (128 - len(head)) + table + body


profiles = {
    'sRGB': ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes(),
    'Adobe RGB': profile(b'RGB ', 563 / 256, ((.60974, .31111, .01947), (.20528, .62567, .06087), (.14919, .06322, .74457))),
    'ProPhoto': profile(b'RGB ', 1.8, ((.7977, .2880, 0), (.1352, .7119, 0), (.0313, .0001, .8249))),
    'linear RGB': profile(b'RGB ', 1, ((.4361, .2225, .0139), (.3851, .7169, .0971), (.1431, .0606, .7141))),
    'gray 1.0': profile(b'GRAY', 1), 'gray 1.8': profile(b'GRAY', 1.8),
}


def converted(picture, icc):
    mode = 'L' if picture.ndim == 2 else 'RGB'
    image = ImageCms.profileToProfile(Image.fromarray(picture), ImageCms.ImageCmsProfile(io.BytesIO(icc)), ImageCms.createProfile('sRGB'), renderingIntent=0, outputMode='RGB')
    return np.asarray(image)


def png(samples, icc, bits):
    kinds = {1: 0, 2: 4, 3: 2, 4: 6}
    a = samples if samples.ndim == 3 else samples[..., None]
    a = (a.astype('>u2') * 257).astype('>u2') if bits == 16 else a
    chunk = lambda t, d: struct.pack('>I', len(d)) + t + d + struct.pack('>I', zlib.crc32(t + d))
    rows = b''.join(b'\0' + row.tobytes() for row in a)
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', a.shape[1], a.shape[0], bits, kinds[a.shape[2]], 0, 0, 0))
            + (chunk(b'iCCP', b'p\0\0' + zlib.compress(icc)) if icc else b'') + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))


def tiff(samples, icc=None, bits=8, extra=None, **options):
    a = samples.astype('u2') * 257 if bits == 16 else samples
    gray = samples.ndim == 2 or samples.shape[2] < 3
    file = io.BytesIO()
    more = {'extrasamples': [extra]} if extra else {}
    tifffile.imwrite(file, a, photometric='minisblack' if gray else 'rgb', planarconfig='contig' if samples.ndim == 3 else None, iccprofile=icc, **more, **options)
    return file.getvalue()


for name, icc in [(None, None), *profiles.items()]:
    for channels in (1, 3):
        if icc and (channels == 1) != name.startswith('gray'):
            continue
        picture = ramp if channels == 1 else rgb
        plain = converted(picture, icc) if icc else (triple(ramp) if channels == 1 else rgb)
        for transparent in (False, True):
            samples = np.dstack([picture, alpha]) if transparent else picture
            want = over_white(plain, alpha) if transparent else plain
            for bits in (8, 16):
                put(f'{name}, {channels} channels{" and alpha" if transparent else ""}, {bits} bits, PNG', png(samples, icc, bits), want)
                put(f'{name}, {channels} channels{" and alpha" if transparent else ""}, {bits} bits, TIFF', tiff(samples, icc, bits, 'unassalpha' if transparent else None), want)

# A profile of other colors than the image's is passed over.
for bits in (8, 16):
    put(f'gray with a profile of RGB, {bits} bits', png(ramp, profiles['Adobe RGB'], bits), triple(ramp))
# Levels between those of 8 bits.
fine = (np.arange(W * H).reshape(H, W) * 911 % 65536).astype('>u2')
put('16-bit levels are rounded', png((fine // 257).astype('uint8'), None, 8), triple(fine // 257))
deep = png(np.zeros((H, W), 'uint8'), None, 16)
chunk = lambda t, d: struct.pack('>I', len(d)) + t + d + struct.pack('>I', zlib.crc32(t + d))
put('16-bit levels are rounded', deep[:33] + chunk(b'IDAT', zlib.compress(b''.join(b'\0' + row.tobytes() for row in fine))) + chunk(b'IEND', b''), triple(np.floor(fine / 257 + .5)))

# TIFF samples.
for bits in (8, 16):
    for channels, picture in ((1, ramp), (3, rgb)):
        color = triple(ramp) if channels == 1 else rgb
        put(f'TIFF, {channels} channels and one that is not specified, {bits} bits', tiff(np.dstack([picture, alpha]), None, bits, 'unspecified'), color)
        pre = np.round(picture * (np.maximum(alpha, 64) / 255 if channels == 1 else np.maximum(alpha, 64)[..., None] / 255)).astype('uint8')
        put(f'TIFF, {channels} channels and associated alpha, {bits} bits', tiff(np.dstack([pre, np.maximum(alpha, 64)]), None, bits, 'assocalpha'),
            np.clip((triple(pre) if channels == 1 else pre).astype(int) + (255 - np.maximum(alpha, 64).astype(int))[..., None], 0, 255))
    put(f'TIFF, planes, {bits} bits', (lambda f: (tifffile.imwrite(f, (rgb.astype('u2') * 257 if bits == 16 else rgb).transpose(2, 0, 1), photometric='rgb', planarconfig='separate'), f.getvalue())[1])(io.BytesIO()), rgb)
    put(f'TIFF, big-endian, {bits} bits', tiff(rgb, None, bits, byteorder='>'), rgb)


def raw(array, photometric='minisblack', **options):
    file = io.BytesIO()
    tifffile.imwrite(file, array, photometric=photometric, **options)
    return file.getvalue()


put('TIFF, white is zero', raw(255 - ramp, 'miniswhite'), triple(ramp))
put('TIFF, bilevel', raw(ramp > 128), triple((ramp > 128) * 255))
put('BigTIFF', raw(rgb, 'rgb', bigtiff=True), rgb)
for compression in ('lzw', 'adobe_deflate', 'packbits', 'webp'):
    put(f'TIFF, {compression}', raw(rgb, 'rgb', compression=compression, compressionargs={'lossless': True} if compression == 'webp' else None), rgb)
for compression in ('zstd', 'lzma', 'lerc', 'jpeg2000', 'jpegxl', 'png'):
    put(f'TIFF, {compression}', raw(rgb, 'rgb', compression=compression), code='unsupported')
for name, array in {'half': (ramp / 255).astype('f2'), 'float': (ramp / 255).astype('f4'), 'double': (ramp / 255).astype('f8'), 'signed 8': ramp.astype('i1'), 'signed 16': ramp.astype('i2'),
                    'unsigned 32': ramp.astype('u4') * 16843009, 'unsigned 64': ramp.astype('u8'), 'complex': ramp.astype('c8')}.items():
    put(f'TIFF, {name}', raw(array), code='unsupported')
put('TIFF, float RGB', raw((rgb / 255).astype('f4'), 'rgb'), code='unsupported')
for bits in (10, 12, 14):
    put(f'TIFF, {bits} bits', raw((ramp.astype('u2') * 257) >> (16 - bits), bitspersample=bits), code='unsupported')
put('TIFF, five bands', raw(np.dstack([rgb, alpha, alpha]), 'rgb', extrasamples=['unspecified'] * 2), code='unsupported')
put('TIFF, five bands with alpha', raw(np.dstack([rgb, alpha, ramp]), 'rgb', extrasamples=['unassalpha', 'unspecified']), code='unsupported')
put('TIFF, five bands of gray', raw(np.dstack([ramp] * 5), planarconfig='contig'), code='unsupported')
for kind in ('cielab', 'icclab'):
    put(f'TIFF, {kind}', raw(rgb, kind), code='unsupported')
lab = io.BytesIO()
ImageCms.profileToProfile(Image.fromarray(rgb), ImageCms.createProfile('sRGB'), ImageCms.createProfile('LAB'), outputMode='LAB').save(lab, 'TIFF')
put('TIFF, Lab of Pillow', lab.getvalue(), code='unsupported')
ycbcr = io.BytesIO()
Image.fromarray(rgb).convert('YCbCr').save(ycbcr, 'TIFF')
put('TIFF, YCbCr without JPEG', ycbcr.getvalue(), code='unsupported')
pages = io.BytesIO()
with tifffile.TiffWriter(pages) as writer:
    for page in (rgb, 255 - rgb, rgb[:3, :4]):
        writer.write(page, photometric='rgb')
put('TIFF, several pages', pages.getvalue(), rgb)
for orientation in range(1, 9):
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, 'TIFF', tiffinfo={274: orientation})
    put(f'TIFF, orientation {orientation}', file.getvalue(), np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(file.getvalue())))))

# JPEG processes.
plain = io.BytesIO()
Image.fromarray(rgb).save(plain, 'JPEG', quality=95, subsampling=0)
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, 'plain.jpg')
    open(path, 'wb').write(plain.getvalue())
    for name, options in {'arithmetic': ['-arithmetic'], 'arithmetic, progressive': ['-arithmetic', '-progressive'], 'progressive': ['-progressive']}.items():
        put(f'JPEG, {name}', subprocess.run(['jpegtran', *options, path], capture_output=True, check=True).stdout, np.asarray(Image.open(plain)))
put('JPEG, lossless', imagecodecs.ljpeg_encode(ramp), triple(ramp))
put('JPEG, 12 bits', imagecodecs.jpeg_encode(rgb.astype('u2') << 4, bitspersample=12), code='unsupported')
put('JPEG-LS', imagecodecs.jpegls_encode(ramp), code='unsupported')
put('JPEG XR', imagecodecs.jpegxr_encode(rgb), code='unsupported')
put('Radiance HDR', imagecodecs.rgbe_encode((rgb / 255).astype('f4'), header=True), code='unsupported')
mpo = io.BytesIO()
Image.fromarray(rgb).save(mpo, 'MPO', save_all=True, append_images=[Image.fromarray(255 - rgb)], quality=95, subsampling=0)
put('JPEG, several pictures (MPO)', mpo.getvalue(), np.asarray(Image.open(plain)))
for bits in (10, 12):
    put(f'AVIF, {bits} bits', imagecodecs.avif_encode(np.round(rgb / 255 * (2 ** bits - 1)).astype('u2'), level=100, bitspersample=bits), rgb)
hlg = png(rgb, None, 16)
put('PNG, HLG', hlg[:33] + chunk(b'cICP', bytes([9, 18, 0, 1])) + hlg[33:], code='unsupported')
put('PNG, PQ', hlg[:33] + chunk(b'cICP', bytes([9, 16, 0, 1])) + hlg[33:], code='unsupported')

# EXIF orientation, as Pillow turns it.
sizes = {1: 'B', 3: 'H', 4: 'I', 6: 'b', 8: 'h', 9: 'i', 2: 'B', 7: 'B', 5: 'I'}
app1 = lambda p: b'\xff\xe1' + struct.pack('>H', len(p) + 2) + p
quarters = np.zeros((40, 64, 3), 'uint8')
quarters[:20, :32], quarters[:20, 32:], quarters[20:, :32], quarters[20:, 32:] = (200, 30, 30), (30, 180, 40), (40, 50, 210), (230, 220, 60)
file = io.BytesIO()
Image.fromarray(quarters).save(file, 'JPEG', quality=92)
body = file.getvalue()
start = 4 + struct.unpack('>H', body[4:6])[0]


def block(order, tags):
    data = b''.join(struct.pack(order + 'HHI', 0x112, kind, count) + struct.pack(order + sizes[kind] * count, *[value] * count).ljust(4, b'\0')[:4] for value, kind, count in tags)
    return app1(b'Exif\0\0' + (b'II' if order == '<' else b'MM') + struct.pack(order + 'HIH', 42, 8, len(tags)) + data + struct.pack(order + 'I', 0))


turned = {}
for order in '<>':
    for kind in sizes:
        for value in (1, 3, 6, 8, 9, 0):
            turned[f'EXIF {order} type {kind}, orientation {value}'] = block(order, [(value, kind, 1)])
    turned[f'EXIF {order} two values'] = block(order, [(6, 3, 2)])
    turned[f'EXIF {order} two tags'] = block(order, [(6, 3, 1), (3, 3, 1)])
    for first, second in ((6, 3), (3, 6), (None, 6)):
        turned[f'EXIF {order} two blocks, {first} and {second}'] = block(order, [(first, 3, 1)] if first else []) + block(order, [(second, 3, 1)])
for name, segments in turned.items():
    data = body[:start] + segments + body[start:]
    put(name, data, np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data)))))

os.makedirs('test/fixtures/images', exist_ok=True)
text = json.dumps(out, separators=(',', ':'), sort_keys=True).encode()
open('test/fixtures/images/pictures.json.gz', 'wb').write(gzip.compress(text, mtime=0))
print(len(out), 'pictures', os.path.getsize('test/fixtures/images/pictures.json.gz'), 'bytes')
