# ties.t - tied tensors: further names of a tensor that is stored once
. tests/lib.sh
G=tests/files/ties/gpt.pt
U=tests/files/ties/untied.safetensors
F5=tests/files/ties/t5.pt
export G U F5
ckpt-cat "$G" >"$T/gpt"
ckpt-cat "$F5" >"$T/t5"

# listed COMMAND: the tensors of a stream or table, as "name dtype bytes".
listed() {
	prints "$1" "$2 | sed 1d | cut -f2,3,5 | tr '\t' ' ' | paste -sd '|'"
}
tied='wte.weight F32 96|lm_head.weight =wte.weight 0'
untied='wte.weight F32 96|lm_head.weight F32 96'

# ---------------------------------------------------------------- listing

for f in '$G' '$T/gpt' '<$T/gpt'; do
	ok "a tie is listed: $f" listed "$tied|fc.weight F32 64|fc.bias F32 16" "ckpt-ls $f"
done
ok 'all names of a tensor are listed' listed \
    'shared.weight F32 60|encoder.embed_tokens.weight =shared.weight 0|decoder.embed_tokens.weight =shared.weight 0|lm_head.weight =shared.weight 0|decoder.q.weight F32 36|decoder.q.bias F32 12' \
    'ckpt-ls $F5'
ok 'a tie has the hash of its tensor' prints 1 'ckpt-ls --hash -t wte.weight -t "lm*" $G | sed 1d | cut -f6 | uniq | wc -l'

# -------------------------------------------------------------- selection

# the tie alone is a tensor of its own
for f in '$G' '$T/gpt' '<$T/gpt'; do
	ok "-t with the name of a tie: $f" listed 'lm_head.weight F32 96' "ckpt-ls -t 'lm_head*' $f"
	ok "-t with both names: $f" listed "$tied" "ckpt-ls -t '*lm*' -t 'w*' $f"
	ok "-t without the tie: $f" listed 'wte.weight F32 96|fc.weight F32 64|fc.bias F32 16' "ckpt-ls -t '!lm*' $f"
	ok "a stream of the tie: $f" listed 'lm_head.weight F32 96' "ckpt-cat -t 'lm_head*' $f | ckpt-ls"
done
ok 'the tie has the values of the tensor' alike 'ckpt-ls --hash -t "lm*" $U | cut -f2-' \
    'ckpt-ls --hash -t "lm*" $G | cut -f2-' 'ckpt-cat -t "lm*" $G | ckpt-ls --hash | cut -f2-' \
    'ckpt-cat -t "lm*" $T/gpt | ckpt-ls --hash | cut -f2-'
ok 'a tie of ties: the first name that is selected' listed \
    'encoder.embed_tokens.weight F32 60|lm_head.weight =encoder.embed_tokens.weight 0' \
    'ckpt-ls -t "enc*" -t "lm*" $F5'
ok 'the same in a stream' listed \
    'encoder.embed_tokens.weight F32 60|lm_head.weight =encoder.embed_tokens.weight 0' \
    'ckpt-cat -t "enc*" -t "lm*" $T/t5 | ckpt-ls'
ok 'a stream of a tie is valid' sh -c 'ckpt-cat -t "enc*" -t "lm*" $T/t5 | ckpt-verify'
ok 'a matrix by the name of its tie' prints 'lm_head.weight' 'ckpt-erank -t "lm*" $G | sed 1d | cut -f2'
ok '--rename of a tie that was selected' listed 'head.weight F32 96' \
    'ckpt-cat -t "lm*" --rename lm_head=head $T/gpt | ckpt-ls'
ok 'a pattern that matches a tie only is no error' exits 0 'ckpt-erank -t "w*" -t "lm*" $G'
ok 'differences are stored by the selected names' listed \
    'lm_head.weight F32 96|lm_head.weight F32 96' 'ckpt-cat --delta 2 -t "lm*" $T/gpt $T/gpt 2>/dev/null | ckpt-ls'

# ------------------------------------------------------------------ pairs

same() {
	exits 0 "$1" && [ ! -s "$T/.out" ]
}
ok 'ckpt-diff: a tie equals a stored tensor' same 'ckpt-diff $G $U'
ok 'ckpt-diff: a stored tensor equals a tie' same 'ckpt-diff $U $G'
ok 'ckpt-diff -a prints all names' prints 'fc.bias fc.weight lm_head.weight wte.weight' \
    'ckpt-diff -a $G $U | sed 1d | cut -f2 | sort | xargs'
ok 'ckpt-diff: ties of another direction' same \
    'ckpt-cat -t "!w*" --rename lm_head=wte --rename wte=lm_head $T/gpt >$T/x; ckpt-diff -t "w*" $T/x $G'
ok 'ckpt-diff: a tensor that a tie is not equal to' prints 'lm_head.weight' \
    'ckpt-perturb -x "w*" -x "f*" --include-last $U >$T/x; ckpt-diff $G $T/x | sed 1d | cut -f2'
for p in 'ckpt-avg -x' ckpt-avg 'ckpt-merge' 'ckpt-interp -a 0.5'; do
	ok "$p: equal ties remain" listed "$tied" "$p \$G \$G \$(case '$p' in *merge) echo \$G; esac) | ckpt-ls -t 'w*' -t 'lm*'"
	ok "$p: a tie and a stored tensor" listed "$untied" \
	    "$p \$G \$U \$(case '$p' in *merge) echo \$U; esac) | ckpt-ls -t 'w*' -t 'lm*'"
	ok "$p: the values" same "$p \$G \$U \$(case '$p' in *merge) echo \$U; esac) | ckpt-diff - \$U"
	ok "$p: a stored tensor and a tie" same "$p \$U \$G \$(case '$p' in *merge) echo \$G; esac) | ckpt-diff - \$G"
	ok "$p: the output is valid" sh -c "$p \$G \$G \$(case '$p' in *merge) echo \$G; esac) | ckpt-verify"
done
ok 'ckpt-sva -r: a stored tensor and a tie' prints '1 1 1' "ckpt-sva -S -r $G $U | sed 1d | cut -f3 | xargs"
ok 'ckpt-sva -r: a tie and a stored tensor' prints '1 1' "ckpt-sva -S -r $U $G | sed 1d | cut -f3 | xargs"
ok 'ckpt-sva --with: a stored tensor and a tie' prints '1 1 1' \
    "ckpt-cat -F npz -o $T/g.npz $G; ckpt-sva -S --with $G $T/g.npz | sed 1d | cut -f3 | xargs"
ok 'ckpt-sva --pairs: a stored tensor and a tie' prints '1 1 1' "echo $G $U >$T/list; ckpt-sva -S --pairs $T/list | sed 1d |
    cut -f4 | xargs"
ok 'ckpt-avg: a tie that only one of three has' prints 'wte.weight lm_head.weight' \
    'ckpt-avg $G $U $G | ckpt-diff -a - $U | sed 1d | cut -f2 | head -n 2 | xargs'
ok 'ckpt-avg --running: equal ties remain' listed "$tied|$tied" 'ckpt-avg -r $G $G | ckpt-ls -t "w*" -t "lm*"'

# --------------------------------------------------------- other formats

ok 'npz has all names' same 'ckpt-cat -F npz -o $T/x.npz $G && ckpt-diff $T/x.npz $U'
ok 'npz of four names' prints 6 'ckpt-cat -F npz $F5 | ckpt-ls | sed 1d | wc -l'
alias_of() {
	ckpt-cat -F safetensors $3 -o "$T/$1" $2 && grep -aq '"lm_head.weight":"wte.weight"' "$T/$1"
}
ok 'safetensors has the alias of save_model' alias_of x.safetensors "$G"
ok 'safetensors of the tie alone has no alias' sh -c \
    'ckpt-cat -o $T/alone.safetensors -t "lm*" $G && ! grep -aq \"wte.weight $T/alone.safetensors'
A=tests/files/ties/alias.safetensors
export A
ok 'the alias of save_model is a tie' prints 'wte.weight =lm_head.weight' 'ckpt-ls -t "w*" -t "l*" $A | grep = | cut -f2,3 | xargs'
ok 'an alias equals a tie of PyTorch' same 'ckpt-diff $A $G'
ok 'an alias equals a stored tensor' same 'ckpt-diff $U $A'
ok 'an alias by its name' listed 'wte.weight F32 96' 'ckpt-ls -t wte.weight $A'
ok 'ties are written to safetensors and back' same 'ckpt-cat -F safetensors $G | ckpt-diff - $U'
sharded() {
	ckpt-cat -F safetensors --shard-size 100 -o "$T/s.safetensors" $G &&
	    [ "$(grep -al '"lm_head.weight":"wte.weight"' "$T"/s-*)" = "$T/s-00001-of-00002.safetensors" ]
}
ok 'in shards the alias is beside its tensor' sharded
done_testing
