# What recording costs the machine that is traced, which has one CPU for both: 200,000 reads of one register.
# shellcheck shell=sh disable=SC2034
kernel=6.1
own=yes
modules=
memory=1024
limit=900
qemu="-device edu,addr=2"
reads=200000

in_guest() {
    exec >/out/figures.txt
    echo "untraced: $(load 0) us"
    for round in 1 2; do
        for source in raw text; do
            drain $source
        done
    done
    for source in raw text; do
        keep_up $source 4M 0
        keep_up $source 4M 100
        keep_up $source 64k 100
    done
    sizes
}

# load EVERY: microseconds that the reads took.
load() {
    modprobe edu_exercise exercise=load times=$reads yield_every="$1"
    rmmod edu_exercise
    dmesg | sed -n 's/.*edu_exercise: .* in \([0-9]*\) us$/\1/p' | tail -n 1
}

start() {
    mmio-capture -q -y --allow-loss --force --source "$1" --buffer "$2" -o /out/trace.mmio.zst &
    recorder=$!
    wait_until is_recording
}

finish() {
    kill -INT "$recorder"
    ends_with 0 wait "$recorder"
}

# Processor time of the recorder so far, in hundredths of a second: in user space, in the kernel.
spent() {
    awk '{ print $14, $15 }' "/proc/$recorder/stat"
}

# stat NAME: what the kernel counts of its buffer.
stat_of() {
    awk -F ': ' -v name="$1" '$1 == name { print $2 }' $tracing/per_cpu/cpu0/stats
}

# The recorder sleeps while everything goes into the buffer, and then has nothing else to do.
drain() {
    local took
    start "$1" 64M
    kill -STOP "$recorder"
    took=$(load 0)
    echo "$1 stopped: $(stat_of entries) events in $(stat_of bytes) bytes; load $took us; recorder before: $(spent)"
    kill -CONT "$recorder"
    wait_until is_drained
    sleep 3
    echo "$1 drained: recorder after: $(spent); file $(wc -c </out/trace.mmio.zst) bytes"
    finish
}

# keep_up SOURCE BUFFER EVERY: the recorder reads meanwhile.
keep_up() {
    local took
    start "$1" "$2"
    took=$(load "$3")
    wait_until is_drained
    sleep 3
    echo "$1, buffer $2, yielding every $3: load $took us; recorder $(spent); overrun $(stat_of overrun)"
    finish
}

# The same events as the kernel gives them away.
sizes() {
    echo 65536 >$tracing/buffer_size_kb
    for file in trace_pipe per_cpu/cpu0/trace_pipe_raw; do
        echo mmiotrace >$tracing/current_tracer
        timeout 1 cat $tracing/trace_pipe >/dev/null || true
        load 0 >/dev/null
        timeout 30 cat $tracing/$file >/tmp/saved || true
        echo "$file: $(wc -c </tmp/saved) bytes"
        rm /tmp/saved
        echo nop >$tracing/current_tracer
    done
}

on_host() {
    cat figures.txt >&2
}
