# SPDX-License-Identifier: GPL-2.0-only
"""Reads what the guest drained of mmiotap's events: pages as trace_pipe_raw gives them, laid out as its format files
say. Written for the tests, apart from mmioscope's own reader."""

import pathlib
import re
import struct
from collections import namedtuple

Access = namedtuple("Access", "time cpu pid phys value pc map_id opcode width flags count dev seq")
READ, WRITE, UNKNOWN = 1, 2, 5
PADDING, TIME_EXTEND, TIME_STAMP = 29, 30, 31


class Format:
    """Number and fields of one event."""

    def __init__(self, text):
        self.id = int(re.search(r"^ID: (\d+)$", text, re.M).group(1))
        self.fields = {
            name: (int(offset), {1: "B", 2: "H", 4: "I", 8: "Q"}.get(int(size)))
            for name, offset, size in re.findall(r"field:.*?(\w+)(?:\[\d+\])?;\toffset:(\d+);\tsize:(\d+);", text)
        }

    def get(self, data, name):
        offset, kind = self.fields[name]
        return struct.unpack_from("<" + kind, data, offset)[0]


def events(pages):
    """Time and bytes of each event; None for a page that says that events before it are missing."""
    for start in range(0, len(pages), 4096):
        page = pages[start : start + 4096]
        time, commit = struct.unpack_from("<QQ", page)
        if commit & 1 << 31:
            yield None
        at, end = 16, 16 + (commit & 0xFFFFF)
        while at < end:
            (header,) = struct.unpack_from("<I", page, at)
            kind, delta = header & 31, header >> 5
            at += 4
            if kind == PADDING:
                if delta == 0:
                    break
                at += struct.unpack_from("<I", page, at)[0]
                time += delta
            elif kind == TIME_EXTEND:
                time += delta + (struct.unpack_from("<I", page, at)[0] << 27)
                at += 4
            elif kind == TIME_STAMP:
                time = delta + (struct.unpack_from("<I", page, at)[0] << 27)
                at += 4
            else:
                time += delta
                if kind == 0:
                    size = struct.unpack_from("<I", page, at)[0]
                    at, size = at + 4, size - 4
                else:
                    size = kind * 4
                yield time, page[at : at + size]
                at += size


def accesses(folder):
    """All accesses in the folder, by cpu; exits when events were lost."""
    folder = pathlib.Path(folder)
    form = Format((folder / "mmiotap_rw.format").read_text())
    names = Access._fields[3:]
    plain = all(form.fields[name][1] for name in names)
    assert plain, form.fields
    order = sorted((form.fields[name][0], name) for name in names)
    for file in sorted(folder.glob("cpu*.raw")):
        cpu = int(file.stem[3:])
        for event in events(file.read_bytes()):
            if event is None:
                raise SystemExit(f"{file}: events were lost")
            time, data = event
            if struct.unpack_from("<H", data)[0] != form.id:
                continue
            values = {name: form.get(data, name) for _, name in order}
            yield Access(time, cpu, form.get(data, "common_pid"), *(values[name] for name in names))
