# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The module with a line or two of its source changed, for a test. To be sourced.

. "$(dirname "${BASH_SOURCE[0]}")/cache.sh"

# variant_module KERNEL OUT FILE SED PATTERN: build it with a file of kmod/ changed by
# sed, in which PATTERN is found afterwards
variant_module() {
	local tree status=0

	tree=$(mktemp -d)
	tar -C "$repo/kmod" --exclude='*.o' --exclude='*.ko' --exclude='*.mod' --exclude='*.mod.c' \
		--exclude='.*.cmd' -cf - . | tar -C "$tree" -xf -
	cp -r "$repo/include" "$tree/include"
	# A folder of its own: what the module includes from beside it lies inside.
	# shellcheck disable=SC2016
	sed -i 's#$(src)/\.\./include#$(src)/include#g' "$tree/Kbuild"
	sed -i "$4" "$tree/$3"
	grep -q "$5" "$tree/$3" &&
		"$repo/tests/vm/build-module" -k "$1" "$tree" "$2" || status=1
	rm -rf "$tree"
	return "$status"
}
