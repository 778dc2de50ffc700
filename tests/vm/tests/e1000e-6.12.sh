# The same on a kernel 6.12, whose modules are compressed.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$(dirname "$test")/e1000e.sh"
kernel=6.12
