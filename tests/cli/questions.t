# questions.t - examples/questions on published checkpoints
. tests/lib.sh

data=${DATA:-examples/data}
if [ -d "$data/run-modadd" ]; then
	examples/questions "$data" >"$T/answers" 2>"$T/complaints"
	ok 'ten questions are asked' sh -c "[ \$(grep -c '^[0-9]*[.] ' '$T/answers') -eq 10 ]"
	ok 'nothing is written to standard error' cmp "$T/complaints" /dev/null
	ok 'each question has an answer' awk '
		/^[0-9]+\. / { asked++; lines = 0 }
		/^    [^$ ]/ { if (!lines++) answered++ }
		END { exit asked != answered || asked == 0 }' "$T/answers"
else
	skip 'ten questions are asked' 'no published checkpoints in DATA'
fi
ok 'no operand is a usage error' exits 2 examples/questions
done_testing
