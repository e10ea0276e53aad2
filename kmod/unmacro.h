/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of ours that a header of the kernel makes macros: that header first,
 * then the names are free. To be included before the engine's headers.
 */
#ifndef _ITP_UNMACRO_H
#define _ITP_UNMACRO_H

#include <net/inet_timewait_sock.h>

/* a tunable; there a member of struct inet_timewait_sock */
#undef tw_reuse

#endif /* _ITP_UNMACRO_H */
