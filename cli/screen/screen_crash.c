// SPDX-License-Identifier: GPL-2.0-only
/*
 * Giving the terminal back when the program ends in no orderly way. What that
 * takes, the modes of the line and a few sequences, is made ready beforehand, so
 * that the handlers need nothing but write() and tcsetattr(), which may be
 * called anywhere. They run on a stack of their own: the other may be at its end.
 */
#include <errno.h>
#include <ncursesw/curses.h>
#include <ncursesw/term.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "collect/follow.h"
#include "screen/screen_crash.h"

#define STACK_BYTES 65536

static struct {
	struct termios modes;
	bool has_modes;
	char leave[256];
	size_t nr_leave;
	volatile sig_atomic_t taken;
	volatile sig_atomic_t continued;
	void *stack;
	stack_t stack_before;
} crash;

/* The program is at fault, or is told so. */
static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS };
/* Somebody wants it to end. */
static const int requests[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

#define NR(a) (sizeof(a) / sizeof((a)[0]))

static struct sigaction faults_before[NR(faults)], requests_before[NR(requests)], continue_before;

static void give_back(void)
{
	ssize_t written;

	if (!crash.taken)
		return;
	crash.taken = 0;
	written = write(STDOUT_FILENO, crash.leave, crash.nr_leave);
	(void)written;
	if (crash.has_modes)
		tcsetattr(STDIN_FILENO, TCSANOW, &crash.modes);
}

static void die(int sig)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t set;

	give_back();
	sigaction(sig, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	raise(sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* The first one is a request; whoever asks twice has waited long enough. */
static void on_request(int sig)
{
	if (follow_stopped())
		die(sig);
	follow_stop();
}

static void on_continue(int sig)
{
	(void)sig;
	crash.continued = 1;
}

/**
 * screen_crash_continued() - had the program been stopped since the last call
 */
bool screen_crash_continued(void)
{
	bool was = crash.continued;

	crash.continued = 0;
	return was;
}

static int keep(int c)
{
	if (crash.nr_leave < sizeof(crash.leave))
		crash.leave[crash.nr_leave++] = (char)c;
	return c;
}

static const char *sequence(const char *name)
{
	const char *found = tigetstr(name);

	return found != (char *)-1 ? found : NULL;
}

/**
 * screen_crash_save() - remember what the terminal is like, before it is taken
 *
 * Return: 0, or -ENOTTY when it is unknown, or cannot move its cursor or clear
 * itself: it is none for a screen.
 */
int screen_crash_save(void)
{
	static const char *const names[] = { "sgr0", "cnorm", "rmkx", "rmcup" };
	bool capable;
	int error;

	if (setupterm(NULL, STDOUT_FILENO, &error) != OK)
		return -ENOTTY;
	capable = sequence("cup") && sequence("clear");
	crash.has_modes = !tcgetattr(STDIN_FILENO, &crash.modes);
	crash.nr_leave = 0;
	for (size_t i = 0; i < NR(names); i++)
		if (sequence(names[i]))
			tputs(sequence(names[i]), 1, keep);
	/* ncurses makes itself another one. */
	del_curterm(cur_term);
	return capable ? 0 : -ENOTTY;
}

/**
 * screen_crash_catch() - from here on every end gives the terminal back
 */
void screen_crash_catch(void)
{
	struct sigaction action = { .sa_handler = die, .sa_flags = SA_ONSTACK };
	stack_t stack = { .ss_size = STACK_BYTES };

	crash.stack = malloc(STACK_BYTES);
	stack.ss_sp = crash.stack;
	if (crash.stack)
		sigaltstack(&stack, &crash.stack_before);
	crash.taken = 1;
	crash.continued = 0;
	for (size_t i = 0; i < NR(faults); i++)
		sigaction(faults[i], &action, &faults_before[i]);
	action.sa_flags = SA_ONSTACK | SA_RESTART;
	action.sa_handler = on_request;
	for (size_t i = 0; i < NR(requests); i++)
		sigaction(requests[i], &action, &requests_before[i]);
	action.sa_handler = on_continue;
	sigaction(SIGCONT, &action, &continue_before);
}

/**
 * screen_crash_release() - the terminal is about to be given back in order
 */
void screen_crash_release(void)
{
	if (!crash.taken)
		return;
	for (size_t i = 0; i < NR(faults); i++)
		sigaction(faults[i], &faults_before[i], NULL);
	for (size_t i = 0; i < NR(requests); i++)
		sigaction(requests[i], &requests_before[i], NULL);
	sigaction(SIGCONT, &continue_before, NULL);
	crash.taken = 0;
	if (crash.stack)
		sigaltstack(&crash.stack_before, NULL);
	free(crash.stack);
	crash.stack = NULL;
}
