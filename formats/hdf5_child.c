/* hdf5_child.c - the process that reads HDF5: its limits and its messages */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "hdf5_walk.h"

/* Limits: processor time for the list of datasets, and for each of them;
 * memory beyond that of the parent. */
enum { SECONDS = 60, MEGABYTES = 4096 };

void
ckpt_hdf5_send(const struct hdf5_walk *w, struct hdf5_item item,
    const char *text, const char *value)
{
	if (item.what != HDF5_DATA) {
		item.n = strnlen(text, HDF5_TEXT);
		item.value = strnlen(value, HDF5_VALUE);
	}
	if (ckpt_write_all(w->socket, &item, sizeof item) < 0 ||
	    (item.what != HDF5_DATA &&
	    (ckpt_write_all(w->socket, text, item.n) < 0 ||
	    ckpt_write_all(w->socket, value, item.value) < 0)))
		_exit(1);
}

void
ckpt_hdf5_fail(const struct hdf5_walk *w, enum ckpt_kind kind, const char *fmt,
    ...)
{
	struct hdf5_item item = { .what = HDF5_FAIL, .kind = kind };
	char text[HDF5_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	ckpt_hdf5_send(w, item, text, "");
	_exit(0);
}

/* Allow another SECONDS of processor time. */
static void
extend_time(void)
{
	struct rusage u;
	struct rlimit l;

	getrusage(RUSAGE_SELF, &u);
	if (getrlimit(RLIMIT_CPU, &l) == 0) {
		l.rlim_cur = u.ru_utime.tv_sec + u.ru_stime.tv_sec + SECONDS;
		if (l.rlim_cur < l.rlim_max)
			setrlimit(RLIMIT_CPU, &l);
	}
}

/* Not with an address sanitizer, which reserves the whole address space. */
static void
limit_memory(void)
{
#ifndef __SANITIZE_ADDRESS__
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long pages = 0;
	struct rlimit l;

	if (f && fscanf(f, "%lu", &pages) == 1 &&
	    getrlimit(RLIMIT_AS, &l) == 0) {
		rlim_t limit = (rlim_t)pages * sysconf(_SC_PAGESIZE) +
		    ((rlim_t)MEGABYTES << 20);

		if (l.rlim_cur > limit) {
			l.rlim_cur = limit;
			setrlimit(RLIMIT_AS, &l);
		}
	}
	if (f)
		fclose(f);
#endif
}

/* Without plugins, locks and messages of the library. Its default driver needs
 * the name of the file, which the copy of a pipe has not. */
static hid_t
open_file(int fd)
{
	char path[32];
	hid_t how = H5Pcreate(H5P_FILE_ACCESS), file;

	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	H5PLset_loading_state(0);
	H5Pset_fapl_stdio(how);
	H5Pset_file_locking(how, 0, 1);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	file = H5Fopen(path, H5F_ACC_RDONLY, how);
	H5Pclose(how);
	return file;
}

void
ckpt_hdf5_run_child(int fd, int socket, bool all)
{
	struct hdf5_walk w = { .socket = socket, .all = all };
	struct rlimit none = { 0, 0 };
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
	uint64_t index;

	/* messages of the library, or of a crash */
	dup2(nowhere, STDOUT_FILENO);
	dup2(nowhere, STDERR_FILENO);
	limit_memory();
	extend_time();
	w.file = open_file(fd);
	/* no file that this one refers to can be opened */
	setrlimit(RLIMIT_NOFILE, &none);
	if (w.file < 0)
		ckpt_hdf5_fail(&w, CKPT_BAD, "HDF5: cannot be opened: cut "
		    "short, damaged, or being written");
	ckpt_hdf5_send_datasets(&w);
	while (recv(socket, &index, sizeof index, MSG_WAITALL) ==
	    sizeof index && index < w.n) {
		extend_time();
		ckpt_hdf5_send_values(&w, w.path[index]);
	}
	_exit(0);
}
