# A disk on the kernel for clouds, whose driver is built in: it is taken from its driver and given back while
# recording (--rebind), and read.
# shellcheck shell=sh disable=SC2034
kernel=6.1-cloud
modules=
qemu="-drive file=disk.img,format=raw,if=none,id=disk -device nvme,drive=disk,serial=one,addr=2"
slot=0000:00:02.0

in_guest() {
    wait_until test -b /dev/nvme0n1
    # Its driver has its mappings already, which cannot be traced.
    ends_with 2 mmio-capture -y -o /out/refused.mmio.zst --device $slot
    record nvme.mmio.zst exercise --device $slot --rebind
    [ "$(basename "$(readlink /sys/bus/pci/devices/$slot/driver)")" = nvme ] || fail "the driver is gone"
}

exercise() {
    wait_until test -b /dev/nvme0n1
    mmio-capture mark "the disk is there"
    dd if=/dev/nvme0n1 of=/dev/null bs=64k count=20 iflag=direct
    mmio-capture mark "read"
}

on_host() {
    [ ! -e refused.mmio.zst ] || fail "a recording that did not begin left a file"
    flawless nvme.mmio.zst
    at_least accesses 80 "$(count accesses nvme.mmio.zst)"
    # The controller is switched on by CC.EN and says in CSTS.RDY that it is ready (NVM Express 1.4, 3.1.5 and 3.1.6).
    accesses nvme.mmio.zst --reg +0x14 --op W >cc.csv
    contains cc.csv ',W,4,0x46[0-9a-f]*1,'
    accesses nvme.mmio.zst --reg +0x1c --op R >csts.csv
    contains csts.csv ',R,4,0x1,'
    # Not each of the 20 reads rings a doorbell, as the driver may leave the news in memory (DBBUF).
    at_least doorbells 2 "$(accesses nvme.mmio.zst --mark 'the disk is there' --reg +0x1008..+0x10ff --op W | wc -l)"
}
