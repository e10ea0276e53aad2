# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Debian 12's archive, as the lab reads it: package lists of its own in the cache,
# with updates and security, from the mirror that the machine uses. So it matters
# neither what the machine's lists hold (a minimal system knows no security
# updates, an old one has stale lists) nor who runs the lab. Sourced by common.sh.
# Not here: packages that have to be installed (deps).

ARCHIVE_SUITE=bookworm
ARCHIVE_AGE=1440 # minutes that lists stay good for

# archive_apt COMMAND...: apt-get or apt-cache on these lists.
archive_apt() {
	local dir=$ITP_CACHE/apt tool=$1
	shift
	need "$tool" dpkg
	[[ -e $dir/ready && ! $(find "$dir/ready" -mmin "+$ARCHIVE_AGE") ]] ||
		with_lock apt archive_update "$dir" || return
	"$tool" "${archive_options[@]/#/-o}" "$@"
}

# _apt may not write to a private cache; root says so instead of apt's warning.
archive_options=(
	"Dir::Etc::SourceList=$ITP_CACHE/apt/sources.list" Dir::Etc::SourceParts=-
	"Dir::State=$ITP_CACHE/apt" "Dir::State::status=$ITP_CACHE/apt/status"
	"Dir::State::Lists=$ITP_CACHE/apt/lists" "Dir::Cache=$ITP_CACHE/apt"
	APT::Sandbox::User=root APT::Architecture=amd64 APT::Architectures=amd64
	Acquire::Languages=none
)

# archive_mirror main|security: that of the machine, or Debian's own.
archive_mirror() {
	local host=http://deb.debian.org known pattern='/debian/?$'
	[[ $1 == main ]] || pattern='security'
	# shellcheck disable=SC2016  # apt's words, not the shell's
	known=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		grep -E "$pattern" | head -n 1)
	[[ $known ]] || { [[ $1 == main ]] && known=$host/debian/ || known=$host/debian-security/; }
	printf '%s\n' "$known"
}

archive_update() {
	local dir=$1 by='' key=/usr/share/keyrings/debian-archive-keyring.gpg main
	[[ ! -e $dir/ready || $(find "$dir/ready" -mmin "+$ARCHIVE_AGE") ]] || return 0
	[[ ! -e $key ]] || by="[signed-by=$key] "
	main=$(archive_mirror main)
	mkdir -p "$dir/lists/partial" "$dir/archives/partial" || return 1
	: >"$dir/status"
	printf "deb $by%s %s main\n" "$main" "$ARCHIVE_SUITE" "$main" "$ARCHIVE_SUITE-updates" \
		"$(archive_mirror security)" "$ARCHIVE_SUITE-security" >"$dir/sources.list"
	note "reading Debian's package lists"
	# Without an archive what was fetched before still does.
	if ! apt-get -qq "${archive_options[@]/#/-o}" update >&2; then
		[[ -e $dir/ready ]] || die "cannot read Debian's package lists (see $dir/sources.list)"
		note "the package lists stay those of $(date -r "$dir/ready")"
	fi
	touch "$dir/ready"
}

# fetch_package DIR PACKAGE...: download Debian packages and unpack them into
# DIR, leaving the system alone.
fetch_package() {
	local dir=$1 deb
	shift
	mkdir -p "$dir/.deb" || return 1
	note "fetching $*"
	(cd "$dir/.deb" && archive_apt apt-get -qq download "$@") >&2 || {
		rm -rf "$dir/.deb"
		die "cannot download $*"
	}
	for deb in "$dir"/.deb/*.deb; do
		dpkg -x "$deb" "$dir" || die "cannot unpack $deb"
	done
	rm -rf "$dir/.deb"
}

# source_ensure: fetches the source of the default kernel unless it is there;
# prints the directory that holds it as a tar file, `release`, and its scripts/
# and tools/net/ynl unpacked, for the checks.
source_ensure() {
	local dir=$ITP_CACHE/source
	[[ -e $dir/done ]] || with_lock source source_fetch "$dir" >&2 || exit "$LAB_FAILED"
	printf '%s\n' "$dir"
}

KERNEL_SOURCE=linux-source-6.12

# The version first fetched stays until the cache is emptied: a security update
# must not start a build of a quarter of an hour by itself.
source_fetch() {
	local dir=$1 version
	[[ ! -e $dir/done ]] || return 0
	need tar xz
	version=$(archive_apt apt-cache show --no-all-versions "$KERNEL_SOURCE" | sed -n 's/^Version: //p')
	[[ $version ]] || die "Debian's package lists have no $KERNEL_SOURCE"
	rm -rf "$dir"
	fetch_package "$dir" "$KERNEL_SOURCE=$version"
	mv "$dir/usr/src/$KERNEL_SOURCE.tar.xz" "$dir/" || die "no source in $KERNEL_SOURCE"
	rm -rf "${dir:?}/usr"
	tar -C "$dir" --strip-components=1 -xf "$dir/$KERNEL_SOURCE.tar.xz" \
		"$KERNEL_SOURCE"/{scripts/checkpatch.pl,scripts/spelling.txt,scripts/const_structs.checkpatch} \
		"$KERNEL_SOURCE"/{tools/net/ynl,Documentation/netlink,MAINTAINERS} || die "cannot unpack $KERNEL_SOURCE"
	printf '%s\n' "$version" >"$dir/version"
	touch "$dir/done"
}
