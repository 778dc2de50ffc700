# SPDX-License-Identifier: GPL-2.0-only
# The same on a kernel with other event formats and compressed modules.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$(dirname "$test")/capture.sh"
kernel=6.12
