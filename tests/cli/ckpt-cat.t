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

# 1, 65520 (rounds up to infinity in F16), -1e5, infinity, NaN
. tests/cli/spectra.sh
pack "$T/far.safetensors" '{"w":{"dtype":"F32","shape":[5],"data_offsets":[0,20]}}' \
    "$one\0\360\177\107\0\120\303\307$inf$nan"
ok 'a cast to infinity is reported' exits 1 'ckpt-cat -d F16 $T/far.safetensors >$T/x' \
    '^ckpt-cat: 2 elements became infinite as F16, the first in step 0: w$'
ok 'a cast to NaN is reported' exits 1 'cat $T/far.safetensors | ckpt-cat -d F8_E4M3 >$T/y' \
    '^ckpt-cat: 3 elements became NaN as F8_E4M3, the first in step 0: w$'
ok 'the output is complete' sh -c 'ckpt-verify $T/x && ckpt-verify $T/y'
ok 'a cast that fits says nothing' prints '' 'ckpt-cat -d BF16 $T/far.safetensors 2>&1 >/dev/null'

# casts WANT NAME...: these names of dtypes mean WANT.
casts() {
	want=$1
	shift
	for d; do
		got=$(ckpt-cat -d "$d" -t conv1.bias "$M" | ckpt-ls | sed 1d | cut -f3)
		[ "$got" = "$want" ] || { echo "$d: $got"; return 1; }
	done
}
ok 'names of F64 in PyTorch and NumPy' casts F64 float64 torch.float64 torch.double DOUBLE np.float64 f8 '<f8' f64
ok 'names of F32' casts F32 float32 torch.float32 Float torch.float fp32 f4 '<f4' numpy.float32 f32
ok 'names of F16' casts F16 float16 torch.half HALF fp16 f2 '<f2' np.float16 f16
ok 'names of BF16' casts BF16 bfloat16 torch.bfloat16 jnp.bfloat16 bf16
ok 'names of 8-bit types' casts F8_E4M3 float8_e4m3fn torch.float8_e4m3fn f8_e4m3
ok 'an unknown dtype is a usage error that lists the known ones' exits 2 'ckpt-cat -d F31 x' \
    'not a floating type: "F31"; there are F64, F32, BF16, F16, F8_E5M2FNUZ, F8_E4M3FNUZ, F8_E5M2, F8_E4M3$'
ok 'an integer dtype is a usage error' exits 2 'ckpt-cat -d I64 x' 'not a floating type'
ok 'a dtype that cannot be computed is a usage error' exits 2 'ckpt-cat -d F8_E8M0 x' 'not a floating type'

ok '--rename replaces part of names' prints 'a.weight a.bias b.weight' \
    "ckpt-cat --rename conv1=a --rename conv=b --rename b=c $M |
    ckpt-ls | cut -f2 | grep '^[ab][.2]' | sed s/b2/b/ | xargs"
ok '--rename applies to ties' prints 'decoder v|head v' \
    "ckpt-cat --rename w=v $V/good-via.ckpt | ckpt-ls -m | grep -w tie | cut -f3 | paste -sd '|'"
ok 'a stream with renamed ties passes ckpt-verify' sh -c "ckpt-cat --rename w=v $V/good-via.ckpt | ckpt-verify"
ok '--rename to an existing name is refused' exits 1 "ckpt-cat --rename conv1.weight=conv1.bias $M >/dev/null" 'conv1.bias twice'
ok '--rename without = is a usage error' exits 2 'ckpt-cat --rename x' 'wants old=new'

ok '--step' prints 77 "ckpt-cat -s 1 --step 77 $R | ckpt-ls | sed 1d | cut -f1 | uniq"
ok '--step of a file of another format' prints 0 "ckpt-cat --step 0 $T/step3.safetensors | ckpt-ls | sed 1d | cut -f1 | uniq"
ok '--step in a file of another format' prints 77 \
    "ckpt-cat --step 77 -F safetensors -o $T/x.st $T/step3.safetensors; ckpt-ls $T/x.st | sed 1d | cut -f1 | uniq"
ok '--step in shards' prints 77 "ckpt-cat --step 77 -F safetensors --shard-size 4K -o $T/s.safetensors $T/step3.safetensors
    ckpt-ls $T/s.safetensors.index.json | sed 1d | cut -f1 | uniq"
ok '--step in the name of a file' prints 9 \
    "mkdir $T/each; ckpt-cat -s 1 --step 9 -o '$T/each/{step}.safetensors' $R; ls $T/each | cut -d. -f1"
ok '--step of two checkpoints is refused' exits 1 "ckpt-cat --step 7 $R >/dev/null" \
    '--step is for one checkpoint, and step 2 is the second'
ok '--step -1 is a usage error' exits 2 "ckpt-cat --step -3 $R" '--step wants 0 or more'
ok 'a checkpoint without tensors is kept' alike "ckpt-ls -m $V/good-via.ckpt | grep -v ckpt-cat" \
    "ckpt-cat $V/good-via.ckpt | ckpt-ls -m | grep -v ckpt-cat"
ok 'checkpoints emptied by -t are kept' prints 3 "ckpt-cat -t '!*' $R | ckpt-cat | ckpt-ls -m | cut -f1 | sed 1d | uniq | wc -l"
ok 'an unknown format is a usage error' exits 2 'ckpt-cat -F floppy x' 'cannot write "floppy"'
ok 'an error in -F lists the formats' exits 2 'ckpt-cat -F floppy x' 'there are ckpt, .*safetensors'
ok '--help lists the formats' sh -c 'ckpt-cat --help | grep -q "write ckpt, .*safetensors"'
# written FORMAT FILE [OPTIONS]: -o FILE has this format.
written() {
	rm -f "$T/$2"
	ckpt-cat -o "$T/$2" ${3-} $M || return 1
	case $1 in
	ckpt) magic=5c2a4d18 ;;
	npz) magic=504b0304 ;;
	safetensors) magic=7b225f5f6d65746164617461 ;;
	esac
	head -c 24 "$T/$2" | od -An -v -tx1 | tr -d ' \n' | grep -q "$magic" && ckpt-verify "$T/$2"
}
ok 'the suffix of -o is the format' written safetensors y.safetensors
ok 'the suffix in another case' written npz y.NPZ
ok 'a native suffix' written ckpt y.ckpt
ok 'no suffix' written ckpt y
ok 'a suffix of no format' written ckpt y.tmp
ok 'a dot in the name of a folder is no suffix' sh -c "mkdir $T/d.npz && ckpt-cat -o $T/d.npz/y $M && ckpt-ls -m $T/d.npz/y | grep -q via"
ok '-F counts, not the suffix' written npz y.safetensors '-F npz'
ok '-F ckpt under a foreign suffix' written ckpt y.safetensors '-F ckpt'
ok "NumPy's name of npz" written npz y '-F NumPy'
ok 'a suffix of files that are only read' exits 2 "ckpt-cat -o $T/y.npy $M" \
    '^ckpt-cat: --output: cannot write ".*/y.npy"; there are ckpt, .*npz'
ok '-o - has no suffix' sh -c "ckpt-cat -o - $M | ckpt-ls -m | grep -q via"

# ------------------------------------------------ a file per checkpoint

# exploded NAME FILES: -o NAME writes these files, which are the run again.
exploded() {
	rm -rf "$T/x" && mkdir "$T/x" && ckpt-cat -o "$T/x/$1" $R || return 1
	[ "$(cd "$T/x" && ls | xargs)" = "$2" ] || { ls "$T/x"; return 1; }
	ckpt-ls --hash $R | sort >"$T/a" && ckpt-ls --hash "$T/x"/* | sort | diff "$T/a" - &&
	    ckpt-verify -q "$T/x"/*
}
ok '{step}: native files' exploded 's{step}.ckpt' 's1.ckpt s2.ckpt s3.ckpt'
ok '{step}: safetensors' exploded 'step{step}.safetensors' 'step1.safetensors step2.safetensors step3.safetensors'
ok '{step}: PyTorch' exploded 'checkpoint-{step}.pt' 'checkpoint-1.pt checkpoint-2.pt checkpoint-3.pt'
ok '{step}: npz' exploded '{step:08}.npz' '00000001.npz 00000002.npz 00000003.npz'
ok '{step}: GGUF' exploded '{step:03}-step{step}.gguf' '001-step1.gguf 002-step2.gguf 003-step3.gguf'
ok '{step}: each file is what it would be alone' alike "ckpt-cat -s 2 -F pytorch $R" \
    "ckpt-cat -o $T/'x{step}.pt' $R && cat $T/x2.pt"
ok '{step} with --delta: files are complete' sh -c \
    "ckpt-cat --delta 2 -o $T/'y{step}.ckpt' $R && ckpt-verify $T/y2.ckpt && ckpt-verify $T/y3.ckpt"
ok '{step} and -s' sh -c "ckpt-cat -s 2: -o $T/'w{step}' $R && [ ! -e $T/w1 ] && ckpt-verify $T/w2 $T/w3"
ok '{step}: a step comes twice' exits 1 "ckpt-cat -q -o $T/'v{step}.npz' $R $R" 'v1.npz: step 1 comes twice$'
ok 'what was whole before stays, and no temporary file' sh -c \
    "[ \$(ls $T | grep -c '^v.\.npz') -eq 3 ] && ckpt-verify $T/v3.npz"
cut=$(($(wc -c <"$R") - 2000))
ok '{step}: cut input' exits 1 "head -c $cut $R | ckpt-cat -o $T/'u{step}.pt'" 'cut short'
ok 'files of whole checkpoints are there, and no temporary file' sh -c \
    "[ \"\$(cd $T && echo u*)\" = 'u1.pt u2.pt' ] && ckpt-verify $T/u1.pt $T/u2.pt"
killed_series() {
	mkdir "$T/k" && mkfifo "$T/hold" || return 1
	{ ckpt-cat -u "$R" | head -c 60000; sleep 5; } >"$T/hold" &
	ckpt-cat -o "$T/k/s{step}.pt" <"$T/hold" &
	wait_for [ -e "$T/k/s3.pt.part" ]
	kill -TERM $!
	wait $!
	[ $? -eq 143 ] && [ "$(ls "$T/k" | xargs)" = 's1.pt s2.pt' ] && ckpt-verify "$T"/k/*
}
ok '{step}: a signal leaves the files of whole checkpoints' killed_series
ok '{step}: no checkpoint' exits 1 "ckpt-cat -o $T/'q{step}' $V/good-empty.ckpt" 'no checkpoint to write'
ok '{step}: other programs' sh -c "ckpt-perturb -o $T/'p{step}.pt' $R 2>/dev/null && ckpt-verify $T/p3.pt"
ok 'several checkpoints in a file of one' exits 1 "ckpt-cat -o $T/z.pt $R" \
    'pytorch holds one checkpoint, and step 2 is the second: choose with -s, or have \{step\}'
ok 'another field is text' sh -c \
    "ckpt-cat -o $T/'{stop}{step:x}.ckpt' $R && ckpt-ls $T/'{stop}{step:x}.ckpt' | grep -q ^3"
ok '{step} and shards' exits 2 "ckpt-cat --shard-size 1M -o $T/'a{step}.npz' $R" 'one checkpoint only'

for p in ckpt-avg ckpt-perturb 'ckpt-prune -m .5' 'ckpt-svd --factors'; do
	ok "$p: the suffix of -o is the format" sh -c \
	    "$p -o $T/z.safetensors $M 2>/dev/null && $p -o $T/z.ckpt $M 2>/dev/null &&
	    ckpt-ls --hash $T/z.safetensors | sort >$T/za && ckpt-ls --hash $T/z.ckpt | sort | diff $T/za - &&
	    ckpt-ls -m $T/z.safetensors | grep -q safetensors.format"
done
ok 'empty input is an error' exits 1 'ckpt-cat </dev/null >/dev/null' 'empty input'
ok 'a directory without checkpoints is an error' exits 1 "mkdir $T/bare; ckpt-cat $T/bare >/dev/null" 'a folder without'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-cat
done_testing
