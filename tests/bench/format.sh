# format.sh - size and speed of ckpt/1 against zstd, and against npz

set -- "$DATA"/ckpt-safetensors/silero-vad-16k.safetensors \
    "$DATA"/ckpt-safetensors/mnist-cnn.safetensors
[ -e "$1" ] || set --
"$B/tests/bench/format" "$@" | tee "$T/format"

# ours WHAT: the first result of format.c for it
ours() {
	awk -F'\t' -v what="$1" '$1 == what { print $3; exit }' "$T/format"
}

peer=$(python_with numpy)
[ -z "$peer" ] || "$peer" tests/bench/format.py "$@" |
    while IFS='	' read -r name ratio in out; do
	row "$name: raw / stored" '' "$(ours "$name: raw / stored")" npz $ratio
	row "$name: in, -j1" GB/s "$(ours "$name: in, -j1")" npz $in
	row "$name: out, -j1" GB/s "$(ours "$name: out, -j1")" npz $out
    done

# A run, stored with and without --delta.
train-modadd -q --steps 2000 -o "$T/run.ckpt"
train-modadd -q --steps 2000 --delta 16 -o "$T/delta.ckpt"
raw=$(ckpt-ls "$T/run.ckpt" | awk -F'\t' '{ n += $5 } END { print n }')
row 'raw / stored of a run, with --delta 16' '' \
    "$(echo "$raw $(wc -c <"$T/delta.ckpt")" | awk '{ print $1 / $2 }')" without \
    "$(echo "$raw $(wc -c <"$T/run.ckpt")" | awk '{ print $1 / $2 }')"
