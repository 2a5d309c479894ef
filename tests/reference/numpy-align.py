#!/usr/bin/env python3
"""numpy-align.py - reference for ckpt-align and ckpt-sva, small networks

    numpy-align.py KIND FILE        writes a checkpoint, prints its alignments
    numpy-align.py --of FILE HEADS  prints those of a PyTorch encoder
    numpy-align.py --sva A B        prints the agreement of two such files

Each network is written out in numpy from the definitions, without tables of links.
"""
import json
import struct
import sys
import numpy as np

rng = np.random.default_rng(7)
K = 4                                   # number of singular vectors compared


def weight(*shape):
    """A random matrix with well separated singular values."""
    m = rng.standard_normal((shape[0], int(np.prod(shape[1:]))))
    u, _, v = np.linalg.svd(m, full_matrices=False)
    s = 0.85 ** np.arange(u.shape[1])
    return ((u * s) @ v).reshape(shape).astype('<f4')


def write(path, tensors):
    head, at = {}, 0
    for name, w in tensors.items():
        head[name] = {'dtype': 'F32', 'shape': list(w.shape),
                      'data_offsets': [at, at + w.nbytes]}
        at += w.nbytes
    text = json.dumps(head).encode()
    with open(path, 'wb') as f:
        f.write(struct.pack('<Q', len(text)) + text)
        for w in tensors.values():
            f.write(np.ascontiguousarray(w).tobytes())


def read(path):
    b = open(path, 'rb').read()
    n = struct.unpack('<Q', b[:8])[0]
    for name, t in json.loads(b[8:8 + n]).items():
        if len(t.get('shape', ())) < 2:
            continue
        lo, hi = t['data_offsets']
        w = np.frombuffer(b[8 + n:][lo:hi], '<f4').astype('f8')
        yield name, w.reshape(t['shape'][0], -1)


def svd(w):
    u, _, v = np.linalg.svd(np.asarray(w, 'f8').reshape(len(w), -1),
                            full_matrices=False)
    return u, v


net, rows = {}, []


def add(name, *shape):
    net[name] = weight(*shape)
    return name


def rule(a, b, A):
    for i in range(min(K, *A.shape)):
        rows.append((a, b, i + 1, abs(A[i, i])))


def plain(a, b, wa=None, wb=None):
    """Alignment of U of a with V of b."""
    ua = svd(net[a] if wa is None else wa)[0]
    vb = svd(net[b] if wb is None else wb)[1]
    rule(a, b, vb @ ua)


def embedding(a, b, wb=None):
    rule(a, b, svd(net[b] if wb is None else wb)[1] @ svd(net[a])[1].T)


def qk(a, b, q, k, heads, keys=None):
    """q (heads * w, d), k (keys * w, d): head h uses key h * keys / heads."""
    keys = keys or heads
    q = q.reshape(heads, -1, q.shape[1])
    k = k.reshape(keys, -1, k.shape[1])
    A = np.mean([np.abs(svd(q[h])[0].T @ svd(k[h * keys // heads])[0])
                 for h in range(heads)], axis=0)
    rule(a, b, A.T)


def conv(a, b, swap_a=False, swap_b=False):
    wa = net[a].swapaxes(0, 1) if swap_a else net[a]
    wb = net[b].swapaxes(0, 1) if swap_b else net[b]
    v = svd(wb)[1].reshape(-1, *wb.shape[1:])
    v = v[(slice(None), slice(None)) + tuple(n // 2 for n in wb.shape[2:])]
    rule(a, b, v @ svd(wa)[0])


def gpt2(stored=lambda w: w.T, d=128, heads=2):
    """stored(w) is a layer (out, in) as the file has it, and back."""
    def layer(name, rows, cols):
        return add(name, *stored(np.empty((rows, cols))).shape)

    E = add('transformer.wte.weight', 150, d)
    last = None
    for i in range(2):
        h = 'transformer.h.%d.' % i
        c = layer(h + 'attn.c_attn.weight', 3 * d, d)
        o = layer(h + 'attn.c_proj.weight', d, d)
        f = layer(h + 'mlp.c_fc.weight', 2 * d, d)
        p = layer(h + 'mlp.c_proj.weight', d, 2 * d)
        w = stored(net[c])
        if last:
            plain(last, c, stored(net[last]), w)
        else:
            embedding(E, c, w)
        qk(c, c, w[:d], w[d:2 * d], heads)
        plain(c, o, w[2 * d:], stored(net[o]))
        plain(o, f, stored(net[o]), stored(net[f]))
        plain(f, p, stored(net[f]), stored(net[p]))
        last = p
    H = add('lm_head.weight', 150, d)
    plain(last, H, stored(net[last]))


def nanogpt():
    """nanoGPT has the names of GPT-2, but layers (out, in)."""
    gpt2(lambda w: w, 48, 3)


def neox():
    d, heads = 48, 3
    E = add('gpt_neox.embed_in.weight', 90, d)
    last = None
    for i in range(2):
        h = 'gpt_neox.layers.%d.' % i
        c = add(h + 'attention.query_key_value.weight', 3 * d, d)
        o = add(h + 'attention.dense.weight', d, d)
        f = add(h + 'mlp.dense_h_to_4h.weight', 4 * d, d)
        p = add(h + 'mlp.dense_4h_to_h.weight', d, 4 * d)
        w = net[c].reshape(heads, 3, d // heads, d)
        q, k, v = (w[:, j].reshape(d, d) for j in range(3))
        if last:
            plain(last[0], f)
            plain(last[1], c)
        else:
            embedding(E, c)
        qk(c, c, q, k, heads)
        plain(c, o, v)
        plain(f, p)
        last = o, p
    H = add('embed_out.weight', 90, d)
    plain(last[1], H)


def llama():
    d, heads, keys, w = 48, 6, 2, 8
    E = add('model.embed_tokens.weight', 90, d)
    last = None
    for i in range(2):
        h = 'model.layers.%d.' % i
        q = add(h + 'self_attn.q_proj.weight', d, d)
        k = add(h + 'self_attn.k_proj.weight', keys * w, d)
        v = add(h + 'self_attn.v_proj.weight', keys * w, d)
        o = add(h + 'self_attn.o_proj.weight', d, d)
        g = add(h + 'mlp.gate_proj.weight', 2 * d, d)
        u = add(h + 'mlp.up_proj.weight', 2 * d, d)
        p = add(h + 'mlp.down_proj.weight', d, 2 * d)
        for x in (q, k, v):
            plain(last, x) if last else embedding(E, x)
        qk(q, k, net[q], net[k], heads, keys)
        plain(v, o, net[v].reshape(keys, w, d).repeat(heads // keys, 0)
              .reshape(d, d))
        plain(o, g), plain(o, u), plain(g, p), plain(u, p)
        last = p
    plain(last, add('lm_head.weight', 90, d))


def bert(prefix='bert.encoder.', emb='bert.embeddings.word_embeddings.weight',
         att='attention.self.', first=(90, 128), end='bert.pooler.dense.weight'):
    d, heads = 128, 2
    E = add(emb, *first)
    last = None
    for i in range(2):
        h = prefix + 'layer.%d.' % i
        q, k, v = (add(h + att + x + '.weight', d, d)
                   for x in ('query', 'key', 'value'))
        o = add(h + 'attention.output.dense.weight', d, d)
        f = add(h + 'intermediate.dense.weight', 2 * d, d)
        p = add(h + 'output.dense.weight', d, 2 * d)
        for x in (q, k, v):
            if last or len(first) > 2:
                plain(last or E, x)
            else:
                embedding(E, x)
        qk(q, k, net[q], net[k], heads)
        plain(v, o), plain(o, f), plain(f, p)
        last = p
    plain(last, add(end, 20, d))


def vit():
    bert('vit.encoder.', 'vit.embeddings.patch_embeddings.projection.weight',
         'attention.attention.', (128, 3, 4, 4), 'classifier.weight')


def fused(d, heads, E, first, block, names, end):
    """Fused q, k, v in thirds of the rows: PyTorch's encoder, timm's ViT."""
    add(E, *first)
    last = None
    for i in range(2):
        c, o, f, p = (block % i + x for x in names)
        add(c, 3 * d, d), add(o, d, d), add(f, 2 * d, d), add(p, d, 2 * d)
        if last or len(first) > 2:
            plain(last or E, c)
        else:
            embedding(E, c)
        qk(c, c, net[c][:d], net[c][d:2 * d], heads)
        plain(c, o, net[c][2 * d:]), plain(o, f), plain(f, p)
        last = p
    plain(last, add(end, 20, d))


def timm():
    fused(128, 2, 'patch_embed.proj.weight', (128, 3, 4, 4), 'blocks.%d.',
          ('attn.qkv.weight', 'attn.proj.weight', 'mlp.fc1.weight',
           'mlp.fc2.weight'), 'head.weight')


def torch():
    fused(48, 3, 'model.encoder.weight', (90, 48),
          'model.transformer_encoder.layers.%d.',
          ('self_attn.in_proj_weight', 'self_attn.out_proj.weight',
           'linear1.weight', 'linear2.weight'), 'model.decoder.weight')


def encoder(heads):
    """All blocks of the network, of any size."""
    E, last, i = 'model.encoder.weight', None, 0
    while 'model.transformer_encoder.layers.%d.linear1.weight' % i in net:
        c, o, f, p = ('model.transformer_encoder.layers.%d.' % i + x for x in
                      ('self_attn.in_proj_weight', 'self_attn.out_proj.weight',
                       'linear1.weight', 'linear2.weight'))
        d = net[c].shape[1]
        plain(last, c) if last else embedding(E, c)
        qk(c, c, net[c][:d], net[c][d:2 * d], heads)
        plain(c, o, net[c][2 * d:]), plain(o, f), plain(f, p)
        last, i = p, i + 1
    plain(last, 'model.decoder.weight')


def mlp():
    names = [add('model.layers.%d.weight' % i, o, n)
             for i, (o, n) in enumerate(((20, 48), (20, 20), (20, 20), (9, 20)))]
    for a, b in zip(names, names[1:]):
        plain(a, b)


def lstm():
    H = 12
    for l in range(3):
        for r in ('', '_reverse'):
            add('model.lstm.weight_ih_l%d%s' % (l, r), 4 * H,
                2 * H if l else 10)
            add('model.lstm.weight_hh_l%d%s' % (l, r), 4 * H, H)
    end = add('model.linear.weight', 7, 2 * H)

    def gate(a, b, half=None):
        w = net[b] if half is None else net[b][:, half * H:(half + 1) * H]
        rule(a, b, svd(w)[1] @ svd(net[a])[0][2 * H:3 * H])

    for l in range(3):
        for half, r in enumerate(('', '_reverse')):
            ih, hh = ('model.lstm.weight_%s_l%d%s' % (x, l, r)
                      for x in ('ih', 'hh'))
            nxt = 'model.lstm.weight_ih_l%d%s' % (l + 1, r) if l < 2 else end
            gate(ih, hh)
            gate(ih, nxt, half)
            gate(hh, nxt, half)


def unet():
    c = (6, 12, 24, 48)
    for i in range(4):
        add('model.conv%d.weight' % (i + 1), c[i], c[i - 1] if i else 1, 3, 3)
        add('model.dense%d.dense.weight' % (i + 1), c[i], 30)
    for i in (3, 2, 1, 0):
        add('model.tconv%d.weight' % (i + 1), c[i], c[i - 1] if i else 1, 3, 3)
    name = {'c': 'model.conv%d.weight', 'd': 'model.dense%d.dense.weight',
            't': 'model.tconv%d.weight'}
    for p in ('c1c2 c2c3 c3c4 d1c2 d2c3 d3c4 d4t4 c4t4 t4t3 t3t2 t2t1 '
              'c1t1 d1t1 c2t2 d2t2 c3t3 d3t3').split():
        conv(name[p[0]] % int(p[1]), name[p[2]] % int(p[3]),
             p[0] == 't', p[2] == 't')


def vgg():
    names = [add('model.layers.%d.conv.weight' % n, o, i, 3, 3)
             for n, o, i in ((0, 8, 3), (1, 8, 8), (3, 16, 8), (4, 16, 16))]
    for a, b in zip(names, names[1:]):
        conv(a, b)
    plain(names[-1], add('model.fc.weight', 10, 16))


def torchvision():
    a = add('features.0.weight', 8, 3, 3, 3)
    b = add('features.2.weight', 8, 8, 3, 3)
    c = add('classifier.0.weight', 20, 8 * 49)
    conv(a, b)
    v = svd(net[c])[1].reshape(-1, 8, 7, 7)[:, :, 3, 3]
    rule(b, c, v @ svd(net[b])[0])
    plain(c, add('classifier.3.weight', 10, 20))


def resnet():
    names = ['conv1.weight']
    add(names[0], 8, 3, 7, 7)
    for s in range(1, 5):
        for b in range(2):
            for x in ('conv1', 'conv2'):
                n = 'layer%d.%d.%s.weight' % (s, b, x)
                ins = net[names[-1]].shape[0]
                names.append(add(n, 4 + 4 * s, ins, 3, 3))
            if b == 0 and s > 1:
                add('layer%d.0.downsample.0.weight' % s, 4 + 4 * s, 4 * s, 1, 1)
    for a, b in zip(names, names[1:]):
        conv(a, b)
    plain(names[-1], add('fc.weight', 10, 20))


def sva(a, b):
    b = dict(read(b))
    print('step', 'tensor', 'i', 'agreement', sep='\t')
    for name, w in read(a):
        (u, v), (x, y) = svd(w), svd(b[name])
        for i in range(min(K, len(v))):
            print(0, name, i + 1, '%.9g' % abs((u[:, i] @ x[:, i]) *
                                               (v[i] @ y[i])), sep='\t')


if sys.argv[1] == '--sva':
    sva(*sys.argv[2:])
else:
    if sys.argv[1] == '--of':
        net.update(read(sys.argv[2]))
        encoder(int(sys.argv[3]))
    else:
        globals()[sys.argv[1]]()
        write(sys.argv[2], net)
    print('step', 'from', 'to', 'i', 'align', sep='\t')
    for a, b, i, x in rows:
        print(0, a, b, i, '%.9g' % x, sep='\t')
