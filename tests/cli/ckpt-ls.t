# ckpt-ls.t - ckpt-ls: tensors, hashes, metadata
. tests/lib.sh
S=tests/files/spec
M=$S/mnist-cnn-part.safetensors
V=tests/files/v1
export M V

ok 'tensors in the order of the file' prints 'step tensor dtype shape bytes
0 norm1.num_batches_tracked I64  8
0 conv1.weight F32 8x1x3x3 288' "ckpt-ls $M | head -n 3 | tr '\t' ' '"
ok '--hash of a foreign file equals that of the stream' alike "ckpt-ls --hash $M" \
    "ckpt-cat $M | ckpt-ls --hash" "ckpt-cat -u --delta 4 $M | ckpt-ls --hash"
if command -v xxhsum >/dev/null; then
	ok '--hash equals the output of xxhsum' prints "$(tail -c 1280 $M | xxhsum -H64 | cut -d' ' -f1)" \
	    "ckpt-ls --hash -t fc2.weight $M | sed 1d | cut -f6"
else
	skip '--hash equals the output of xxhsum' 'no xxhsum'
fi
ok '-m lists keys and provenance' prints '5 via 1 - train-lm 0.1 train-lm --seed 1
5 path.alpha 0.5
5 tie head w' "ckpt-ls -m $V/good-via.ckpt | tr '\t' ' ' | grep -E 'seed 1|alpha|head'"
ok '-m with all tensors excluded by -t' alike "ckpt-ls -m $V/good-via.ckpt" \
    "ckpt-ls -m -t '!*' $V/good-via.ckpt" "ckpt-ls -m <$V/good-via.plain"
ckpt-cat -t '!*' "$V/good-via.ckpt" >"$T/bare"
ok '-m of a checkpoint without tensors' prints 4 "ckpt-ls -m $T/bare | grep -c via"
ok 'a checkpoint without tensors lists none' prints 'step tensor dtype shape bytes' "ckpt-ls $T/bare | tr '\t' ' '"
ok 'empty input is an error' exits 1 'ckpt-ls </dev/null' 'standard input: empty input'
ok 'a directory without checkpoints is an error' exits 1 "mkdir $T/empty; ckpt-ls $T/empty" 'a folder without'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-ls
done_testing
