// SPDX-License-Identifier: GPL-2.0-only
/* Makes the trace events of mmiotap_trace.h. */
#define CREATE_TRACE_POINTS
#include "mmiotap_trace.h"
