# Markers come from the command line, from standard input and from other programs, and stand where they were made.
# shellcheck shell=sh disable=SC2034
kernel=6.1
modules=i6300esb
qemu="-device i6300esb,addr=3"

in_guest() {
    ends_with 2 mmio-capture mark "too early"
    # The watchdog's driver is loaded between the first and the second line, the watchdog is started after it.
    {
        wait_until test -e /tmp/ready
        echo "first line"
        wait_until test -e /tmp/loaded
        echo "second line, of several words"
        sleep 1
    } | {
        ends_with 0 mmio-capture -y -o /out/marks.mmio.zst --marks-from-stdin -- \
            sh -eu -c ". /guest.sh; . $test; exercise"
    }
}

exercise() {
    touch /tmp/ready
    sleep 0.5
    modprobe i6300esb
    mmio-capture mark "by mmio-capture mark"
    echo "by another program" >$tracing/trace_marker
    touch /tmp/loaded
    sleep 0.5
    # V is for those who mean to stop it.
    echo V >/dev/watchdog
}

on_host() {
    flawless marks.mmio.zst
    # Markers, and whether there are accesses between them.
    text marks.mmio.zst | awk '$1 == "MARK" { $2 = ""; print } $1 ~ /^[RW]$/ && last != "access" { print "access" }
        { last = $1 ~ /^[RW]$/ ? "access" : $1 }' >order
    printf '%s\n' 'MARK  first line' access 'MARK  by mmio-capture mark' 'MARK  by another program' \
        'MARK  second line, of several words' access >expected
    diff expected order || fail "the markers are not in this order"
}
