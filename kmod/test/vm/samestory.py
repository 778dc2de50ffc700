# SPDX-License-Identifier: GPL-2.0-only
"""samestory.py MMIOTRACE MMIOTAP: the texts of both tracers hold the same mappings and the same accesses in the same order:
what, how wide, where, and with which value. Only what the kernel writes to MSI-X tables may differ, as it hands out vectors
anew."""

import re
import sys
from itertools import zip_longest

kernel, module = sys.argv[1:]


def mmiotrace(path):
    """R width time map phys value pc pid; MAP time map phys virt length pc pid."""
    for line in open(path):
        field = line.split()
        if field[0] in ("R", "W"):
            yield field[0], int(field[1]), int(field[4], 16), int(field[5], 16)
        elif field[0] == "MAP":
            yield "MAP", int(field[5], 16), int(field[3], 16), None
        elif field[0] in ("UNMAP", "UNKNOWN"):
            yield field[0], None, None, None


def mmiotap(path):
    """After the event's name: R width map phys value pc …; MAP map phys virt length …"""
    for line in open(path):
        found = re.search(r" mmiotap_(?:rw|map): (.*)", line)
        if not found:
            continue
        field = found.group(1).split()
        if field[0] in ("R", "W"):
            yield field[0], int(field[1]), int(field[3], 16), int(field[4], 16)
        elif field[0] == "MAP":
            yield "MAP", int(field[4], 16), int(field[2], 16), None
        else:
            yield field[0], None, None, None


def is_vector(story, where):
    """Whether the address is in e1000e's MSI-X table, a mapping of five vectors of 16 bytes."""
    return any(what == "MAP" and width == 0x50 and phys <= where < phys + width for what, width, phys, _ in story)


ours, theirs = list(mmiotap(module)), list(mmiotrace(kernel))
vectors = 0
for number, (a, b) in enumerate(zip_longest(theirs, ours)):
    if a == b:
        continue
    if a and b and a[:3] == b[:3] and is_vector(theirs, a[2]):
        vectors += 1
        continue
    raise SystemExit(f"event {number}: mmiotrace {a}, mmiotap {b}")
accesses = sum(what in ("R", "W") for what, *_ in ours)
if accesses < 1000 or not {"R", "W", "MAP", "UNMAP"} <= {what for what, *_ in ours}:
    raise SystemExit(f"only {accesses} accesses")
print(f"{accesses} accesses and {len(ours) - accesses} mappings recorded alike; {vectors} values of MSI-X vectors differ")
