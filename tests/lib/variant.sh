# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The module with a line or two of its source changed, for a test. To be sourced.

. "$(dirname "${BASH_SOURCE[0]}")/cache.sh"

# variant_module KERNEL OUT {FILE SED PATTERN}...: build it with files of kmod/ changed by
# sed, in which PATTERN is found afterwards
variant_module() {
	local kernel=$1 out=$2 tree status=0

	shift 2

	tree=$(mktemp -d)
	tar -C "$repo/kmod" --exclude='*.o' --exclude='*.ko' --exclude='*.mod' --exclude='*.mod.c' \
		--exclude='.*.cmd' -cf - . | tar -C "$tree" -xf -
	cp -r "$repo/include" "$tree/include"
	# A folder of its own: what the module includes from beside it lies inside.
	# shellcheck disable=SC2016
	sed -i 's#$(src)/\.\./include#$(src)/include#g' "$tree/Kbuild"
	while [ $# -gt 0 ] && [ "$status" -eq 0 ]; do
		sed -i "$2" "$tree/$1"
		grep -q "$3" "$tree/$1" || status=1
		shift 3
	done
	[ "$status" -eq 0 ] && "$repo/tests/vm/build-module" -k "$kernel" "$tree" "$out" || status=1
	rm -rf "$tree"
	return "$status"
}
