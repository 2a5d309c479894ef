# algebra.sh - common to tests that combine checkpoints; source after lib.sh

# A run of three checkpoints; its first and last as files.
cp tests/files/modadd/run.ckpt "$T/run" || exit 1
ckpt-cat -s 0 "$T/run" >"$T/a"
ckpt-cat -s 40 "$T/run" >"$T/b"
for i in a b; do
	ckpt-cat -F safetensors "$T/$i" >"$T/$i.st"
done
S=tests/files/spec
M=$S/mnist-cnn-part.safetensors
V=$S/silero-vad-part.safetensors
export S M V
numpy=$(python_with numpy)

# same A B: the streams that two commands print have equal tensors.
same() {
	sh -c "$1" >"$T/.a" && sh -c "$2" >"$T/.b" && ckpt-diff "$T/.a" "$T/.b"
}

# numpy_agrees TOLERANCE ARGS COMMAND: tests/reference/numpy-algebra.py ARGS OUT
# computes what the command prints, within the tolerance, or exactly.
numpy_agrees() {
	sh -c "$3" >"$T/.a" && eval "$numpy tests/reference/numpy-algebra.py $2" "$T/.numpy" &&
	case $1 in
	exact) ckpt-diff "$T/.numpy" "$T/.a" ;;
	*) ckpt-diff -e "$1" "$T/.numpy" "$T/.a" ;;
	esac
}

# ok_numpy: as ok, skipped without numpy.
ok_numpy() {
	if [ "$numpy" ]; then ok "$@"; else skip "$1" 'no numpy'; fi
}
