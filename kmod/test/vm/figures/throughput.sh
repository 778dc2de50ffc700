# SPDX-License-Identifier: GPL-2.0-only
# The speed of a traced machine: reads of a disk and traffic of a network card, untraced and while mmio-capture records them with
# mmiotap and with the kernel's own tracer, in one boot and in turns.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$(dirname "$test")/../tap.sh"
kernel=6.1
modules="nvme e1000e"
# Without string instructions by bytes, which the emulator does byte by byte.
cpus=2 cpu=max,-erms,-fsrm memory=1024 drives=1 limit=1200
# Two cards on one cable. What one sends before the other one is ready blocks QEMU's cable for good: no IPv6, which sends by itself.
# The clock of real machines: the emulated one that the kernel would take is a device that all processors wait for.
append="ipv6.disable=1 tsc=reliable"
qemu="-device nvme,drive=d1,serial=a,addr=3 -drive file=disk1.img,format=raw,if=none,id=d1
    -netdev hubport,id=n1,hubid=1 -device e1000e,netdev=n1,addr=8 -netdev hubport,id=n2,hubid=1 -device e1000e,netdev=n2,addr=9"

# note TRACER WHAT MEGABYTES COMMAND…: megabytes a second.
note() {
    local line="$1 $2" size=$3 began ended
    shift 3
    read -r began _ </proc/uptime
    "$@"
    read -r ended _ </proc/uptime
    echo "$line $size $began $ended" | awk '{ printf "%s %s %.2f MB/s\n", $1, $2, $3 / ($5 - $4) }' | tee -a /out/figures.txt
}

read_disk() {
    for _ in $(seq $2); do dd if=/dev/nvme0n1 of=/dev/null bs=$1 iflag=direct 2>/dev/null; done
}

# Waits until the other side listens again.
traffic() {
    rm -f /run/received
    until dd if=/dev/zero bs=64k count=$1 2>/dev/null | nc 10.0.1.2 9 2>/dev/null; do sleep 0.05; done
    wait_until test -s /run/received
    equal "bytes received" $(($1 * 65536)) "$(cat /run/received)"
}

# A network of its own for the second card, where a program takes what is sent.
peer() {
    wait_until has_card
    ifconfig eth1 10.0.1.2 netmask 255.255.255.0
    wait_until has_link
    sleep 1
    # Input that does not end, as nc ends with its input.
    mkfifo /run/never
    exec 3<>/run/never
    touch /run/peer_is_up
    while :; do nc -l -p 9 <&3 | wc -c >/run/count && mv /run/count /run/received; done
}

has_card() {
    ip link show eth1 >/dev/null 2>&1
}

has_link() {
    ip link show eth1 | grep -q LOWER_UP
}

load_drivers() {
    modprobe nvme
    modprobe e1000e
    wait_until test -b /dev/nvme0n1
    wait_until test -d /sys/class/net/eth1
    unshare -n sh -c ". /guest.sh; . $test; peer" &
    peer=$!
    sleep 0.5
    ip link set eth1 netns $peer
    plug_in
}

plug_in() {
    wait_until test -b /dev/nvme0n1
    wait_until test -d /sys/class/net/eth0
    ifconfig eth0 10.0.1.1 netmask 255.255.255.0
    wait_until grep -q 1 /sys/class/net/eth0/carrier
    wait_until test -e /run/peer_is_up
    wait_until ping -c 1 -W 1 10.0.1.2
}

disk() {
    plug_in
    note $1 nvme-4k 64 read_disk 4k 2
    note $1 nvme-64k 256 read_disk 64k 8
}

card() {
    plug_in
    note $1 e1000e 8 traffic 128
}

# recorded TRACER WORK OPTION…
recorded() {
    local tracer=$1 work=$2
    shift 2
    mmio-capture -q -y --force --tracer $tracer "$@" -o /run/trace.mmio.zst -- sh -eu -c ". /guest.sh; . $test; $work $tracer" ||
        fail "$tracer: $?"
    echo "$tracer, $work: $(wc -c </run/trace.mmio.zst) bytes"
}

# The machine's own speed drifts, so that each recording is compared with what was just before it.
in_guest() {
    load_drivers
    for round in 1 2 3 4 5 6 7 8; do
        disk untraced
        recorded mmiotap disk --device 00:03.0
        card untraced
        recorded mmiotap card --device 00:08.0
        [ $((round % 4)) != 0 ] || recorded mmiotrace disk --device 00:03.0 --rebind
    done
    recorded mmiotrace card --device 00:08.0 --rebind
    no_complaints
    kill $peer
}

# Lines "TRACER WHAT NUMBER" as one line for each of the first two, with the median.
medians() {
    sort -k 1,2 -k 3,3n | awk 'function tell() { if (n) print name, (value[int((n + 1) / 2)] + value[int(n / 2) + 1]) / 2 }
        $1 " " $2 != name { tell(); n = 0; name = $1 " " $2 } { value[++n] = $3 } END { tell() }'
}

on_host() {
    {
        cat figures.txt
        echo "medians, MB/s:"
        medians <figures.txt
        echo "of the untraced run before, medians:"
        awk '$1 == "untraced" { before[$2] = $3 } $1 != "untraced" { print $1, $2, $3 / before[$2] }' figures.txt | medians
    } >&2
}
