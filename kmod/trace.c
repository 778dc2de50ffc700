// SPDX-License-Identifier: GPL-2.0-only
/* The code of the trace events, made from mmiotap_trace.h. */
#define CREATE_TRACE_POINTS
#include "mmiotap_trace.h"
