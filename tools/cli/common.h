/* common.h - the values of the common options, shared inside cli */
#ifndef COMMON_H
#define COMMON_H

#include "cli.h"

struct common {
	struct list	 tensors;
	const char	*steps, *output;
	int64_t		 level, delta, threads;
	bool		 all, plain, json, provenance, quiet, help, version;
};

extern struct common common;

#endif
