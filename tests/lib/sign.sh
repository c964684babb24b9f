# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Keys and signatures of modules. To be sourced.

. "$(dirname "${BASH_SOURCE[0]}")/kernel.sh"

# sign_module KERNEL MODULE SIGNED KEY: with a new key, whose public part is KEY.der
sign_module() {
	local sign

	sign=$(find -L "$(kernel_dir "$1")/" "$cache/chroot" /usr/lib/linux-kbuild-* \
		-name sign-file -type f -perm -1 -print -quit 2> /dev/null)
	[ -n "$sign" ] || { echo "no sign-file" && return 1; }
	openssl req -new -x509 -newkey rsa:2048 -nodes -days 1 -subj "/CN=waitprof test/" \
		-outform DER -keyout "$4" -out "$4.der" 2> /dev/null
	"$sign" sha256 "$4" "$4.der" "$2" "$3"
	[ "$(modinfo -F signer "$3")" = "waitprof test" ]
}
