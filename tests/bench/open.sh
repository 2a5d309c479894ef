# open.sh - reading foreign formats: programs against Python programs that import
# a library and load the same file

# seconds COMMAND ...: the shortest time of several runs.
seconds() {
	for i in 1 2 3 4 5 6 7; do
		perl -MTime::HiRes=time -e '$t = time; system @ARGV; print time - $t, "\n"' "$@"
	done | sort -g | head -n 1
}

megabytes() {
	"$B/tests/bench/spec" memory "$@"
}

# peer MODULE: a Python that has the module, installed for this run if needed.
peer() {
	p=$(python_with "$1")
	if [ -z "$p" ]; then
		[ -d "$T/venv" ] || python3 -m venv "$T/venv" >&2 || return
		echo "bench: installing $1 for this run" >&2
		"$T/venv/bin/pip" install -q numpy "$1" >&2
		p=$(PATH=$T/venv/bin:$PATH python_with "$1")
	fi
	echo "$p"
}

# open_file MODULE FILE
open_file() {
	[ -e "$2" ] || return 0
	python=$(peer "$1")
	theirs=
	[ -z "$python" ] || theirs=$(seconds "$python" tests/bench/open.py "$2" | awk '{ print 1 / $1 }')
	for tool in 'ckpt-cat -q -F safetensors' 'ckpt-erank -q'; do
		row "$tool ${2##*/}" /s \
		    "$(seconds $tool -o /dev/null "$2" | awk '{ print 1 / $1 }')" "$1" "$theirs"
	done
	row "peak memory, ckpt-cat ${2##*/}" MB \
	    "$(megabytes ckpt-cat -q -F safetensors -o /dev/null "$2")" "$1" \
	    "$([ -z "$python" ] || megabytes "$python" tests/bench/open.py "$2")"
}

while read -r module file; do
	open_file "$module" "$DATA/$file"
done <<'E2'
safetensors ckpt-safetensors/mnist-cnn.safetensors
torch ckpt-pytorch-zip/mnist-cnn.pt
torch ckpt-pytorch-legacy/resnet20-cifar10.th
numpy ckpt-npz/mnist-cnn.npz
gguf ckpt-gguf/mnist-fc.f32.gguf
gguf ckpt-gguf/silero-vad.q8_0.gguf
h5py ckpt-hdf5/resnet8-cifar10.h5
onnx ckpt-onnx-tf/basic-pitch.onnx
E2
