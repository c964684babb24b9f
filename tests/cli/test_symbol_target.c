// SPDX-License-Identifier: GPL-2.0-only
#include "test_symbol.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

const char *test_folder(void)
{
	const char *folder = getenv("TEST_SYMBOL_FOLDER");

	return folder ? folder : ".";
}

static void target_listen(struct target *target)
{
	char name[32], value[32];

	while (fscanf(target->out, "%31s %31s", name, value) == 2) {
		if (!strcmp(name, "ready"))
			return;
		assert_true(target->nr_known < 16);
		strcpy(target->known[target->nr_known].name, name);
		target->known[target->nr_known++].addr = strtoull(value, NULL, 16);
	}
	fail_msg("%s did not become ready", target->path);
}

struct target *target_start_path(const char *path, const char *library, const char *next)
{
	struct target *target = calloc(1, sizeof(*target));
	int to[2], from[2];

	assert_non_null(target);
	assert_false(pipe(to) || pipe(from));
	snprintf(target->path, sizeof(target->path), "%s", path);
	target->pid = fork();
	if (!target->pid) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		for (int fd = 3; fd < 1024; fd++)
			close(fd);
		execl(path, path, library ? library : "", next, NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	target->in = fdopen(to[1], "w");
	target->out = fdopen(from[0], "r");
	target_listen(target);
	return target;
}

struct target *target_start(const char *name, const char *library, const char *next)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", test_folder(), name);
	return target_start_path(path, library, next);
}

void target_ask(struct target *target, char command)
{
	if (command == 'x')
		target->nr_known = 0;
	fputc(command, target->in);
	fflush(target->in);
	target_listen(target);
}

uint64_t target_addr(const struct target *target, const char *name)
{
	for (int i = 0; i < target->nr_known; i++)
		if (!strcmp(target->known[i].name, name))
			return target->known[i].addr;
	fail_msg("%s has no %s", target->path, name);
	return 0;
}

/* The structure stays readable until free(): its addresses are still wanted. */
void target_stop(struct target *target)
{
	fclose(target->in);
	fclose(target->out);
	kill(target->pid, SIGKILL);
	waitpid(target->pid, NULL, 0);
}

static int keep(const struct symbol_frame *frame, void *arg)
{
	struct found *found = arg;

	assert_true(found->nr < MAX_FOUND);
	found->frame[found->nr++] = *frame;
	return 0;
}

struct found find_user(struct symbols *s, pid_t pid, uint64_t addr, bool is_leaf)
{
	struct found found = { 0 };

	assert_int_equal(symbol_user(s, pid, addr, is_leaf, keep, &found), 0);
	assert_true(found.nr > 0);
	return found;
}

static const char *base_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path ? path : "??";
}

/* addr2line prints parameters of C++ functions, we do not. */
static void assert_same_name(const char *ours, char *theirs)
{
	theirs[strcspn(theirs, "(\n")] = '\0';
	/* ... and for Rust it keeps the hash of the older mangling. */
	if (strstr(theirs, "::h") && strlen(strstr(theirs, "::h")) == 19)
		*strstr(theirs, "::h") = '\0';
	assert_string_equal(ours ? ours : "??", theirs);
}

void assert_addr2line(const struct found *found, const char *file, uint64_t vaddr)
{
	char command[1024], name[1024], place[1024], *colon;
	int nr = 0;
	FILE *pipe;

	snprintf(command, sizeof(command), "addr2line -f -i -C -e '%s' %#" PRIx64, file, vaddr);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	for (; fgets(name, sizeof(name), pipe) && fgets(place, sizeof(place), pipe); nr++) {
		assert_true(nr < found->nr);
		assert_same_name(found->frame[nr].symbol, name);
		colon = strrchr(place, ':');
		assert_non_null(colon);
		*colon = '\0';
		assert_string_equal(base_name(found->frame[nr].file), base_name(place));
		assert_int_equal(found->frame[nr].line, atoi(colon + 1));
	}
	assert_int_equal(pclose(pipe), 0);
	assert_int_equal(nr, found->nr);
}
