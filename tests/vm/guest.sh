# What the tests' guest halves have in common, for busybox's shell. $test is the test's file.
tracing=/sys/kernel/tracing

# Says what is wrong, on the console that the host shows, and ends the test.
fail() {
    echo "FAILED: $*"
    exit 1
}

# equal WHAT EXPECTED FOUND
equal() {
    [ "$2" = "$3" ] || fail "$1: expected $2, found $3"
}

# Runs a command until it succeeds, for a minute or $patience seconds at most, $slow times that on a slow kernel.
wait_until() {
    for _ in $(seq $((${patience:-60} * 10 * slow))); do
        if "$@"; then return; fi
        sleep 0.1
    done
    fail "waited in vain for: $*"
}

# Whether everything that was recorded so far has been read.
is_drained() {
    grep -q '^entries: 0$' $tracing/per_cpu/cpu0/stats
}

is_recording() {
    [ "$(cat $tracing/current_tracer)" = mmiotrace ] && [ "$(cat $tracing/tracing_on)" = 1 ]
}

# Runs a command that must end with this exit code.
ends_with() {
    local expected=$1 code=0
    shift
    "$@" || code=$?
    [ "$code" = "$expected" ] || fail "exit code $code, not $expected: $*"
}

# record FILE FUNCTION [OPTION…]: records what a function of the test does; all must go well.
record() {
    local file=$1 function=$2
    shift 2
    ends_with 0 mmio-capture -y -o "/out/$file" "$@" -- sh -eu -c ". /guest.sh; . $test; $function"
}

# Everything that a recording changes and must put back.
settings() {
    for file in current_tracer tracing_on buffer_size_kb options/overwrite trace_clock; do
        echo "$file: $(cat $tracing/$file)"
    done
    echo "online: $(cat /sys/devices/system/cpu/online)"
    echo "left in /run: $(ls /run)"
}
