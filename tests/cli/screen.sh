# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The full screen of top in a terminal of its own (tmux): what it shows, what keys
# do, and how it leaves the terminal. To be sourced by run: $build, link, check.
# shellcheck disable=SC2154

term=(tmux -L "waitprof-$$" -u -f /dev/null)
profile=tests/cli/profiles/threads

# Ends every terminal there is; each check is a shell of its own that may have started one.
stop() {
	local server

	while read -r server; do
		tmux -L "$server" kill-server 2> /dev/null || :
	done < "$build/screen.servers"
	: > "$build/screen.servers"
}

: > "$build/screen.servers"

# start SIZE [VARIABLE=VALUE...] [-- ARGUMENT...]: the screen program in a terminal
start() {
	local size=$1 settings=()
	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		settings+=("$1")
		shift
	done
	[ $# -eq 0 ] || shift
	rm -f "$build"/screen.{before,after,status,pid}
	cat > "$build/screen.sh" <<-END
		stty -a > $build/screen.before
		env LC_ALL=C.UTF-8 ${settings[*]} $build/screen ${*:-$profile 0.2} &
		echo \$! > $build/screen.pid
		wait \$!
		echo \$? > $build/screen.status
		stty -a > $build/screen.after
		echo the end
		sleep 1000
	END
	# A program in the background of a shell without job control reads from
	# nowhere; this way it has the terminal.
	sed -i 's/ &$/ < \/dev\/tty \&/' "$build/screen.sh"
	stop
	term[2]=waitprof-$$-$RANDOM
	echo "${term[2]}" >> "$build/screen.servers"
	"${term[@]}" new-session -d -x "${size%x*}" -y "${size#*x}" bash "$build/screen.sh"
}

keys() {
	"${term[@]}" send-keys "$@"
}

show() {
	"${term[@]}" capture-pane -p "$@"
}

# see PATTERN: it appears on the screen within a while
see() {
	local i

	for ((i = 0; i < 200; i++)); do
		! show | grep -q -e "$1" || return 0
		sleep 0.1
	done
	echo "not seen: $1"
	show
	return 1
}

# unseen PATTERN: it goes from the screen
unseen() {
	local i

	for ((i = 0; i < 200; i++)); do
		show | grep -q -e "$1" || return 0
		sleep 0.1
	done
	echo "still seen: $1"
	show
	return 1
}

state() {
	"${term[@]}" display-message -p "#{alternate_on} #{cursor_flag}"
}

# Everything is as the program found it.
is_restored() {
	see '^the end'
	diff "$build/screen.before" "$build/screen.after"
	state
	[ "$(state)" = "0 1" ]
	[ "$(cat "$build/screen.status")" -eq "$1" ]
}

fits() {
	local width=$1 height=$2

	[ "$(show | wc -l)" -eq "$height" ]
	show | python3 -c '
import sys
for line in sys.stdin.read().split("\n"):
    assert len(line) <= int(sys.argv[1]), line' "$width"
}

screen_80x24() {
	start 80x24
	see 'Waits by callsite, largest total first: 5'
	see 'Blocked right now: 3'
	see 'coverage: 4 threads'
	see '^! .* lines: l shows them'
	see '^> *12.00 s .*take_order shop.c:42'
	show | tail -n 1 | grep -q 'F1Help .*F10Quit'
	fits 80 24
	[ "$(state)" = "1 0" ]
}
screen_120x40() {
	start 120x40
	see '^> *12.00 s .*take_order shop.c:42'
	see 'AVG *MAX'
	see 'other sleep or idle'
	fits 120 40
}
screen_40x10() {
	start 40x10
	see '^> *12.00 s .*take_order'
	see 'Blocked right now: 3'
	see '24.00 h\*'
	see '^coverage: 4'
	show | tail -n 1 | grep -q 'hHelp qQuit'
	fits 40 10
	keys h
	see 'help (1-8 of'
	keys End
	see 'sums begin anew'
	keys q c
	see 'futex'
	fits 40 10
}
screen_too_small() {
	start 24x6
	see '^window too small'
	keys q
	is_restored 0
}
screen_ascii() {
	start 80x24 LC_ALL=C NO_COLOR=1
	see '^> *12.00 s .*take_order shop.c:42'
	keys G
	see '| Group by'
	keys Escape Enter
	see '####'
	! show | grep -P '[^\x00-\x7f]'
}
screen_utf8() {
	start 80x24
	see '^── Blocked right now: 3 ──'
	see '__futex_abstimed_wait_common…$'
}
colours() {
	show -e | grep -cP '\033\[[0-9;]*\b(3[0-7]|4[0-7]|9[0-7])m'
}
screen_no_colour() {
	start 80x24 NO_COLOR=1
	see '^> *12.00 s'
	[ "$(colours)" = 0 ]
	# What is selected is seen all the same.
	show -e | grep -qP '\033\[[0-9;]*7m\S*> +12.00 s'
	start 80x24
	see '^> *12.00 s'
	[ "$(colours)" -gt 0 ]
}
screen_resize() {
	start 80x24
	see '^> *12.00 s'
	"${term[@]}" resize-window -x 130 -y 30
	see 'AVG *MAX'
	fits 130 30
	"${term[@]}" resize-window -x 20 -y 5
	see 'window too small'
	"${term[@]}" resize-window -x 60 -y 12
	see '^> *12.00 s'
	fits 60 12
	keys Enter
	see 'One row'
	"${term[@]}" resize-window -x 100 -y 50
	see 'take_order+0x11  src/shop.c:42'
	fits 100 50
}
screen_detail() {
	start 100x50
	see '^> *12.00 s'
	keys Enter
	see '1.23M waits, 12.00 s in all'
	see 'p50 27.65 us'
	see '24.58 us .. *32.77 us *1.20M  ####'
	see 'blocked 11.00 s, run-queue 1.00 s'
	see 'ended by: wake 1234560 timeout 4 signal 3 still open 2'
	see 'futex_wait_queue+0x1$'
	see 'take_order+0x11  src/shop.c:42  \[/opt/shop\]'
	keys q
	see 'Blocked right now'
	keys Tab Down Enter
	see 'mutex  pid 100  tid 103'
	see 'owner: 105 holder'
	keys Escape
	see 'Blocked right now'
}
screen_filter() {
	start 80x24
	see '^> *12.00 s'
	keys / EPOLL
	see 'Filter: EPOLL_'
	see 'largest total first: 1 of 5'
	see 'Blocked right now: 1 of 3'
	keys Enter
	see 'filter: "EPOLL"'
	keys Escape
	see 'largest total first: 5'
	keys /q
	see 'Filter: q_'
	see 'none passes the filter'
	keys BSpace Enter
	see 'largest total first: 5'
}
screen_classes() {
	start 80x24
	see '^> *12.00 s'
	keys c
	see '\[x\] futex'
	keys Space
	see '\[ \] futex'
	keys Escape
	see 'some classes hidden'
	see '^> *7.00 s *100.0 %'
	keys Escape
	see '^> *12.00 s'
}
screen_groups() {
	start 80x24 -- "$profile" 0.2 callsite,class
	see 'Waits by callsite'
	keys g
	see 'Waits by class, largest total first: 4'
	see '^> *12.00 s'
	keys F5
	see 'thread (a new session)'
	keys Up Up Enter
	see 'a new session for rows by process: sums begin anew\|Waits by process'
	see 'Waits by process'
	keys '>'
	see 'largest count first'
	keys F6
	see '\* count'
	keys Down Enter
	see 'largest max first'
}
screen_pause() {
	start 80x24
	see '^> *12.00 s'
	keys p
	see 'PAUSED'
	keys Down
	see '^> *7.00 s'
	keys p
	unseen PAUSED
	keys r
	see 'sums begin now'
	see 'since the baseline 60.00 s\|since the baseline 1.00 min'
	keys w
	see 'last 6.00 s'
}
# Whoever waits for the first window can ask for help already, and end it.
screen_keys_at_once() {
	start 80x24 -- "$profile" 1000
	see 'the first figures come in'
	keys h
	see '^Keys'
	keys q q
	is_restored 0
}
# The screen is there while the session is being opened, and can be left.
screen_opens() {
	start 80x24 -- "$profile" 0.2 callsite,class 3
	see '^waitprof top: making rules: file [1-4] of 5'
	keys r
	see 'not yet: there is no session'
	keys h
	see '^Keys'
	keys q
	see '^waitprof top: making rules: file 5 of 5'
	see '^> *12.00 s'
	start 80x24 -- "$profile" 0.2 callsite,class 1000
	see '^waitprof top: making rules: file 1 of 5'
	keys q
	is_restored 1
	show | grep -q '^ended -4 after none'
	start 80x24 -- "$profile" 0.2 callsite,class 1000
	see '^waitprof top: making rules: file 1 of 5'
	kill -s INT "$(cat "$build/screen.pid")"
	is_restored 1
	start 40x10 -- "$profile" 0.2 callsite,class 1000
	see '^waitprof top: making rules: file 1 of 5'
	fits 40 10
}
# What is printed afterwards is as the screen was.
screen_leaves_choice() {
	start 80x24
	see '^> *12.00 s'
	keys g
	see 'Waits by thread'
	keys '>' '>'
	see 'largest max first'
	keys q
	see '^left with thread by max'
}
screen_save() {
	local file

	rm -f waitprof-top-*.json
	start 80x24
	see '^> *12.00 s'
	keys s
	see '^saved: waitprof-top-.*json'
	file=$(show | sed -n 's/^saved: //p')
	jq -e '.rows | length == 5' "$file"
	[ "$(stat -c %a "$file")" = 600 ]
	rm "$file"
}
screen_quits() {
	start 80x24
	see '^> *12.00 s'
	keys q
	is_restored 0
	show | grep -q '^ended 0 after some windows'
}
# screen_signal SIGNAL STATUS: it ends by a signal, and the terminal is whole
screen_signal() {
	start 80x24
	see '^> *12.00 s'
	kill -s "$1" "$(cat "$build/screen.pid")"
	is_restored "$2"
}
screen_stops() {
	start 80x24
	"${term[@]}" respawn-pane -k "bash --norc --noprofile -i"
	keys "PS1='prompt> '" Enter
	keys "LC_ALL=C.UTF-8 $build/screen $profile 0.2" Enter
	see '^> *12.00 s'
	keys C-z
	see '^prompt> *$'
	[ "$(state)" = "0 1" ]
	keys fg Enter
	see '^> *12.00 s'
	[ "$(state)" = "1 0" ]
	fits 80 24
	keys q
	see '^ended 0'
	[ "$(state)" = "0 1" ]
}
screen_dumb() {
	TERM=dumb script -qec "$build/screen $profile 0.2" "$build/screen.log" > /dev/null < /dev/null || :
	grep -q '^ended -25 after none' "$build/screen.log"
	! grep $'\033' "$build/screen.log"
}

check "compile the screen of saved profiles" link "$build/screen" -Itests/cli tests/cli/screen.c
check "compile the stopwatch of a refresh" link "$build/screen_bench" tests/cli/screen_bench.c
check "stopwatch of a refresh" "$build/screen_bench" 100
check "screen of 80x24" screen_80x24
check "screen of 120x40" screen_120x40
check "screen of 40x10" screen_40x10
check "screen that is too small" screen_too_small
check "screen in plain ASCII" screen_ascii
check "screen in UTF-8" screen_utf8
check "screen under NO_COLOR" screen_no_colour
check "screen of another size" screen_resize
check "screen: page of a row" screen_detail
check "screen: filter" screen_filter
check "screen: classes" screen_classes
check "screen: groupings and orders" screen_groups
check "screen: pause, baseline" screen_pause
check "screen: keys before the first window" screen_keys_at_once
check "screen: while a session is opened" screen_opens
check "screen: what was chosen outlives it" screen_leaves_choice
check "screen: save" screen_save
check "screen: terminal after q" screen_quits
check "screen: terminal after SIGTERM" screen_signal TERM 0
check "screen: terminal after SIGHUP" screen_signal HUP 0
check "screen: terminal after SIGINT" screen_signal INT 0
check "screen: terminal after SIGSEGV" screen_signal SEGV 139
check "screen: terminal after SIGABRT" screen_signal ABRT 134
check "screen: stopped and continued" screen_stops
check "screen: none on a terminal that cannot" screen_dumb
stop
