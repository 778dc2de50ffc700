# SPDX-License-Identifier: GPL-2.0-only
# A copy to user memory that cannot be written yet is left to the processor before the device is read, so that it is not read twice.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$(dirname "$test")/../tap.sh"
kernel=6.1
modules=
qemu="-object memory-backend-ram,id=shared,size=1M,share=on -device ivshmem-plain,memdev=shared,addr=4 -device edu,addr=5"

in_guest() {
    modprobe mmiotap devices=1af4:1110
    modprobe mmiotap_hammer
    trace_on
    echo 1 >/sys/module/mmiotap_hammer/parameters/copy || fail "nothing was copied, or other bytes"
    cat $instance/trace
    grep -q 'mmiotap_gap: MEMORY .* insn=f3 a4' $instance/trace || fail "it was not left to the processor"
    equal "reads before that" 0 "$(sed '/mmiotap_gap/,$d' $instance/trace | grep -c ' mmiotap_rw: R ')"
    rmmod mmiotap_hammer
    rmmod mmiotap
    no_complaints
}
