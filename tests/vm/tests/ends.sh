# However a recording ends, everything is as it was before: after SIGINT, SIGTERM and SIGHUP, with a command that
# fails or is not a program, and, with `mmio-capture restore`, after kill -9. The guest has two CPUs, of which
# the tracer takes one away meanwhile.
# shellcheck shell=sh disable=SC2034
kernel=6.1
modules=i6300esb
cpus=2
qemu="-device i6300esb,addr=3"

in_guest() {
    settings >/out/before
    grep -q 'buffer_size_kb: 7 (expanded: 1408)' /out/before || fail "something was traced already"
    ends_with 2 mmio-capture -o /out/nobody_agreed.mmio.zst </dev/null
    settings | diff /out/before - || fail "not as before: without consent"
    for signal in INT TERM HUP; do
        begin "$signal"
        kill -$signal "$recorder"
        ends_with 0 wait "$recorder"
        rmmod i6300esb
        same_as_before "SIG$signal"
    done
    commands
    killed
}

# A recording in the background, with the accesses of a watchdog's driver in it.
begin() {
    mmio-capture -q -y -o "/out/$1.mmio.zst" &
    recorder=$!
    wait_until is_recording
    [ "$(cat /sys/devices/system/cpu/online)" = 0 ] || fail "the tracer left more than one CPU"
    modprobe i6300esb
}

# The kernel shows the size that it will use from the first tracing on as `7 (expanded: 1408)`, and rounds it up to
# whole pages once it is set.
same_as_before() {
    settings | sed 's/ 1410$/ 1408/' >/out/after
    sed 's/7 (expanded: 1408)/1408/' /out/before >/tmp/expected
    sed 's/7 (expanded: 1408)/1408/' /out/after | diff /tmp/expected - || fail "not as before: $1"
}

commands() {
    ends_with 7 mmio-capture -q -y -o /out/seven.mmio.zst -- sh -c "modprobe i6300esb; rmmod i6300esb; exit 7"
    same_as_before "a command that fails"
    ends_with 143 mmio-capture -q -y -o /out/term.mmio.zst -- sh -c 'kill -TERM $$'
    same_as_before "a command that is killed"
    ends_with 2 mmio-capture -q -y -o /out/none.mmio.zst -- /no/such/program
    same_as_before "a command that is not there"
    # A signal for the recorder ends its command too, whose exit code it is.
    mmio-capture -q -y -o /out/passed_on.mmio.zst -- sleep 60 &
    recorder=$!
    wait_until is_recording
    kill -TERM "$recorder"
    ends_with 143 wait "$recorder"
    same_as_before "a signal that is passed on"
}

killed() {
    begin killed
    # A block is on its way two seconds later at the latest.
    sleep 5
    kill -9 "$recorder"
    ends_with 137 wait "$recorder"
    rmmod i6300esb
    is_recording || fail "kill -9 ended the tracer"
    mmio-capture status >/out/status
    ends_with 2 mmio-capture -q -y -o /out/another.mmio.zst
    ends_with 0 mmio-capture restore
    same_as_before "kill -9 and restore"
    mmio-capture restore >/out/restored
}

on_host() {
    local code=0
    for trace in INT TERM HUP seven; do
        flawless $trace.mmio.zst
        equal "accesses of $trace" 15 "$(count accesses $trace.mmio.zst)"
    done
    [ ! -e nobody_agreed.mmio.zst ] && [ ! -e another.mmio.zst ] || fail "a recording that did not begin left a file"
    contains status 'left behind: process [0-9]+ recorded to /out/killed.mmio.zst'
    contains restored 'nothing to restore'
    # Cut after its last block: all of it can be read, and repaired it is whole.
    mmio-convert -q --check killed.mmio.zst 2>check.txt || code=$?
    equal "exit code of --check" 1 "$code"
    equal "accesses of killed" 15 "$(count accesses killed.mmio.zst)"
    mmio-convert -q --repair killed.mmio.zst -o repaired.mmio.zst --force
    flawless repaired.mmio.zst
    equal "accesses of repaired" 15 "$(count accesses repaired.mmio.zst)"
}
