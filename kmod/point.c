// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of wait points: used, armed, idle or blind.
 *
 * A point costs nothing until a session wants it. Then a backend attaches it
 * (finds out whether this kernel has what it hooks) and its open waits are
 * allocated; the hook itself is there while at least one session wants the point.
 * After the last one no new wait is taken, but waits in flight are still followed
 * to their end. A point is detached only when the module goes.
 *
 * Locking: arm, disarm, init and exit are serialised by the caller.
 * Memory a point, from its first use: its open waits (open.c) and what its
 * backend needs.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/string.h>

#include "params.h"
#include "point.h"
#include "wait.h"

static const struct wp_point_desc *const classes[] = {
	wp_point_futex,
	wp_point_mutex,
	wp_point_rwsem,
	wp_point_rtmutex,
	wp_point_semaphore,
	wp_point_percpu_rwsem,
	wp_point_io,
	wp_point_journal,
	wp_point_block,
};

/* Every way to hook a wait point, the best one first. */
static const struct wp_backend *const backends[] = {
	&wp_backend_block,
	&wp_backend_contention,
	&wp_backend_ftrace,
	&wp_backend_kretprobe,
};

static int point_attach(struct wp_point *point, const struct wp_backend *backend)
{
	int ret;

	ret = backend->attach(point);
	if (ret)
		return ret;
	/* That of a module that was here before: readers may still look at it. */
	if (!point->open.slots)
		ret = wp_open_table_init(&point->open, point->id,
					 wp_param_open_limit(point->desc->limit), nr_cpu_ids);
	if (!ret) {
		/* Handlers of others look at it: add_calls(), innermost(). */
		WRITE_ONCE(point->backend, backend);
		return 0;
	}
	backend->detach(&point, 1);
	point->symbol[0] = '\0';
	return ret;
}

static int point_register(struct wp_point *point)
{
	unsigned int i;
	int ret = -ENOENT;

	for (i = 0; i < ARRAY_SIZE(backends) && ret == -ENOENT; i++)
		ret = point_attach(point, backends[i]);
	return ret;
}

/* Its function went with its module; nobody can be inside. */
static void point_forget(struct wp_point *point)
{
	point->backend->detach(&point, 1);
	WRITE_ONCE(point->backend, NULL);
	point->symbol[0] = '\0';
	point->state = WAITPROF_POINT_UNUSED;
}

/**
 * wp_point_gone() - has the function that is hooked gone with its module?
 * @point: the point
 *
 * Context: process; serialised with arming by the caller.
 */
bool wp_point_gone(const struct wp_point *point)
{
	return point->backend && point->backend->gone && point->backend->gone(point);
}

/**
 * wp_point_arm() - a session begins to want a wait point
 * @point: the point
 *
 * Context: process; may sleep; serialised by the caller.
 * Return: 0, -EEXIST: another point sees its waits, or -errno: if the point is
 * not blind now, the next try may work.
 */
int wp_point_arm(struct wp_point *point)
{
	int ret;

	if (point->state == WAITPROF_POINT_BLIND &&
	    !(point->desc->in_module && point->error == -ENOENT))
		return point->error;
	if (point->state == WAITPROF_POINT_COVERED)
		return -EEXIST;
	if (point->state == WAITPROF_POINT_IDLE && wp_point_gone(point))
		point_forget(point);
	if (point->state == WAITPROF_POINT_UNUSED || point->state == WAITPROF_POINT_BLIND) {
		ret = point_register(point);
		if (ret == -ENOMEM)
			return ret;
		if (ret)
			goto blind;
		point->state = WAITPROF_POINT_IDLE;
	}
	if (!point->users) {
		ret = point->backend->enable(point);
		if (ret)
			return ret;
		point->state = WAITPROF_POINT_ARMED;
	}
	point->users++;
	return 0;

blind:
	point->state = ret == -EEXIST ? WAITPROF_POINT_COVERED : WAITPROF_POINT_BLIND;
	point->error = ret;
	return ret;
}

/**
 * wp_point_disarm() - a session does not want a wait point any more
 * @point: one that this session armed
 *
 * Context: process; may sleep; serialised by the caller.
 */
void wp_point_disarm(struct wp_point *point)
{
	if (--point->users)
		return;
	point->backend->disable(point);
	point->state = WAITPROF_POINT_IDLE;
}

static const char *covering_point(const struct wp_point *point)
{
	int i;

	for (i = 0; i < wp_nr_points; i++)
		if (wp_points[i].backend &&
		    wp_points[i].desc->contention == point->desc->contention)
			return wp_points[i].desc->name;
	return "another point";
}

/**
 * wp_point_reason() - why a point has no hook of its own
 * @point: blind or covered
 *
 * Context: serialised with arming by the caller.
 * Return: a sentence, or for a covered one the name of the point that sees its waits.
 */
const char *wp_point_reason(const struct wp_point *point)
{
	if (point->state == WAITPROF_POINT_COVERED)
		return covering_point(point);
	return point->error == -ENOENT ? "this kernel has no such function" :
					 "the kernel refused the probe";
}

/**
 * wp_points_bytes() - memory of the points used so far
 *
 * Context: serialised with arming by the caller.
 * Return: bytes.
 */
u64 wp_points_bytes(void)
{
	u64 sum = 0;
	int i;

	for (i = 0; i < wp_nr_points; i++) {
		sum += wp_open_table_bytes(&wp_points[i].open);
		if (wp_points[i].backend)
			sum += wp_points[i].backend->bytes(&wp_points[i]);
	}
	return sum;
}

static int point_add(const struct wp_point_desc *desc)
{
	struct wp_point *point = &wp_points[wp_nr_points];

	point->stats = alloc_percpu(struct wp_point_stats);
	if (!point->stats)
		return -ENOMEM;
	point->desc = desc;
	point->id = wp_nr_points++;
	return 0;
}

static int point_add_extra(const char *text, const struct wp_point_desc *desc)
{
	char symbol[WP_SYMBOL_LEN];
	u8 variant;
	int ret;

	ret = wp_point_resolve(desc->symbols, symbol, &variant, wp_kretprobe_try, NULL);
	if (ret) {
		pr_err("point=%s: %s\n", text, ret == -ENOENT ?
		       "this kernel has no such function" : "the kernel refuses the probe");
		return ret;
	}
	return point_add(desc);
}

/**
 * wp_points_init() - set up the table; arms nothing
 *
 * Context: process; may sleep.
 * Return: 0, -ENOMEM, or -errno if one of the user's points cannot be.
 */
int wp_points_init(void)
{
	const struct wp_point_desc *desc;
	const char *text;
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		for (desc = classes[i]; desc->name; desc++) {
			ret = point_add(desc);
			if (ret)
				goto err_free_stats;
		}
	}
	for (i = 0; (ret = wp_point_extra(i, &text, &desc)) > 0; i++) {
		ret = point_add_extra(text, desc);
		if (ret)
			goto err_free_stats;
	}
	if (!ret)
		return 0;
	pr_err("point=%s: not CLASS:SYMBOL with a known class\n", text);

err_free_stats:
	while (wp_nr_points > 0)
		free_percpu(wp_points[--wp_nr_points].stats);
	return ret;
}

/**
 * wp_points_exit() - unregister all probes and free their open waits
 *
 * Tasks may still be inside a wait: their return is then no longer seen.
 *
 * Context: process; may sleep; no session is left.
 */
void wp_points_exit(void)
{
	struct wp_point *attached[WP_MAX_POINTS];
	unsigned int b;
	int i, nr;

	/* Waits for handlers that run: afterwards none reaches our memory. */
	for (b = 0; b < ARRAY_SIZE(backends); b++) {
		for (i = 0, nr = 0; i < wp_nr_points; i++)
			if (wp_points[i].backend == backends[b])
				attached[nr++] = &wp_points[i];
		if (nr)
			backends[b]->detach(attached, nr);
	}
	synchronize_rcu();
	for (i = 0; i < wp_nr_points; i++) {
		wp_open_table_exit(&wp_points[i].open);
		free_percpu(wp_points[i].stats);
	}
}
