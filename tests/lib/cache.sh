# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Where things are, and how the scripts of tests/ speak. To be sourced.

# What is slow to get or to build lives outside the tree and outlives a clone.
repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cache=${WAITPROF_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/waitprof}
mkdir -p "$cache"
cache=$(cd "$cache" && pwd -P)
export repo cache

say() {
	printf '%s\n' "$*" >&2
}

die() {
	say "${0##*/}: $*"
	exit 1
}

# cache_lock NAME: one builder at a time; held until the shell ends. The file
# stays: unlinking a lock file while somebody waits for it makes two holders.
cache_lock() {
	mkdir -p "$cache/lock"
	exec {cache_lock_fd}> "$cache/lock/$1"
	if ! flock -n "$cache_lock_fd"; then
		say "waiting for another run that works on $1"
		flock "$cache_lock_fd"
	fi
}
