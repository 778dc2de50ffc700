# More events than a buffer of 64 kB holds: what is reported as lost is what the kernel counts, and the rest is there.
# shellcheck shell=sh disable=SC2034
kernel=6.1
own=yes
modules=
qemu="-device edu,addr=2"

in_guest() {
    overflow raw
    overflow text
    # With losses allowed, and without any.
    ends_with 0 mmio-capture -q -y -o /out/allowed.mmio.zst --buffer 64k --allow-loss -- \
        sh -eu -c ". /guest.sh; . $test; stopped_load"
    ends_with 0 mmio-capture -q -y -o /out/whole.mmio.zst -- modprobe edu_exercise exercise=load times=100000
}

overflow() {
    ends_with 3 mmio-capture -q -y -o "/out/$1.mmio.zst" --buffer 64k --source "$1" -- sh -eu -c \
        ". /guest.sh; . $test; stopped_load; stopped_load; cat $tracing/per_cpu/cpu0/stats >/out/$1.stats"
    [ "$(cat $tracing/current_tracer)" = nop ] || fail "the tracer is still there"
}

# Accesses that the recorder, whose child this is, is kept from reading.
stopped_load() {
    kill -STOP $PPID
    modprobe edu_exercise exercise=load times=9000
    rmmod edu_exercise
    kill -CONT $PPID
    wait_until is_drained
}

# counted NAME FILE: a number of per_cpu/cpu0/stats.
counted() {
    awk -F ': ' -v name="$1" '$1 == name { print $2 }' "$2"
}

on_host() {
    local lost recorded source
    for source in raw text; do
        lost=$(counted overrun "$source.stats")
        at_least "overwritten events ($source)" 14000 "$lost"
        equal "lost events ($source)" "$lost" "$(count lost "$source.mmio.zst")"
        # Everything that was not lost is there: two loads of 9,000 reads, each with its MAP and UNMAP.
        recorded=$(text "$source.mmio.zst" | grep -cE '^(R|MAP|UNMAP) ')
        equal "all events ($source)" 18004 "$((lost + recorded))"
    done
    # Either source knows where events are missing.
    for source in raw text; do
        mmio-analyze info "$source.mmio.zst" | sed -n '/^losses/,$p' >"$source.losses"
    done
    cmp raw.losses text.losses || fail "losses of raw and text are in different places"
    at_least "allowed losses" 7000 "$(count lost allowed.mmio.zst)"
    flawless whole.mmio.zst
    equal "all events" 100000 "$(count accesses whole.mmio.zst)"
}
