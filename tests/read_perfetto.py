#!/usr/bin/python3
"""Compares what protoc decodes of a Perfetto trace with the CSV of the same trace.

    protoc --decode=perfetto.protos.Trace ... <FILE | read_perfetto.py TRACE.csv

Runs of reads, and of accesses without a value, to one register of a device are one slice there, so they are folded
here too, by rules of this file: place, first and last time, number, first and last value of each must agree.
"""

import collections
import re
import sys


def parse(lines):
    """A message of protoc's text form: {name: [value or message...]}."""
    message = collections.defaultdict(list)
    for line in lines:
        line = line.strip()
        if line == "}":
            break
        if line.endswith("{"):
            name = line[:-1].strip()
            assert not name.isdigit(), f"field {name} has no name"
            message[name].append(parse(lines))
        elif line:
            name, value = line.split(": ", 1)
            assert not name.isdigit(), f"field {name} has no name"
            message[name].append(value)
    return message


def unquote(text):
    """A string of protoc's text form."""
    octal = lambda found: bytes([int(found[1], 8)])
    return re.sub(rb"\\([0-7]{3})", octal, text.strip('"').encode()).decode()


def folded(path):
    """[device, bar, op and offset, first time, last time, number, first value, last value] for each step."""
    steps, last, latest = [], {}, 0
    with open(path) as lines:
        next(lines)
        for line in lines:
            _, time, device, bar, offset, op, width, value = line.split(",")[:8]
            whole, rest = time.split(".")
            latest = max(latest, int(whole) * 10**9 + int(rest.ljust(9, "0")))
            width = "" if width in ("", "4") else width
            value = int(value, 16) if value else None
            what = (device, f"bar {bar}", f"{op}{width} +{offset}")
            step = last.get(device)
            if step and op != "W" and step[:3] == list(what):
                step[4:6], step[7] = [latest, step[5] + 1], value
            else:
                step = [*what, latest, latest, 1, value, value]
                steps.append(step)
            last[device] = step
    return sorted(steps, key=str)


class Trace:
    """Packets as they come."""

    def __init__(self):
        self.tracks, self.names, self.says = {}, {}, {}
        self.open, self.latest = collections.defaultdict(list), {}
        self.steps, self.instants, self.slices = [], collections.Counter(), collections.Counter()

    def packet(self, packet):
        for interned in packet["interned_data"]:
            self.names.update((int(e["iid"][0]), unquote(e["name"][0])) for e in interned["event_names"])
            self.says.update((int(e["iid"][0]), unquote(e["name"][0])) for e in interned["debug_annotation_names"])
        for track in packet["track_descriptor"]:
            parent = self.tracks[track["parent_uuid"][0]] if track["parent_uuid"] else ()
            self.tracks[track["uuid"][0]] = (*parent, unquote(track["name"][0]))
        for event in packet["track_event"]:
            self.event(int(packet["timestamp"][0]), event)

    def event(self, time, event):
        kind, uuid = event["type"][0], event["track_uuid"][0]
        track = self.tracks[uuid]
        assert self.latest.get(uuid, 0) <= time, f"{track}: time goes back"
        self.latest[uuid] = time
        if kind == "TYPE_COUNTER":
            return
        if kind == "TYPE_SLICE_END":
            name, says, begin = self.open[uuid].pop()
            self.slices[track] += 1
            self.step(track, name, says, begin, time)
            return
        name = self.names[int(event["name_iid"][0])]
        says = {}
        for annotation in event["debug_annotations"]:
            (value,) = [v[0] for k, v in annotation.items() if k.endswith("_value")]
            says[self.says[int(annotation["name_iid"][0])]] = value
        if kind == "TYPE_SLICE_BEGIN":
            self.open[uuid].append((name, says, time))
        else:
            self.instants[track] += 1
            self.step(track, name, says, time, time)

    def step(self, track, name, says, begin, end):
        if len(track) < 2 or not track[1].startswith("bar "):
            return
        number = int(says.get("reads", says.get("accesses", 1)))
        value = lambda *names: next((int(says[n]) for n in names if n in says), None)
        values = value("value", "first value"), value("value", "last value")
        self.steps.append([track[0].split()[0], track[1], name, begin, end, number, *values])


def main():
    trace = Trace()
    lines = iter(sys.stdin)
    for line in lines:
        assert line == "packet {\n", line
        trace.packet(parse(lines))
    assert not any(trace.open.values()), "a slice has no end"
    wanted, found = folded(sys.argv[1]), sorted(trace.steps, key=str)
    for one, other in zip(wanted, found):
        assert one == other, f"{one} expected, {other} found"
    assert len(wanted) == len(found), f"{len(wanted)} steps expected, {len(found)} found"
    several = lambda what: sum(n for track, n in trace.slices.items() if track[1:2] == (what,))
    print(
        f"{sum(step[5] for step in found)} accesses, {trace.instants['markers',]} markers,"
        f" {trace.instants['losses',]} losses; slices: {several('polls')} polls, {several('pairs')} answers,"
        f" {several('sequences')} occurrences of sequences"
    )


main()
