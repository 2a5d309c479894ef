. tests/lib.sh
V=tests/files/v1
M=tests/files/spec/mnist-cnn-part.safetensors
for i in 1 2 3; do
	cp $M "$T/step$i.safetensors"
done
R=$T/run
ckpt-cat "$T"/step?.safetensors >"$R"
listed="ckpt-ls --hash $R"

ok 'safetensors and back' alike "ckpt-ls --hash $M | sort" \
    "ckpt-cat -F safetensors $M | ckpt-ls --hash | sort"
ok 'cat a b' alike "$listed" \
    "for i in 1 2 3; do ckpt-cat $T/step\$i.safetensors; done | ckpt-ls --hash"
ok '--level keeps the tensors' alike "$listed" "ckpt-cat --level 19 $R | ckpt-ls --hash"
ok '--level 0 is -u' prints ckpt/1 "ckpt-cat --level 0 $R | head -c 6"
ok '-u is not compressed' prints ckpt/1 "ckpt-cat -u $R | head -c 6"
ok '--delta keeps the tensors' alike "$listed" "ckpt-cat --delta 2 $R | ckpt-ls --hash" \
    "ckpt-cat --delta 3 $R | ckpt-cat | ckpt-ls --hash"
smaller() {
	ckpt-cat --delta 3 "$R" >"$T/delta" && ckpt-verify "$T/delta" &&
	    [ $((2 * $(wc -c <"$T/delta"))) -lt "$(wc -c <"$R")" ]
}
ok '--delta is smaller when little changes' smaller

ok '--dtype casts what floats' prints 'I64 F16 F16' \
    "ckpt-cat -d F16 $M | ckpt-ls | sed 1d | cut -f3 | head -n 3 | xargs"
ok 'there and back is exact' alike "$listed" "ckpt-cat -d F64 $R | ckpt-cat -d F32 | ckpt-ls --hash"
ok 'BF16 is near' near 1e-2 /dev/stdin \
    "ckpt-cat -d BF16 $M | ckpt-erank | cut -f2,9" <<E3
$(ckpt-erank $M | cut -f2,9)
E3
ok 'no such dtype' exits 2 'ckpt-cat -d F31 x' 'not a floating type'
ok 'an integer is no float' exits 2 'ckpt-cat -d I64 x' 'not a floating type'

ok '--rename' prints 'a.weight a.bias b.weight' \
    "ckpt-cat --rename conv1=a --rename conv=b --rename b=c $M |
    ckpt-ls | cut -f2 | grep '^[ab][.2]' | sed s/b2/b/ | xargs"
ok 'names in ties too' prints 'decoder v|head v' \
    "ckpt-cat --rename w=v $V/good-via.ckpt | ckpt-ls -m | grep -w tie | cut -f3 | paste -sd '|'"
ok 'and the result is right' sh -c "ckpt-cat --rename w=v $V/good-via.ckpt | ckpt-verify"
ok 'a name twice' exits 1 "ckpt-cat --rename conv1.weight=conv1.bias $M >/dev/null" 'conv1.bias twice'
ok 'not old=new' exits 2 'ckpt-cat --rename x' 'wants old=new'

ok 'a checkpoint without tensors stays' alike "ckpt-ls -m $V/good-via.ckpt | grep -v ckpt-cat" \
    "ckpt-cat $V/good-via.ckpt | ckpt-ls -m | grep -v ckpt-cat"
ok 'all three without tensors' prints 3 "ckpt-cat -t none $R | ckpt-cat | ckpt-ls -m | cut -f1 | sed 1d | uniq | wc -l"
ok 'no such format' exits 2 'ckpt-cat -F floppy x' 'cannot write "floppy"'
ok '--help names the formats' sh -c 'ckpt-cat --help | grep -q "ckpt (default), .*safetensors"'
ok 'empty input' exits 1 'ckpt-cat </dev/null >/dev/null' 'empty input'
ok 'a directory' exits 1 "ckpt-cat $V >/dev/null" 'a folder without'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-cat
done_testing
