# SPDX-License-Identifier: GPL-2.0-only
# Under load on all processors: tracing attached and detached 100 times, the module loaded and unloaded 100 times, a driver bound
# and unbound all the while, and memory short. Nothing is read or written wrongly, no ping lost, and the kernel says nothing that
# it does not say without the module.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$(dirname "$test")/../tap.sh"
kernel=6.1
modules="nvme e1000e e1000"
cpus=4 memory=400 drives=1 limit=2400 append="log_buf_len=16M"
qemu="-device nvme,drive=d1,serial=a,addr=3 -drive file=disk1.img,format=raw,if=none,id=d1
    -object memory-backend-ram,id=shared,size=1M,share=on -device ivshmem-plain,memdev=shared,addr=4 -device edu,addr=5
    -netdev user,id=n1,restrict=on,net=10.0.1.0/24 -device e1000e,netdev=n1,addr=8
    -netdev user,id=n2,restrict=on,net=10.0.2.0/24 -device e1000,netdev=n2,addr=9"
devices="0000:00:03.0 0000:00:04.0 0000:00:05.0 0000:00:08.0 0000:00:09.0"

read_disk() {
    while [ ! -e /run/stop ]; do
        dd if=/dev/nvme0n1 bs=64k iflag=direct 2>/dev/null | sha256sum
    done >/run/sums
}

rebind() {
    while [ ! -e /run/stop ]; do
        echo 0000:00:09.0 >/sys/bus/pci/drivers/e1000/unbind
        echo 0000:00:09.0 >/sys/bus/pci/drivers/e1000/bind
        echo again
    done >/run/rebound
}

hammer() {
    while [ ! -e /run/stop ]; do
        echo 20000 >/sys/module/mmiotap_hammer/parameters/run || touch /run/wrong
    done
}

# All memory but some 16 MB is taken and given back; pages of the disk compete for what is left.
fill_memory() {
    mkdir -p /run/fill
    mount -t tmpfs -o size=90% fill /run/fill
    while [ ! -e /run/stop ]; do
        size=$(awk '$1 == "MemAvailable:" { print int($2 / 1024) - 16 }' /proc/meminfo)
        dd if=/dev/zero of=/run/fill/file bs=1M count=$size 2>/dev/null
        dd if=/dev/nvme0n1 of=/dev/null bs=1M 2>/dev/null
        rm /run/fill/file
    done
}

# Pages that the kernel looked at to free some.
reclaimed() {
    awk '$1 == "pgscan_kswapd" || $1 == "pgscan_direct" { sum += $2 } END { print sum }' /proc/vmstat
}

# What the kernel warned of so far, without times and numbers. Any run may have three of them late: e1000 has settings for its first
# 32 devices only, and the host may leave the machine no time.
warnings() {
    dmesg -r | sed -n 's/^<[0-4]>\[[^]]*\] //p' | sed 's/[0-9][0-9]*/N/g' | sort -u |
        grep -v -e 'Warning: no configuration for board' -e '^hrtimer: interrupt took' \
            -e '^clocksource: Long readout interval' || true
}

start_load() {
    for module in nvme e1000e e1000 mmiotap_hammer; do modprobe $module; done
    wait_until test -b /dev/nvme0n1
    wait_until test -d /sys/class/net/eth1
    ifconfig eth0 10.0.1.15 netmask 255.255.255.0
    wait_until grep -q 1 /sys/class/net/eth0/carrier
    jobs=
    for job in read_disk rebind hammer fill_memory; do $job & jobs="$jobs $!"; done
    ping -i 0.05 -c 100000 10.0.1.2 >/run/ping &
    pinger=$!
}

end_load() {
    touch /run/stop
    kill -INT $pinger
    for job in $jobs $pinger; do wait $job || true; done
}

attach_and_detach() {
    for i in $(seq 100); do
        for device in $devices; do echo "device $device" >$tap/targets; done
        sleep 0.05
        if [ $((i % 2)) = 0 ]; then
            echo clear >$tap/targets
        else
            for device in $devices; do echo "remove device $device" >$tap/targets; done
        fi
        equal "mappings after $i times" 1 "$(wc -l <$tap/mappings)"
    done
}

load_and_unload() {
    list=$(echo $devices | tr ' ' ,)
    for i in $(seq 100); do
        modprobe mmiotap devices=$list
        # The hooks cannot be taken away meanwhile.
        if echo 0 2>/dev/null >$enabled; then fail "ftrace can be switched off"; fi
        sleep 0.02
        rmmod mmiotap
        [ $((i % 20)) != 0 ] || echo "loaded and unloaded $i times: $(cut -d ' ' -f 1 /proc/uptime) s"
    done
}

in_guest() {
    start_load
    sleep 10
    warnings >/run/before
    refuse_without_ftrace
    modprobe mmiotap
    trace_on 1024
    attach_and_detach
    cat $tap/stats
    [ "$(stat faults)" -gt 1000 ] || fail "little was traced"
    equal "what was left to the processor" 0 "$(stat fallbacks)"
    echo 0 >$instance/events/mmiotap/enable
    rmmod mmiotap
    echo "attached and detached: $(cut -d ' ' -f 1 /proc/uptime) s"
    load_and_unload
    end_load
    tail -n 2 /run/ping
    grep -q ' 0% packet loss' /run/ping || fail "pings were lost"
    [ ! -e /run/wrong ] || fail "wrong values"
    [ "$(wc -l </run/rebound)" -gt 5 ] || fail "the driver was bound only $(wc -l </run/rebound) times"
    [ "$(reclaimed)" -gt 1000 ] || fail "memory was never short"
    echo "driver bound $(wc -l </run/rebound) times; $(reclaimed) pages looked at for freeing"
    cp /run/sums /out
    no_complaints
    warnings | sed '/^mmiotap: fixup_exception() cannot be hooked/d' >/run/after
    cmp /run/before /run/after || fail "new warnings: $(grep -vxFf /run/before /run/after)"
}

on_host() {
    equal "different sums of the disk" 1 "$(sort -u sums | wc -l)"
    equal "the disk's sum" "$(cut -d ' ' -f 1 ../disk1.sum)" "$(sort -u sums | cut -d ' ' -f 1)"
}
