// SPDX-License-Identifier: GPL-2.0-only
/*
 * Find a program as execvp() would, and see whether a preloaded library can get
 * between it and socket(): it has to be a dynamic ELF file for our own dynamic
 * linker that goes through the C library and gains no privileges. A script is
 * as good as its interpreter.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "target.h"

/* The kernel allows a script to be run by a script only so deep. */
#define SCRIPT_DEPTH 5

/**
 * target_find - where a program is
 * @name: name to look for in PATH, or a path if it has a '/'
 * @path: gets the path
 * @size: of @path
 * @error: gets the errno of execvp() if it is nowhere
 */
bool target_find(const char *name, char *path, size_t size, int *error)
{
	const char *dirs = getenv("PATH");
	const char *end;

	*error = ENOENT;
	if (strchr(name, '/')) {
		snprintf(path, size, "%s", name);
		if (!access(path, X_OK))
			return true;
		*error = errno;
		return false;
	}
	if (!dirs)
		dirs = "/bin:/usr/bin";
	for (; *name; dirs = end + 1) {
		struct stat st;

		end = strchrnul(dirs, ':');
		snprintf(path, size, "%.*s%s%s", (int)(end - dirs), dirs,
			 end > dirs ? "/" : "", name);
		if (!access(path, X_OK) && !stat(path, &st) &&
		    S_ISREG(st.st_mode))
			return true;
		if (errno == EACCES)
			*error = EACCES;
		if (!*end)
			break;
	}
	return false;
}

/* A file in memory. */
struct image {
	const uint8_t *data;
	size_t size;
};

static bool image_open(struct image *img, const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *map;

	if (fd < 0)
		return false;
	if (fstat(fd, st) < 0 || !S_ISREG(st->st_mode) || !st->st_size) {
		close(fd);
		return false;
	}
	map = mmap(NULL, (size_t)st->st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return false;
	img->data = map;
	img->size = (size_t)st->st_size;
	return true;
}

static void image_close(struct image *img)
{
	munmap((void *)img->data, img->size);
}

/* @count things of @each octets at @at, or NULL if the file is too short. */
static const void *image_at(const struct image *img, uint64_t at,
			    uint64_t count, uint64_t each)
{
	if (at > img->size || (each && count > (img->size - at) / each))
		return NULL;
	return img->data + at;
}

static bool is_elf(const struct image *img)
{
	return img->size >= sizeof(ElfW(Ehdr)) &&
	       !memcmp(img->data, ELFMAG, SELFMAG);
}

/* Of our own word size and byte order? */
static bool is_native(const struct image *img)
{
	const uint16_t one = 1;
	int order = *(const uint8_t *)&one ? ELFDATA2LSB : ELFDATA2MSB;

	return img->data[EI_CLASS] ==
	       (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) &&
	       img->data[EI_DATA] == order;
}

/* The dynamic linker that a native ELF file asks for, NULL if none. */
static const char *elf_interpreter(const struct image *img)
{
	const ElfW(Ehdr) *eh = (const void *)img->data;
	const ElfW(Phdr) *ph;
	const char *name;
	unsigned int i;

	ph = image_at(img, eh->e_phoff, eh->e_phnum, sizeof(*ph));
	for (i = 0; ph && i < eh->e_phnum; i++) {
		if (ph[i].p_type != PT_INTERP)
			continue;
		name = image_at(img, ph[i].p_offset, ph[i].p_filesz, 1);
		if (name && memchr(name, '\0', ph[i].p_filesz))
			return name;
	}
	return NULL;
}

/* Go calls the kernel itself, also when it is linked dynamically. */
static bool elf_is_go(const struct image *img)
{
	const ElfW(Ehdr) *eh = (const void *)img->data;
	const ElfW(Shdr) *sh, *strings;
	const char *names;
	unsigned int i;

	sh = image_at(img, eh->e_shoff, eh->e_shnum, sizeof(*sh));
	if (!sh || eh->e_shstrndx >= eh->e_shnum)
		return false;
	strings = &sh[eh->e_shstrndx];
	names = image_at(img, strings->sh_offset, strings->sh_size, 1);
	if (!names || !strings->sh_size || names[strings->sh_size - 1])
		return false;
	for (i = 0; i < eh->e_shnum; i++) {
		if (sh[i].sh_name < strings->sh_size &&
		    !strcmp(names + sh[i].sh_name, ".go.buildinfo"))
			return true;
	}
	return false;
}

static bool same_linker(const char *linker)
{
	struct image self;
	struct stat st;
	const char *ours;
	bool same;

	if (!image_open(&self, "/proc/self/exe", &st))
		return true;
	ours = elf_interpreter(&self);
	same = !ours || !strcmp(ours, linker);
	image_close(&self);
	return same;
}

static bool check_elf(const struct image *img, const char *path, char *why,
		      size_t size)
{
	const char *linker = is_native(img) ? elf_interpreter(img) : "";

	if (!linker) {
		snprintf(why, size, "%s is linked statically", path);
		return false;
	}
	if (!*linker || !same_linker(linker)) {
		snprintf(why, size,
			 "%s is for another machine or C library", path);
		return false;
	}
	if (elf_is_go(img)) {
		snprintf(why, size,
			 "%s is a Go program, which does not call the C library",
			 path);
		return false;
	}
	return true;
}

/* A program that gains privileges is not given preloaded libraries. */
static bool check_privileges(const struct stat *st, const char *path, char *why,
			     size_t size)
{
	if (st->st_mode & S_ISUID)
		snprintf(why, size, "%s is set-uid", path);
	else if ((st->st_mode & 02010) == 02010) /* and the group may run it */
		snprintf(why, size, "%s is set-gid", path);
	else if (geteuid() &&
		 getxattr(path, "security.capability", NULL, 0) > 0)
		snprintf(why, size, "%s has file capabilities", path);
	else
		return true;
	return false;
}

static bool check_depth(const char *path, char *why, size_t size, int depth);

/*
 * The line behind "#!". With env(1) as the interpreter the program that it
 * looks up counts as well.
 */
static bool check_script(const struct image *img, const char *path, char *why,
			 size_t size, int depth)
{
	char line[256], found[PATH_MAX];
	size_t len = img->size - 2 < sizeof(line) - 1 ? img->size - 2 :
							 sizeof(line) - 1;
	char *save, *interpreter, *word;
	int error;

	memcpy(line, img->data + 2, len);
	line[len] = '\0';
	line[strcspn(line, "\n")] = '\0';
	interpreter = strtok_r(line, " \t", &save);
	if (!interpreter) {
		snprintf(why, size, "%s names no interpreter", path);
		return false;
	}
	if (!check_depth(interpreter, why, size, depth + 1))
		return false;
	if (strcmp(basename(interpreter), "env"))
		return true;
	do {
		word = strtok_r(NULL, " \t", &save);
	} while (word && (*word == '-' || strchr(word, '=')));
	return !word || !target_find(word, found, sizeof(found), &error) ||
	       check_depth(found, why, size, depth + 1);
}

static bool check_depth(const char *path, char *why, size_t size, int depth)
{
	struct image img;
	struct stat st;
	bool ok;

	if (depth > SCRIPT_DEPTH) {
		snprintf(why, size, "%s: too many interpreters", path);
		return false;
	}
	if (!image_open(&img, path, &st)) {
		snprintf(why, size, "%s cannot be read", path);
		return false;
	}
	ok = check_privileges(&st, path, why, size);
	if (ok && is_elf(&img)) {
		ok = check_elf(&img, path, why, size);
	} else if (ok && img.size > 2 && !memcmp(img.data, "#!", 2)) {
		ok = check_script(&img, path, why, size, depth);
	} else if (ok) {
		snprintf(why, size, "%s is neither ELF nor a script", path);
		ok = false;
	}
	image_close(&img);
	return ok;
}

/**
 * target_check - can a preloaded library reach this program's socket calls?
 * @path: the program
 * @why: gets the reason if not
 * @size: of @why
 */
bool target_check(const char *path, char *why, size_t size)
{
	return check_depth(path, why, size, 0);
}
