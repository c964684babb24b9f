# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The table of kernels and where each one is kept. To be sourced.

. "$(dirname "${BASH_SOURCE[0]}")/cache.sh"

export kernel_default=6.1-cloud

kernel_names() {
	awk '!/^#/ && NF { print $1 }' "$repo/tests/vm/kernels"
}

# kernel_row NAME: set $suites, $version (a pattern), $flavour, $builder, $share
kernel_row() {
	local name rest

	# shellcheck disable=SC2034 # for the scripts that source this file
	while read -r name suites version flavour builder share rest; do
		[ "$name" != "$1" ] || return 0
	done < "$repo/tests/vm/kernels"
	die "unknown kernel '$1'; there are: $(kernel_names | tr '\n' ' ')"
}

# debug_key: what identifies a debug kernel of our own: the fragment without its
# comments, and a number to be raised when build-debug-kernel makes something
# else of it.
debug_key() {
	{ echo 1; grep -v '^# [^C]' "$repo/tests/vm/debug.config"; } | sha256sum | cut -c1-16
}

# kernel_dir NAME: holds release, vmlinuz, headers/ and root/lib/modules/. Clones
# with different fragments have debug kernels side by side.
kernel_dir() {
	if [ "$1" = debug ]; then
		echo "$cache/kernels/debug-$(debug_key)"
	else
		echo "$cache/kernels/$1"
	fi
}

# kernel_need NAME: fetched if it is not there; our own built if it is not there
# or no longer what debug.config says
kernel_need() {
	kernel_row "$1"
	[ "$suites" != - ] || "$repo/tests/vm/build-debug-kernel"
	[ -e "$(kernel_dir "$1")/release" ] || "$repo/tests/vm/fetch" "$1"
}
