# Under load on all processors: tracing attached and detached 100 times, the module loaded and unloaded 100 times, a driver bound
# and unbound all the while, and memory short. Nothing is read or written wrongly, no ping lost, and the kernel says nothing.
# shellcheck shell=sh disable=SC2034
kernel=6.1
modules="nvme e1000e e1000"
cpus=4 memory=400 drives=1 limit=900
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

fill_memory() {
    while [ ! -e /run/stop ]; do
        dd if=/dev/zero of=/run/fill bs=1M count=150 2>/dev/null
        rm /run/fill
        sleep 0.2
    done
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
    for i in $(seq "${times:-100}"); do
        modprobe mmiotap devices=$list
        # Nobody may take the hooks away meanwhile.
        if echo 0 2>/dev/null >/proc/sys/kernel/ftrace_enabled; then fail "ftrace can be switched off"; fi
        sleep 0.02
        rmmod mmiotap
    done
}

in_guest() {
    for module in nvme e1000e e1000 mmiotap_hammer; do modprobe $module; done
    wait_until test -b /dev/nvme0n1
    wait_until test -d /sys/class/net/eth1
    ifconfig eth0 10.0.1.15 netmask 255.255.255.0
    wait_until grep -q 1 /sys/class/net/eth0/carrier
    jobs=
    for job in read_disk rebind hammer fill_memory; do $job & jobs="$jobs $!"; done
    ping -i 0.05 -c 100000 10.0.1.2 >/run/ping &
    pinger=$!
    modprobe mmiotap
    trace_on 1024
    attach_and_detach
    cat $tap/stats
    grep -q . $tap/stats && [ "$(stat faults)" -gt 1000 ] || fail "little was traced"
    equal "what was left to the processor" 0 "$(stat fallbacks)"
    echo 0 >$instance/events/mmiotap/enable
    rmmod mmiotap
    echo "attached and detached: $(cut -d ' ' -f 1 /proc/uptime) s"
    load_and_unload
    echo "loaded and unloaded: $(cut -d ' ' -f 1 /proc/uptime) s"
    touch /run/stop
    kill -INT $pinger
    for job in $jobs $pinger; do wait $job || true; done
    tail -n 2 /run/ping
    grep -q ' 0% packet loss' /run/ping || fail "pings were lost"
    [ ! -e /run/wrong ] || fail "wrong values"
    [ "$(wc -l </run/rebound)" -gt 5 ] || fail "the driver was bound only $(wc -l </run/rebound) times"
    sort /run/sums | uniq -c
    cp /run/sums /out
    no_complaints
}

on_host() {
    equal "different sums of the disk" 1 "$(sort -u sums | wc -l)"
    equal "the disk's sum" "$(cut -d ' ' -f 1 ../disk1.sum)" "$(sort -u sums | cut -d ' ' -f 1)"
}
