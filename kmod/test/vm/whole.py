# SPDX-License-Identifier: GPL-2.0-only
"""whole.py FOLDER: the numbers of each device's accesses are without gaps, and no instruction was unknown."""

import sys

from events import UNKNOWN, accesses

devices = {}
for access in accesses(sys.argv[1]):
    if access.opcode == UNKNOWN:
        raise SystemExit(f"an unknown instruction: {access}")
    devices.setdefault(access.dev, []).append(access.seq)
for device, numbers in sorted(devices.items()):
    if sorted(numbers) != list(range(1, len(numbers) + 1)):
        raise SystemExit(f"device {device}: numbers are missing or occur twice")
    print(f"device {device}: {len(numbers)} accesses")
