#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The trace, read with the schema, shows each wait that `trace --json` shows.

usage: check_perfetto.py TRACE JSON-LINES FOLDER       FOLDER: perfetto_pb2.py of protoc
"""
import collections
import json
import sys

sys.path.insert(0, sys.argv[3])
import perfetto_pb2  # noqa: E402
from google.protobuf.unknown_fields import UnknownFieldSet  # noqa: E402

import perfetto_waits  # noqa: E402
from profile import check, finish  # noqa: E402

MONOTONIC = 3
TABLES = ("event_categories", "event_names", "debug_annotation_names",
          "debug_annotation_string_values")


# Fields of the published schema (protos/perfetto/trace), beside which ours is held: it
# is not packaged anywhere, and what reads with the schema that it was written with
# would not see a wrong number in it (nor does a reader say what it passes over:
# check_perfetto_reader.py).
PUBLISHED = {
    "Trace": {"packet": 1},
    "TracePacket": {"clock_snapshot": 6, "timestamp": 8, "trusted_packet_sequence_id": 10,
                    "track_event": 11, "interned_data": 12, "sequence_flags": 13,
                    "timestamp_clock_id": 58, "track_descriptor": 60},
    "ClockSnapshot": {"clocks": 1, "primary_trace_clock": 2},
    "ClockSnapshot.Clock": {"clock_id": 1, "timestamp": 2},
    "TrackDescriptor": {"uuid": 1, "process": 3, "thread": 4, "parent_uuid": 5},
    "ProcessDescriptor": {"pid": 1, "process_name": 6},
    "ThreadDescriptor": {"pid": 1, "tid": 2, "thread_name": 5},
    "TrackEvent": {"category_iids": 3, "debug_annotations": 4, "type": 9, "name_iid": 10,
                   "track_uuid": 11},
    "DebugAnnotation": {"name_iid": 1, "bool_value": 2, "uint_value": 3, "pointer_value": 7,
                        "string_value_iid": 17},
    "InternedData": {"event_categories": 1, "event_names": 2, "debug_annotation_names": 3,
                     "debug_annotation_string_values": 29},
    "EventCategory": {"iid": 1, "name": 2},
    "EventName": {"iid": 1, "name": 2},
    "DebugAnnotationName": {"iid": 1, "name": 2},
    "InternedString": {"iid": 1, "str": 2},
}


def check_schema():
    found, messages = {}, list(perfetto_pb2.DESCRIPTOR.message_types_by_name.values())
    while messages:
        message = messages.pop()
        name = message.full_name.removeprefix("perfetto.")
        found[name] = {field.name: field.number for field in message.fields}
        messages += message.nested_types
    check("the schema", found, PUBLISHED)


def unknown(message):
    """Fields that the schema does not have, anywhere."""
    found = len(UnknownFieldSet(message))
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            for one in value if field.label == field.LABEL_REPEATED else [value]:
                found += unknown(one)
    return found


def thread_of(track):
    return track.thread.pid, track.thread.tid, track.thread.thread_name


class Reader:
    def __init__(self, trace):
        self.texts = {table: {} for table in TABLES}
        self.tracks, self.events, self.clocks = {}, [], []
        self.cleared = False
        for packet in trace.packet:
            self.packet(packet)
        # As trace_processor sorts: by time, what is equal stays in order.
        self.events.sort(key=lambda event: event[0])

    def packet(self, packet):
        check("sequence", packet.trusted_packet_sequence_id, 1)
        if packet.sequence_flags & packet.SEQ_INCREMENTAL_STATE_CLEARED:
            check("state is cleared once, first", (self.cleared, self.texts["event_names"]),
                  (False, {}))
            self.cleared = True
        else:
            check("needs state", packet.sequence_flags, packet.SEQ_NEEDS_INCREMENTAL_STATE)
            check("has state", self.cleared, True)
        for table in TABLES:
            for entry in getattr(packet.interned_data, table):
                text = entry.str.decode() if table == TABLES[3] else entry.name
                check("interned once", entry.iid in self.texts[table], False)
                check("interned from 1 on", entry.iid > 0, True)
                self.texts[table][entry.iid] = text
        if packet.HasField("track_descriptor"):
            track = packet.track_descriptor
            check("track is described once", track.uuid in self.tracks, False)
            check("parent is there", not track.parent_uuid or track.parent_uuid in self.tracks, True)
            self.tracks[track.uuid] = track
        if packet.HasField("clock_snapshot"):
            self.clocks.append(packet.clock_snapshot)
        if packet.HasField("track_event"):
            check("clock", packet.timestamp_clock_id, MONOTONIC)
            self.events.append((packet.timestamp, self.event(packet.track_event)))

    def event(self, event):
        """References are followed where they are met, as a reader must."""
        check("track is known", event.track_uuid in self.tracks, True)
        arguments = {}
        for argument in event.debug_annotations:
            name = self.texts["debug_annotation_names"][argument.name_iid]
            if argument.HasField("string_value_iid"):
                value = self.texts["debug_annotation_string_values"][argument.string_value_iid]
            else:
                value = argument.uint_value
            check("argument comes once", name in arguments, False)
            arguments[name] = value
        return {
            "track": event.track_uuid,
            "thread": thread_of(self.tracks[event.track_uuid]),
            "begins": event.type == event.TYPE_SLICE_BEGIN,
            "name": self.texts["event_names"].get(event.name_iid),
            "class": [self.texts["event_categories"][iid] for iid in event.category_iids],
            "arguments": arguments,
        }

    def slices(self):
        """As a thread's track is drawn: an end belongs to the latest begin."""
        open_slices, done = collections.defaultdict(list), []
        for time, event in self.events:
            stack = open_slices[event["track"]]
            if event["begins"]:
                stack.append((time, event))
            elif not stack:
                check("an end has a begin", event, None)
            else:
                begin, first = stack.pop()
                done.append((begin, time, first))
        check("slices without an end", sum(map(len, open_slices.values())), 0)
        return done


def main():
    check_schema()
    waits = perfetto_waits.load(sys.argv[2])
    trace = perfetto_pb2.Trace()
    with open(sys.argv[1], "rb") as file:
        trace.ParseFromString(file.read())
    check("unknown fields", unknown(trace), 0)
    reader = Reader(trace)
    check("clock snapshots", len(reader.clocks), 1)
    first = min(waits.values(), key=lambda wait: wait["end_ns"])
    check("clocks", {clock.clock_id: clock.timestamp for clock in reader.clocks[0].clocks},
          {MONOTONIC: first["end_ns"], 1: first["end_unix_ns"]})
    check("primary clock", reader.clocks[0].primary_trace_clock, MONOTONIC)
    perfetto_waits.check_slices(reader.slices(), waits)
    finish()


main()
