/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages of protobuf, one after the other. */
#ifndef WAITPROF_CLI_EXPORT_PACK_H
#define WAITPROF_CLI_EXPORT_PACK_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

/* Room for a message in the form in which it is stored. */
struct export_pack {
	uint8_t *bytes;
	size_t nr;
	size_t size;
};

int export_pack(struct export_pack *to, const ProtobufCMessage *message);
void export_pack_free(struct export_pack *pack);

#endif
