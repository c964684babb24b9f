# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Checks that print what tests/run counts. To be sourced, with set -e in force.

# What a failed check printed is shown below its line.
check_log=$(mktemp)
check_failed=0
trap 'rm -f "$check_log"' EXIT

# check NAME COMMAND...: the command (or function) succeeds
check() {
	check_status 0 "$@"
}

# check_status STATUS NAME COMMAND...: it ends with this exit status
check_status() {
	local want=$1 name=$2 status

	shift 2
	# Not as the condition of an if: that would switch off set -e inside a
	# function, and only its last line would count.
	set +e
	(
		set -e
		"$@"
	) > "$check_log" 2>&1
	status=$?
	set -e
	if [ "$status" -eq "$want" ]; then
		echo "ok - $name"
		return
	fi
	echo "not ok - $name"
	sed 's/^/    /' "$check_log"
	echo "    (status $status instead of $want)"
	check_failed=$((check_failed + 1))
}
