# SPDX-License-Identifier: GPL-2.0-only
# Nanoseconds of an access, untraced, under mmiotap and under the kernel's own tracer, in one boot and in turns; and what two
# processors do on two devices.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$(dirname "$test")/../tap.sh"
kernel=6.1
modules=
cpus=2 memory=1024 limit=900
qemu="-device edu,addr=5 -device edu,addr=6"

# load TRACER READS PROCESSORS
load() {
    echo "$2 $3" >/sys/module/mmiotap_load/parameters/run || fail "$1"
    echo "$1: $(dmesg | sed -n 's/.*mmiotap_load: //p' | tail -n 1)" >>/out/figures.txt
}

untraced() {
    load untraced 1000000 1
    load untraced 1000000 2
}

ours() {
    modprobe mmiotap devices=1234:11e8
    trace_on 65536
    load mmiotap 200000 1
    load mmiotap 200000 2
    equal "what was left to the processor" 0 "$(stat fallbacks)"
    equal "accesses" 600000 "$(stat reads)"
    awk -F ': ' '$1 ~ /overrun|dropped/ { lost += $2 } END { exit lost > 0 }' $instance/per_cpu/cpu*/stats || fail "events lost"
    rmmod mmiotap
    rmdir $instance
}

theirs() {
    echo 65536 >$tracing/buffer_size_kb
    echo mmiotrace >$tracing/current_tracer
    load mmiotrace 50000 1
    echo nop >$tracing/current_tracer
    echo 1408 >$tracing/buffer_size_kb
    # It has taken the other processor away, and gives it back.
    wait_until both_online
}

both_online() {
    [ "$(cat /sys/devices/system/cpu/online)" = 0-1 ]
}

in_guest() {
    modprobe mmiotap_load
    for _ in 1 2 3 4 5; do
        untraced
        ours
        theirs
    done
    no_complaints
}

on_host() {
    sort figures.txt | awk '{ n = $1 " " $2; if (!(n in least) || $4 < least[n]) least[n] = $4 } END { for (n in least) print n, least[n] }' |
        sort >&2
    cat figures.txt >&2
}
