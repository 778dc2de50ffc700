# SPDX-License-Identifier: GPL-2.0-only
"""exact.py FOLDER ROUNDS CPUS: what mmiotap_hammer did, each access once, with its value, in the order in which the
devices saw them."""

import sys

from events import READ, UNKNOWN, WRITE, accesses

folder, rounds, cpus = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
devices = {}
for access in accesses(folder):
    if access.opcode == UNKNOWN:
        raise SystemExit(f"an unknown instruction: {access}")
    devices.setdefault(access.dev, []).append(access)
total = sum(map(len, devices.values()))
if total != rounds * cpus * 5:
    raise SystemExit(f"{total} accesses, not {rounds * cpus * 5}")

unordered = 0
for device, list_ in devices.items():
    list_.sort(key=lambda access: access.seq)
    for number, access in enumerate(list_, list_[0].seq):
        if access.seq != number:
            raise SystemExit(f"device {device}: number {access.seq} where {number} is expected")
    written, by_cpu = {}, {}
    for access in list_:
        edu = access.width == 4
        offset = access.phys & 0xFFF
        if access.opcode == WRITE:
            written[offset] = access.value ^ (0xFFFFFFFF if edu else 0)
            by_cpu.setdefault(access.cpu, []).append(access.value & 0xFFFFFFF)
        elif access.opcode == READ and edu and offset == 0:
            if access.value & 0xFF != 0xED:
                raise SystemExit(f"device {device}: {access}")
        elif written.get(offset) != access.value:
            raise SystemExit(f"device {device}: {access} reads {access.value:#x}, {written.get(offset):#x} was last written")
    for cpu, values in by_cpu.items():
        if values != list(range(rounds)):
            raise SystemExit(f"device {device}, processor {cpu}: writes are missing or out of order")
    if len(by_cpu) != cpus:
        raise SystemExit(f"{len(by_cpu)} processors wrote, not {cpus}")
    # How often two processors' accesses lie between each other: the test proves nothing when they do not.
    unordered += sum(a.cpu != b.cpu for a, b in zip(list_, list_[1:]))
if unordered < 1000:
    raise SystemExit(f"the processors took turns only {unordered} times")
print(f"{total} accesses, each once, with its value, in order; {unordered} changes of processor")
