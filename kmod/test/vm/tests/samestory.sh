# SPDX-License-Identifier: GPL-2.0-only
# Two drivers loaded, used and unloaded, once under mmiotap and once under the kernel's own tracer: both recordings are the same.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$(dirname "$test")/../tap.sh"
kernel=6.1
modules="i6300esb e1000e"
# The kernel's own tracer would switch the others off.
cpus=1
qemu="-device i6300esb,addr=3 -netdev user,id=n1,restrict=on -device e1000e,netdev=n1,addr=4"

# story FILE WHERE SWITCH: what a tracer records of both drivers, as text. SWITCH turns it on and off.
story() {
    echo 0 >$2/tracing_on
    $3 on
    cat $2/trace_pipe >"$1" &
    reader=$!
    echo 1 >$2/tracing_on
    use_drivers
    echo 0 >$2/tracing_on
    # It ends by itself when it has read everything.
    wait $reader
    $3 off
    awk -F ': ' '$1 ~ /overrun|dropped/ { lost += $2 } END { exit lost > 0 }' $2/per_cpu/cpu0/stats || fail "$1: events lost"
    echo 1 >$2/tracing_on
}

use_drivers() {
    modprobe i6300esb
    echo V >/dev/watchdog
    rmmod i6300esb
    modprobe e1000e
    wait_until test -d /sys/class/net/eth0
    sleep 1
    rmmod e1000e
}

mmiotrace() {
    if [ $1 = on ]; then echo mmiotrace; else echo nop; fi >$tracing/current_tracer
}

mmiotap() {
    if [ $1 = off ]; then
        equal "what was left to the processor" 0 "$(stat fallbacks)"
        rmmod mmiotap
    fi
}

in_guest() {
    # A first use, so that both recordings find the devices in the same state.
    use_drivers
    modprobe mmiotap devices=0000:00:03.0,0000:00:04.0 msix=1
    trace_on 20000
    story /out/mmiotap.txt $instance mmiotap
    # Before the kernel's own tracer, which lockdep warns of.
    no_complaints
    echo 20000 >$tracing/buffer_size_kb
    story /out/mmiotrace.txt $tracing mmiotrace
}

on_host() {
    python3 "$(dirname "$test")/../samestory.py" mmiotrace.txt mmiotap.txt
}
