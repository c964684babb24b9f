# shellcheck shell=bash
# How the demonstration speaks. To be sourced.

step_number=0

# step TEXT: begin the next step
step() {
	step_number=$((step_number + 1))
	printf '\n%d. %s\n' "$step_number" "$1"
}

# quietly COMMAND...: run it; a dot a second while it takes longer than two. Its
# output is shown afterwards, and only if it fails.
quietly() {
	local output status=0

	output=$(mktemp)
	dots "$@" > "$output" 2>&1 || status=$?
	[ "$status" -eq 0 ] || cat "$output" >&2
	rm -f "$output"
	return "$status"
}

# show COMMAND...: the command as one would type it, then what it prints
show() {
	local output status=0

	output=$(mktemp)
	printf '   # %s\n' "${shown:-$*}"
	dots "$@" > "$output" 2>&1 || status=$?
	sed 's/^/   | /' "$output"
	rm -f "$output"
	return "$status"
}

# dots COMMAND...: after two seconds a dot a second, on file descriptor 3
dots() {
	local pid status=0 ticks=0

	"$@" &
	pid=$!
	while kill -0 "$pid" 2> /dev/null; do
		[ "$ticks" -lt 20 ] || [ $((ticks % 10)) -ne 0 ] || printf . >&3
		sleep 0.1
		ticks=$((ticks + 1))
	done
	wait "$pid" || status=$?
	[ "$ticks" -le 20 ] || printf '\n' >&3
	return "$status"
}
