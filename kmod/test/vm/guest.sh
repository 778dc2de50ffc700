# What the tests' guest halves have in common, for busybox's shell. $test is the test's file.
tracing=/sys/kernel/tracing
tap=/sys/kernel/debug/mmiotap

# Says what is wrong, on the console that the host shows, and ends the test.
fail() {
    echo "FAILED: $*"
    exit 1
}

# equal WHAT EXPECTED FOUND
equal() {
    [ "$2" = "$3" ] || fail "$1: expected $2, found $3"
}

# Runs a command until it succeeds, for ten seconds at most.
wait_until() {
    for _ in $(seq 100); do
        if "$@"; then return; fi
        sleep 0.1
    done
    fail "waited in vain for: $*"
}

# stat NAME: a number of mmiotap's statistics.
stat() {
    awk -v name="$1" '$1 == name { print $2 }' $tap/stats
}

# trace_on [KILOBYTES]: an instance of its own for mmiotap's events.
instance=$tracing/instances/tap
trace_on() {
    mkdir -p $instance
    echo "${1:-4096}" >$instance/buffer_size_kb
    echo 1 >$instance/events/mmiotap/enable
}

# trace_off FILE: stops recording; the file gets the text.
trace_off() {
    echo 0 >$instance/events/mmiotap/enable
    grep -v '^#' $instance/trace >"$1" || true
    for file in $instance/per_cpu/cpu*/stats; do
        awk -F ': ' '$1 ~ /overrun|dropped/ { lost += $2 } END { exit lost > 0 }' "$file" || fail "the buffer lost events"
    done
    echo >$instance/trace
}

# Kernel messages that a sound module never causes.
no_complaints() {
    if dmesg | grep -E 'WARNING|BUG|Oops|Call Trace|rcu.*stall|soft lockup|hung task|general protection'; then
        fail "the kernel complains"
    fi
}

# drain: the instance's events as pages, and how to read them, in /out.
drain() {
    echo 0 >$instance/tracing_on
    for cpu in $instance/per_cpu/cpu*; do
        # It would wait for more at the end.
        dd if=$cpu/trace_pipe_raw of=/out/$(basename $cpu).raw bs=4096 2>/dev/null &
        wait_until grep -q '^entries: 0$' $cpu/stats
        kill $! 2>/dev/null || true
        wait $! || true
        awk -F ': ' '$1 ~ /overrun|dropped/ { lost += $2 } END { exit lost > 0 }' $cpu/stats || fail "the buffer lost events"
    done
    cp $instance/events/mmiotap/mmiotap_rw/format /out/mmiotap_rw.format
    echo 1 >$instance/tracing_on
}
