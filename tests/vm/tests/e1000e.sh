# A network card's driver: it loads, the link comes up, three pings are answered, and it is unloaded.
# shellcheck shell=sh disable=SC2034
kernel=6.1
modules=e1000e
# The network ends inside QEMU, which answers pings to its own address.
qemu="-netdev user,id=net,restrict=on -device e1000e,netdev=net,addr=2"

in_guest() {
    record e1000e.mmio.zst exercise
}

exercise() {
    modprobe e1000e
    wait_until test -d /sys/class/net/eth0
    ifconfig eth0 10.0.2.15
    wait_until grep -q 1 /sys/class/net/eth0/carrier
    mmio-capture mark "link is up"
    ping -c 3 -i 0.2 10.0.2.2
    mmio-capture mark "three answers"
    ifconfig eth0 down
    rmmod e1000e
}

on_host() {
    flawless e1000e.mmio.zst
    at_least accesses 3000 "$(count accesses e1000e.mmio.zst)"
    # The last status (82574 datasheet, STATUS at 0x8) before the mark has bit 1, link up.
    accesses e1000e.mmio.zst --reg +0x8 --op R >status.csv
    contains status.csv ',R,4,0x[0-9a-f]*[2367abef],'
    # Pings are sent by moving the tail of the transmit ring (0x3818).
    at_least "sent frames" 3 "$(accesses e1000e.mmio.zst --mark 'link is up' --reg +0x3818 --op W | wc -l)"
    mmio-analyze info e1000e.mmio.zst >info.txt
    contains info.txt 'link is up'
    contains info.txt 'three answers'
    contains info.txt '00:02.0 .* 8086:10d3'
    # The driver reads the EEPROM through one register (EERD at 0x14).
    mmio-analyze pairs e1000e.mmio.zst >pairs.txt
    contains pairs.txt 'W \+0x14 +→ R \+0x14 +command → data'
}
