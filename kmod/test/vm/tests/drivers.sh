# SPDX-License-Identifier: GPL-2.0-only
# Ten drivers under load, each BAR that they map traced from the beginning: disks keep what is on them, each ping is answered,
# and the kernel has nothing to complain of.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$(dirname "$test")/../tap.sh"
kernel=6.1
modules="nvme ahci sd_mod xhci_pci usb_storage e1000e e1000 8139too 8139cp megaraid_sas sdhci_pci mmc_block snd_hda_intel snd_hda_codec_generic vmxnet3"
cpus=2 memory=1024 drives=5
qemu="-device nvme,drive=d1,serial=a,addr=3 -drive file=disk1.img,format=raw,if=none,id=d1
    -device ich9-ahci,id=sata,addr=4 -device ide-hd,drive=d2,bus=sata.0 -drive file=disk2.img,format=raw,if=none,id=d2
    -device qemu-xhci,id=usb,addr=5 -device usb-storage,drive=d3,bus=usb.0 -drive file=disk3.img,format=raw,if=none,id=d3
    -device megasas,id=raid,addr=6 -device scsi-hd,drive=d4,bus=raid.0 -drive file=disk4.img,format=raw,if=none,id=d4
    -device sdhci-pci,addr=7 -device sd-card,drive=d5 -drive file=disk5.img,format=raw,if=none,id=d5
    -netdev user,id=n1,restrict=on,net=10.0.1.0/24 -device e1000e,netdev=n1,addr=8
    -netdev user,id=n2,restrict=on,net=10.0.2.0/24 -device e1000,netdev=n2,addr=9
    -netdev user,id=n3,restrict=on,net=10.0.3.0/24 -device rtl8139,netdev=n3,addr=a
    -netdev user,id=n4,restrict=on,net=10.0.4.0/24 -device vmxnet3,netdev=n4,addr=b
    -device ich9-intel-hda,addr=c -audiodev none,id=snd -device hda-duplex,audiodev=snd"
disks="nvme0n1 sda sdb sdc mmcblk0"
drivers="sd_mod nvme ahci xhci_pci usb_storage megaraid_sas sdhci_pci mmc_block e1000e e1000 8139cp vmxnet3 snd_hda_intel"

all_there() {
    for disk in $disks; do [ -b /dev/$disk ] || return 1; done
    [ "$(ls -d /sys/class/net/eth* | wc -l)" = 4 ] && [ -d /proc/asound/card0 ]
}

has_link() {
    grep -q 1 /sys/class/net/$1/carrier
}

# The card at each PCI place has a network of its own.
network_of() {
    case $(basename "$(readlink /sys/class/net/$1/device)") in
    0000:00:08.0) echo 10.0.1 ;;
    0000:00:09.0) echo 10.0.2 ;;
    0000:00:0a.0) echo 10.0.3 ;;
    *) echo 10.0.4 ;;
    esac
}

load_drivers() {
    for driver in $drivers; do modprobe $driver; done
    for _ in $(seq $((6 * slow))); do all_there && break; sleep 2; done
    all_there || { ls /dev /sys/class/net; fail "a device is missing"; }
    for card in eth0 eth1 eth2 eth3; do
        ifconfig $card "$(network_of $card).15" netmask 255.255.255.0
        wait_until has_link $card
    done
}

# Everything at once: disks are read and written, cards ping.
work() {
    jobs=
    for card in eth0 eth1 eth2 eth3; do
        ping -c 40 -i 0.1 -s 1000 "$(network_of $card).2" >/run/ping.$card & jobs="$jobs $!"
    done
    for disk in $disks; do
        { dd if=/dev/$disk bs=64k 2>/dev/null | sha256sum >/run/sum.$disk
          dd if=/dev/urandom of=/run/data.$disk bs=64k count=16 2>/dev/null
          dd if=/run/data.$disk of=/dev/$disk bs=64k seek=200 oflag=direct 2>/dev/null || fail "$disk takes no data"
          dd if=/dev/$disk bs=64k skip=200 count=16 iflag=direct 2>/dev/null | cmp - /run/data.$disk || fail "$disk: other data"
        } & jobs="$jobs $!"
    done
    for job in $jobs; do wait $job || echo "job $job failed"; done
    for card in eth0 eth1 eth2 eth3; do
        grep -q '40 packets transmitted, 40 packets received, 0% packet loss' /run/ping.$card || fail "$(cat /run/ping.$card)"
    done
}

in_guest() {
    modprobe mmiotap
    echo bars >$tap/targets
    trace_on 20000
    load_drivers
    work
    cp /run/sum.* /out
    cat $tap/mappings $tap/stats
    for disk in $disks; do echo "$disk $(readlink -f /sys/block/$disk/device)"; done >/out/disks.txt
    # Each driver did something; nothing was left to the processor.
    for device in 03 04 05 06 07 08 09 0a 0b 0c; do
        seq=$(awk -v name=0000:00:$device.0 '$1 == "device" && $3 == name { print $5 }' $tap/stats)
        [ "${seq:-0}" -gt 100 ] || fail "device $device: only ${seq:-0} accesses"
    done
    equal "what is left to the processor" 0 "$(stat fallbacks)"
    equal "accesses not recorded" 0 "$(stat unrecorded)"
    no_complaints
    for card in eth0 eth1 eth2 eth3; do ifconfig $card down; done
    for driver in $drivers; do rmmod $driver 2>/dev/null || true; done
    cat $tap/mappings
    drain
    rmmod mmiotap
    no_complaints
}

on_host() {
    for disk in nvme0n1 sda sdb sdc mmcblk0; do
        cut -d " " -f 1 <sum.$disk
    done | sort >found
    cut -d ' ' -f 1 ../disk?.sum | sort >expected
    cmp found expected || fail "a disk was read wrongly"
    python3 "$(dirname "$test")/../whole.py" .
}
