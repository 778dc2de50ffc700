# SPDX-License-Identifier: GPL-2.0-only
# The same on a kernel 6.12.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$(dirname "$test")/exact.sh"
kernel=6.12
