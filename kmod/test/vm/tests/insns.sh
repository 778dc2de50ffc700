# SPDX-License-Identifier: GPL-2.0-only
# Each instruction gives the same registers, flags and memory on a traced device as on ordinary memory.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$(dirname "$test")/../tap.sh"
kernel=6.1
modules=
qemu="-object memory-backend-ram,id=shared,size=1M,share=on -device ivshmem-plain,memdev=shared,addr=4"

in_guest() {
    modprobe mmiotap
    modprobe mmiotap_insns
    echo bars >$tap/targets
    trace_on
    for rep in block each; do
        echo $rep >/sys/module/mmiotap/parameters/rep
        echo 1 >/sys/module/mmiotap_insns/parameters/run || { dmesg | grep -v mmiotap_insns: | tail -n 30; fail "rep=$rep"; }
        cat $tap/stats
    done
    equal "instructions left to the processor" 0 "$(stat fallbacks)"
    echo 2 >/sys/module/mmiotap_insns/parameters/run || { dmesg | tail -n 30; fail "fallbacks"; }
    [ "$(stat fallbacks)" -gt 0 ] || fail "nothing was left to the processor"
    grep -c mmiotap_gap $instance/trace
    rmmod mmiotap_insns
    rmmod mmiotap
    dmesg | grep 'mmiotap_insns:'
    no_complaints
}
