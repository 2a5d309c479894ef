/* links.c - which tensors of a checkpoint are stored with their inputs first */
#include <string.h>

#include "base/link_text.h"
#include "reader.h"

/* Add a name, which is not terminated. */
static int
add_swapped(struct ckpt_rd *r, const char *s, size_t n)
{
	char name[CKPT_NAME + 1];

	if (n > CKPT_NAME)
		return 0;		/* no tensor has it */
	memcpy(name, s, n);
	name[n] = 0;
	return ckpt_name_map_add(&r->swapped, name, NULL);
}

static int
parse_links(struct ckpt_rd *r)
{
	const char *text = ckpt_key(r, "net.links");
	struct ckpt_link_line l;
	int more, words;

	while (text && (more = ckpt_link_next(&text, &l)) != 0) {
		if (more < 0)
			continue;	/* a line that says nothing to us */
		ckpt_link_words(l.kind, l.kind_len, &words);
		if ((words & LINK_SWAP_FROM &&
		    add_swapped(r, l.from, l.from_len) < 0) ||
		    (words & LINK_SWAP_TO &&
		    add_swapped(r, l.to, l.to_len) < 0))
			return ckpt_fail_memory(r);
	}
	r->links_parsed = true;
	return 0;
}

int
ckpt_reader_is_swapped(struct ckpt_rd *r, const char *name)
{
	if (!r->links_parsed && parse_links(r) < 0)
		return -1;
	return ckpt_name_map_find(&r->swapped, name) != NULL;
}
