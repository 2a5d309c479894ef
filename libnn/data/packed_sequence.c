/* packed_sequence.c - pack sequences of unequal length, without padding */
#include "core/tape.h"

int
nn_pack_sequences(struct nn *net, struct nn_packed_sequence *p, const int
    *length, size_t n)
{
	size_t *first;

	*p = (struct nn_packed_sequence){ .n = n, .length = length,
	    .steps = n ? length[0] : 0 };
	for (size_t i = 0; i < n; i++)
		if (length[i] < 1 || (i && length[i] > length[i - 1]))
			return nn_fail(net, "sequences: wanted the longest "
			    "first, got %d at %zu", length[i], i);
	first = nn_alloc(net, p->steps + 1, sizeof *first);
	if (first == NULL)
		return -1;
	for (size_t t = 0, left = n; t < p->steps; t++) {
		while ((size_t)length[left - 1] <= t)
			left--;
		first[t] = p->rows;
		p->rows += left;
	}
	first[p->steps] = p->rows;
	p->first = first;
	return 0;
}
