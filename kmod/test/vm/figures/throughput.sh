# What the traced machine feels: reads of a disk and traffic of a network card, untraced and while mmio-capture records them with
# mmiotap and with the kernel's own tracer, in one boot and in turns.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$(dirname "$test")/../tap.sh"
kernel=6.1
modules="nvme e1000e"
cpus=2 memory=1024 drives=1 limit=1500
# Whatever is sent to the card's other side comes back.
qemu="-device nvme,drive=d1,serial=a,addr=3 -drive file=disk1.img,format=raw,if=none,id=d1
    -netdev user,id=n1,restrict=on,guestfwd=tcp:10.0.2.100:9-cmd:cat -device e1000e,netdev=n1,addr=8"

# note TRACER WHAT MEGABYTES COMMAND…: megabytes a second.
note() {
    local line="$1 $2" size=$3 began ended
    shift 3
    read -r began _ </proc/uptime
    "$@"
    read -r ended _ </proc/uptime
    echo "$line $size $began $ended" | awk '{ printf "%s %s %.2f MB/s\n", $1, $2, $3 / ($5 - $4) }' >>/out/figures.txt
}

read_disk() {
    dd if=/dev/nvme0n1 of=/dev/null bs=$1 iflag=direct 2>/dev/null
}

traffic() {
    received=$(dd if=/dev/zero bs=64k count=256 2>/dev/null | nc 10.0.2.100 9 | wc -c)
    equal "bytes that came back" $((16 * 1048576)) "$received"
}

disk() {
    note $1 nvme-4k 32 read_disk 4k
    note $1 nvme-64k 32 read_disk 64k
    note $1 nvme-1M 32 read_disk 1M
}

card() {
    note $1 e1000e 16 traffic
}

load_drivers() {
    modprobe nvme
    modprobe e1000e
    wait_until test -b /dev/nvme0n1
    wait_until test -d /sys/class/net/eth0
    ifconfig eth0 10.0.2.15
    wait_until grep -q 1 /sys/class/net/eth0/carrier
}

remove_drivers() {
    ifconfig eth0 down
    rmmod e1000e nvme
}

under_mmiotrace() {
    load_drivers
    disk mmiotrace
    card mmiotrace
    remove_drivers
}

# recorded OPTIONS FUNCTION…: runs it while mmio-capture records.
recorded() {
    local options=$1
    shift
    # shellcheck disable=SC2086
    mmio-capture -q -y --force $options -o /run/trace.mmio.zst -- sh -eu -c ". /guest.sh; . $test; $*" || fail "$options: $?"
    ls -l /run/trace.mmio.zst
}

in_guest() {
    for _ in 1 2 3; do
        load_drivers
        disk untraced
        recorded "--tracer mmiotap --device 00:03.0" disk mmiotap
        card untraced
        recorded "--tracer mmiotap --device 00:08.0" card mmiotap
        remove_drivers
        recorded "--tracer mmiotrace --buffer 64M" under_mmiotrace
    done
    no_complaints
}

on_host() {
    sort figures.txt >&2
}
