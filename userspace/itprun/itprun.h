/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What itprun tells its library, by environment variables.
 */
#ifndef ITPRUN_H
#define ITPRUN_H

#define ITPRUN_PROTOCOL	"ITPRUN_PROTOCOL"	/* number for socket() */
#define ITPRUN_OR_TCP	"ITPRUN_OR_TCP"		/* set: TCP if that fails */

#endif
