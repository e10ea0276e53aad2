// SPDX-License-Identifier: GPL-2.0-only
/*
 * What every command of itpctl needs: words that may be cut short, and the way
 * errors are told.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include "itpctl.h"

struct options opt;

/**
 * usage_error - tell what is wrong with the command line
 * @fmt: the text
 *
 * Return: the exit status.
 */
int usage_error(const char *fmt, ...)
{
	va_list args;

	fputs("itpctl: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputs("; try \"itpctl help\"\n", stderr);
	return EXIT_USAGE;
}

/**
 * kernel_error - tell why the kernel refused
 * @nl: socket, with the kernel's words
 * @err: negative errno
 *
 * Return: the exit status.
 */
int kernel_error(const struct itp_nl *nl, int err)
{
	const char *text = nl->text;

	if (!*text && err == -EPERM)
		text = "this takes CAP_NET_ADMIN over the network namespace";
	if (*text)
		fprintf(stderr, "Error: %s (%s)\n", text, strerror(-err));
	else
		fprintf(stderr, "Error: %s\n", strerror(-err));
	return EXIT_KERNEL;
}

/**
 * open_nl - open a socket to the module, or complain
 * @nl: gets the socket
 *
 * Return: 0 or the exit status.
 */
int open_nl(struct itp_nl *nl)
{
	int err = itp_nl_open(nl);

	return err ? kernel_error(nl, err) : 0;
}

/**
 * word_find - look a word up, cut short or not
 * @words: what may stand here
 * @given: what stands here
 * @what: what it is, for the complaint
 *
 * Return: its index, or -1 when it has complained.
 */
int word_find(const struct word *words, const char *given, const char *what)
{
	size_t len = strlen(given);
	int i, found = -1;

	for (i = 0; words[i].name; i++) {
		if (!strcmp(words[i].name, given))
			return i;
		if (!len || strncmp(words[i].name, given, len))
			continue;
		if (found >= 0) {
			usage_error("%s \"%s\" may mean %s or %s", what, given,
				    words[found].name, words[i].name);
			return -1;
		}
		found = i;
	}
	if (found < 0)
		usage_error("%s \"%s\" is unknown", what, given);
	return found;
}
