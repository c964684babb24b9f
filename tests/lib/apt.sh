# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Packages of any Debian suite, without touching the machine's apt sources:
# lists, configuration and package cache of our own. To be sourced.

. "$(dirname "${BASH_SOURCE[0]}")/cache.sh"

apt_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# apt_mirror main|security: the mirror this machine uses, read from its own
# sources in whatever format they are (so a local mirror is used here too).
apt_mirror() {
	local codename suite

	# shellcheck source=/dev/null
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	suite=$codename
	[ "$1" = main ] || suite=$codename-security
	apt-get update --print-uris 2> /dev/null |
		sed -n "s#^'\(.*\)/dists/$suite/InRelease'.*#\1#p" | head -n 1
}

# apt_open SUITE[,SUITE]: set $apt_options for these suites, lists fetched.
apt_open() {
	local dir=$cache/apt/$1 suite uri kind

	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	: > "$dir/status"
	: > "$dir/sources.list.new"
	for suite in ${1//,/ }; do
		kind=main
		[ "$suite" = "${suite%-security}" ] || kind=security
		uri=$(apt_mirror "$kind")
		[ -n "$uri" ] || die "no $kind archive among this machine's apt sources"
		echo "deb [signed-by=$apt_keyring] $uri $suite main" >> "$dir/sources.list.new"
	done
	mv "$dir/sources.list.new" "$dir/sources.list"
	# A suite that is no longer maintained keeps its last signed lists, so
	# their age is not checked; the signature is.
	apt_options=(
		-o Dir::Etc::sourcelist="$dir/sources.list"
		-o Dir::Etc::sourceparts=/dev/null
		-o Dir::State::lists="$dir/lists"
		-o Dir::State::status="$dir/status"
		-o Dir::Cache="$dir/cache"
		-o APT::Architecture=amd64
		-o APT::Architectures=amd64
		-o APT::Sandbox::User=root
		-o APT::Get::List-Cleanup=false
		-o Acquire::Languages=none
		-o Acquire::Check-Valid-Until=false
		-o Acquire::Retries=3
	)
	say "package lists of ${1//,/, }"
	apt-get "${apt_options[@]}" -qq update >&2
}

# apt_field PACKAGE FIELD: of the newest version
apt_field() {
	apt-cache "${apt_options[@]}" show --no-all-versions "$1" | sed -n "s/^$2: //p" | head -n 1
}

# apt_download DIR PACKAGE...: fails if one of them cannot be had
apt_download() {
	local dir=$1

	shift
	mkdir -p "$dir"
	(cd "$dir" && apt-get "${apt_options[@]}" -q -o APT::Get::Download-Only=true \
		download "$@" >&2)
}
