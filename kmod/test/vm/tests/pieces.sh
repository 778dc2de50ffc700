# SPDX-License-Identifier: GPL-2.0-only
# One mapping that is traced in pieces, for three targets that were asked for one after the other: when its driver unmaps it, each
# piece goes.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$(dirname "$test")/../tap.sh"
kernel=6.1
modules="e1000e"
qemu="-netdev user,id=n1,restrict=on -device e1000e,netdev=n1,addr=3"

# page N: a page of the card's first BAR, as a target.
page() {
    read -r start _ </sys/bus/pci/devices/0000:00:03.0/resource
    printf 'range 0x%x-0x%x\n' $((start + $1 * 4096)) $((start + $1 * 4096 + 4095))
}

in_guest() {
    modprobe e1000e
    wait_until test -d /sys/class/net/eth0
    modprobe mmiotap
    page 0 >$tap/targets
    page 5 >$tap/targets
    echo "device 0000:00:03.0" >$tap/targets
    cat $tap/mappings
    # The two pages, the parts between and after them, and the other BARs.
    [ "$(wc -l <$tap/mappings)" -gt 4 ] || fail "the pieces are not there"
    ifconfig eth0 up
    [ "$(stat faults)" -gt 100 ] || fail "little was traced"
    ifconfig eth0 down
    rmmod e1000e
    equal "mappings left" 1 "$(wc -l <$tap/mappings)"
    equal fallbacks 0 "$(stat fallbacks)"
    no_complaints
    # The addresses are used again.
    modprobe e1000e
    wait_until test -d /sys/class/net/eth0
    rmmod e1000e
    equal "mappings left" 1 "$(wc -l <$tap/mappings)"
    rmmod mmiotap
    no_complaints
}
