# SPDX-License-Identifier: GPL-2.0-only
# A driver that clears and draws a whole screen: millions of accesses, which under the kernel's own tracer take minutes. It is
# recorded while it loads, and nothing is lost or left to the processor.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$(dirname "$test")/../tap.sh"
kernel=6.1
modules="bochs"
cpus=2 memory=2048
qemu="-device bochs-display,addr=3"

in_guest() {
    modprobe mmiotap
    read -r began _ </proc/uptime
    mmio-capture --tracer mmiotap --buffer 256M -o /out/bochs.mmio.zst -- modprobe bochs
    read -r ended _ </proc/uptime
    [ -d /sys/module/bochs ] || fail "the driver is not there"
    cat $tap/stats
    equal "what was left to the processor" 0 "$(stat fallbacks)"
    equal "accesses not recorded" 0 "$(stat unrecorded)"
    echo "bochs loads in $(echo "$began $ended" | awk '{ print $2 - $1 }') s"
    no_complaints
}

on_host() {
    flawless bochs.mmio.zst
    at_least accesses 400000 "$(count accesses bochs.mmio.zst)"
    equal "unknown instructions" 0 "$(text bochs.mmio.zst | grep -c '^UNKNOWN' || true)"
}
