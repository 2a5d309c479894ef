/*
 * conf.h - the settings of a run: keys and values, as in checkpoints
 *
 * Keys with a dot are written to checkpoints; others say where data is, or what
 * to do with it. All settings and their defaults are in core/settings.c.
 */
#ifndef NN_CONF_H
#define NN_CONF_H

#include <stddef.h>
#include <stdint.h>

struct nn_conf {
	struct nn_pair { char *key, *value; } *pair;
	size_t	n;

	/* Called with the progress of long work, and with warnings; NULL: not
	 * called. */
	void	(*progress)(double done, double total, const char *unit,
		    const char *what);
	void	(*warn)(const char *fmt, ...)
		    __attribute__((format(printf, 1, 2)));
};

/* Set or replace. 0, or -1: out of memory. */
int	nn_conf_set(struct nn_conf *, const char *key, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* The value of a key; NULL: it is not set. */
const char	*nn_conf_get(const struct nn_conf *, const char *key);

/* The value of a setting or, if it is not set, its default, which there must
 * be; of numbers also if it is set to something else. */
const char	*nn_conf_str(const struct nn_conf *, const char *key);
int64_t		 nn_conf_int(const struct nn_conf *, const char *key);
double		 nn_conf_num(const struct nn_conf *, const char *key);

/* The default of a setting, which may depend on net.model; NULL: no default. */
const char	*nn_conf_default(const struct nn_conf *, const char *key);

void		 nn_conf_free(struct nn_conf *);

#endif
