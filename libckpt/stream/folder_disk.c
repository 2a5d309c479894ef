/* folder_disk.c - the checkpoints in a folder on disk */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "folder.h"

static int
scan_folder(void *arg, const char *path, struct ckpt_buffer *names)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	struct stat st;
	int r = 0;

	(void)arg;
	if (dir == NULL)
		return errno == ENOMEM ? -1 : 0;
	while (r == 0 && (e = readdir(dir)) != NULL) {
		const char *name = e->d_name;
		bool folder;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
		    fstatat(dirfd(dir), name, &st, 0) < 0)
			continue;
		folder = S_ISDIR(st.st_mode);
		if (!folder && !S_ISREG(st.st_mode))
			continue;
		if (ckpt_buffer_add(names, name, strlen(name)) < 0 ||
		    ckpt_buffer_add(names, folder ? "/" : "",
		    folder ? 2 : 1) < 0)
			r = -1;
	}
	closedir(dir);
	return r;
}

static struct ckpt_input *
open_file(void *arg, const char *path)
{
	(void)arg;
	return ckpt_input_open(path);
}

int
ckpt_folder_list_disk(const char *path, const struct ckpt_format *const *formats,
    struct ckpt_file_list *list)
{
	struct ckpt_folder_source source = { .scan = scan_folder,
	    .open = open_file, .close = ckpt_input_close,
	    .formats = formats };
	size_t n = strlen(path);
	char *folder;
	int r;

	if (asprintf(&folder, "%s%s", path, n > 0 && path[n - 1] == '/' ? "" :
	    "/") < 0)
		return -1;
	r = ckpt_folder_list(&source, folder, path, list);
	free(folder);
	return r;
}
