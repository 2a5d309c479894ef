# questions.t - each of examples/questions has an answer, where the files are
. tests/lib.sh

data=${DATA:-../shared/data}
if [ -d "$data/run-modadd" ]; then
	examples/questions "$data" >"$T/answers" 2>"$T/complaints"
	ok 'ten questions' sh -c "[ \$(grep -c '^[0-9]*[.] ' '$T/answers') -eq 10 ]"
	ok 'nobody complains' cmp "$T/complaints" /dev/null
	ok 'each has an answer' awk '
		/^[0-9]+\. / { asked++; lines = 0 }
		/^    [^$ ]/ { if (!lines++) answered++ }
		END { exit asked != answered || asked == 0 }' "$T/answers"
else
	skip 'ten questions' 'no published checkpoints'
fi
ok 'usage' exits 2 examples/questions
done_testing
