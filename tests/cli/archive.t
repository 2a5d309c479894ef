# archive.t - archives of checkpoints and compressed files
. tests/lib.sh
S=tests/files/safetensors/good

mkdir "$T/d" "$T/d/step2"
cp $S/multi-layer.safetensors "$T/d/step2/model.safetensors"
ckpt-cat -u $S/multi-layer.safetensors >"$T/d/plain.ckpt"
cp tests/files/npy/stored.npz "$T/d/step7.npz"
cp tests/files/torch/good/layers.pt "$T/d/step9.pt"
echo 'no checkpoint' >"$T/d/README"
: >"$T/d/empty"
cd "$T/d" || exit 1
tar -cf "$T/a.tar" README empty step2/model.safetensors plain.ckpt step7.npz step9.pt
cd - >/dev/null || exit 1
python=$(python_with zipfile)
gzip -k "$T/a.tar"
xz -k "$T/a.tar"
bzip2 -k "$T/a.tar"
zstd -q "$T/a.tar"

hashes='cut -f 1-4,6 | sed 1d'
list_members() {
	ckpt-ls --hash "$T/d/plain.ckpt" "$T/d/step2/model.safetensors" "$T/d/step7.npz" "$T/d/step9.pt" |
	    cut -f 2- | sed 1d
}
list_members >"$T/want"
all_tensors() {
	ckpt-ls --hash "$1" | cut -f 2- | sed 1d | diff "$T/want" -
}
for f in a.tar a.tar.gz a.tar.xz a.tar.bz2 a.tar.zst; do
	ok "all tensors of $f" all_tensors "$T/$f"
done
ok 'tar through a pipe' alike "ckpt-ls --hash $T/a.tar" "cat $T/a.tar.gz | ckpt-ls --hash"
ok 'steps come from the names of members' prints '0 2 7 9' \
    "ckpt-ls $T/a.tar | sed 1d | cut -f 1 | uniq | paste -sd ' '"
ok '-s and -t select in an archive' prints '9 fc.weight' \
    "ckpt-ls -s 9 -t '*weight' $T/a.tar.xz | sed 1d | cut -f 1,2 | tr '\t' ' '"
if [ "$python" ]; then
	(cd "$T/d" && "$python" -m zipfile -c "$T/a.zip" README empty step2/ plain.ckpt step7.npz step9.pt)
	ok 'all tensors of a zip' all_tensors "$T/a.zip"
	ok 'zip through a pipe' alike "ckpt-ls --hash $T/a.zip" "cat $T/a.zip | ckpt-ls --hash"
else
	skip 'all tensors of a zip' 'no python3'
fi
for c in gzip xz bzip2; do
	$c -kc "$T/d/step2/model.safetensors" >"$T/step5.$c"
	ok "a single file compressed by $c" alike "ckpt-ls --hash $T/d/step2/model.safetensors | cut -f 2-" \
	    "ckpt-ls --hash $T/step5.$c | cut -f 2-" "cat $T/step5.$c | ckpt-ls --hash | cut -f 2-"
done
gzip -kc tests/files/npy/c.npy >"$T/w.npy.gz"
ok 'a compressed .npy has its name without suffixes' prints 'w' "ckpt-ls $T/w.npy.gz | sed 1d | cut -f 2"
ok 'an uncompressed stream inside zstd is read as a stream' alike "ckpt-ls -m $T/d/plain.ckpt" \
    "zstd -qc $T/d/plain.ckpt | ckpt-ls -m"

printf '\n' >"$T/d/__init__.py"
printf c >"$T/d/c"
tar -C "$T/d" -czf "$T/byte.tar.gz" __init__.py c step2/model.safetensors
ok 'a member of one byte is no checkpoint that was cut short' alike \
    "ckpt-ls --hash $T/d/step2/model.safetensors" "ckpt-ls --hash $T/byte.tar.gz"

# ------------------------------------------------------ folders and archives

# Each layout is a folder below $T/l. Its tables are those of any archive of it.
W=$T/w.safetensors
perl -pe 's/"step"/"stop"/' $S/multi-layer.safetensors >"$W"
cast() {
	ckpt-cat -d "$1" -F safetensors -o "$2" "$W" && perl -pi -e 's/"step"/"stop"/' "$2"
}
shards() {
	mkdir -p "$1"
	ckpt-cat --shard-size 10K -o "$1/$2" "$W" && perl -pi -e 's/"step"/"stop"/' "$1"/*-of-*
}
layouts() {
	mkdir -p "$T/l"
	cd "$T/l"
	shards indexed model.safetensors
	shards plain model.safetensors
	rm plain/*.json
	shards both model.safetensors		# as transformers: the single file
	cast F64 both/model.safetensors
	mkdir stale trainer repository several variants
	cp indexed/*.json stale			# its shards are gone
	cast F64 stale/model.safetensors
	shards partly pytorch_model.safetensors
	for f in partly/*.safetensors; do mv $f ${f%safetensors}bin; done
	rm partly/*.json			# pytorch_model is complete,
	cp indexed/*.json indexed/*-00001-* partly	# but not model
	shards trainer/checkpoint-10 model.safetensors
	shards trainer/checkpoint-9 model.safetensors
	for f in optimizer.pt scheduler.pt rng_state.pth training_args.bin; do
		cp "$R/tests/files/torch/good/layers.pt" trainer/checkpoint-10/$f
	done
	cp "$W" repository/model.safetensors
	cp "$R/tests/files/torch/good/layers.pt" repository/pytorch_model.bin
	cp "$R/tests/files/hdf5/keras.h5" repository/tf_model.h5
	mkdir repository/.git repository/onnx
	cp "$R/tests/files/onnx/typed.onnx" repository/onnx/model.onnx
	echo '{}' >repository/config.json
	cp "$W" several/b.safetensors
	cast F64 several/a.safetensors
	cp "$W" variants/diffusion_pytorch_model.fp16.safetensors
	cast F64 variants/diffusion_pytorch_model.safetensors
	shards mixed model.safetensors		# with what is left of other shards
	rm mixed/*.json
	cp "$W" mixed/model-00001-of-00002.safetensors
	cp "$W" mixed/model-00005-of-00009.safetensors
	mkdir adapter whole-index
	cp "$W" adapter/adapter_model.safetensors
	cast F64 adapter/model.safetensors
	cp "$W" whole-index/model.safetensors	# an index of one whole file
	sed 's/model-[^"]*"/model.safetensors"/' indexed/*.json >whole-index/model.safetensors.index.json
	cp -r "$R/tests/files/keras/sharded" keras
	mkdir pipeline pipeline/vae pipeline/text_encoder pipeline/scheduler
	shards pipeline/unet diffusion_pytorch_model.safetensors
	cast F64 pipeline/vae/diffusion_pytorch_model.safetensors
	cp "$R/tests/files/ties/alias.safetensors" pipeline/text_encoder/model.safetensors
	cp "$W" pipeline/all.safetensors
	echo '{}' | tee pipeline/scheduler/scheduler_config.json >pipeline/model_index.json
	cd - >/dev/null
}
R=$PWD
(set -e; layouts)
[ $? -eq 0 ] || exit 1
# table OPERAND [<FILE]
table() {
	ckpt-ls --hash "$@" 2>"$T/err"
}
# same_tables LAYOUT: of the folder and of its archives, from files and pipes, with
# and without a folder around it, with members in any order.
same_tables() {
	D=$T/l/$1
	table "$D" >"$T/want" || return 1
	[ "$(wc -l <"$T/want")" -gt 1 ] || return 1
	sed "s|$D|ARCHIVE|" "$T/err" >"$T/want.err"
	(cd "$D" && find . -type f | sort) >"$T/names"
	tar -C "$D" -cf "$T/x.tar" -T "$T/names"
	sort -r "$T/names" | tar -C "$D" -czf "$T/x.tar.gz" -T -
	tar -C "$T/l" -cf "$T/y.tar" "$1"
	rm -f "$T/x.zip"
	if [ "$python" ]; then (cd "$D" && "$python" -m zipfile -c "$T/x.zip" *); fi
	for f in x.tar x.tar.gz y.tar x.zip; do
		[ -e "$T/$f" ] || continue
		table "$T/$f" | diff "$T/want" - || { echo "$f"; return 1; }
		[ $f = y.tar ] || sed "s|$T/$f|ARCHIVE|; s|ARCHIVE:\([^ ]\)|ARCHIVE/\1|" "$T/err" | diff "$T/want.err" - || return 1
		cat "$T/$f" | table | diff "$T/want" - || { echo "$f from a pipe"; return 1; }
	done
}
for f in "$T"/l/*; do
	ok "a folder and its archives: ${f##*/}" same_tables "${f##*/}"
done
L=$(printf 'x%.0s' $(seq 150))
mkdir -p "$T/long/$L"
cp "$W" "$T/long/$L/step1.safetensors"
cast F64 "$T/long/$L/step2.safetensors"
for format in gnu pax; do
	(cd "$T/long" && tar --format=$format -cf "$T/long.tar" "$L/step2.safetensors" "$L/step1.safetensors")
	ok "long names in another order than that of steps: $format" alike "ckpt-ls --hash $T/long" \
	    "ckpt-ls --hash $T/long.tar" "gzip -c $T/long.tar | ckpt-ls --hash"
done
# reads LAYOUT NOTE TYPES: the line on standard error, and the types of fc1.weight.
reads() {
	table "$T/l/$1" | awk '$2 == "fc1.weight" { print $3 }' | paste -sd ' ' >"$T/types"
	cat "$T/err"
	[ "$(cat "$T/types")" = "$3" ] || { cat "$T/types"; return 1; }
	if [ "$2" ]; then grep -qx "ckpt-ls: $T/l/$1: $2" "$T/err"; else [ ! -s "$T/err" ]; fi
}
ok 'an index and its shards' reads indexed '' F32
ok 'shards without an index' reads plain '' F32
ok 'one file beside shards: the file, as in transformers' reads both \
    'model.safetensors is read, not model.safetensors.index.json and [0-9]* others' F64
ok 'an index without its shards: the file' reads stale \
    'model.safetensors is read, not model.safetensors.index.json, which needs model-00001-of-[0-9]*.safetensors' F64
ok 'of two models in shards the complete one' reads partly \
    'pytorch_model-00001-of-[0-9]*.bin is read, not model.safetensors.index.json, which needs model-00002.*, and 1 other' F32
ok 'the complete one of several sets of shards' reads mixed \
    'model-00001-of-00003.safetensors is read, not model-00001-of-00002.safetensors and 1 other' F32
ok 'files of a trainer are no models' reads trainer '' 'F32 F32'
ok 'a repository: its model, once' reads repository 'model.safetensors is read, not pytorch_model.bin and 1 other' F32
ok 'variants: the one without a name' reads variants \
    'diffusion_pytorch_model.safetensors is read, not diffusion_pytorch_model.fp16.safetensors' F64

ok 'an adapter, not the model that it changes' reads adapter 'adapter_model.safetensors is read, not model.safetensors' F32
mkdir "$T/parts"
cp tests/files/torch/good/layers.pt "$T/parts/consolidated.00.pth"
ok 'one file of a model that is split for one GPU' exits 0 "ckpt-verify $T/parts"
cp tests/files/torch/good/layers.pt "$T/parts/consolidated.01.pth"
ok 'parts of each tensor are refused' exits 1 "ckpt-ls $T/parts" 'parts: consolidated.00.pth, .01.pth .*convert'
tar -C "$T" -cf "$T/parts.tar" parts
ok 'in an archive, too' exits 1 "ckpt-ls $T/parts.tar" 'consolidated.00.pth, .01.pth .*convert'
mkdir "$T/trained"
cp tests/files/torch/good/layers.pt "$T/trained/optimizer.pt"
ok 'a folder with the state of an optimizer only' exits 1 "ckpt-ls $T/trained" 'trained: a folder without'
ok 'a pipeline of diffusers is one checkpoint: the folders are prefixes' prints '4 text_encoder
9 unet
9 vae' "ckpt-ls $T/l/pipeline 2>/dev/null | sed 1d | cut -f 2 | sed 's/[.].*//' | uniq -c | sed 's/^ *//'"
ok 'prefixes of ties, in -t' prints 'text_encoder.lm_head.weight F32
text_encoder.wte.weight =text_encoder.lm_head.weight' \
    "ckpt-ls -t '*lm_head*' -t '*.wte.*' $T/l/pipeline | sed 1d | cut -f 2,3 | tr '\t' ' '"
ok 'its tensors in a stream' prints 22 "ckpt-cat $T/l/pipeline 2>/dev/null | ckpt-ls | sed 1d | wc -l"
cp -r "$T/l/pipeline" "$T/bad"
rm "$T/bad/all.safetensors"
sed -i 's/"fc1.weight"/"fc9.weight"/' "$T"/bad/unet/*.json
ok 'an index of a component' exits 1 "ckpt-ls $T/bad >$T/o" 'unet.fc9.weight: the index has it, and no shard'

# ------------------------------------------------------------- errors
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize 1234\n' 7 >"$T/d/lfs.bin"
printf '\r\n<!doctype HTML>\n<html lang="en"><head>' >"$T/d/page.pt"
printf '<html>\n<body>' >"$T/d/page2.pt"
for f in lfs.bin page.pt page2.pt; do
	case $f in l*) kind='Git LFS pointer.*git lfs pull' ;; *) kind='an HTML page.*download' ;; esac
	ok "$f is called by its name" exits 1 "ckpt-ls $T/d/$f" "$f: .*$kind"
	ok "$f through a pipe" exits 1 "cat $T/d/$f | ckpt-ls" "standard input: .*$kind"
done
printf '<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code>' >"$T/d/error.bin"
ok 'an XML page is called by its name' exits 1 "ckpt-ls $T/d/error.bin" 'error.bin: an XML page.*download'
printf 'Entry not found' >"$T/d/entry.bin"
ok 'other text is quoted' exits 1 "ckpt-ls $T/d/entry.bin" 'known format: text, "Entry not found"$'
mkdir "$T/shards"
cp "$T/d/lfs.bin" "$T/shards/model-00001-of-00001.safetensors"
echo '{"weight_map":{"w":"model-00001-of-00001.safetensors"}}' >"$T/shards/model.safetensors.index.json"
ok 'a Git LFS pointer in place of a shard' exits 1 "ckpt-ls $T/shards" 'model-00001-of-00001.safetensors: a Git LFS'
tar -C "$T/d" -cf "$T/n.tar" README
ok 'an archive without a checkpoint is refused' exits 1 "ckpt-ls $T/n.tar" 'n.tar: an archive without a checkpoint'
tar -C "$T" -cf "$T/t.tar" a.tar.gz
ok 'an archive inside an archive is refused' exits 1 "ckpt-ls $T/t.tar" 't.tar:a.tar.gz: an archive inside an archive'
tar -C "$T/d" -cf "$T/2.tar" plain.ckpt plain.ckpt
ok 'two members of one name are refused' exits 1 "ckpt-ls $T/2.tar" 'two members plain.ckpt|not a regular file'
ln -s /etc/passwd "$T/d/link.pt"
tar -C "$T/d" -cf "$T/l.tar" link.pt
ok 'a symbolic link is refused' exits 1 "ckpt-ls $T/l.tar" 'link.pt: not a regular file'
truncated() {
	size=$(wc -c <"$1")
	for at in $(seq 1 "$2" $((size - $3))); do
		head -c "$at" "$1" >"$T/cut"
		exits 1 "ckpt-verify $T/cut" || { echo "cut at $at of $size"; return 1; }
	done
}
tar -C "$T/d" -cf "$T/s.tar" step2/model.safetensors
ok 'a truncated tar is refused' truncated "$T/s.tar" 2111 10240
ok 'a truncated gzip is refused' truncated "$T/a.tar.gz" 3001 1
ok 'a truncated xz is refused' truncated "$T/a.tar.xz" 3001 1
head -c 100000000 /dev/zero | gzip >"$T/bomb.gz"
ok 'a gzip bomb of zeros is refused' exits 1 "$(memory_limit 2000000); timeout 20 ckpt-verify $T/bomb.gz" 'without a checkpoint'
done_testing
