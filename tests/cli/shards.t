# shards.t - sharded checkpoints and directories
. tests/lib.sh
S=tests/files/safetensors/good

# A checkpoint, and its tensors in two shards.
mkdir "$T/a"
cp $S/multi-layer.safetensors "$T/whole.safetensors"
ckpt-cat -t 'conv*' -F safetensors -o "$T/a/model-00001-of-00002.safetensors" "$T/whole.safetensors"
ckpt-cat -t '!conv*' -F safetensors -o "$T/a/model-00002-of-00002.safetensors" "$T/whole.safetensors"
# as other programs write them: without a step
perl -pi -e 's/"step"/"stop"/' "$T"/a/model-0*
# index DIR [SHARD]: writes an index; SHARD is that of the last tensor
index() {
	for f in "$1"/model-0*; do
		ckpt-ls "$f" 2>"$T/ignored" | awk -F'\t' -v f="${f##*/}" 'NR > 1 { print "    \"" $2 "\": \"" f "\"," }'
	done | sed "\$s|: .*|: \"${2-model-00002-of-00002.safetensors}\"|" |
	    { echo '{ "metadata": { "total_size": 1 },'; echo '  "weight_map": {'; cat; echo '} }'; } \
	    >"$1/model.safetensors.index.json"
}
tensors='ckpt-ls --hash "$0" "$@" | sed 1d | sort'
same() {
	sh -c "$tensors" "$T/whole.safetensors" >"$T/want" && sh -c "$tensors" "$@" |
	    diff "$T/want" -
}

ok 'consecutive shards are one checkpoint' same "$T"/a/model-0*
ok 'a directory of shards' same "$T/a"
A=$T/a/model-0000
ok 'shards in any order' same "${A}2-of-00002.safetensors" "${A}1-of-00002.safetensors"
ok 'shards among other files' prints '0 1' "ckpt-ls ${A}2-of-00002.safetensors tests/files/npy/c.npy ${A}1-of-00002.safetensors |
    sed 1d | cut -f 1 | uniq | paste -sd ' '"
ok 'a single shard: its tensors, and that it is not all' exits 1 "ckpt-ls ${A}2-of-00002.safetensors >$T/o; s=\$?; grep -q fc1.weight $T/o && exit \$s" \
    '1 of 2 shards, without .*/model-00001-of-00002.safetensors: give all'
ok 'ckpt-verify of a single shard' exits 1 "ckpt-verify ${A}1-of-00002.safetensors" '1 of 2 shards, without .*/model-00002'
ok 'ckpt-verify of all shards, one by one' exits 0 "ckpt-verify ${A}2-of-00002.safetensors $T/whole.safetensors ${A}1-of-00002.safetensors"
mkdir "$T/zero"
cp "${A}1-of-00002.safetensors" "$T/zero/m-00000-of-00002.safetensors"
cp "${A}2-of-00002.safetensors" "$T/zero/m-00001-of-00002.safetensors"
ok 'shards counted from 0: a folder' same "$T/zero"
ok 'shards counted from 0: one by one' same "$T"/zero/*
ok 'one of them' exits 1 "ckpt-ls $T/zero/m-00000-of-00002.safetensors" '1 of 2 shards, without .*/m-00001-of-00002.safetensors'
index "$T/a"
ok 'an index' same "$T/a/model.safetensors.index.json"
ok 'a directory with an index' same "$T/a"
ok 'shards are converted to one stream' alike "ckpt-ls --hash $T/a" "ckpt-cat $T/a | ckpt-ls --hash" \
    "cd $T/a && ckpt-ls --hash model.safetensors.index.json"
mkdir "$T/out" "$T/full"
ok '--shard-size writes shards' exits 0 "ckpt-cat -F safetensors --shard-size 10K -o $T/out/m.safetensors $T/whole.safetensors"
ok 'the shards written are read as one checkpoint' same "$T/out"
ok 'the index written is read as one checkpoint' same "$T/out/m.safetensors.index.json"
ok 'each shard is within the size or has one tensor' sh -c "for f in $T/out/*.safetensors; do
    ckpt-ls \$f | awk -F'\t' 'NR > 1 { s += \$5 } END { exit s > 10000 && NR > 2 }' || exit 1; done"
ok 'shards renamed and cast' prints 'BF16 x.
I64 x.' "ckpt-cat -F safetensors --shard-size 1T -d BF16 --rename =x. \
    -o $T/out/n.safetensors $T/whole.safetensors &&
    ckpt-ls $T/out/n-00001-of-00001.safetensors | sed 1d | awk -F'\t' '{ print \$3, substr(\$2, 1, 2) }' | sort -u"
cp "$T/whole.safetensors" "$T/step1.safetensors"
cp "$T/whole.safetensors" "$T/step2.safetensors"
ok '--shard-size refuses a second checkpoint' exits 1 "ckpt-cat -F safetensors --shard-size 1K -o $T/full/m.safetensors \
    $T/step1.safetensors $T/step2.safetensors" 'one checkpoint'
ok 'a refused second checkpoint leaves no files' prints 0 "ls $T/full | wc -l"
for size in 0 -1 5X nan 1GG; do
	ok "--shard-size $size is a usage error" exits 2 "ckpt-cat -F safetensors --shard-size $size -o x.safetensors $T/whole.safetensors" 'wants a size'
done
ok 'spectra of shards equal those of one file' sh -c "ckpt-erank $T/a | sort >$T/x; ckpt-erank $T/whole.safetensors | sort | diff $T/x -"

mkdir "$T/b"
cp "$T"/a/*.safetensors "$T/b"
ok 'the next directory is the next checkpoint' prints '0 1' \
    "ckpt-ls $T/a $T/b | sed 1d | cut -f 1 | sort -u | paste -sd ' '"

# ------------------------------------------------------------- errors
fault() {
	rm -rf "$T/f" && cp -r "$T/a" "$T/f"
}
fault && rm "$T/f/model-00002-of-00002.safetensors"
ok 'a missing shard' exits 1 "ckpt-verify $T/f" 'model-00002-of-00002.safetensors: .*No such file'
rm "$T/f/model.safetensors.index.json"
ok 'a missing shard without an index' exits 1 "ckpt-verify $T/f" '1 of 2 shards, without .*/model-00002-of-00002.safetensors'
fault && head -c 1000 "$T/a/model-00002-of-00002.safetensors" >"$T/f/model-00002-of-00002.safetensors"
ok 'a truncated shard' exits 1 "ckpt-verify $T/f" 'cut short'
fault && cp "$T/a/model-00001-of-00002.safetensors" "$T/f/model-00002-of-00002.safetensors"
ok 'a shard that is a copy of another' exits 1 "ckpt-verify $T/f" 'fc1.bias: the index has it, and no shard'
rm "$T/f/model.safetensors.index.json"
ok 'a tensor in two shards without an index' exits 1 "ckpt-verify $T/f" 'twice'
fault && sed -i '/"fc1.weight"/d' "$T/f/model.safetensors.index.json"
ok 'a tensor that the index does not name is left out' exits 1 "ckpt-verify $T/f" \
    '1 tensor left out: fc1.weight .in a shard, but not in the index'
fault && sed -i '/"conv1.weight"/s/00001-of/00002-of/' "$T/f/model.safetensors.index.json"
ok 'a tensor in another shard than the index has it' exits 1 "ckpt-verify $T/f" 'conv1.weight: the index has it, and no shard'
fault && ckpt-cat -F safetensors -o "$T/f/model-00002-of-00002.safetensors" "$T/whole.safetensors"
sed 's/00001-of/00002-of/' "$T/a/model.safetensors.index.json" >"$T/f/model.safetensors.index.json"
cp "${A}1-of-00002.safetensors" "$T/f"
sed -i '/"conv1.bias"/s/00002-of/00001-of/' "$T/f/model.safetensors.index.json"
ok 'a tensor in two shards is that of the shard that the index names' exits 0 "ckpt-ls $T/f | sed 1d | cut -f 2 | sort | uniq -d | diff /dev/null -" \
    'tensors left out, first: conv'
fault && sed -i 's/"fc1.weight"/"fc9.weight"/' "$T/f/model.safetensors.index.json"
ok 'a tensor that no shard has' exits 1 "ckpt-verify $T/f" 'fc9.weight: the index has it, and no shard'
for name in ../a/model-00001-of-00002.safetensors /etc/passwd .. ''; do
	fault && index "$T/f" "$name"
	ok "a shard named \"$name\"" exits 1 "ckpt-verify $T/f" 'wanted the name of a file in this folder|not .*folder'
done
fault && sed -i 's/: "model-00002[^"]*"/: 7/' "$T/f/model.safetensors.index.json"
ok 'a shard name that is a number' exits 1 "ckpt-verify $T/f" 'not a string'
fault && cp "$T/a/model.safetensors.index.json" "$T/f/model-00002-of-00002.safetensors"
ok 'an index named as a shard' exits 1 "ckpt-verify $T/f" 'not a shard'
fault && ckpt-cat "$T/whole.safetensors" >"$T/f/model-00002-of-00002.safetensors"
ok 'a stream named as a shard' exits 1 "ckpt-verify $T/f" 'stream as a shard'
fault && printf '{"weight_map": {"a": ["' >"$T/f/model.safetensors.index.json"
ok 'a truncated index' exits 1 "ckpt-verify $T/f" 'index.json: header'
fault && echo '{"weight_map": {}}' >"$T/f/model.safetensors.index.json"
ok 'an index without tensors' exits 1 "ckpt-verify $T/f" 'without tensors'
ok 'an index from a pipe' exits 1 "cat $T/a/*.json | ckpt-verify" 'can only be read from the folder'

# ------------------------------------------------------------- ties
mkdir "$T/tied"
cp "$T/whole.safetensors" "$T/tied/m-00001-of-00002.safetensors"
cp tests/files/ties/alias.safetensors "$T/tied/m-00002-of-00002.safetensors"
others="-t '!conv*' -t '!fc[0-9]*' -t '!norm*'"
names='sed 1d | cut -f 2 | sort'
whole="ckpt-ls tests/files/ties/alias.safetensors | $names"
ok 'further names of a tensor in a later shard are listed' alike "$whole" "ckpt-ls $others $T/tied | $names"
ok 'and go through a stream' alike "$whole" "ckpt-cat $T/tied | ckpt-ls $others | $names"

# ------------------------------------------------------------- directories
mkdir -p "$T/run/checkpoint-10" "$T/run/checkpoint-9" "$T/run/logs"
cp "$T"/a/* "$T/run/checkpoint-10"
cp "$T/whole.safetensors" "$T/run/checkpoint-9/model.safetensors"
: >"$T/run/checkpoint-9/training_args.bin"
ok 'a directory of directories is a series in order of steps' prints '9 10' \
    "ckpt-ls $T/run | sed 1d | cut -f 1 | uniq | paste -sd ' '"
ok '-s last of a directory of directories' prints 10 "ckpt-ls -s last $T/run | sed 1d | cut -f 1 | uniq"
mkdir "$T/files"
for s in 5 100 20; do cp "$T/whole.safetensors" "$T/files/step$s.safetensors"; done
ok 'a directory of files with steps' prints '5 20 100' \
    "ckpt-ls $T/files | sed 1d | cut -f 1 | uniq | paste -sd ' '"
mkdir "$T/one"
cp "$T/whole.safetensors" "$T/one/anything.safetensors"
echo '{}' >"$T/one/config.json"
ok 'a directory with one checkpoint' same "$T/one"
cp "$T/whole.safetensors" "$T/one/other.safetensors"
printf '0\n1\n' >"$T/01"
ok 'several checkpoints without steps are counted, with a line' exits 0 "ckpt-ls $T/one | sed 1d | cut -f 1 | uniq | diff - $T/01" \
    'other.safetensors: no step .*counted'
mkdir "$T/none"
ok 'an empty directory is an error' exits 1 "ckpt-ls $T/none" 'a folder without'
done_testing
