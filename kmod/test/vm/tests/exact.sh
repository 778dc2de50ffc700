# SPDX-License-Identifier: GPL-2.0-only
# Two or four processors on two devices at once: 1.2 million accesses, each recorded once, with its value and its place.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$(dirname "$test")/../tap.sh"
kernel=6.1
modules=
cpus=4 memory=1024
qemu="-object memory-backend-ram,id=shared,size=1M,share=on -device ivshmem-plain,memdev=shared,addr=4 -device edu,addr=5"
rounds=60000

in_guest() {
    modprobe mmiotap devices=1234:11e8,1af4:1110
    modprobe mmiotap_hammer
    trace_on $((rounds * 2 / 5))
    echo $rounds >/sys/module/mmiotap_hammer/parameters/run || fail "wrong values were read"
    cat $tap/mappings $tap/stats
    equal faults $((rounds * 5 * cpus)) "$(stat faults)"
    equal "what is left to the processor" 0 "$(stat fallbacks)"
    equal "accesses not recorded" 0 "$(stat unrecorded)"
    equal "accesses without order" 0 "$(stat unordered)"
    drain
    rmmod mmiotap_hammer
    rmmod mmiotap
    dmesg | grep mmiotap_hammer:
    no_complaints
}

on_host() {
    python3 "$(dirname "$test")/../exact.py" . $rounds $cpus
}
