# What the tests' host halves have in common. They run in the folder that the guest left.
root=$(realpath ../..)
PATH=$root/target/release:$PATH

fail() {
    echo "$*"
    exit 1
}

# equal WHAT EXPECTED FOUND
equal() {
    [ "$2" = "$3" ] || fail "$1: expected $2, found $3"
}

# at_least WHAT LEAST FOUND
at_least() {
    [ "$3" -ge "$2" ] || fail "$1: expected at least $2, found $3"
}

# contains FILE PATTERN: some line of the file matches.
contains() {
    grep -qE -- "$2" "$1" || fail "$1: no line matches $2"
}

# The trace's text.
text() {
    mmio-convert -q "$1" -o -
}

# count accesses|lost|unparsed TRACE
count() {
    mmio-analyze info --format json "$2" | sed -n "s/^    \"$1\": \([0-9]*\),\?$/\1/p" | head -n 1
}

# A container that is whole, of the guest's kernel, with nothing lost and nothing odd in it.
flawless() {
    mmio-convert -q --check "$1"
    equal "$1: events lost" 0 "$(count lost "$1")"
    equal "$1: lines not understood" 0 "$(count unparsed "$1")"
    zstd -dcq "$1" | grep -caF "$(cat release)" >/dev/null || fail "$1 does not say that the kernel is $(cat release)"
}

# accesses TRACE [FILTER…]: a line for each: index,time,device,bar,offset,op,width,value,…
accesses() {
    local trace=$1
    shift
    mmio-convert -q "$trace" "$@" --to csv -o - | tail -n +2
}
