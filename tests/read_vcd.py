#!/usr/bin/python3
"""Compares VCD files with the CSV of the same trace.

    read_vcd.py TRACE.csv FILE.vcd...

Of each file: at each time, every register's number of reads, of writes and of accesses without a value, and the value
that it has last. Programs that convert VCD may order the changes of one time by variable, so no more than that can
be asked of them.
"""

import collections
import re
import sys


def from_csv(path):
    """{(ns, scope, bar, offset, width): [reads, writes, unknown, last value]}, times that go back held."""
    found = collections.defaultdict(lambda: [0, 0, 0, None])
    latest = 0
    with open(path) as lines:
        next(lines)
        for line in lines:
            _, time, device, bar, offset, op, width, value = line.split(",")[:8]
            whole, rest = time.split(".")
            latest = max(latest, int(whole) * 10**9 + int(rest.ljust(9, "0")))
            scope = re.sub(r"[^0-9A-Za-z]", "_", device)
            entry = found[latest, scope, f"bar{bar}", int(offset, 16), int(width or 0)]
            entry["RW?".index(op)] += 1
            if value:
                entry[3] = int(value, 16)
    return dict(found)


def header(words):
    """Nanoseconds in a unit of time, and the names and sizes of the variables by their codes."""
    scopes, variables, unit = [], {}, None
    for word in words:
        if word == "$enddefinitions":
            next(words)
            break
        section = [word]
        while section[-1] != "$end":
            section.append(next(words))
        if word == "$timescale":
            unit = {"1us": 1000, "1ns": 1}["".join(section[1:-1])]
        elif word == "$scope":
            scopes.append(section[2])
        elif word == "$upscope":
            scopes.pop()
        elif word == "$var":
            variables[section[3]] = (tuple(scopes), section[4], int(section[2]))
    return unit, variables


def meaning(scopes, name, sizes):
    """Place of a register, and which of its four numbers a variable is; nothing for one of the trace's own."""
    found = re.fullmatch(r"0x([0-9a-f]+)(?:_w(\d+))?(?:_(R|W|unknown))?", name)
    if not found:
        return None
    offset, width, what = found.groups()
    value = name.removesuffix(f"_{what}")
    width = 0 if what == "unknown" else int(width or sizes[scopes, value] // 8)
    return (*scopes, int(offset, 16), width), {"R": 0, "W": 1, "unknown": 2, None: 3}[what]


def changes(words):
    """Time, code and new value of each change, values as strings of bits."""
    time = None
    for word in words:
        if word[0] == "#":
            time = int(word[1:])
        elif word[0] in "bB":
            yield time, next(words), word[1:]
        elif word[0] in "sSrR":
            next(words)
        elif word[0] in "01xXzZ":
            yield time, word[1:], word[0]


def from_vcd(path):
    """As from_csv; the places of the registers that are shown, and the accesses of those that are not."""
    with open(path) as file:
        text = re.sub(r"\$comment.*?\$end", "", file.read(), flags=re.DOTALL)
    words = iter(text.split())
    unit, variables = header(words)
    sizes = {(scopes, name): size for scopes, name, size in variables.values()}
    known = {code: meaning(scopes, name, sizes) for code, (scopes, name, _) in variables.items()}
    found = collections.defaultdict(lambda: [0, 0, 0, None])
    values, counts, others = {}, collections.Counter(), {}
    for time, code, bits in changes(words):
        if known[code] is None:
            if variables[code][1] == "others":
                others[code] = int(bits, 2)
            continue
        place, which = known[code]
        if "x" in bits.lower():
            values.pop(place, None)
            continue
        number = int(bits, 2)
        if which == 3:
            values[place] = number
        elif number > counts[code]:
            found[(time * unit, *place)][which] += number - counts[code]
            counts[code] = number
        # Values may be written after the counts of the same time.
        if (entry := found.get((time * unit, *place))) and place in values:
            entry[3] = values[place]
    return dict(found), {place for place, _ in filter(None, known.values())}, sum(others.values())


def main():
    everything = from_csv(sys.argv[1])
    for path in sys.argv[2:]:
        found, shown, others = from_vcd(path)
        wanted = {key: entry for key, entry in everything.items() if key[1:] in shown}
        left_out = sum(sum(entry[:3]) for key, entry in everything.items() if key[1:] not in shown)
        if left_out != others:
            sys.exit(f"{path}: {others} accesses to registers that are not shown, {left_out} expected")
        if found != wanted:
            odd = [key for key in wanted.keys() | found.keys() if wanted.get(key) != found.get(key)]
            key = min(odd)
            sys.exit(f"{path}: {len(odd)} differ, first {key}: {wanted.get(key)} expected, {found.get(key)} found")


main()
