"""vectors_good.py - test vectors that readers must accept"""
import struct

from format1 import *


def ends(records, write):
    """Lengths of the prefixes that end with a segment."""
    return [len(write(records[:i + 1])) for i, r in enumerate(records[:-1])
            if r.type == 'eof']


def framed(name, data, note, records, whole=(), end='.ckpt'):
    """A valid vector, identified by the tensors of its records."""
    tensors = [r.raw for r in records if r.type == 'tensor']
    return Vector(f'good-{name}{end}', data, note, 0, 0, len(tensors),
                  xxh64(b''.join(tensors)), whole, '-')


def good(name, records, note):
    """The same, uncompressed and compressed."""
    yield framed(name, plain(records), note, records, ends(records, plain), '.plain')
    yield framed(name, wrap(records), f'good-{name}.plain in zstd', records,
                 ends(records, wrap))


def fill_plain():
    assert xxh64(plain(EXAMPLE)) == '9df6e2709175b7a0'
    yield from good('example', EXAMPLE, 'the stream that ckpt(5) shows')
    yield from good('empty', seg(), 'no checkpoint: eof alone')
    yield from good('no-tensors', one(), 'a checkpoint without tensors')
    yield from good('scalar', one(tensor('s', 'F32', '', f32(42))),
                    'a scalar: no dimensions, one element')
    yield from good('zero', one(tensor('none', 'F32', '0x7', b''), w,
                                tensor('split', 'F64', '3x0', b'', 'split')),
                    'a dimension of 0: no elements, with and without split')
    yield from good('rank-32',
                    one(tensor('deep', 'U8', 'x'.join(['1'] * 31 + ['2']), b'\x01\x02')),
                    '32 dimensions')
    yield from good('dtypes', one(*[tensor(d, d, '3', bytes(b & 1 if d == 'BOOL' else b
                                                            for b in range(1, 3 * n + 1)),
                                           'split' if i & 1 else '')
                                    for i, (d, n) in enumerate(SIZE.items())]),
                    'every dtype, every other one split')
    yield from good('values', one(
        tensor('f64', 'F64', '7', struct.pack(
            '<7Q', 0x7ff8000000000000, 0xfff0000000000000, 0x7ff0000000000000,
            0x7ff0000000000001, 0xffffffffffffffff, 1 << 63, 1)),
        tensor('f32', 'F32', '7', struct.pack(
            '<7I', 0x7fc00000, 0xff800000, 0x7f800000, 0x7f800001, 0xffffffff,
            1 << 31, 1)),
        tensor('f16', 'F16', '6',
               struct.pack('<6H', 0x7e00, 0xfc00, 0x7c01, 0x8000, 1, 0x7bff)),
        tensor('bf16', 'BF16', '6',
               struct.pack('<6H', 0x7fc0, 0xff80, 0x7f81, 0x8000, 1, 0x7f7f))),
        'quiet and signaling NaN with payload, infinities, -0, subnormals: every bit is preserved')
    yield from good('name-1023', one(tensor('n' * 1020 + '\u20ac', 'F32', '2x3', W)),
                    'a name of 1023 bytes')
    yield from good('names', one(*[tensor(n, 'F32', '2x3', W) for n in (
        'a b', ' lead and trail ', 'a/b', '../../etc/passwd', '-rf', 'q"uo\'te',
        'back\\slash',
        '\\n', 'W\xe4rme', '\u5c42.\u6743\u91cd', '\U0001f642', 'x' * 63, '%s%n', '*',
        '.')]),
        'names with spaces, slashes, quotes, backslashes and letters of other scripts')
    yield from good('keys-4096',
                    seg(ckpt(1, w, keys=[('k.%x' % i, '') for i in range(4095)])),
                    '4096 keys in one header, most without a value')
    yield from good('escapes', seg(ckpt(7, w, keys=[
        ('esc.all', escape(''.join(map(chr, range(1, 32))) + '\\\x7f\x80\x9f\xa0')),
        ('esc.nul', '\\x00'), ('esc.upper', '\\x1B'), ('esc.back', '\\\\t'),
        ('K' * 253 + '.k', 'key of 255'),
        ('via', '1\t-\tprog\t1\tprog ' + escape("a\tb\nc\\")),
        ('tie', escape('a\\b') + '\tw')])),
        'every escape in values; a key of 255 characters')
    yield from good('via', seg(ckpt(5, w, keys=[
        ('via', '1\t-\ttrain-lm\t0.1\ttrain-lm --seed 1'),
        ('via', '2\t-\ttrain-lm\t0.1\ttrain-lm --seed 2'),
        ('via', '3\t1,2\tckpt-interp\t0.1\tckpt-interp -n 11'),
        ('path.alpha', '0.5'), ('tie', 'decoder\tw'), ('tie', 'head\tw')])),
        'provenance with two parents; two ties')
    yield from good('two-segments', seg(ckpt(1, w), ckpt(2, w)) + EXAMPLE + seg(),
                    'three segments joined, the last one empty')
    yield from good('steps', seg(*[ckpt(s, w) for s in (9, 3, 3, 0, (1 << 63) - 1)]),
                    'steps in no order, twice, and the largest')
    a = noise(16400)
    s = a[:9600]
    yield from good('split', one(tensor('a', 'F32', '48x50', s, 'split', 4096),
                                 tensor('b', 'BF16', '4800', s, 'split', 6002),
                                 tensor('c', 'F64', '1200', s, 'split', 4104),
                                 tensor('d', 'U8', '9600', s, 'split', 4099),
                                 tensor('e', 'C128', '600', s, 'split', 1 << 26)),
                    'split in chunks of odd lengths, the last one short; one chunk for all')
    yield from good('body-16k', one(tensor('in', 'U8', '16384', a[:16384]),
                                    tensor('out', 'U8', '16385', a[:16385])),
                    'bodies of the maximum length that shares a frame with its header, '
                    'and one more')
    b, c = bytes(a[:64]), bytearray(a[:64])
    c[5] ^= 1
    c = bytes(c)
    keep = [('keep', 1)]
    yield from good('xor', seg(
        ckpt(0, tensor('a', 'F32', '16', b), tensor('b', 'F32', '16', b, 'split'),
             keys=keep),
        ckpt(1, tensor('b', 'F32', '16', c, 'xor', base=b),
             tensor('a', 'F32', '16', c, 'xor split', base=b), keys=keep),
        ckpt(2, tensor('a', 'F32', '16', b, 'xor split', base=c),
             tensor('new', 'F32', '2x3', W),
             tensor('b', 'F32', '16', b)),
        ckpt(3, tensor('a', 'F32', '16', c))) +
        seg(ckpt(0, tensor('a', 'F32', '16', c), keys=keep),
            ckpt(1, tensor('a', 'F32', '16', b, 'xor', base=c))),
        'a chain of three, in another order; a full checkpoint; another segment with its own chain')
    yield from good('xor-same', seg(ckpt(0, w, tensor('none', 'F32', '0', b''), keys=keep),
                                    ckpt(1,
                                         tensor('w', 'F32', '2x3', W, 'xor split', base=W),
                                         tensor('none', 'F32', '0', b'', 'xor', base=b''),
                                         keys=keep),
                                    ckpt(2, tensor('w', 'F32', '2x3', W, 'xor', base=W))),
                    'xor of unchanged tensors, and of empty ones')
    note = rec('note', [('anything', 'goes'), ('note.author', '')], b'\xff' * 100)
    other = rec('abcdefghijklmnop')
    yield from good('unknown', [other, *ckpt(1, note, tensor('w', 'F32', '2x3', W, extra=[
        ('scale', '2'), ('my.own', 'key')]), other, keys=[('colour', 'red')]), note,
        *ckpt(2, w), note, *seg(steps=2)],
        'unknown keys, unknown records inside and outside of checkpoints')


def fill_frames():
    records = seg(ckpt(1, w, tensor('a', 'F32', '50x100', noise(20000), 'split')),
                  ckpt(2, w), ckpt(3, tensor('b', 'F32', '', f32(1))))
    p = plain(records)
    yield framed('one-frame', frame(p), 'one frame for everything, no mark', records)
    yield framed('level-19', frame(p, 19), 'compressed again at level 19', records)
    yield framed('no-size', frame(p, size=False, checksum=False),
                 'a frame without content size and checksum', records)
    yield framed('frames', b''.join(frame(p[i:i + 997]) for i in range(0, len(p), 997)),
                 'frames that end anywhere, no mark', records)
    short = plain(EXAMPLE)
    yield framed('frames-short', b''.join(frame(short[i:i + 7], size=i & 1, checksum=i & 2)
                                          for i in range(0, len(short), 7)),
                 'frames of 7 bytes, which divide lines, keys and numbers', EXAMPLE)
    yield framed('frames-marked',
                 b''.join(marked(b'H' if short[i:i + 5] == b'ckpt/' else b'B', frame(
        short[i:i + 32])) for i in range(0, len(short), 32)),
        'marked frames of 32 bytes, which divide headers and bodies', EXAMPLE)
    yield framed('frames-empty',
                 b''.join(frame(b'') + marked(k, frame(x)) + marked(b'B', frame(b''))
                                          for k, x in pieces(EXAMPLE)) + frame(b''),
                 'empty frames between the others, with and without marks', EXAMPLE,
                 whole=empties(EXAMPLE))
    cut = [0, 700, 9000, len(p) - 100, len(p)]
    yield framed('frames-long', b''.join(marked(b'H' if i == 0 else b'B', frame(p[i:j]))
                                         for i, j in zip(cut, cut[1:])),
                 'marked frames that hold several records, and parts of them', records)
    yield framed('marks-few', b''.join((marked(k, frame(x)) if i % 3 == 0 else frame(x))
                                       for i, (k, x) in enumerate(pieces(records, 4096))),
                 'a mark before every third frame', records)
    yield framed('skippable',
                 b''.join(skippable(b'hidden' * i, i % 12) + marked(k, frame(x))
                                       for i, (k, x) in enumerate(pieces(records, 4096))),
                 'a skippable frame of an unknown kind before every mark', records)
    all_ = wrap(EXAMPLE)
    yield framed('skippable-last', all_ + skippable(b'') + skippable(b'the end', 11),
                 'skippable frames of unknown kinds at the end', EXAMPLE,
                 [len(all_), len(all_) + 8])
    yield framed('not-a-mark',
                 b''.join(skippable(b'ckpt/9H\0\1\0\0\0', 0xC) + skippable(b'', 0xC) +
                                        skippable(b'ckpt/1H\0\1\0\0\0!', 0xC) + frame(x)
                                        for k, x in pieces(EXAMPLE)),
                 "skippable frames with the magic number of marks that are not marks",
                 EXAMPLE)
    yield framed('window-128m', handmade(short, window=128 << 20),
                 'a frame with the largest window', EXAMPLE)
    zeros = bytes(16 << 20)
    yield framed('zeros',
                 wrap(one(tensor('z', 'F32', '4194304', zeros, 'split', 1 << 20)), rle),
                 '16 MiB of zeros', one(tensor('z', 'F32', '4194304', zeros)))
    keys = [('k.%x' % i, 'v' * (65536 - 6)) for i in range(15)]
    keys.append(('k.f', 'v' * (65536 - 6 - len('ckpt/1 begin 0\nstep\t1\n') - 1)))
    records = seg(ckpt(1, w, keys=keys))
    assert len(records[0].head) == 1 << 20
    yield framed('head-1m', wrap(records), 'a header of 1 MiB, with lines of 64 KiB', records)
    x = tensor('w', 'F32', '2x3', W, 'xor', base=W)
    first = ckpt(1, w, keys=[('keep', 1)])
    link = ckpt(1, x, keys=[('keep', 1)])
    fresh = seg(*([first] + [link] * 15) * 260)
    yield framed('keep', frame(plain(fresh), 19),
                 '4160 checkpoints that all keep; chains of 15',
                 fresh)
    records = seg(first, *[link] * 4095)
    yield framed('chain', frame(plain(records)), 'a chain of 4095 differences', records)
    yield from fill_index()


def empties(records):
    """Where frames-empty may be truncated: it ends in three empty frames."""
    n, e = 0, len(frame(b''))
    for k, x in pieces(records):
        n += e + 20 + len(frame(x)) + 20 + e
    return [n - 20 - e, n]


def index(records, offset=0, name=None, length=0):
    """The index of ckpt(5) for these records, with some fields wrong."""
    lines, at = [], 0
    for r in records:
        keys = dict(l.split(b'\t', 1) for l in r.head.split(b'\n')[1:-2])
        if r.type == 'begin':
            lines.append(b'begin\t%d\t%s' % (at, keys[b'step']))
        elif r.type == 'tensor':
            lines.append(b'\t'.join([b'tensor', b'%d' % (at + offset)] + [
                keys.get(k, b'') for k in (b'hash', b'dtype', b'shape', b'enc')] + [
                name or keys[b'name']]))
        at += len(wrap([r]))
    data = frame(b''.join(l + b'\n' for l in lines))
    return skippable(data + struct.pack('<QII', at + 8 + len(data) + 24 + length,
                                        len(data), 0) + b'ckptidx1', 0xD)


def fill_index():
    records = seg(ckpt(1, w), ckpt(2, w, tensor('v', 'F32', '6', W, 'split')))
    all_ = wrap(records)
    n = len(all_)
    yield framed('index', all_ + index(records), 'with an index', records, [n])
    both = all_ + index(records) + wrap(EXAMPLE)
    yield framed('index-first', both, 'two segments, the second without an index',
                 records + EXAMPLE,
                 [n, n + len(index(records))])
    yield framed('index-last', wrap(EXAMPLE) + all_ + index(records),
                 'two segments, the first without an index', EXAMPLE + records,
                 [len(wrap(EXAMPLE)), len(wrap(EXAMPLE)) + n])
    for what, lie in (('offset', dict(offset=20)), ('name', dict(name=b'u')),
                      ('length', dict(length=64))):
        yield framed('index-lies-' + what, all_ + index(records, **lie),
                     f'an index with a wrong {what}, which readers must detect and ignore', records,
                     [n])
    yield framed('index-garbage', all_ + skippable(b'no index', 0xD),
                 'an invalid index', records,
                 [n])


def vectors():
    yield from fill_plain()
    yield from fill_frames()
