# The module proves its hooks, records a watchdog's few accesses, and goes.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$(dirname "$test")/../tap.sh"
kernel=6.1
modules="i6300esb"
qemu="-device i6300esb,addr=3"

in_guest() {
    modprobe mmiotap devices=0000:00:03.0
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
