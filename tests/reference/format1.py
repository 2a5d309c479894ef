"""format1.py - an independent writer of ckpt/1, for test vectors

It follows ckpt(5) only, so that the C code is not tested against itself, and can
violate every rule of that page.
"""
import ctypes
import re
import struct
from collections import namedtuple

# ------------------------------------------------------------- libraries

zstd = ctypes.CDLL('libzstd.so.1')
for f in ('createCCtx', 'CCtx_setParameter', 'compress2', 'compressBound'):
    getattr(zstd, 'ZSTD_' + f).restype = ctypes.c_size_t
xxhash = ctypes.CDLL('libxxhash.so.0')
xxhash.XXH64.restype = ctypes.c_uint64


def xxh64(data):
    return '%016x' % xxhash.XXH64(data, ctypes.c_size_t(len(data)),
                                  ctypes.c_uint64(0))


assert xxh64(b'') == 'ef46db3751d8e999' and xxh64(b'abc') == '44bc2cf5ad770999'

cctx = ctypes.c_void_p(zstd.ZSTD_createCCtx())


def frame(data, level=1, size=True, checksum=True):
    """A zstd frame as the library writes it."""
    for parameter, value in ((100, level), (200, size), (201, checksum)):
        zstd.ZSTD_CCtx_setParameter(cctx, parameter, int(value))
    room = zstd.ZSTD_compressBound(ctypes.c_size_t(len(data)))
    out = ctypes.create_string_buffer(room)
    n = zstd.ZSTD_compress2(cctx, out, ctypes.c_size_t(room), data,
                            ctypes.c_size_t(len(data)))
    assert n <= room
    return out.raw[:n]


BLOCK = 1 << 17


def handmade(data, size=None, window=BLOCK, dictionary=0, checksum=None,
             magic=0xFD2FB528, unused=0):
    """A frame of raw blocks or of one repeated byte, with any field wrong."""
    exponent = window.bit_length() - 1
    assert window == 1 << exponent
    out = struct.pack('<IBB', magic, (0xC0 if size is not None else 0) |
                      (4 if checksum is not None else 0) | unused |
                      (3 if dictionary else 0), exponent - 10 << 3)
    if dictionary:
        out += struct.pack('<I', dictionary)
    if size is not None:
        out += struct.pack('<Q', size)
    pieces = [data[i:i + BLOCK] for i in range(0, len(data), BLOCK)] or [b'']
    for i, piece in enumerate(pieces):
        last = i == len(pieces) - 1
        if len(piece) > 1 and piece == piece[:1] * len(piece):
            out += struct.pack('<I', len(piece) << 3 | 2 | last)[:3] + piece[:1]
        else:
            out += struct.pack('<I', len(piece) << 3 | last)[:3] + piece
    if checksum is not None:
        out += struct.pack('<I', checksum)
    return out


def rle(data):
    return handmade(data, len(data), checksum=int(xxh64(data)[8:], 16))


def skippable(data, nibble=0):
    return struct.pack('<II', 0x184D2A50 | nibble, len(data)) + data


def mark(kind, length, text=b'ckpt/1', zero=0):
    return skippable(text + kind + struct.pack('<BI', zero, length), 0xC)


def marked(kind, z):
    return mark(kind, len(z)) + z


# ----------------------------------------------------------- plain layer

Rec = namedtuple('Rec', 'type head body raw')       # raw: of a tensor


def to64(n):
    return -n % 64


def text(x):
    return x if isinstance(x, bytes) else str(x).encode()


def escape(s):
    s = s.replace('\\', '\\\\').replace('\t', '\\t').replace('\n', '\\n')
    return re.sub('[\x00-\x1f\x7f-\x9f]', lambda m: '\\x%02x' % ord(m[0]), s)


def rec(type, keys=(), body=b'', size=None, line=None, pad=None, blank=None,
        raw=None):
    """A record; arguments after body violate a rule, or are for tensors."""
    size = len(body) if size is None else size
    head = line or b'ckpt/1 %s %s\n' % (text(type), text(size))
    for k, v in keys:
        head += text(k) + b'\t' + text(v) + b'\n'
    if blank is None:
        blank = b' ' * to64(len(head) + 1) + b'\n'
    pad = bytes(to64(len(body))) if pad is None else pad
    return Rec(type, head + blank, body + pad, raw)


def planes(raw, size, chunk):
    pieces = (raw[i:i + chunk] for i in range(0, len(raw), chunk))
    return b''.join(p[b::size] for p in pieces for b in range(size))


def xor(a, b):
    n = int.from_bytes(a, 'little') ^ int.from_bytes(b, 'little')
    return n.to_bytes(len(a), 'little')


def tensor(name, dtype, shape, raw, enc='', chunk=4096, base=None, size=None,
           pad=None, extra=(), **keys):
    """keys override those of the header: hash='0', shape=None (omit)."""
    body = raw
    for e in enc.split():
        if e == 'xor':
            body = xor(body, base)
        elif e == 'split':
            body = planes(body, SIZE.get(dtype, 1), chunk)
    known = dict(name=escape(name) if isinstance(name, str) else name,
                 dtype=dtype, shape=shape, hash=xxh64(raw), enc=enc or None,
                 chunk=chunk if 'split' in enc else None,
                 base=xxh64(base) if base is not None else None)
    known.update(keys)
    return rec('tensor', [(k, v) for k, v in known.items() if v is not None] +
               list(extra), body, size, pad=pad, raw=raw)


def ckpt(step, *records, keys=(), first=None, last=None, **changed):
    """A checkpoint; changed overrides keys of its end record."""
    begin = first or rec('begin', ([('step', step)] if step is not None else [])
                         + list(keys))
    records = [begin, *records]
    end = dict(tensors=sum(r.type == 'tensor' for r in records),
               hash=xxh64(b''.join(r.head for r in records)))
    end.update(changed)
    return records + [last or rec('end', [(k, v) for k, v in end.items()
                                          if v is not None])]


def seg(*ckpts, steps=-1):
    steps = len(ckpts) if steps == -1 else steps
    eof = rec('eof', [('steps', steps)] if steps is not None else [])
    return [r for c in ckpts for r in c] + [eof]


def plain(records):
    return b''.join(r.head + r.body for r in records)


def pieces(records, chunk=1 << 20):
    """(mark, bytes) of the frames that ckpt(5) advises."""
    for r in records:
        if len(r.body) <= 16384 + to64(16384):
            yield b'H', r.head + r.body
            continue
        yield b'H', r.head
        for i in range(0, len(r.body) // chunk * chunk or 1, chunk):
            end = i + chunk if i + 2 * chunk <= len(r.body) else len(r.body)
            yield b'B', r.body[i:end]


def wrap(records, compress=frame, chunk=1 << 20):
    return b''.join(marked(k, compress(p)) for k, p in pieces(records, chunk))


# The rows of a file in manifest.tsv and README.
Vector = namedtuple('Vector', 'file data note verify ls tensors hash whole error')

# Element types and their sizes in bytes.
SIZE = dict(F64=8, F32=4, F16=2, BF16=2, F8_E4M3=1, F8_E5M2=1, F8_E8M0=1,
            F8_E4M3FNUZ=1, F8_E5M2FNUZ=1, I64=8, I32=4, I16=2, I8=1, U64=8,
            U32=4, U16=2, U8=1, BOOL=1, C64=8, C128=16)


def f32(*x):
    return struct.pack('<%df' % len(x), *x)


def noise(n, seed=1):
    """n bytes like those of weights: floats of slowly growing magnitude."""
    x, v = seed, []
    for _ in range(n // 4):
        x = x * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1
        v.append((x >> 40) / (1 << 24) - .5)
    return f32(*v)


W = f32(0, 1, -1, .5, 2, 3)
VIA = ('via', '1\t-\ttrain-lm\t0.1\ttrain-lm -s 100')
w = tensor('w', 'F32', '2x3', W)
EXAMPLE = seg(ckpt(100, w, keys=[('lm.heads', 4), VIA]))


def one(*records, **changed):
    """A stream of one checkpoint."""
    return seg(ckpt(100, *records, **changed))
