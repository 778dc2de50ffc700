# SPDX-License-Identifier: GPL-2.0-only
# The same with two processors.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$(dirname "$test")/exact.sh"
cpus=2 rounds=120000
