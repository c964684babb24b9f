// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file of Perfetto's packets. All belong to one sequence, whose first packet says
 * that nothing was said before. Texts are interned: written once, in a packet before
 * the first one that refers to them, each kind with numbers of its own from 1 on.
 */
#include <errno.h>
#include <string.h>

#include "export/export.h"
#include "export/perfetto_file.h"
#include "util/utf8.h"

#define SEQUENCE 1

/**
 * perfetto_file_put() - write a packet
 * @to: file
 * @packet: packet; its sequence is set here
 */
void perfetto_file_put(struct perfetto_file *to, struct Perfetto__TracePacket *packet)
{
	struct Perfetto__TracePacket *packets[] = { packet };
	struct Perfetto__Trace trace = PERFETTO__TRACE__INIT;

	packet->has_trusted_packet_sequence_id = true;
	packet->trusted_packet_sequence_id = SEQUENCE;
	packet->has_sequence_flags = true;
	if (!to->begun)
		packet->sequence_flags =
			PERFETTO__TRACE_PACKET__SEQUENCE_FLAGS__SEQ_INCREMENTAL_STATE_CLEARED;
	else
		packet->sequence_flags =
			PERFETTO__TRACE_PACKET__SEQUENCE_FLAGS__SEQ_NEEDS_INCREMENTAL_STATE;
	to->begun = true;
	trace.n_packet = 1;
	trace.packet = packets;
	if (!to->error)
		to->error = export_pack(&to->pack, &trace.base);
	if (!to->error && fwrite(to->pack.bytes, 1, to->pack.nr, to->out) != to->pack.nr)
		to->error = -EIO;
}

/* Messages of the three tables are alike, but for their names. */
#define PUT_NAME(to, type, init, field, id, content)                                    \
	do {                                                                            \
		type entry = init, *entries[] = { &entry };                             \
		struct Perfetto__InternedData interned = PERFETTO__INTERNED_DATA__INIT; \
		struct Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;     \
		entry.has_iid = true;                                                   \
		entry.iid = id;                                                         \
		entry.name = content;                                                   \
		interned.n_##field = 1;                                                 \
		interned.field = entries;                                               \
		packet.interned_data = &interned;                                       \
		perfetto_file_put(to, &packet);                                         \
	} while (0)

static uint64_t intern(struct perfetto_file *to, struct intern *table, const char *text,
		       bool *is_new)
{
	int64_t number = intern_get(table, text, strlen(text), is_new);

	if (number < 0) {
		to->error = -ENOMEM;
		*is_new = false;
		return 0;
	}
	return (uint64_t)number + 1;
}

/**
 * perfetto_file_category() - the number of a category
 * @to: file
 * @text: its name
 */
uint64_t perfetto_file_category(struct perfetto_file *to, const char *text)
{
	bool is_new;
	uint64_t id = intern(to, &to->categories, text, &is_new);

	if (is_new)
		PUT_NAME(to, struct Perfetto__EventCategory, PERFETTO__EVENT_CATEGORY__INIT,
			 event_categories, id, (char *)text);
	return id;
}

/**
 * perfetto_file_name() - the number of a slice's name
 * @to: file
 * @text: the name, of any bytes
 */
uint64_t perfetto_file_name(struct perfetto_file *to, const char *text)
{
	char clean[EXPORT_NAME_LEN];
	bool is_new;
	uint64_t id;

	utf8_clean(clean, sizeof(clean), text, sizeof(clean));
	id = intern(to, &to->names, clean, &is_new);
	if (is_new)
		PUT_NAME(to, struct Perfetto__EventName, PERFETTO__EVENT_NAME__INIT, event_names,
			 id, clean);
	return id;
}

/**
 * perfetto_file_key() - the number of an argument's name
 * @to: file
 * @text: the name
 */
uint64_t perfetto_file_key(struct perfetto_file *to, const char *text)
{
	bool is_new;
	uint64_t id = intern(to, &to->keys, text, &is_new);

	if (is_new)
		PUT_NAME(to, struct Perfetto__DebugAnnotationName,
			 PERFETTO__DEBUG_ANNOTATION_NAME__INIT, debug_annotation_names, id,
			 (char *)text);
	return id;
}

/**
 * perfetto_file_value() - the number of an argument's value
 * @to: file
 * @text: the value, UTF-8
 */
uint64_t perfetto_file_value(struct perfetto_file *to, const char *text)
{
	struct Perfetto__InternedString entry = PERFETTO__INTERNED_STRING__INIT;
	struct Perfetto__InternedString *entries[] = { &entry };
	struct Perfetto__InternedData interned = PERFETTO__INTERNED_DATA__INIT;
	struct Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;
	bool is_new;
	uint64_t id = intern(to, &to->values, text, &is_new);

	entry.has_iid = true;
	entry.iid = id;
	entry.has_str = true;
	entry.str.len = strlen(text);
	entry.str.data = (uint8_t *)text;
	interned.n_debug_annotation_string_values = 1;
	interned.debug_annotation_string_values = entries;
	packet.interned_data = &interned;
	if (is_new)
		perfetto_file_put(to, &packet);
	return id;
}

/**
 * perfetto_file_free() - give up what it remembers
 * @file: file
 */
void perfetto_file_free(struct perfetto_file *file)
{
	intern_free(&file->categories);
	intern_free(&file->names);
	intern_free(&file->keys);
	intern_free(&file->values);
	export_pack_free(&file->pack);
}
