/*
 * torch_shuffle.c - permutations of torch.randperm and random.shuffle, so that
 * data is split as by PyTorch and Python
 */
#include "rng.h"

/* The Mersenne Twister MT19937 (Matsumoto and Nishimura 1998). */
enum { N = 624, M = 397 };

struct twister {
	uint32_t	s[N];
	int		next;
};

static void
seed_state(struct twister *t, uint32_t seed)
{
	t->s[0] = seed;
	for (uint32_t i = 1; i < N; i++)
		t->s[i] = 1812433253 * (t->s[i - 1] ^ t->s[i - 1] >> 30) + i;
	t->next = N;
}

/* init_by_array of the reference code, with a key of one word. */
static void
seed_state_by_key(struct twister *t, uint32_t key)
{
	int i = 1;

	seed_state(t, 19650218);
	for (int k = 0; k < N; k++) {
		t->s[i] = (t->s[i] ^
		    (t->s[i - 1] ^ t->s[i - 1] >> 30) * 1664525) + key;
		if (++i == N) {
			t->s[0] = t->s[N - 1];
			i = 1;
		}
	}
	for (int k = 0; k < N - 1; k++) {
		t->s[i] = (t->s[i] ^
		    (t->s[i - 1] ^ t->s[i - 1] >> 30) * 1566083941) - i;
		if (++i == N) {
			t->s[0] = t->s[N - 1];
			i = 1;
		}
	}
	t->s[0] = 0x80000000;
}

static uint32_t
draw_word(struct twister *t)
{
	uint32_t y;

	if (t->next == N) {
		for (int i = 0; i < N; i++) {
			y = (t->s[i] & 0x80000000) |
			    (t->s[(i + 1) % N] & 0x7fffffff);
			t->s[i] = t->s[(i + M) % N] ^ y >> 1 ^
			    (y & 1 ? 0x9908b0df : 0);
		}
		t->next = 0;
	}
	y = t->s[t->next++];
	y ^= y >> 11;
	y ^= y << 7 & 0x9d2c5680;
	y ^= y << 15 & 0xefc60000;
	return y ^ y >> 18;
}

static void
swap_items(int *a, size_t i, size_t j)
{
	int t = a[i];

	a[i] = a[j];
	a[j] = t;
}

void
nn_torch_perm(int *order, size_t n, uint32_t seed)
{
	struct twister t;

	seed_state(&t, seed);
	for (size_t i = 0; i < n; i++)
		order[i] = (int)i;
	for (size_t i = 0; i + 1 < n; i++)
		swap_items(order, i, i + draw_word(&t) % (n - i));
}

void
nn_py_shuffle(int *order, size_t n, uint32_t seed)
{
	struct twister t;

	seed_state_by_key(&t, seed);
	for (size_t i = 0; i < n; i++)
		order[i] = (int)i;
	for (size_t i = n; i-- > 1; ) {
		int bits = 32 - __builtin_clz((unsigned)i + 1);
		uint32_t v;

		do
			v = draw_word(&t) >> (32 - bits);
		while (v > i);
		swap_items(order, i, v);
	}
}
