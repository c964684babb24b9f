# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The module in a machine that is locked down. To be sourced, in the machine.

lockdown=/sys/kernel/security/lockdown
[ -e "$lockdown" ] || mount -t securityfs none /sys/kernel/security

# works: waits of a program are seen, and named
works() {
	local waiter frames

	python3 -c 'import threading
while True:
    with (c := threading.Condition()):
        c.wait(0.02)' &
	waiter=$!
	cli/waitprof top -b -n 1 -d 2 --json -p "$waiter" > /run/top.json
	kill "$waiter"
	jq -c '.rows[0] | [.class, .count, .kstack[0].symbol]' /run/top.json
	frames='[.rows[] | select(.class == "futex") | (.kstack + .ustack)[] | .symbol] | map(select(.)) | length'
	[ "$(jq "$frames" /run/top.json)" -gt 2 ]
}

# refused MODULE PATTERN: not loaded, and the kernel's log says why
refused() {
	dmesg -C
	! insmod "$1" || return 1
	[ ! -d /sys/module/waitprof ]
	dmesg | tee /dev/stderr | grep -Eq "$2"
	(cli/waitprof status 2>&1 || :) | grep -q 'module: not loaded'
}
