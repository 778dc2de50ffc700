# SPDX-License-Identifier: GPL-2.0-only
# mmio-capture with mmiotap: a driver is recorded from its loading to its unloading with every CPU online, one that is bound already
# is recorded too, and everything is as before afterwards.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$(dirname "$test")/../tap.sh"
kernel=6.1
modules="e1000e i6300esb"
cpus=2
qemu="-netdev user,id=net,restrict=on -device e1000e,netdev=net,addr=2 -device i6300esb,addr=4"

in_guest() {
    was >/run/before
    mmio-capture --tracer mmiotap -o /out/load.mmio.zst -- modprobe e1000e
    [ ! -d /sys/module/mmiotap ] || fail "the module is still loaded"
    wait_until test -d /sys/class/net/eth0
    rmmod e1000e
    mmio-capture --pc -o /out/e1000e.mmio.zst -- sh -eu -c ". /guest.sh; . $test; exercise"
    # The driver is loaded, and so is the module, with a target that another program set.
    modprobe e1000e
    mmio-capture -o /out/empty.mmio.zst -- modprobe e1000e 2>/out/said
    grep -q 'modprobe -r' /out/said || fail "an empty recording without a word why: $(cat /out/said)"
    modprobe i6300esb
    modprobe mmiotap
    echo 'range 0x1000-0x1fff' >$tap/targets
    mmio-capture --device 00:02.0 -o /out/bound.mmio.zst -- sh -eu -c ". /guest.sh; . $test; traffic"
    equal "targets that are left" "range 0x1000-0x1fff" "$(cat $tap/targets)"
    equal "mappings that are left" 1 "$(wc -l <$tap/mappings)"
    equal "the parameter pc" N "$(cat /sys/module/mmiotap/parameters/pc)"
    killed
    ends_with 2 mmio-capture --range 1000-1fff --tracer mmiotrace -o /out/no.mmio.zst -- true
    rmmod mmiotap
    was | diff /run/before - || fail "something is not as it was"
    no_complaints
}

# A buffer gets back the size that it has when it is used.
was() {
    settings | sed 's/ 7 (expanded: \(.*\))/ \1/; /buffer_size_kb/s/1410/1408/'
}

exercise() {
    equal "CPUs that are online" 0-1 "$(cat /sys/devices/system/cpu/online)"
    modprobe e1000e
    traffic
    rmmod e1000e
}

traffic() {
    wait_until test -d /sys/class/net/eth0
    ifconfig eth0 10.0.2.15
    wait_until grep -q 1 /sys/class/net/eth0/carrier
    mmio-capture mark "link is up"
    ping -c 3 -i 0.2 10.0.2.2
    ifconfig eth0 down
    equal "CPUs that are online" 0-1 "$(cat /sys/devices/system/cpu/online)"
}

# A recorder that is killed leaves the driver working, and can be cleaned up after.
killed() {
    mmio-capture -q --device 00:02.0 -o /out/killed.mmio.zst &
    pid=$!
    wait_until grep -q 'device 0000:00:02.0' $tap/targets
    kill -9 $pid
    wait $pid || true
    mmio-capture restore
    equal "targets that are left" "range 0x1000-0x1fff" "$(cat $tap/targets)"
    [ ! -d $tracing/instances/mmio-capture ] || fail "the instance is still there"
}

on_host() {
    flawless load.mmio.zst
    flawless e1000e.mmio.zst
    flawless bound.mmio.zst
    at_least accesses 500 "$(count accesses load.mmio.zst)"
    at_least accesses 3000 "$(count accesses e1000e.mmio.zst)"
    at_least accesses 100 "$(count accesses bound.mmio.zst)"
    mmio-analyze info e1000e.mmio.zst >info.txt
    zstd -dcq e1000e.mmio.zst | grep -caF mmiotap >/dev/null || fail "the trace does not name its tracer"
    contains info.txt 'link is up'
    contains info.txt '00:02.0 .* 8086:10d3'
    # Sent frames move the tail of the transmit ring (0x3818).
    at_least "sent frames" 3 "$(accesses e1000e.mmio.zst --mark 'link is up' --reg +0x3818 --op W | wc -l)"
    accesses bound.mmio.zst --reg +0x8 --op R >status.csv
    contains status.csv ',R,4,0x[0-9a-f]*[2367abef],'
    # Each line of the text has a program counter.
    text e1000e.mmio.zst | grep -E '^[RW] ' >text.txt
    equal "accesses without program counter" 0 "$(grep -cE ' 0x0 0$' text.txt || true)"
    mmio-analyze pairs e1000e.mmio.zst >pairs.txt
    contains pairs.txt 'W \+0x14 +→ R \+0x14 +command → data'
    for analysis in regs patterns seqs; do
        mmio-analyze $analysis e1000e.mmio.zst >$analysis.txt
        contains $analysis.txt '00:02.0'
    done
}
