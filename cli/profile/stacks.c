// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stacks of a session: addresses by id, named when somebody asks. Each id
 * is fetched once and named once per address space, since equal user addresses
 * of two processes share an id but not their names.
 *
 * Stacks read from /proc live here, too, in an id range of their own.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linux/waitprof.h"
#include "profile/stacks.h"

#define SEEN_SLOTS 1024

struct named {
	struct named *next;
	pid_t pid;
	struct stack stack;
};

struct raw {
	uint64_t *addrs;
	size_t nr;
	uint32_t flags;
	struct named *names;
};

/* From /proc: the text of a kernel stack, or where a thread entered the kernel. */
struct seen {
	char *text;
	char *names;
	pid_t pid;
	uint64_t pc;
	uint32_t next; /* same hash; index + 1 */
	struct stack stack;
};

struct stacks {
	struct symbols *symbols;
	stacks_name_fn name; /* NULL = @symbols */
	void *name_arg;
	struct raw *raw; /* [id - 1] */
	uint32_t nr;
	uint32_t size;
	struct seen **seen; /* [id - STACKS_SEEN] */
	uint32_t nr_seen;
	uint32_t seen_hash[SEEN_SLOTS]; /* index + 1 */
};

/**
 * stacks_new() - make an empty table
 * @symbols: who names the frames; outlives the table
 *
 * Return: the table, or NULL when memory is out.
 */
struct stacks *stacks_new(struct symbols *symbols)
{
	struct stacks *s = calloc(1, sizeof(*s));

	if (s)
		s->symbols = symbols;
	return s;
}

/**
 * stacks_name_by() - let somebody else than the symbols name frames
 * @s: table
 * @name: who
 * @arg: for @name
 */
void stacks_name_by(struct stacks *s, stacks_name_fn name, void *arg)
{
	s->name = name;
	s->name_arg = arg;
}

/**
 * stacks_free() - give up the table and every stack it handed out
 * @s: table, may be NULL
 */
void stacks_free(struct stacks *s)
{
	if (!s)
		return;
	for (uint32_t i = 0; i < s->nr; i++) {
		while (s->raw[i].names) {
			struct named *n = s->raw[i].names;

			s->raw[i].names = n->next;
			free(n->stack.frames);
			free(n);
		}
		free(s->raw[i].addrs);
	}
	for (uint32_t i = 0; i < s->nr_seen; i++) {
		free(s->seen[i]->stack.frames);
		free(s->seen[i]->text);
		free(s->seen[i]->names);
		free(s->seen[i]);
	}
	free(s->raw);
	free(s->seen);
	free(s);
}

/**
 * stacks_next() - the first id that the table does not have yet
 * @s: table
 */
uint32_t stacks_next(const struct stacks *s)
{
	return s->nr + 1;
}

/**
 * stacks_has() - is a stack of the module here
 * @s: table
 * @id: its id; 0 is no stack, of which nothing is missing
 */
bool stacks_has(const struct stacks *s, uint32_t id)
{
	return !id || (id <= s->nr && s->raw[id - 1].addrs);
}

/**
 * stacks_add() - keep a stack as the module sent it
 * @s: table
 * @id: its id; one that is here already is left as it is
 * @flags: WAITPROF_STACK_F_*
 * @frames: u64[] of addresses, leaf first, of any alignment
 * @nr: their number
 *
 * Return: 0, -EINVAL for an id out of range, -ENOMEM.
 */
int stacks_add(struct stacks *s, uint32_t id, uint32_t flags, const void *frames, size_t nr)
{
	struct raw *raw;

	if (!id || id >= STACKS_SEEN || id > s->nr + (1U << 22))
		return -EINVAL;
	if (id > s->size) {
		uint32_t size = id + id / 2 + 64;

		raw = realloc(s->raw, size * sizeof(*raw));
		if (!raw)
			return -ENOMEM;
		memset(raw + s->size, 0, (size - s->size) * sizeof(*raw));
		s->raw = raw;
		s->size = size;
	}
	raw = &s->raw[id - 1];
	if (raw->addrs)
		return 0;
	raw->addrs = calloc(nr ? nr : 1, sizeof(*raw->addrs));
	if (!raw->addrs)
		return -ENOMEM;
	if (nr)
		memcpy(raw->addrs, frames, nr * sizeof(*raw->addrs));
	raw->nr = nr;
	raw->flags = flags;
	if (id > s->nr)
		s->nr = id;
	return 0;
}

static struct symbol_frame *add_frame(struct stack *stack)
{
	struct symbol_frame *frames;

	frames = reallocarray(stack->frames, stack->nr + 1, sizeof(*frames));
	if (!frames)
		return NULL;
	stack->frames = frames;
	memset(&frames[stack->nr], 0, sizeof(*frames));
	return &frames[stack->nr++];
}

static int emit_frame(const struct symbol_frame *frame, void *arg)
{
	struct symbol_frame *to = add_frame(arg);

	if (!to)
		return -ENOMEM;
	*to = *frame;
	return 0;
}

static void name_frames(struct stacks *s, const struct raw *raw, pid_t pid, struct stack *stack)
{
	for (size_t i = 0; i < raw->nr; i++) {
		size_t before = stack->nr;
		struct symbol_frame bare = { .addr = raw->addrs[i] };

		if (s->name)
			s->name(s->name_arg, raw->flags & WAITPROF_STACK_F_USER ? pid : 0,
				raw->addrs[i], i == 0, emit_frame, stack);
		else if (raw->flags & WAITPROF_STACK_F_USER)
			symbol_user(s->symbols, pid, raw->addrs[i], i == 0, emit_frame, stack);
		else
			symbol_kernel(s->symbols, raw->addrs[i], i == 0, emit_frame, stack);
		/* A frame without a name is a frame all the same. */
		if (stack->nr == before)
			emit_frame(&bare, stack);
	}
}

static const struct stack *find_seen(struct stacks *s, uint32_t i)
{
	struct seen *seen = i < s->nr_seen ? s->seen[i] : NULL;

	if (!seen)
		return NULL;
	if (seen->pid && !seen->stack.nr) {
		struct raw raw = { .addrs = &seen->pc, .nr = 1, .flags = WAITPROF_STACK_F_USER };

		name_frames(s, &raw, seen->pid, &seen->stack);
	}
	return &seen->stack;
}

static const struct stack *find_named(struct stacks *s, uint32_t id, pid_t pid)
{
	struct named *n;
	struct raw *raw;

	if (id >= STACKS_SEEN)
		return find_seen(s, id - STACKS_SEEN);
	if (!id || id > s->nr || !s->raw[id - 1].addrs)
		return NULL;
	raw = &s->raw[id - 1];
	if (!(raw->flags & WAITPROF_STACK_F_USER))
		pid = 0;
	for (n = raw->names; n; n = n->next)
		if (n->pid == pid)
			return &n->stack;
	n = calloc(1, sizeof(*n));
	if (!n)
		return NULL;
	n->pid = pid;
	n->stack.truncated = raw->flags & (WAITPROF_STACK_F_TRUNCATED | WAITPROF_STACK_F_FP);
	name_frames(s, raw, pid, &n->stack);
	n->next = raw->names;
	raw->names = n;
	return &n->stack;
}

/**
 * stacks_kernel() - a kernel stack with its names
 * @s: table
 * @id: id of the session, or of a stack from /proc
 *
 * Return: the stack, good until @s is freed; NULL for none.
 */
const struct stack *stacks_kernel(struct stacks *s, uint32_t id)
{
	return find_named(s, id, 0);
}

/**
 * stacks_user() - a user stack with its names
 * @s: table
 * @id: id of the session, or of a stack from /proc
 * @pid: the process whose mappings tell what the addresses are
 *
 * Return: as stacks_kernel().
 */
const struct stack *stacks_user(struct stacks *s, uint32_t id, pid_t pid)
{
	return find_named(s, id, pid);
}

/*
 * A function with a return probe returns to the probe's trampoline; 5.10 cannot
 * look behind it. Newer kernels can and do not show it.
 */
static bool is_trampoline(const char *name)
{
	return !strncmp(name, "kretprobe_trampoline+", 21) ||
	       !strncmp(name, "__kretprobe_trampoline+", 23) ||
	       !strncmp(name, "arch_rethook_trampoline+", 24);
}

/* Here the stack is cut; the function that has the probe is known all the same. */
static int end_at_trampoline(struct stack *stack, const char *probed)
{
	struct symbol_frame *frame;

	stack->truncated = true;
	for (size_t i = 0; probed && i < stack->nr; i++)
		if (stack->frames[i].symbol && !strcmp(stack->frames[i].symbol, probed))
			return 0;
	if (!probed)
		return 0;
	frame = add_frame(stack);
	if (!frame)
		return -ENOMEM;
	frame->symbol = probed;
	frame->module = "kernel";
	return 0;
}

/* "[<0>] ext4_sync_file+0x1b/0x300 [ext4]"; cuts the line into strings. */
static int parse_seen_line(char *line, struct stack *stack, const char *probed)
{
	char *name = strstr(line, "] "), *plus, *module;
	struct symbol_frame *frame;

	name = name ? name + 2 : line;
	if (!*name)
		return 0;
	if (is_trampoline(name))
		return end_at_trampoline(stack, probed);
	frame = add_frame(stack);
	if (!frame)
		return -ENOMEM;
	module = strchr(name, '[');
	if (module && module > name && module[-1] == ' ') {
		module[-1] = '\0';
		module[strcspn(module, "]")] = '\0';
		frame->module = module + 1;
	} else {
		frame->module = "kernel";
	}
	plus = strchr(name, '+');
	if (plus) {
		*plus = '\0';
		frame->offset = strtoull(plus + 1, NULL, 16);
	}
	frame->symbol = name;
	return 0;
}

static uint32_t seen_slot(const char *text, pid_t pid, uint64_t pc)
{
	uint64_t h = 14695981039346656037ULL ^ pc ^ ((uint64_t)pid << 32);

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 1099511628211ULL;
	return (uint32_t)((h ^ h >> 32) % SEEN_SLOTS);
}

/* The index of what was seen before, or of a new entry; -1 without memory. */
static int64_t get_seen(struct stacks *s, const char *text, pid_t pid, uint64_t pc)
{
	uint32_t *slot = &s->seen_hash[seen_slot(text, pid, pc)], i;
	struct seen *seen, **more;

	for (i = *slot; i; i = s->seen[i - 1]->next) {
		seen = s->seen[i - 1];
		if (seen->pid == pid && seen->pc == pc && !strcmp(seen->text, text))
			return i - 1;
	}
	more = reallocarray(s->seen, s->nr_seen + 1, sizeof(*more));
	if (!more)
		return -1;
	s->seen = more;
	seen = calloc(1, sizeof(*seen));
	if (!seen)
		return -1;
	seen->text = strdup(text);
	if (!seen->text) {
		free(seen);
		return -1;
	}
	more[s->nr_seen] = seen;
	seen->pid = pid;
	seen->pc = pc;
	seen->next = *slot;
	*slot = ++s->nr_seen;
	return s->nr_seen - 1;
}

/**
 * stacks_add_seen() - keep a kernel stack that /proc told
 * @s: table
 * @text: content of /proc/TID/stack
 * @probed: the function whose return probe the thread is inside of, which a
 *	stack that is cut at it goes up to; NULL for none
 *
 * Return: its id, from STACKS_SEEN on, the same for equal text; 0 when there is
 * no frame or no memory.
 */
uint32_t stacks_add_seen(struct stacks *s, const char *text, const char *probed)
{
	const char *function = probed ? symbols_intern(s->symbols, probed) : NULL;
	int64_t i = *text ? get_seen(s, text, 0, (uintptr_t)function) : -1;
	char *line, *save = NULL;
	struct stack *stack;

	if (i < 0)
		return 0;
	stack = &s->seen[i]->stack;
	if (stack->from_proc)
		return STACKS_SEEN + (uint32_t)i;
	/* The frames' names are parts of a copy; the text stays as the key. */
	s->seen[i]->names = strdup(text);
	if (!s->seen[i]->names)
		return 0;
	for (line = strtok_r(s->seen[i]->names, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (parse_seen_line(line, stack, function))
			break;
	stack->from_proc = true;
	return STACKS_SEEN + (uint32_t)i;
}

/**
 * stacks_add_pc() - keep the one user frame that /proc tells
 * @s: table
 * @pid: the process
 * @pc: where its thread entered the kernel
 *
 * Return: an id as stacks_add_seen() gives, of a truncated stack; 0 for none.
 */
uint32_t stacks_add_pc(struct stacks *s, pid_t pid, uint64_t pc)
{
	int64_t i = pc && pid > 0 ? get_seen(s, "", pid, pc) : -1;

	if (i < 0)
		return 0;
	/* It is named when somebody asks. */
	s->seen[i]->stack.from_proc = true;
	s->seen[i]->stack.truncated = true;
	return STACKS_SEEN + (uint32_t)i;
}

/**
 * stacks_add_frames() - keep a kernel stack from /proc that is named already
 * @s: table
 * @frames: its frames; their strings outlive the table
 * @nr: their number
 * @truncated: outer frames are missing
 *
 * Return: an id as stacks_add_seen() gives; 0 without memory.
 */
uint32_t stacks_add_frames(struct stacks *s, const struct symbol_frame *frames, size_t nr,
			   bool truncated)
{
	struct seen **more = reallocarray(s->seen, s->nr_seen + 1, sizeof(*more));
	struct seen *seen = calloc(1, sizeof(*seen));

	if (more)
		s->seen = more;
	if (!more || !seen) {
		free(seen);
		return 0;
	}
	seen->stack.from_proc = true;
	seen->stack.truncated = truncated;
	for (size_t i = 0; i < nr; i++)
		emit_frame(&frames[i], &seen->stack);
	s->seen[s->nr_seen++] = seen;
	return STACKS_SEEN + s->nr_seen - 1;
}

/**
 * stacks_raw() - a stack as it was added, for keeping it elsewhere
 * @s: table
 * @id: id of the session
 * @raw: result
 *
 * Return: false when it is not here.
 */
bool stacks_raw(const struct stacks *s, uint32_t id, struct stacks_raw *raw)
{
	memset(raw, 0, sizeof(*raw));
	if (id >= STACKS_SEEN) {
		const struct seen *seen;

		if (id - STACKS_SEEN >= s->nr_seen)
			return false;
		seen = s->seen[id - STACKS_SEEN];
		raw->pid = seen->pid;
		raw->truncated = seen->stack.truncated;
		raw->named = seen->pid ? NULL : &seen->stack;
		raw->addrs = &seen->pc;
		raw->nr = seen->pid ? 1 : 0;
		return true;
	}
	if (!id || !stacks_has(s, id))
		return false;
	raw->flags = s->raw[id - 1].flags;
	raw->addrs = s->raw[id - 1].addrs;
	raw->nr = s->raw[id - 1].nr;
	return true;
}
