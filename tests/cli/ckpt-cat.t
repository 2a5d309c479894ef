# ckpt-cat.t - ckpt-cat: encoding, casting, renaming
. tests/lib.sh
V=tests/files/v1
M=tests/files/spec/mnist-cnn-part.safetensors
for i in 1 2 3; do
	cp $M "$T/step$i.safetensors"
done
R=$T/run
ckpt-cat "$T"/step?.safetensors >"$R"
listed="ckpt-ls --hash $R"

ok 'safetensors round trip' alike "ckpt-ls --hash $M | sort" \
    "ckpt-cat -F safetensors $M | ckpt-ls --hash | sort"
ok 'two streams are joined' alike "$listed" \
    "for i in 1 2 3; do ckpt-cat $T/step\$i.safetensors; done | ckpt-ls --hash"
ok '--level does not change tensors' alike "$listed" "ckpt-cat --level 19 $R | ckpt-ls --hash"
ok '--level 0 equals -u' prints ckpt/1 "ckpt-cat --level 0 $R | head -c 6"
ok '-u writes an uncompressed stream' prints ckpt/1 "ckpt-cat -u $R | head -c 6"
ok '--delta does not change tensors' alike "$listed" "ckpt-cat --delta 2 $R | ckpt-ls --hash" \
    "ckpt-cat --delta 3 $R | ckpt-cat | ckpt-ls --hash"
smaller() {
	ckpt-cat --delta 3 "$R" >"$T/delta" && ckpt-verify "$T/delta" &&
	    [ $((2 * $(wc -c <"$T/delta"))) -lt "$(wc -c <"$R")" ]
}
ok '--delta makes slowly changing streams smaller' smaller

ok '--dtype casts floating tensors only' prints 'I64 F16 F16' \
    "ckpt-cat -d F16 $M | ckpt-ls | sed 1d | cut -f3 | head -n 3 | xargs"
ok 'F32 to F64 and back is exact' alike "$listed" "ckpt-cat -d F64 $R | ckpt-cat -d F32 | ckpt-ls --hash"
ok 'BF16 rounds to 8 bits' near 1e-2 /dev/stdin \
    "ckpt-cat -d BF16 $M | ckpt-erank | cut -f2,9" <<E3
$(ckpt-erank $M | cut -f2,9)
E3
ok 'an unknown dtype is a usage error' exits 2 'ckpt-cat -d F31 x' 'not a floating type'
ok 'an integer dtype is a usage error' exits 2 'ckpt-cat -d I64 x' 'not a floating type'

ok '--rename replaces part of names' prints 'a.weight a.bias b.weight' \
    "ckpt-cat --rename conv1=a --rename conv=b --rename b=c $M |
    ckpt-ls | cut -f2 | grep '^[ab][.2]' | sed s/b2/b/ | xargs"
ok '--rename applies to ties' prints 'decoder v|head v' \
    "ckpt-cat --rename w=v $V/good-via.ckpt | ckpt-ls -m | grep -w tie | cut -f3 | paste -sd '|'"
ok 'a stream with renamed ties passes ckpt-verify' sh -c "ckpt-cat --rename w=v $V/good-via.ckpt | ckpt-verify"
ok '--rename to an existing name is refused' exits 1 "ckpt-cat --rename conv1.weight=conv1.bias $M >/dev/null" 'conv1.bias twice'
ok '--rename without = is a usage error' exits 2 'ckpt-cat --rename x' 'wants old=new'

ok 'a checkpoint without tensors is kept' alike "ckpt-ls -m $V/good-via.ckpt | grep -v ckpt-cat" \
    "ckpt-cat $V/good-via.ckpt | ckpt-ls -m | grep -v ckpt-cat"
ok 'checkpoints emptied by -t are kept' prints 3 "ckpt-cat -t '!*' $R | ckpt-cat | ckpt-ls -m | cut -f1 | sed 1d | uniq | wc -l"
ok 'an unknown format is a usage error' exits 2 'ckpt-cat -F floppy x' 'cannot write "floppy"'
ok '--help lists the formats' sh -c 'ckpt-cat --help | grep -q "ckpt (default), .*safetensors"'
ok 'empty input is an error' exits 1 'ckpt-cat </dev/null >/dev/null' 'empty input'
ok 'a directory without checkpoints is an error' exits 1 "ckpt-cat $V >/dev/null" 'a folder without'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-cat
done_testing
