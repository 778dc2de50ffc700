# Events of regmap are recorded while a driver of a sensor probes it: in an instance, which is gone afterwards.
# shellcheck shell=sh disable=SC2034
kernel=6.1
modules="i2c_stub lm75"
qemu=
cpus=2

in_guest() {
    modprobe i2c-stub chip_addr=0x48
    # A kernel that has not traced yet has buffers that are still to grow.
    echo 1408 >$tracing/buffer_size_kb
    settings >/tmp/before
    modprobe lm75
    ends_with 2 mmio-capture -o /out/none.mmio.zst --events regmap:regmap_nothing -- true 2>/out/refusal.txt
    ends_with 2 mmio-capture -o /out/none.mmio.zst --events rwmmio -- true 2>>/out/refusal.txt
    record regmap.mmio.zst exercise --events regmap
    settings >/tmp/after
    diff /tmp/before /tmp/after || fail "not everything is as it was"
    [ ! -e $tracing/instances/mmio-capture ] || fail "the instance is still there"

    # After kill -9 the state says what was on.
    mmio-capture -o /out/killed.mmio.zst --events regmap:regmap_reg_write &
    local recorder=$!
    wait_until is_on
    kill -9 $recorder
    wait $recorder || true
    is_on || fail "the event is off although nobody switched it off"
    ends_with 0 mmio-capture restore
    [ ! -e $tracing/instances/mmio-capture ] || fail "restore left the instance"
}

is_on() {
    [ "$(cat $tracing/instances/mmio-capture/events/regmap/regmap_reg_write/enable 2>/dev/null)" = 1 ]
}

exercise() {
    for adapter in /sys/bus/i2c/devices/i2c-*; do
        if grep -q stub "$adapter/name"; then
            echo lm75 0x48 >"$adapter/new_device"
            cat "$adapter"/*-0048/hwmon/hwmon*/temp1_input
            echo 50000 >"$(echo "$adapter"/*-0048/hwmon/hwmon*/temp1_max)"
        fi
    done
}

on_host() {
    flawless regmap.mmio.zst
    contains refusal.txt 'no event `regmap_nothing` of `regmap`; it has .*regmap_reg_read, .*regmap_reg_write'
    contains refusal.txt 'CONFIG_TRACE_MMIO_ACCESS'
    # The temperature, and the limit of 50 degrees.
    at_least "accesses" 2 "$(count accesses regmap.mmio.zst)"
    accesses regmap.mmio.zst >accesses.csv
    contains accesses.csv ',0-0048,.*,0x3,W,.*,0x3200,'
}
