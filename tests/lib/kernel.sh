# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The table of kernels and where each one is kept. To be sourced.

. "$(dirname "${BASH_SOURCE[0]}")/cache.sh"

export kernel_default=6.1-cloud

kernel_names() {
	awk '!/^#/ && NF { print $1 }' "$repo/tests/vm/kernels"
}

# Those that people run: the others are built here, to find faults.
kernel_names_debian() {
	awk '!/^#/ && NF && $2 != "-" { print $1 }' "$repo/tests/vm/kernels"
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

# kernel_is_ours NAME: built here?
kernel_is_ours() {
	kernel_row "$1"
	[ "$suites" = - ]
}

# kernel_fragments NAME: the files that the configuration of one built here is made of
kernel_fragments() {
	local name

	kernel_row "$1"
	for name in ${version//,/ }; do
		echo "$repo/tests/vm/$name"
	done
}

# kernel_patch NAME: the file with the changes to the source of one built here, if any
kernel_patch() {
	find "$repo/tests/vm" -name "$1.patch"
}

# kernel_key NAME: what identifies a kernel built here: its fragments without their
# comments, its patch, and a number to be raised when build-kernel makes something else of
# them.
kernel_key() {
	{
		echo 1
		kernel_fragments "$1" | xargs cat | grep -v '^# [^C]'
		kernel_patch "$1" | xargs -r cat
	} | sha256sum | cut -c1-16
}

# kernel_dir NAME: holds release, vmlinuz, headers/ and root/lib/modules/. Clones
# with different fragments have kernels built here side by side.
kernel_dir() {
	if kernel_is_ours "$1"; then
		echo "$cache/kernels/$1-$(kernel_key "$1")"
	else
		echo "$cache/kernels/$1"
	fi
}

# kernel_need NAME: fetched if it is not there; our own built if it is not there
# or no longer what its fragments say
kernel_need() {
	if kernel_is_ours "$1"; then
		"$repo/tests/vm/build-kernel" "$1"
	elif [ ! -e "$(kernel_dir "$1")/release" ]; then
		"$repo/tests/vm/fetch" "$1"
	fi
}
