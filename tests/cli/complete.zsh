# SPDX-License-Identifier: GPL-2.0-only
# What zsh writes after a line and Tab: wait for some words in it, and print it.
# usage: zsh -f tests/cli/complete.zsh FOLDER-OF-PROGRAM LINE WORD...
zmodload zsh/zpty
zpty shell zsh -f -i
send() { zpty -w shell "$1" }
# Waits for $1 in what the shell writes, which is kept in $seen.
seen=
await() {
	local part
	integer tries=200
	while [[ $seen != *$1* ]] && ((tries--)); do
		zpty -rt shell part && seen+=$part || sleep 0.05
	done
	[[ $seen == *$1* ]]
}
send "PS1= PROMPT_EOL_MARK= path=(${(q)1} \$path) fpath=(${(q)PWD}/cli/completion \$fpath)"
send 'autoload -Uz compinit && compinit -u -D; zstyle ":completion:*" list-colors; LISTMAX=1000; setopt no_always_last_prompt no_auto_menu list_rows_first; echo rea''dy'
await ready || exit 1
seen=
zpty -wn shell "$2"$'\t'
integer failed=0
for word in "${@:3}"; do
	await $word || failed=1
done
print -r -- ${seen//$'\r'/}
zpty -d shell
exit failed
