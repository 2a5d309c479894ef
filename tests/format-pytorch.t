# PyTorch checkpoints: zip, the legacy stream and tar; reading and refusing
. tests/lib.sh
F=tests/files/torch
export F

# tensors FILE: as torch-reference.py prints them, ties as the tensors they are.
cat >"$T/tensors" <<'E2'
{
	ckpt-ls --hash "$1" && ckpt-ls -m "$1"
} | awk -F'\t' -v OFS='\t' -v file="${1##*/}" '
	$2 == "tie" { split($3, p, " "); print file, p[1], rest[p[2]]; next }
	$1 != "step" && NF == 6 { rest[$2] = $3 OFS $4 OFS $6; print file, $2, rest[$2] }' |
    sort
E2
tensors="sh $T/tensors"

as_expected() {
	awk -F'\t' -v f="${1##*/}" '$1 == f' $F/good.tsv >"$T/want"
	[ -s "$T/want" ] && $tensors "$1" | diff "$T/want" -
}

while read -r f; do
	ok "$f: tensors are PyTorch's, from a file" as_expected "$F/good/$f"
done <<E2
$(ls $F/good)
E2

# same_as_torch FILE...: the same tensors, bit for bit, as PyTorch reads.
torch=$(python_with torch)
same_as_torch() {
	for f; do
		"$torch" tests/torch-reference.py "$f" >"$T/want" || return 1
		$tensors "$f" | diff "$T/want" - || { echo "$f"; return 1; }
	done
}

data=${DATA:-../shared/data}
if [ -n "$torch" ] && [ -d "$data/ckpt-pytorch-legacy" ]; then
	for f in "$data"/ckpt-pytorch-legacy/*.*t* "$data"/ckpt-pytorch-legacy/fixtures/*; do
		ok "${f##*/}: as PyTorch reads it" same_as_torch "$f"
	done
else
	skip 'published checkpoints' 'needs torch and DATA'
fi
done_testing
