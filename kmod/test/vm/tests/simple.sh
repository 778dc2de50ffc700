# SPDX-License-Identifier: GPL-2.0-only
# The module refuses to load where it could not work, tests its hooks, records a watchdog's few accesses, and unloads.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$(dirname "$test")/../tap.sh"
kernel=6.1
modules="i6300esb"
qemu="-device i6300esb,addr=3"

in_guest() {
    refuse_without_ftrace
    if modprobe mmiotap devices=00:03.0,nonsense 2>/dev/null; then fail "it loads with a target that it cannot parse"; fi
    dmesg | grep -q 'mmiotap: not loaded: no target: device nonsense' || fail "it does not name the target that it cannot parse"
    modprobe mmiotap devices=0000:00:03.0
    if echo 0 2>/dev/null >$enabled; then fail "ftrace can be switched off"; fi
    cat $tap/targets
    trace_on
    modprobe i6300esb
    cat $tap/mappings $tap/stats
    rmmod i6300esb
    equal "mappings left" 1 "$(wc -l <$tap/mappings)"
    equal fallbacks 0 "$(stat fallbacks)"
    trace_off /out/trace.txt
    cat /out/trace.txt
    rmmod mmiotap
    dmesg | tail -20
    no_complaints
}
