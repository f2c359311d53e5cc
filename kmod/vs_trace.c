// SPDX-License-Identifier: GPL-2.0-only
/* The bodies of our tracepoints; see vs_trace.h. */
#define CREATE_TRACE_POINTS
#include "vs_trace.h"
