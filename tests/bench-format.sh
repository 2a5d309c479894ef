# bench-format.sh - size and speed of ckpt/1

set -- "$DATA"/ckpt-safetensors/silero-vad-16k.safetensors \
    "$DATA"/ckpt-safetensors/mnist-cnn.safetensors
[ -e "$1" ] || set --
"$B/tests/bench-format" "$@"
