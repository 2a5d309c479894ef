/* links.c - which tensors of a checkpoint are stored with their inputs first */
#include <string.h>

#include "base/link_text.h"
#include "reader.h"

static bool
is_name(const char *s, size_t n, const char *name)
{
	return strlen(name) == n && strncmp(s, name, n) == 0;
}

bool
ckpt_reader_is_swapped(struct ckpt_rd *r, const char *name)
{
	const char *text = ckpt_key(r, "net.links");
	struct ckpt_link_line l;
	int more, words;

	while (text && (more = ckpt_link_next(&text, &l)) != 0) {
		if (more < 0)
			continue;	/* a line that says nothing to us */
		ckpt_link_words(l.kind, l.kind_len, &words);
		if ((words & LINK_SWAP_FROM &&
		    is_name(l.from, l.from_len, name)) ||
		    (words & LINK_SWAP_TO && is_name(l.to, l.to_len, name)))
			return true;
	}
	return false;
}
