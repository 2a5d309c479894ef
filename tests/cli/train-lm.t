# train-lm.t - train-lm: training, evaluation, sampling, data, errors
. tests/lib.sh
needs train-lm

F=tests/files/text
small="-q -d $F/plain.txt --vocab 300 --layers 2 --width 16 --heads 2 --hidden 16
	--context 16 --batch 24 --micro 10 --lr 1e-2 --warmup 3 --save 10"
small=$(echo $small)
run="train-lm $small --steps 30"

ok 'trains' sh -c "$run -o $T/a.ckpt --log $T/a.tsv"
ok 'the training loss falls' awk -F'\t' \
    '$3 == "train" { if (!n++) first = $4; last = $4 } END { exit !(last < .8 * first) }' "$T/a.tsv"
cut -f 1,3-5 "$T/a.tsv" >"$T/want"
ok '--eval reproduces the losses of the log' near 1e-5 "$T/want" \
    "train-lm --eval -d $F/plain.txt $T/a.ckpt | cut -f 1,3-5"
ok 'threads do not change the output' alike "cat $T/a.ckpt" "$run -j1" "$run -j3"
ok 'text from standard input, compressed or not' alike "cat $T/a.ckpt" \
    "train-lm $(echo "$small" | sed "s|$F/plain.txt|-|") --steps 30 <$F/plain.txt" \
    "xz <$F/plain.txt | train-lm $(echo "$small" | sed "s|$F/plain.txt|-|") --steps 30"
files="-o $T/r.ckpt --log $T/r.tsv --state $T/r.state --horizon 20"
ok 'stopped and resumed: the same bytes' sh -c "train-lm $small --steps 30 --horizon 20 -o $T/b.ckpt &&
    train-lm $small --steps 10 $files &&
    train-lm $small --steps 30 $files --resume $T/r.state && cmp $T/b.ckpt $T/r.ckpt"
ok 'the links of the paper' prints '7 2 2' \
    "ckpt-align -S -s last $T/a.ckpt | awk '\$2 ~ /in_proj/ { if (\$3 == \$2) qk++; else if (\$3 ~ /out_proj/) v++ }
    \$2 ~ /linear/ || \$2 ~ /encoder.w/ || \$2 ~ /out_proj/ { n++ } END { print n, qk, v }'"
ok 'an unknown precision is a usage error' exits 2 "$run --precision f16" '\--precision wants f32 or bf16, not "f16"'
if grep -q avx512bw /proc/cpuinfo; then
	wide="$run --width 32 --hidden 32"
	ok '--precision bf16: losses near those of f32, but not equal' sh -c \
	    "$wide -o $T/p.ckpt --log $T/p.tsv && $wide --precision bf16 -o $T/q.ckpt --log $T/q.tsv &&
	    cut -f 4 $T/p.tsv | paste $T/q.tsv - | awk -F'\t' 'NR > 1 { d = \$4 / \$NF - 1; d = d < 0 ? -d : d
	    if (d > m) m = d } END { exit !(m > 1e-6 && m < 1e-2) }'"
	ok '--precision bf16: threads do not change the output' alike "cat $T/q.ckpt" "$wide --precision bf16 -j1"
else
	skip '--precision bf16' 'the processor lacks AVX-512 BW'
fi
ok '--sample continues a prompt' sh -c "train-lm --sample 20 --prompt First $T/a.ckpt | grep -q ^First"
ok '--sample: threads do not change the text' alike "train-lm --sample 20 $T/a.ckpt" "train-lm --sample 20 $T/a.ckpt -j1"
ok '--temperature 0 does not depend on the seed' alike "train-lm --sample 9 --temperature 0 $T/a.ckpt" \
    "train-lm --sample 9 --temperature 0 --seed 5 $T/a.ckpt"

# ---------------------------------------------------------------- archives
mkdir "$T/w"
cp $F/plain.txt "$T/w/wiki.train.txt"
cp $F/odd.txt "$T/w/wiki.test.txt"
head -n 90 $F/plain.txt >"$T/w/wiki.valid.txt"
(cd "$T/w" && tar czf ../w.tar.gz .)
ok 'splits by name, in a directory or an archive' alike \
    "$run --val $T/w/wiki.valid.txt --log $T/1.tsv; cut -f 1-6 $T/1.tsv" \
    "train-lm $(echo "$small" | sed "s|$F/plain.txt|$T/w|") --steps 30 --log $T/2.tsv; cut -f 1-6 $T/2.tsv" \
    "train-lm $(echo "$small" | sed "s|$F/plain.txt|$T/w.tar.gz|") --steps 30 --log $T/3.tsv; cut -f 1-6 $T/3.tsv"

# --------------------------------------------------------- other networks
for arch in gpt2 gpt-neox; do
	ok "$arch trains" sh -c "$run --arch $arch -o $T/$arch.ckpt --log $T/m.tsv"
	cut -f 1,3-5 "$T/m.tsv" >"$T/want"
	ok "$arch: --eval reproduces the losses of the log" near 1e-5 "$T/want" \
	    "train-lm --eval -d $F/plain.txt $T/$arch.ckpt | cut -f 1,3-5"
	ok "$arch: links of the architecture" sh -c "ckpt-align -S -s last $T/$arch.ckpt >$T/x && ! grep NaN $T/x"
done
ok 'GPT-2 in safetensors with prefixed names and a config.json' sh -c "
    echo '{ \"model_type\": \"gpt2\", \"n_layer\": 2, \"n_embd\": 16, \"n_head\": 2, \"n_inner\": 16, \"n_positions\": 16, \"vocab_size\": 300 }' >$T/config.json &&
    $run --arch gpt2 --tokenizer-out $T/tokenizer.json >/dev/null &&
    ckpt-cat -s last --rename =transformer. -F safetensors $T/gpt2.ckpt >$T/t.safetensors &&
    ckpt-ls $T/t.safetensors | grep -q transformer.h.1.attn.c_attn.weight &&
    train-lm --eval --config $T/config.json --tokenizer $T/tokenizer.json -d $F/plain.txt $T/t.safetensors | cut -f 4 >$T/y &&
    train-lm --eval -d $F/plain.txt $T/gpt2.ckpt | tail -n 2 | cut -f 4 >$T/z && tail -n 2 $T/y | cmp - $T/z"

# ------------------------------------------------------------- errors
printf 'ab\377cd\n' >"$T/bad.txt"
: >"$T/empty.txt"
echo '{ "model": { "type": "BPE", "vocab": { "a": 0 }, "merges": [] } }' >"$T/short.json"
echo '{ "model": ' >"$T/cut.json"
sed 's/"NFC"/"Lowercase"/' $F/tokenizer.json >"$T/lower.json"
sed 's/"id":400/"id":-1/' $F/tokenizer.json >"$T/id.json"
t="train-lm --vocab 300 --context 16 --layers 1 --width 16 --heads 2 --hidden 16 --steps 1"
ok 'text that is not UTF-8' exits 1 "$t -d $T/bad.txt" 'bad.txt: line 1: invalid UTF-8 at byte 2$'
ok 'empty text' exits 1 "$t -d $T/empty.txt" 'empty.txt: no text to train on'
ok 'a missing file' exits 1 "$t -d $T/none" 'none: No such file'
ok 'a context longer than the text' exits 1 "$t -d $F/plain.txt --context 9000" 'a sequence of 9001 tokens'
ok 'a tokenizer that lacks a byte' exits 1 "$t -d $F/plain.txt --tokenizer $T/short.json" 'no token for byte 0x00'
ok 'a truncated tokenizer' exits 1 "$t -d $F/plain.txt --tokenizer $T/cut.json" 'cut.json: line'
ok 'an unsupported normalizer' exits 1 "$t -d $F/plain.txt --vocab 500 --tokenizer $T/lower.json" 'normalizer Lowercase'
ok 'a negative token id' exits 1 "$t -d $F/plain.txt --vocab 500 --tokenizer $T/id.json" 'added token without'
ok 'more tokens than rows of the embedding' exits 1 "$t -d $F/plain.txt --tokenizer $F/tokenizer.json" '405 tokens, more than the vocabulary of 300'
ok '--eval with another tokenizer' exits 1 \
    "$t -d $F/plain.txt --vocab 500 --tokenizer $F/tokenizer.json | train-lm --eval -d $F/plain.txt --tokenizer $T/tokenizer.json" 'not the tokenizer of this run'
ok '--eval without the tokenizer of the run' exits 1 \
    "$t -d $F/plain.txt --vocab 500 --tokenizer $F/tokenizer.json | train-lm --eval -d $F/plain.txt" 'has a tokenizer from a file'
ok 'heads that do not divide the width' exits 1 "$t -d $F/plain.txt --heads 3" 'heads: 3 does not divide the width 16'
ok 'no --data is a usage error' exits 2 'train-lm --steps 1' '--data wants text'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis train-lm
done_testing
