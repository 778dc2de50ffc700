# SPDX-License-Identifier: GPL-2.0-only
# What the tests of mmiotap share, beside what is in tests/vm/guest.sh. $test is the test's file.
# shellcheck shell=sh disable=SC2034
cpus=2 own=yes patience=10
tap=/sys/kernel/debug/mmiotap

# stat NAME: a number of mmiotap's statistics.
stat() {
    awk -v name="$1" '$1 == name { print $2 }' $tap/stats
}

# trace_on [KILOBYTES]: an instance of its own for mmiotap's events.
instance=/sys/kernel/tracing/instances/tap
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

enabled=/proc/sys/kernel/ftrace_enabled
# Without ftrace it does not load, and says so.
refuse_without_ftrace() {
    echo 0 >$enabled
    if modprobe mmiotap 2>/dev/null; then fail "it loads without ftrace"; fi
    dmesg | grep -q 'mmiotap: fixup_exception() cannot be hooked' || fail "it does not say why it does not load"
    echo 1 >$enabled
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

# Most tests check everything in the guest.
on_host() {
    :
}
