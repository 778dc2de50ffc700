# What the tests' host halves have in common. They run in the folder that the guest left.
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
