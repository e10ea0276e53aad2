#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# checkpatch --strict over the sources, with the script of Linux 6.12
# (lab/kernel-scripts). Generated files are not judged.
#
# Types switched off, and why:
#   FILE_PATH_CHANGES, MAINTAINERS   the tree is not the kernel's
#   LINUX_VERSION_CODE               compat.h tests for it once, to refuse
#   SPDX_LICENSE_TAG                 .def files are C and have it in /* */
#   COMPLEX_MACRO, MACRO_ARG_REUSE,
#   MACRO_ARG_UNUSED, TRAILING_SEMICOLON, MACRO_WITH_FLOW_CONTROL
#                                    macros that read .def tables
#   MACRO_ARG_PRECEDENCE             macros that paste names, which () would break
#   UNCOMMENTED_DEFINITION           locks are described in the kernel-doc above
#   LONG_LINE_COMMENT                comments beside the fields of a struct
#   CONSTANT_COMPARISON              takes LINUX_VERSION_CODE for a constant
#   In userspace also what only the kernel has: PREFER_KERNEL_TYPES,
#   strscpy and friends, min_t, kernel printing, no volatile, no externs in .c,
#   fallthrough; and long texts that tests print in pieces
# trace.h has the form that all TRACE_EVENT headers have: OPEN_ENDED_LINE,
# PARENTHESIS_ALIGNMENT.
set -u
cd "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 125
kernel=$(lab/kernel-scripts) || exit 125
common=FILE_PATH_CHANGES,LINUX_VERSION_CODE,SPDX_LICENSE_TAG,COMPLEX_MACRO,MACRO_ARG_REUSE,MACRO_ARG_UNUSED,TRAILING_SEMICOLON,MACRO_WITH_FLOW_CONTROL,EMBEDDED_FUNCTION_NAME,CONST_STRUCT,CONCATENATED_STRING,CONSTANT_COMPARISON,LONG_LINE_COMMENT,UNCOMMENTED_DEFINITION,MACRO_ARG_PRECEDENCE
user=$common,PREFER_KERNEL_TYPES,STRCPY,STRNCPY,STRLCPY,PREFER_FALLTHROUGH,AVOID_EXTERNS,VOLATILE,NEW_TYPEDEFS,USE_NEGATIVE_ERRNO,SPACING,CAMELCASE,ARRAY_SIZE,PREFER_PR_LEVEL,SSCANF_TO_KSTRTO,CONSTANT_COMPARISON,MISORDERED_TYPE,STATIC_CONST_CHAR_ARRAY,INLINE,LONG_LINE,PREFER_DEFINED_ATTRIBUTE_MACRO,CONSIDER_KSTRTO,ALLOC_WITH_MULTIPLY,ALLOC_SIZEOF_STRUCT,MINMAX,SPLIT_STRING,MISSING_SPACE,MULTISTATEMENT_MACRO_USE_DO_WHILE,INITIALISED_STATIC,UNNECESSARY_ELSE,MULTIPLE_ASSIGNMENTS

# run TYPES FILE...
run() {
	local ignore=$1
	shift
	"$kernel/scripts/checkpatch.pl" --no-tree --strict --terse --no-summary --show-types \
		--ignore "$ignore" -f "$@"
}

# Committed or about to be: what git does not ignore.
mapfile -t module < <(git ls-files -co --exclude-standard 'kmod/*.[ch]' 'uapi/linux/itp.h' | grep -vE '_gen\.[ch]$|/trace\.h$')
mapfile -t tools < <(git ls-files -co --exclude-standard 'userspace/*.[ch]' 'selftests/*.[ch]')
status=0
run "$common" "${module[@]}" || status=1
run "$common,OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT" kmod/trace.h || status=1
((${#tools[@]} == 0)) || run "$user" "${tools[@]}" || status=1
exit "$status"
