# networks.sh - the matrices of the networks of the paper, "name dimensions"

matrix() {
	printf '%s\t%s\n' "$1" "$2"
}

network_vgg() {
	in=3
	for layer in 0:64 1:64 3:128 4:128 6:256 7:256 8:256 10:512 11:512 12:512 \
	    14:512 15:512 16:512; do
		matrix "model.layers.${layer%:*}.conv.weight" "${layer#*:}x${in}x3x3"
		in=${layer#*:}
	done
	matrix model.fc.weight 10x512
}

# Its blocks: 12, or fewer for a part of it.
network_lm() {
	matrix model.encoder.weight 50254x768
	for k in $(seq 0 $((${1:-12} - 1))); do
		h=model.transformer_encoder.layers.$k
		matrix $h.self_attn.in_proj_weight 2304x768
		matrix $h.self_attn.out_proj.weight 768x768
		matrix $h.linear1.weight 768x768
		matrix $h.linear2.weight 768x768
	done
	matrix model.decoder.weight 50254x768
}

network_unet() {
	matrix model.time_embed.1.weight 512x512
	in=1
	for layer in 1:64 2:128 3:256 4:512; do
		matrix model.conv${layer%:*}.weight "${layer#*:}x${in}x3x3"
		matrix model.dense${layer%:*}.dense.weight "${layer#*:}x512"
		in=${layer#*:}
	done
	for layer in 4:5:512:256 3:6:256:128 2:7:128:64; do
		set -- $(echo $layer | tr : ' ')
		matrix model.tconv$1.weight $3x$4x3x3
		matrix model.dense$2.dense.weight $4x512
	done
	matrix model.tconv1.weight 64x1x3x3
}

network_lstm() {
	for l in 0 1 2 3; do
		for way in '' _reverse; do
			[ $l = 0 ] && in=40 || in=512
			matrix model.lstm.weight_ih_l$l$way 1024x$in
			matrix model.lstm.weight_hh_l$l$way 1024x256
		done
	done
	matrix model.linear.weight 30x512
}

network_modadd() {
	h=model.transformer_encoder.layers.0
	matrix model.encoder.weight 114x128
	matrix $h.self_attn.in_proj_weight 384x128
	matrix $h.self_attn.out_proj.weight 128x128
	matrix $h.linear1.weight 512x128
	matrix $h.linear2.weight 128x512
	matrix model.decoder.weight 114x128
}

network_mlp() {
	matrix model.layers.0.weight 256x3072
	matrix model.layers.1.weight 256x256
	matrix model.layers.2.weight 256x256
	matrix model.layers.3.weight 10x256
}
