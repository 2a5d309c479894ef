/*
 * conf.h - settings of a run: dotted keys and values, as checkpoints keep them
 *
 * A key without a dot is not kept: it tells where something is, not what.
 */
#ifndef NN_CONF_H
#define NN_CONF_H

#include <stddef.h>
#include <stdint.h>

struct nn_conf {
	struct nn_pair { char *key, *value; } *pair;
	size_t	n;

	/* Who wants to know how far something long has got, and of what is odd
	 * but no failure; NULL: nobody. */
	void	(*progress)(double done, double total, const char *unit,
		    const char *what);
	void	(*warn)(const char *fmt, ...)
		    __attribute__((format(printf, 1, 2)));
};

/* Set or replace. 0, or -1 when memory is gone. */
int	nn_conf_set(struct nn_conf *, const char *key, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* The value of a key, or the default. nn_conf_int and nn_conf_num give the
 * default also for text that is not a number. */
const char	*nn_conf_str(const struct nn_conf *, const char *key,
		    const char *or);
int64_t		 nn_conf_int(const struct nn_conf *, const char *key,
		    int64_t or);
double		 nn_conf_num(const struct nn_conf *, const char *key,
		    double or);
void		 nn_conf_free(struct nn_conf *);

#endif
