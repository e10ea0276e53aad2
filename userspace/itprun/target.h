/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Can a program be made to use ITP by a preloaded library?
 */
#ifndef ITPRUN_TARGET_H
#define ITPRUN_TARGET_H

#include <stdbool.h>
#include <stddef.h>

bool target_find(const char *name, char *path, size_t size, int *error);
bool target_check(const char *path, char *why, size_t size);

#endif
