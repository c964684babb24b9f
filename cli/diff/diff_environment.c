// SPDX-License-Identifier: GPL-2.0-only
/*
 * In which ways recordings were made differently: what then differs between them
 * may come from that, and not from the change that is looked for.
 */
#include <inttypes.h>
#include <string.h>

#include "diff/diff_report.h"
#include "util/format.h"
#include "profile/names.h"

#define VALUE_LEN 320

static void get_kernel(const struct capture_info *info, char *buf, size_t size)
{
	snprintf(buf, size, "%s", info->kernel);
}

static void get_module(const struct capture_info *info, char *buf, size_t size)
{
	snprintf(buf, size, "%s", info->module_version);
}

static void get_cpus(const struct capture_info *info, char *buf, size_t size)
{
	snprintf(buf, size, "%u", info->nr_cpus);
}

static void get_classes(const struct capture_info *info, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (uint32_t id = 1; id <= WAITPROF_CLASS_MAX && used < size; id++)
		if (info->classes & 1U << id)
			used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? "," : "",
						 names_class(id));
}

static void get_min_wait(const struct capture_info *info, char *buf, size_t size)
{
	format_duration(buf, size, info->min_wait_ns);
}

/* A process has another number each time. */
static void get_filter(const struct capture_info *info, char *buf, size_t size)
{
	const char *from = info->filter;
	size_t used = 0;

	while (*from && used + 5 < size) {
		bool is_id = !strncmp(from, "pid ", 4) || !strncmp(from, "tid ", 4);

		if (!is_id) {
			buf[used++] = *from++;
			continue;
		}
		used += (size_t)snprintf(buf + used, size - used, "%.4sN", from);
		from += 4;
		from += strspn(from, "0123456789");
		while (!strncmp(from, ", ", 2) && strspn(from + 2, "0123456789."))
			from += 2 + strspn(from + 2, "0123456789.");
	}
	buf[used] = '\0';
}

static void get_user_stacks(const struct capture_info *info, char *buf, size_t size)
{
	snprintf(buf, size, "%s", info->user_stacks);
}

static void get_slice(const struct capture_info *info, char *buf, size_t size)
{
	format_duration(buf, size, info->slice_ns);
}

static const struct field {
	const char *name;
	void (*get)(const struct capture_info *info, char *buf, size_t size);
} fields[] = {
	{ "kernel", get_kernel },
	{ "module", get_module },
	{ "CPUs", get_cpus },
	{ "classes", get_classes },
	{ "filter", get_filter },
	{ "shortest wait", get_min_wait },
	{ "user stacks", get_user_stacks },
	{ "slices", get_slice },
};

/* How the waits of a class are seen: its points, and what feeds them. */
static void get_points(const struct capture_info *info, uint32_t class_id, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < info->nr_points && used < size; i++) {
		const struct client_point *p = &info->points[i];
		const char *backend = names_backend(p->backend);

		if (p->class_id != class_id || p->state == WAITPROF_POINT_BLIND || !p->symbol[0])
			continue;
		used += (size_t)snprintf(buf + used, size - used, "%s%s (%s)", used ? ", " : "",
					 p->symbol, backend ? backend : "-");
	}
	if (!used)
		snprintf(buf, size, "none");
}

struct says {
	const struct diff_report *report;
	diff_warn_fn warn;
	void *arg;
};

static void differ(const struct says *says, const char *name, const struct diff_recording *b,
		   const char *a_value, const char *b_value)
{
	char text[2 * VALUE_LEN + 256];

	snprintf(text, sizeof(text), "%s: %s in %.80s, %s in %.80s", name, a_value,
		 says->report->recordings[0].info->path, b_value, b->info->path);
	says->warn(says->arg, text);
}

static void compare_field(const struct says *says, const struct field *field)
{
	char first[VALUE_LEN], value[VALUE_LEN];

	field->get(says->report->recordings[0].info, first, sizeof(first));
	for (size_t i = 1; i < says->report->nr_recordings; i++) {
		field->get(says->report->recordings[i].info, value, sizeof(value));
		if (!strcmp(first, value))
			continue;
		differ(says, field->name, &says->report->recordings[i], first, value);
		return;
	}
}

static void compare_points(const struct says *says, uint32_t class_id)
{
	char first[VALUE_LEN], value[VALUE_LEN], name[64];

	get_points(says->report->recordings[0].info, class_id, first, sizeof(first));
	for (size_t i = 1; i < says->report->nr_recordings; i++) {
		get_points(says->report->recordings[i].info, class_id, value, sizeof(value));
		if (!strcmp(first, value))
			continue;
		snprintf(name, sizeof(name), "wait points of %s", names_class(class_id));
		differ(says, name, &says->report->recordings[i], first, value);
		return;
	}
}

static void lose(const struct says *says, const struct diff_recording *recording, uint64_t nr,
		 uint64_t of, const char *what, const char *why)
{
	char text[VALUE_LEN], share[FORMAT_LEN];

	if (!nr)
		return;
	snprintf(text, sizeof(text), "%.80s: %" PRIu64 " waits of %s (%s): %s",
		 recording->info->path, nr, what, format_share(share, sizeof(share), nr, of), why);
	says->warn(says->arg, text);
}

static void check_losses(const struct says *says, const struct diff_recording *recording)
{
	char what[64];

	for (uint32_t id = 1; id <= WAITPROF_CLASS_MAX && recording->counters; id++) {
		const struct report_counters *c = &recording->counters->counters[id];
		uint64_t gone = c->counters.lost + c->missed + c->nmissed;

		snprintf(what, sizeof(what), "%s lost or missed", names_class(id));
		lose(says, recording, gone, c->counters.begun + c->missed + c->nmissed, what,
		     "there was more than is compared");
		snprintf(what, sizeof(what), "%s without a call site", names_class(id));
		lose(says, recording, c->counters.unattributed, c->counters.begun, what,
		     "they are in a row of their own");
	}
}

/* A window that ends early is shorter, and what came then may have been different. */
static void check_stopped(const struct says *says, const struct diff_recording *recording)
{
	char text[VALUE_LEN], age[FORMAT_LEN];

	if (!recording->counters || !recording->counters->losses.stopped_ns)
		return;
	snprintf(text, sizeof(text), "%.80s: stopped by its guard after %s", recording->info->path,
		 format_duration(age, sizeof(age), recording->counters->losses.stopped_ns));
	says->warn(says->arg, text);
}

static void check_work(const struct says *says)
{
	size_t nr = says->report->nr_recordings, known = 0;

	for (size_t i = 0; i < nr; i++)
		known += says->report->recordings[i].info->work > 0;
	if (known && known < nr)
		says->warn(says->arg, "units of work are known of some recordings only: compared "
				      "per second");
}

/**
 * diff_environment() - say in which ways recordings were made differently
 * @report: recordings
 * @warn: is called with each of them
 * @arg: for @warn
 */
void diff_environment(const struct diff_report *report, diff_warn_fn warn, void *arg)
{
	const struct says says = { .report = report, .warn = warn, .arg = arg };
	uint32_t classes = report->recordings[0].info->classes;
	char text[VALUE_LEN];

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		compare_field(&says, &fields[i]);
	for (size_t i = 1; i < report->nr_recordings; i++)
		classes &= report->recordings[i].info->classes;
	for (uint32_t id = 1; id <= WAITPROF_CLASS_MAX; id++)
		if (classes & 1U << id)
			compare_points(&says, id);
	check_work(&says);
	for (size_t i = 0; i < report->nr_recordings; i++) {
		check_losses(&says, &report->recordings[i]);
		check_stopped(&says, &report->recordings[i]);
		if (report->recordings[i].info->is_finished)
			continue;
		snprintf(text, sizeof(text), "%.80s: its recording was cut off",
			 report->recordings[i].info->path);
		warn(arg, text);
	}
}
