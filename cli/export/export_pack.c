// SPDX-License-Identifier: GPL-2.0-only
/*
 * Protobuf, written as it comes: two messages of a type, one stored behind the
 * other, are one message with the fields of both. So a large one needs not be in
 * memory as a whole; it is written as many that have one element each.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "export/export_pack.h"

/**
 * export_pack() - a message as it is stored
 * @to: result, in place of what was in it
 * @message: message
 *
 * Return: 0 or -ENOMEM.
 */
int export_pack(struct export_pack *to, const ProtobufCMessage *message)
{
	size_t nr = protobuf_c_message_get_packed_size(message);

	if (nr > to->size) {
		uint8_t *bytes = realloc(to->bytes, 2 * nr);

		if (!bytes)
			return -ENOMEM;
		to->bytes = bytes;
		to->size = 2 * nr;
	}
	to->nr = nr ? protobuf_c_message_pack(message, to->bytes) : 0;
	return 0;
}

/**
 * export_pack_free() - give up the room
 * @pack: room
 */
void export_pack_free(struct export_pack *pack)
{
	free(pack->bytes);
	memset(pack, 0, sizeof(*pack));
}
