"""vectors_bad.py - test vectors that readers must refuse, and why"""
from format1 import *


class Wrapped(bytes):
    """Bytes in zstd; uncompressed ones are bytes or records."""


def fault(name, data, error, note, ls=1):
    """name begins with the kind of error; the message matches error; ls is the
    exit status of reading headers only."""
    end = '.ckpt' if isinstance(data, Wrapped) else '.plain'
    if not isinstance(data, bytes):
        data = plain(data)
    return Vector(name + end, data, note, 1, ls, '-', '-', (), error)


def heads(r):
    """The keys of a record."""
    return [l.split(b'\t', 1) for l in r.head.split(b'\n')[1:-2]]


def drop(r, key):
    """A tensor without one of its keys."""
    return rec(r.type, [(k, v) for k, v in heads(r) if k != key.encode()],
               r.body[:len(r.raw)])


def line(first):
    """A stream whose only tensor record starts with this line."""
    return one(rec('tensor', heads(w), W, line=first))


def begin(*keys, **how):
    """A stream whose begin record has these keys."""
    return seg(ckpt(None, w, first=rec('begin', keys, **how)))


def fill_first_line():
    bad = 'bad first line|record type|record size|expected "ckpt/1"'
    for name, first, note in (
            ('magic', b'ckpT/1 tensor 24\n', 'a record begins with ckpT'),
            ('version-0', b'ckpt/0 tensor 24\n', 'version 0'),
            ('version-01', b'ckpt/01 tensor 24\n', 'version with a leading zero'),
            ('version-none', b'ckpt/ tensor 24\n', 'no version'),
            ('type-upper', b'ckpt/1 Tensor 24\n', 'a type with a capital letter'),
            ('type-digit', b'ckpt/1 tensor2 24\n', 'a type with a digit'),
            ('type-none', b'ckpt/1  24\n', 'an empty type'),
            ('type-long', b'ckpt/1 abcdefghijklmnopq 24\n', 'a type of 17 letters'),
            ('size-minus', b'ckpt/1 tensor -24\n', 'SIZE with a minus sign'),
            ('size-plus', b'ckpt/1 tensor +24\n', 'SIZE with a plus sign'),
            ('size-zero', b'ckpt/1 tensor 024\n', 'SIZE with a leading zero'),
            ('size-hex', b'ckpt/1 tensor 0x18\n', 'SIZE in hexadecimal'),
            ('size-2p63', b'ckpt/1 tensor 9223372036854775808\n', 'SIZE of 2^63'),
            ('size-2p64', b'ckpt/1 tensor 18446744073709551640\n', 'SIZE that overflows to 24'),
            ('size-long', b'ckpt/1 tensor 10000000000000000000000024\n',
             'SIZE of 26 digits'),
            ('size-none', b'ckpt/1 tensor \n', 'no SIZE'),
            ('size-space', b'ckpt/1 tensor 24 \n', 'a space after SIZE'),
            ('spaces', b'ckpt/1 tensor  24\n', 'two spaces before SIZE'),
            ('crlf', b'ckpt/1 tensor 24\r\n', 'CR before LF'),
            ('nul', b'ckpt/1 tensor 24\0\n', 'NUL after SIZE'),
            ('no-lf', b'ckpt/1 tensor 24' + b' ' * 64 + b'\n',
             'no LF in the first 64 bytes')):
        yield fault('bad-line1-' + name, line(first), bad, note)
    yield fault('unsupported-version-2', line(b'ckpt/2 tensor 24\n'),
                'is ckpt/2, this program reads ckpt/1', 'a record of version 2')
    yield fault('unsupported-version-10', plain(EXAMPLE).replace(b'ckpt/1 ', b'ckpt/10 '),
                'is ckpt/10, this program reads ckpt/1', 'every record is of version 10')
    yield fault('bad-version-long', b'ckpt/' + b'7' * 123 + b'\0' * 64, 'bad first line',
                'a version of 123 digits, and no NUL or space near')
    yield fault('limit-body', line(b'ckpt/1 tensor 4611686018427387905\n'),
                'limit|the record has',
                'a body of 2^62 + 1 bytes')


def fill_heads():
    blank = 'blank line|without a tab|expected "ckpt/1"'
    yield fault('bad-blank-none', begin(('step', 1), ('a.b', 'c' * 32), blank=b''),
                'without a tab|blank'
                '|key', 'a header without a blank line: the next record follows its keys')
    yield fault('bad-blank-short',
                begin(('step', 1), blank=b' ' * 20 + b'\n' + b'x' * 20 + b'\n'), blank,
                'a blank line that ends before a multiple of 64')
    yield fault('bad-blank-long', begin(('step', 1), blank=b' ' * (to64(23) + 64) + b'\n'),
                blank,
                'a blank line of more than 64 bytes')
    yield fault('bad-blank-text', begin(('step', 1), blank=b' ' * 20 + b'x' * 20 + b'\n'),
                blank,
                'a line that begins with a space and is not blank')
    yield fault('bad-blank-tabs', begin(('step', 1), blank=b' \t' * 20 + b' \n'), blank,
                'a blank line with tabs')
    for name, keys, error, note in (
            ('no-tab', [('step', 1), (b'a.b\nx', b'')], 'without a tab',
             'a line without a tab'),
            ('key-space', [('step', 1), ('a b', 'c')], 'key', 'a key with a space'),
            ('key-digit', [('step', 1), ('1.b', 'c')], 'key',
             'a key that begins with a digit'),
            ('key-dot', [('step', 1), ('.b', 'c')], 'key', 'a key that begins with a dot'),
            ('key-empty', [('step', 1), ('', 'c')], 'key', 'an empty key'),
            ('key-256', [('step', 1), ('k' * 254 + '.k', 'c')], 'key',
             'a key of 256 characters'),
            ('key-utf8', [('step', 1), ('\xe4.k', 'c')], 'key', 'a key with an umlaut'),
            ('key-twice', [('step', 1), ('step', 1)], 'step twice',
             'a key of the format twice'),
            ('key-dotted-twice', [('step', 1), ('a.b', 1), ('c.d', 1), ('a.b', 2)],
             'a.b twice',
             'a dotted key twice'),
            ('control', [('step', 1), ('a.b', 'x\x01y')], 'control',
             'a raw control character'),
            ('nul', [('step', 1), ('a.b', 'x\0y')], 'control', 'a raw NUL in a value'),
            ('cr', [('step', 1), ('a.b', 'x\r')], 'control', 'lines that end with CR LF'),
            ('del', [('step', 1), ('a.b', 'x\x7f')], 'control', 'a raw DEL in a value'),
            ('c1', [('step', 1), ('a.b', 'x\x85y')], 'control', 'a raw U+0085 in a value'),
            ('tab', [('step', 1), ('a.b', 'x\ty')], 'control', 'a raw tab in a value'),
            ('escape', [('step', 1), ('a.b', '\\q')], 'escape',
             'an escape that does not exist'),
            ('escape-cut', [('step', 1), ('a.b', 'x\\')], 'escape',
             'a backslash at the end'),
            ('escape-hex', [('step', 1), ('a.b', '\\x0g')], 'escape', 'not hexadecimal'),
            ('escape-letter', [('step', 1), ('a.b', '\\x41')], 'escape',
             'an escape of a character that is not a control character'),
            ('utf8-overlong', [('step', 1), ('a.b', b'\xc0\xaf')], 'UTF-8',
             'overlong UTF-8'),
            ('utf8-surrogate', [('step', 1), ('a.b', b'\xed\xa0\x80')], 'UTF-8',
             'a surrogate in UTF-8'),
            ('utf8-high', [('step', 1), ('a.b', b'\xf4\x90\x80\x80')], 'UTF-8',
             'beyond U+10FFFF'),
            ('utf8-cut', [('step', 1), ('a.b', b'x\xe2\x82')], 'UTF-8', 'an incomplete character'),
            ('utf8-latin1', [('step', 1), ('a.b', b'W\xe4rme')], 'UTF-8', 'Latin-1'),
            ('step-none', [('a.b', 'c')], 'step', 'begin without step'),
            ('step-minus', [('step', '-1')], 'step', 'a step below 0'),
            ('step-zero', [('step', '01')], 'step', 'a step with a leading zero'),
            ('step-2p63', [('step', 1 << 63)], 'step', 'a step of 2^63'),
            ('step-empty', [('step', '')], 'step', 'a step without digits'),
            ('keep', [('step', 1), ('keep', '2')], 'keep', 'keep that is not 1'),
            ('via-parts', [('step', 1), ('via', '1\t-\tprog\t1')], 'via',
             'via with four parts'),
            ('via-six', [('step', 1), VIA, ('via', '2\t1\tp\t1\tp\tx')], 'via',
             'via with six parts'),
            ('via-id', [('step', 1), ('via', '2\t-\tp\t1\tp')], 'via',
             'via that starts with 2'),
            ('via-parent', [('step', 1), VIA, ('via', '2\t2\tp\t1\tp')], 'via',
             'via that is its own parent'),
            ('via-parents', [('step', 1), VIA, ('via', '2\t1,\tp\t1\tp')], 'via',
             'a comma after the last parent'),
            ('tie-parts', [('step', 1), ('tie', 'v')], 'tie', 'tie without a target'),
            ('tie-target', [('step', 1), ('tie', 'v\tu')], 'tie|u',
             'tie to a tensor that is not there'),
            ('tie-tensor', [('step', 1), ('tie', 'w\tw')], 'tie|w',
             'tie of a tensor that is there')):
        yield fault('bad-' + name, begin(*keys), error, note)
    for i in (0, 2, 3):
        name = EXAMPLE[i].type
        r = rec(name, heads(EXAMPLE[i]), b'x' * 64)
        s = EXAMPLE[:i] + [r] + EXAMPLE[i + 1:] if i else seg(ckpt(None, w, first=r))
        yield fault(f'bad-{name}-body', s, f'{name}.*(body|64)', f'{name} with a body')
    keys = [('k.%x' % i, '') for i in range(4096)]
    yield fault('limit-keys', Wrapped(wrap(begin(('step', 1), *keys))), '4096 keys',
                '4097 keys in a header')
    keys = [('k.%x' % i, 'v' * 65000) for i in range(16)]
    r = begin(('step', 1), *keys, ('k.p', 'v' * ((1 << 20) - 16 * 65005 - 27)))
    assert len(r[0].head) == (1 << 20) + 64, len(r[0].head)
    yield fault('limit-head', Wrapped(wrap(r)), 'head.*1048576', 'a header of 1 MiB + 64')
    yield fault('limit-line', Wrapped(wrap(begin(('step', 1), ('a.b', 'v' * (65536 - 4))))),
                'line.*65536', 'a line of 64 KiB + 1')
    yield fault('limit-line-bomb',
                Wrapped(frame(b'ckpt/1 begin 0\na.b\t') + rle(b'a' * (1 << 28))),
                'line.*65536', 'a line of 256 MiB in 8 KB')


def t(name='w', dtype='F32', shape='2x3', raw=W, **keys):
    """A stream of one tensor."""
    return one(tensor(name, dtype, shape, raw, **keys))


def fill_tensors():
    for key in ('name', 'dtype', 'shape', 'hash'):
        yield fault(f'bad-{key}-none', one(drop(w, key)), key, f'a tensor without {key}')
    for name, s, note in (
        ('cut', '3x', 'a shape that ends with x'),
        ('first', 'x3', 'a shape that begins with x'),
        ('capital', '3X2', 'a capital X'),
        ('zero', '02x3', 'a dimension with a leading zero'),
        ('twice', '2xx3', 'two x'),
        ('minus', '-2x-3', 'dimensions below 0'),
        ('plus', '+6', 'a dimension with a sign'),
        ('space', '2 x 3', 'spaces'),
        ('comma', '2,3', 'a comma'),
        ('2p64', '18446744073709551622', 'overflows to 6'),
            ('letters', 'six', 'no numbers')):
        yield fault(f'bad-shape-{name}', t(shape=s), 'shape', f'shape {s[:24]}: {note}')
    yield fault('limit-shape-rank-33', t(shape='x'.join(['1'] * 32 + ['6'])),
                '32 dimensions',
                '33 dimensions')
    huge = 'x'.join(['4294967296'] * 2)
    yield fault('bad-shape-overflow', t(shape=huge + 'x6'), 'shape', 'a product that overflows')
    yield fault('bad-shape-overflow-0', t(shape=huge + 'x0', raw=b''), 'shape',
                'a product that overflows, times 0')
    yield fault('bad-shape-2p62', t(shape='1152921504606846976'), 'shape|limit',
                '2^60 elements of F32')
    yield fault('bad-size-less', one(rec('tensor', heads(w), W[:23])), '24 bytes.*23',
                'SIZE is one byte less than the shape says')
    yield fault('bad-size-more', one(rec('tensor', heads(w), W + b'\0')), '24 bytes.*25',
                'SIZE is one byte more than the shape says')
    yield fault('bad-name-empty', t(name=''), 'name', 'an empty name')
    yield fault('limit-name-1024', t(name='n' * 1024), 'name.*1023', 'a name of 1024 bytes')
    yield fault('bad-name-control', t(name='a\x1b[2Jb'), 'name',
                'a control character, escaped, in a name')
    yield fault('bad-name-newline', t(name='a\nb'), 'name', 'a newline, escaped, in a name')
    yield fault('bad-name-c1', t(name='a\x9bb'), 'name', 'U+009B, escaped, in a name')
    yield fault('bad-name-utf8', t(name=b'W\xe4rme'), 'UTF-8', 'a name in Latin-1')
    yield fault('bad-name-twice', one(w, tensor('v', 'F32', '2x3', W), w), 'w twice',
                'two tensors of one name')
    flipped = bytes([W[0] ^ 1]) + W[1:]
    yield fault('bad-hash', t(raw=flipped, hash=xxh64(W)), 'hash',
                'one bit of a tensor is wrong', ls=0)
    yield fault('bad-hash-split', t(raw=flipped, hash=xxh64(W), enc='split'), 'hash',
                'one bit of a split tensor is wrong', ls=0)
    yield fault('bad-hash-zero', t(shape='0', raw=b'', hash='0' * 16), 'hash',
                'a tensor of no bytes with another hash', ls=0)
    yield fault('bad-hash-capital', t(hash=xxh64(W).upper()), 'hash', 'a hash in capitals')
    yield fault('bad-hash-short', t(hash=xxh64(W)[1:]), 'hash', 'a hash of 15 digits')
    yield fault('bad-padding', t(pad=bytes(39) + b'\1'), 'padding',
                'padding that is not zero', ls=0)
    yield fault('bad-padding-text', t(pad=b' ' * 40), 'padding', 'padding with spaces',
                ls=0)
    yield fault('bad-chunk-none', one(
        drop(tensor('w', 'F32', '2x3', W, 'split'), 'chunk')), 'chunk',
        'split without chunk')
    a = noise(20000)
    for c, note in ((0, 'of 0'), (4095, 'below 4096'),
                    (4098, 'not a multiple of the element'),
                    ((1 << 26) + 4, 'above 2^26'), ('4k', 'that is not a number')):
        r = tensor('a', 'F32', '5000', a, 'split', 4096)
        keys = [(k, text(c) if k == b'chunk' else v) for k, v in heads(r)]
        yield fault(f'bad-chunk-{c}', one(rec('tensor', keys, r.body[:20000])), 'chunk',
                    f'a chunk {note}')
    yield fault('unsupported-dtype', t(dtype='F4', shape='48', raw=W), 'dtype F4',
                'an unknown dtype',
                ls=0)
    for e in ('sub', 'mask', 'split mask', 'split xor', 'split split', 'Split'):
        yield fault('unsupported-enc-' + e.replace(' ', '-'), t(extra=[('enc', e)]),
                    'encoding', f'enc {e}', ls=0)
    yield from fill_xor()


def fill_xor():
    x = tensor('w', 'F32', '2x3', W, 'xor', base=W)
    keep = [('keep', 1)]

    def after(r, first=w, keys=keep):
        return seg(ckpt(1, first, keys=keys), ckpt(2, r))

    yield fault('bad-base-none', after(drop(x, 'base')), 'base', 'xor without base')
    yield fault('bad-base-wrong',
                after(tensor('w', 'F32', '2x3', W, 'xor', base=bytes(24))), 'base',
                'a base that is not the tensor before', ls=0)
    yield fault('bad-base-digits',
                after(rec('tensor', [(k, v if k != b'base' else b'0') for k, v in
                                                        heads(x)], W)), 'base',
                'a base that is not a hash')
    yield fault('bad-xor-first', one(x), 'w.*(base|xor|first)',
                'xor in the first checkpoint', ls=0)
    yield fault('bad-xor-keep', after(x, keys=()), 'w.*(base|keep|xor)',
                'a base without keep', ls=0)
    yield fault('bad-xor-segment', seg(ckpt(1, w, keys=keep)) + seg(ckpt(2, x)),
                'w.*(base|xor|first)',
                'a base in the segment before', ls=0)
    yield fault('bad-xor-name', after(x, first=tensor('v', 'F32', '2x3', W)),
                'w.*(base|xor)',
                'xor of a tensor that the checkpoint before does not have', ls=0)
    yield fault('bad-xor-shape', after(x, first=tensor('w', 'F32', '3x2', W)),
                'w.*(base|xor|shape)',
                'xor with a tensor of another shape', ls=0)
    yield fault('bad-xor-dtype', after(x, first=tensor('w', 'I32', '2x3', W)),
                'w.*(base|xor|dtype)',
                'xor with a tensor of another dtype', ls=0)
    yield fault('bad-xor-gap', seg(ckpt(1, w, keys=keep), ckpt(2, keys=keep), ckpt(3, x)),
                'w.*(base|xor)', 'a base two checkpoints before', ls=0)
    yield fault('bad-xor-hash',
                after(tensor('w', 'F32', '2x3', W, 'xor', base=W, hash='0' * 16)), 'hash',
                'xor that gives other bytes', ls=0)
    yield fault('bad-xor-unkept', seg(ckpt(1, w, keys=keep), ckpt(2, x), ckpt(3, x)),
                'w.*(base|keep|xor)', 'a base that is a difference, without keep', ls=0)
    link = ckpt(1, x, keys=keep)
    yield fault('limit-chain',
                Wrapped(frame(plain(seg(ckpt(1, w, keys=keep), *[link] * 4096)))), '4095',
                'a chain of 4096 differences')


def fill_structure():
    b, r, end, eof = EXAMPLE
    yield fault('bad-tensor-outside', [r, *EXAMPLE],
                'tensor.*outside|outside.*tensor|begin',
                'a tensor before the first begin')
    yield fault('bad-tensor-after', [b, r, end, r, eof],
                'tensor.*outside|outside.*tensor|begin',
                'a tensor after end')
    yield fault('bad-begin-inside', [b, *EXAMPLE], 'begin', 'begin inside a checkpoint')
    yield fault('bad-end-outside', [b, r, end, end, eof], 'end', 'end after end')
    yield fault('bad-end-first', [end, eof], 'end', 'end before begin')
    yield fault('bad-eof-inside', [b, r, eof], 'eof|end', 'eof inside a checkpoint')
    yield fault('bad-end-count', one(w, tensors=2), 'end: 2 tensors, 1',
                'end counts a tensor too many')
    yield fault('bad-end-count-none', one(w, tensors=None), 'tensors',
                'end without tensors')
    yield fault('bad-end-count-sign', one(w, tensors='+1'), 'tensors',
                'end with a signed count')
    yield fault('bad-end-hash', one(w, hash='0' * 16), 'heads do not match|hash',
                'end with another hash')
    yield fault('bad-end-hash-none', one(w, hash=None), 'hash', 'end without hash')
    yield fault('bad-head-changed',
                [rec('begin', [('step', 101), ('lm.heads', 4), VIA]), r, end, eof],
                'heads do not match|hash', 'a step that was changed afterwards')
    yield fault('bad-tensor-missing', [b, end, eof], 'tensors|heads do not match|hash',
                'a tensor was removed')
    yield fault('bad-eof-count', seg(ckpt(1, w), ckpt(2, w), steps=1), 'eof: 1|steps',
                'eof counts a checkpoint too few')
    yield fault('bad-eof-count-none', seg(ckpt(1, w), steps=None), 'steps',
                'eof without steps')
    p = plain(EXAMPLE)
    yield fault('bad-trailing-byte', p + b'\n', 'after|cut|expected|1 byte',
                'a byte after eof')
    yield fault('bad-trailing-zeros', p + bytes(64), 'expected "ckpt/1"', 'zeros after eof')
    yield fault('bad-trailing-text', p + b'PK\3\4' * 16, 'expected "ckpt/1"',
                'other data after eof')
    yield fault('bad-then-zstd', p + wrap(EXAMPLE), 'expected "ckpt/1"',
                'a wrapped stream after a plain one')
    yield fault('bad-then-plain', Wrapped(wrap(EXAMPLE) + p), 'magic|frame',
                'a plain stream after a wrapped one')
    yield fault('cut-no-eof', p[:-64], 'no eof', 'ends after end')
    yield fault('cut-no-end', p[:-128], 'cut', 'ends after a tensor')
    yield fault('cut-body', p[:-128 - 50], 'cut.*w|w.*cut', 'ends inside a tensor')
    yield fault('cut-head', p[:32], 'cut', 'ends inside a header')
    yield fault('cut-nothing', b'', 'cut|empty', 'an empty file')
    yield fault('cut-claims', seg(ckpt(1, rec('tensor', [
        ('name', 'w'), ('dtype', 'U8'), ('shape', '1073741824'), ('hash', '0' * 16)], W,
        size=1 << 30)))[:2], 'cut.*1073741824',
        'a tensor of 1 GiB that ends after 64 bytes')
    yield fault('limit-tensor', seg(ckpt(1, rec('tensor', [
        ('name', 'w'), ('dtype', 'U8'), ('shape', str(1 << 61)), ('hash', '0' * 16)], W,
        size=1 << 61)))[:2], 'limit', 'a tensor of 2^61 bytes, of which 64 are present')


def fill_zstd():
    b, r, end, eof = EXAMPLE
    p = plain(EXAMPLE)
    whole = frame(p)
    yield fault('bad-z-checksum', Wrapped(whole[:-1] + bytes([whole[-1] ^ 1])), 'zstd',
                "a frame's checksum is wrong")
    fr = frame(r.head + r.body)
    fr = fr[:-1] + bytes([fr[-1] ^ 1])
    yield fault('bad-z-checksum-marked',
                Wrapped(wrap([b]) + marked(b'H', fr) + wrap([end, eof])), 'zstd',
                "a marked frame's checksum is wrong")
    big = one(tensor('a', 'F32', '5000', noise(20000), 'split'))
    fs = [(k, frame(x)) for k, x in pieces(big, 4096)]
    hurt = [(k, x if i != 3 else x[:-1] + bytes([x[-1] ^ 1])) for i,
            (k, x) in enumerate(fs)]
    yield fault('bad-z-checksum-body', Wrapped(b''.join(marked(k, x) for k, x in hurt)),
                'zstd',
                'the checksum of a frame in a body is wrong', ls=0)
    yield fault('bad-z-block', Wrapped(handmade(p)[:6] + b'\x07' + handmade(p)[7:]), 'zstd',
                'a block of the reserved type')
    yield fault('bad-z-reserved', Wrapped(handmade(p, unused=8)), 'frame|zstd',
                'the reserved bit of a frame header is set')
    yield fault('bad-z-size-less', Wrapped(handmade(p, len(p) - 1)), 'zstd|holds',
                'a wrong content size')
    yield fault('bad-z-size-more', Wrapped(handmade(p, len(p) + 1)), 'zstd|holds',
                'a wrong content size')
    yield fault('bad-z-size-marked', Wrapped(marked(b'H', handmade(p, len(p) + 64))),
                'zstd|holds',
                'a wrong content size in a marked frame')
    yield fault('bad-z-size-huge', Wrapped(marked(b'H', handmade(p, 1 << 50))),
                'zstd|holds', 'a content size of 2^50')
    yield fault('bad-z-legacy', Wrapped(handmade(p, magic=0xFD2FB527)),
                'not a checkpoint|magic',
                'the magic number of an older zstd')
    yield fault('bad-z-legacy-next', Wrapped(wrap(EXAMPLE) + handmade(p, magic=0xFD2FB527)),
                'magic|frame',
                'a second segment with the magic number of an older zstd')
    yield fault('unsupported-z-dictionary', Wrapped(handmade(p, dictionary=7)),
                'dictionary',
                'a frame that needs a dictionary')
    yield fault('limit-z-window', Wrapped(handmade(p, window=256 << 20)), 'window',
                'a frame with a window of 256 MiB')
    yield fault('limit-z-window-marked', Wrapped(marked(b'H', handmade(p, window=1 << 41))),
                'window',
                'a marked frame with a window of 2 TiB')
    for name, rest, note in (('garbage', b'garbage!', 'other bytes'),
                             ('zeros', bytes(64), 'zeros')):
        yield fault('bad-z-trailing-' + name, Wrapped(wrap(EXAMPLE) + rest), 'magic|frame',
                    note + ' after the last frame')
    yield fault('cut-z-skippable', Wrapped(wrap(EXAMPLE) + skippable(b'12345678')[:-1]),
                'cut',
                'ends inside a skippable frame')
    yield fault('cut-z-skippable-huge',
                Wrapped(wrap(EXAMPLE) + b'\x50\x2a\x4d\x18\xff\xff\xff\xff'), 'cut',
                'a skippable frame of 4 GiB that is missing')
    yield fault('cut-z-mark', Wrapped(wrap(EXAMPLE[:2]) + mark(b'H', 1 << 31)), 'cut',
                'ends after a mark that claims 2 GiB')
    yield fault('cut-z-checksum', Wrapped(frame(p)[:-2]), 'cut',
                "ends inside the last frame's checksum")
    fr = [frame(x.head + x.body) for x in EXAMPLE]

    def marks(*lengths, make=mark, kind=b'H'):
        return Wrapped(b''.join(make(kind, n) + f for n, f in zip(lengths, fr)))

    lens = [len(f) for f in fr]
    lies = 'mark|frame|zstd'
    yield fault('bad-mark-short', marks(lens[0], lens[1] - 1, *lens[2:]), lies,
                'a mark says one byte less than its frame has')
    yield fault('bad-mark-long', marks(lens[0], lens[1] + 1, *lens[2:]), lies,
                'a mark says one byte more than its frame has')
    yield fault('bad-mark-zero', marks(lens[0], 0, *lens[2:]), lies, 'a mark says 0')
    yield fault('bad-mark-two', marks(lens[0], lens[1] + 20 + lens[2], *lens[2:]), lies,
                'a mark leads past the next frame, to another mark')
    yield fault('bad-mark-huge', marks(lens[0], 0xffffffff, *lens[2:]), lies + '|cut',
                'a mark leads beyond the end')

    def mark2(length):
        return Wrapped(b''.join((mark(k, length) if i == 2 else mark(k, len(x))) + x
                                for i, (k, x) in enumerate(fs)))

    yield fault('bad-mark-body', mark2(len(fs[2][1]) + 20 + len(fs[3][1])), lies,
                'a mark in a body leads past the next frame')
    yield fault('bad-mark-into', mark2(len(fs[2][1]) + 4), lies,
                'a mark in a body leads into the next mark')
    yield fault('bad-mark-kind', marks(*lens, kind=b'X'), 'mark',
                'a mark that is neither H nor B')
    yield fault('bad-mark-reserved', marks(*lens, make=lambda k, n: mark(k, n, zero=1)),
                'mark',
                "a mark's byte 15 is not 0")
    yield fault('bad-mark-mark',
                Wrapped(wrap(EXAMPLE[:1]) + mark(b'H', 20) + wrap(EXAMPLE[1:])),
                'mark|frame',
                'a mark before a mark')
    yield fault('bad-bomb-body', Wrapped(frame(b.head + r.head) + rle(bytes(1 << 28))),
                'padding|expected|hash', '256 MiB of zeros in place of 24 bytes')


def vectors():
    for fill in (fill_first_line, fill_heads, fill_tensors, fill_structure, fill_zstd):
        yield from fill()
