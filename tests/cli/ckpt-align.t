# ckpt-align.t - ckpt-align: definition, links, networks, options
. tests/lib.sh
. tests/cli/spectra.sh

cp tests/files/modadd/run.ckpt "$T/run" || exit 1
in=model.transformer_encoder.layers.0.self_attn.in_proj_weight

ok 'links come from the header of a run' prints '6 6' \
    'ckpt-align -S -s 0,40 $T/run | sed 1d | cut -f1 | uniq -c |
    awk "{ print \$1 }" | xargs'
ok 'columns' prints 'step from to i align' 'ckpt-align $T/run | head -n 1 | tr "\t" " "'
ok 'columns with --matrix' prints 'step from to i j align random' \
    'ckpt-align -m -b $T/run | head -n 1 | tr "\t" " "'
ok 'threads and pipes do not change the output' alike \
    'ckpt-align -j1 $T/run' 'ckpt-align -j2 $T/run' 'ckpt-align -j5 $T/run' \
    'ckpt-align <$T/run' 'cat $T/run | ckpt-align' 'cat $T/run | ckpt-align -j1'
ok '-s last on a pipe' alike 'ckpt-align -s 40 $T/run' \
    'cat $T/run | ckpt-align -s last'
ok '-S is the mean over the first ten vectors' near 1e-8 /dev/stdin \
    'ckpt-align -S $T/run' <<E2
$(ckpt-align -k 10 "$T/run" | awk -F'\t' '
	function out() { if (n) printf "%s\t%.9g\n", last, sum / n }
	NR == 1 { print "step\tfrom\tto\talign"; next }
	{ key = $1 "\t" $2 "\t" $3 }
	key != last { out(); last = key; sum = n = 0 }
	{ sum += $5; n++ }
	END { out() }')
E2
ok 'the diagonal of --matrix is the default output' alike 'ckpt-align -k 5 $T/run' \
    'ckpt-align -m -k 5 $T/run | awk -F"\t" "NR == 1 || \$4 == \$5" | cut -f1-4,6'
ok '-k 0 selects all singular vectors' prints '12 12' "ckpt-align -k 0 -s 0 \$T/run |
    awk -F'\t' '\$2 == \"model.encoder.weight\" { n++; last = \$4 } END { print n, last }'"
ok 'the number of heads comes from the header' prints 8 \
    "ckpt-align -s 0 \$T/run | awk -F'\t' '\$2 == \"$in\" && \$3 == \"$in\"' | wc -l"
ok '--heads overrides the header' prints 4 \
    "ckpt-align --heads 4 -s 0 \$T/run | awk -F'\t' '\$2 == \"$in\" && \$3 == \"$in\"' | wc -l"

# The table of known links gives the links that the trainer wrote.
ckpt-cat -F safetensors -s 40 "$T/run" |
    sed 's/net.links/net.linkz/; s/modadd.heads/modadd.headz/' >"$T/step40.safetensors"
ok 'a table of known links applies to foreign files' alike \
    'ckpt-align -s 40 $T/run' 'ckpt-align --heads 2 $T/step40.safetensors' \
    'ckpt-align --heads 2 <$T/step40.safetensors | sed "s/^0	/40	/"' \
    'cat $T/step40.safetensors | ckpt-align --heads 2 | sed "s/^0	/40	/"'
ok 'an unknown number of heads asks for --heads' exits 1 \
    'ckpt-align $T/step40.safetensors' 'the number of heads is not known: --heads'
ok 'links without heads are still computed' prints '1 5' 'ckpt-align -S $T/step40.safetensors 2>/dev/null |
    awk -F"\t" "{ n[\$4 == \"NaN\"]++ } END { print n[1], n[0] - 1 }"'

# prev = H diag(2, 1), next = diag(2, 1) H'/sqrt 2 and diag(2, 1): a basis that
# the layers share, and one rotated by 45 degrees. minus is -prev.
two='\0\0\0\100'
neg='\0\0\200\277'
minus2='\0\0\0\300'
pack "$T/basis.safetensors" '{
"prev":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},
"next":{"dtype":"F32","shape":[2,2],"data_offsets":[16,32]},
"rotated":{"dtype":"F32","shape":[2,2],"data_offsets":[32,48]},
"minus":{"dtype":"F32","shape":[2,2],"data_offsets":[48,64]}}' \
    "$two$one$two$neg$two$two$one$neg$two\0\0\0\0\0\0\0\0$one$minus2$neg$minus2$one"
links() {
	printf "$1" >"$T/links"
}
links 'prev\tnext\tlinear\nprev\trotated\tlinear\nminus\tnext\tlinear\n'
ok 'a shared basis gives 1, a rotated one less, signs do not matter' near 1e-12 /dev/stdin \
    'ckpt-align -l $T/links $T/basis.safetensors | cut -f2-' <<'E2'
from	to	i	align
prev	next	1	1
prev	next	2	1
prev	rotated	1	0.707106781
prev	rotated	2	0.707106781
minus	next	1	1
minus	next	2	1
E2
links '# ours\nprev\tnone\tlinear\nprev\tnext\tlinear\n'
ok 'a link whose tensors are absent is reported' exits 0 'ckpt-align -l $T/links $T/basis.safetensors' \
    '1 of 2 links name tensors that are not here'
links 'prev\tnext\tlinea\n'
ok 'links: an unknown kind is refused' exits 1 'ckpt-align -l $T/links $T/basis.safetensors' \
    'links: line 1: unknown kind "linea"'
links 'prev next linear\n'
ok 'links: fields without tabs are refused' exits 1 'ckpt-align -l $T/links $T/basis.safetensors' 'wanted FROM TAB TO TAB KIND'
links 'a.fine\tc.inf\tlinear\na.fine\ta.fine\tlinear\nb.nan\ta.fine\tlinear\ne.empty\ta.fine\tlinear\nd.complex\ta.fine\tlinear\ng.vector\tf.zero\tlinear\n'
faults() {
	ckpt-align -j"$1" -S -l "$T/links" "$T/faults.safetensors" >"$T/out" 2>"$T/err"
	[ $? -eq 1 ] || return 1
	cat "$T/out" "$T/err"
	[ "$(cut -f4 "$T/out" | xargs)" = 'align NaN 1 NaN NaN NaN' ] &&
	grep -q 'step 0: b.nan: NaN at row 1, column 1' "$T/err" &&
	grep -q 'c.inf: infinity at row 0, column 1' "$T/err" &&
	grep -q 'e.empty -> a.fine: ' "$T/err"
}
ok 'a matrix that cannot be decomposed is named, gives NaN and status 1' faults 1
ok 'the same with threads' faults 3
links 'a\tb\tlinear\n'
ok 'no link between the tensors of a file is an error' exits 1 'ckpt-align -q -l $T/links $T/basis.safetensors 2>&1 >/dev/null | tail -n 1 >&2; exit 1' 'linked'
ok '-m with -S is a usage error' exits 2 'ckpt-align -m -S $T/run'
ok 'a missing file is an error' exits 1 'ckpt-align $T/none' 'none'
head -c 9000 "$T/run" >"$T/cut"
ok 'truncated input is an error' exits 1 'ckpt-align $T/cut' cut

ok 'baselines of random vectors' near 1e-4 /dev/stdin \
    'ckpt-align -b -S -s 0 $T/run | cut -f5' <<'E2'
random
0.1995
0.2821
0.1995
0.1995
0.1410
0.1995
E2

# Known networks, compared with numpy.
numpy=$(python_with numpy)
agrees() {
	"$numpy" tests/reference/numpy-align.py "$1" "$T/net.safetensors" | sort >"$T/want" &&
	near 1e-5 "$T/want" "ckpt-align -k 4 $2 \$T/net.safetensors | sort"
}
for kind in gpt2 nanogpt neox llama bert vit timm torch mlp lstm unet vgg torchvision \
    resnet; do
	heads=
	case $kind in neox | torch | nanogpt) heads='--heads 3' ;; llama) heads='--heads 6' ;; esac
	if [ "$numpy" ]; then
		ok "numpy agrees: $kind" agrees $kind "$heads"
	else
		skip "numpy agrees: $kind" 'no numpy'
	fi
done

# The same names in other shapes: nanoGPT's layers are not those of GPT-2, which
# are transposed; a GRU is no LSTM.
N=tests/files/spec/nanogpt.pt
export N
ok 'nanoGPT: no link is misfit, the number of heads is in the file' alike 'ckpt-align $N' 'ckpt-align --heads 2 $N'
cat <<'E2' >"$T/links"
_orig_mod.transformer.h.0.attn.c_attn.weight	_orig_mod.transformer.h.0.attn.c_attn.weight	qk
_orig_mod.transformer.h.0.attn.c_attn.weight	_orig_mod.transformer.h.0.attn.c_proj.weight	v
_orig_mod.transformer.h.0.attn.c_proj.weight	_orig_mod.transformer.h.0.mlp.c_fc.weight	linear
_orig_mod.transformer.h.0.mlp.c_fc.weight	_orig_mod.transformer.h.0.mlp.c_proj.weight	linear
E2
ok 'nanoGPT: its links are these' alike 'ckpt-align -l $T/links $N' \
    'ckpt-align -t "*.h.0.*" $N'
pack "$T/gru.safetensors" '{
"rnn.weight_ih_l0":{"dtype":"F32","shape":[12,1],"data_offsets":[0,48]},
"rnn.weight_hh_l0":{"dtype":"F32","shape":[12,4],"data_offsets":[48,240]}}' \
    "$(printf '\\001\\000\\100\\077%.0s' $(seq 60))"
ok 'a GRU, with the names of an LSTM, has no known links' exits 1 'ckpt-align $T/gru.safetensors' \
    'no two of 2 tensors are linked'

# The number of heads in config.json beside the file.
mkdir "$T/model"
config() {
	printf '%s\n' "$1" >"$T/model/config.json"
}
if [ "$numpy" ]; then
	"$numpy" tests/reference/numpy-align.py gpt2 "$T/model/model.safetensors" >/dev/null
	config '{ "n_head": 4, "n_embd": 128 }'
	ok 'config.json: n_head' alike 'ckpt-align --heads 4 $T/model/model.safetensors' \
	    'ckpt-align $T/model/model.safetensors' 'ckpt-align $T/model' 'cd $T/model && ckpt-align model.safetensors'
	ok 'it is not that of a pipe' alike 'cd $T/model && ckpt-align <model.safetensors' 'ckpt-align --heads 2 <$T/model/model.safetensors'
	"$numpy" tests/reference/numpy-align.py llama "$T/model/model.safetensors" >/dev/null
	config '{ "text_config": { "num_attention_heads": 6, "num_key_value_heads": 2 } }'
	ok 'config.json: num_attention_heads' alike 'ckpt-align --heads 6 $T/model' 'ckpt-align $T/model'
	config '{ "num_attention_heads": 6, "num_key_value_heads": 3 }'
	ok 'config.json: other num_key_value_heads than in the file' exits 1 \
	    'ckpt-align $T/model >/dev/null 2>$T/x || { head -n 1 $T/x >&2; exit 1; }' 'wanted 3 heads of keys, .* got 2'
	config '{ "n_head": '
	ok 'config.json: a fault is reported' exits 1 'ckpt-align $T/model >/dev/null 2>$T/x || { head -n 1 $T/x >&2; exit 1; }' \
	    'model/config.json: line 2: '
else
	skip 'config.json' 'no numpy'
fi

trained() {
	ckpt-cat -F safetensors -s $1 -t '*weight' "$T/run" >"$T/trained.safetensors" &&
	"$numpy" tests/reference/numpy-align.py --of "$T/trained.safetensors" 2 | sort >"$T/want" &&
	near 1e-5 "$T/want" "ckpt-align -k 4 -s $1 \$T/run | sed 's/^$1	/0	/' | sort"
}
for s in 0 40; do
	if [ "$numpy" ]; then
		ok "numpy agrees: a run at step $s" trained $s
	else
		skip "numpy agrees: a run at step $s" 'no numpy'
	fi
done

if command -v gnuplot >/dev/null; then
	ok 'align.gp plots diagonals' png 'ckpt-align $T/run | gnuplot -c examples/align.gp'
	sed 's/pngcairo/svg/' examples/align.gp >"$T/align.gp"
	printf 'step\tfrom\tto\ti\talign\n0\ta\tb\t1\tNaN\n1\ta\tb\t1\t.5\n1\ta\tb\t2\t.5\n' >"$T/edges"
	ok 'align.gp: a checkpoint without values is gray' sh -c 'gnuplot -c $T/align.gp <$T/edges 2>$T/err |
	    grep -i "180, 188, 196\|B4BCC4" && [ ! -s $T/err ]'
	ok 'align.gp plots scores' png 'ckpt-align -S $T/run | gnuplot -c examples/align.gp'
	ok 'align.gp plots all pairs' png 'ckpt-align -m -s 40 $T/run | gnuplot -c examples/align.gp'
else
	skip 'align.gp' 'no gnuplot'
fi
from_fifo() {
	mkfifo "$T/fifo"
	ckpt-cat tests/files/modadd/series.ckpt >"$T/fifo" &
	ckpt-align -S "$T/fifo" >"$T/out" && ckpt-align -S tests/files/modadd/series.ckpt | cmp - "$T/out"
}
ok 'a named pipe is read once' from_fifo
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-align
done_testing
