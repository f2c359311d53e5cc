/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One tracepoint for each decision: events/virtsched/ in tracefs. Times in ns.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM virtsched

#if !defined(VS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define VS_TRACE_H

#include <linux/tracepoint.h>

#include "vs_domain.h"
#include "vs_vcpu.h"

#define VS_TRACE_NAME	16

DECLARE_EVENT_CLASS(virtsched_domain,
	TP_PROTO(const struct vs_domain *d),
	TP_ARGS(d),
	TP_STRUCT__entry(
		__array(char, name, VS_TRACE_NAME)
		__field(s32, tgid)
		__field(u32, vcpus)
	),
	TP_fast_assign(
		strscpy(__entry->name, d->name, VS_TRACE_NAME);
		__entry->tgid = d->tgid;
		__entry->vcpus = d->nr_vcpus;
	),
	TP_printk("domain=%s tgid=%d vcpus=%u", __entry->name, __entry->tgid, __entry->vcpus)
);
/* A domain became known, or its list of vCPU threads changed. */
DEFINE_EVENT(virtsched_domain, virtsched_attach, TP_PROTO(const struct vs_domain *d), TP_ARGS(d));
/* Every thread of a domain was put back. */
DEFINE_EVENT(virtsched_domain, virtsched_detach, TP_PROTO(const struct vs_domain *d), TP_ARGS(d));

DECLARE_EVENT_CLASS(virtsched_vcpu,
	TP_PROTO(const struct vs_vcpu *v, s64 ns),
	TP_ARGS(v, ns),
	TP_STRUCT__entry(
		__array(char, name, VS_TRACE_NAME)
		__field(u32, vcpu)
		__field(s32, tid)
		__field(s64, ns)
	),
	TP_fast_assign(
		strscpy(__entry->name, v->domain->name, VS_TRACE_NAME);
		__entry->vcpu = v->vcpu_id;
		__entry->tid = v->tid;
		__entry->ns = ns;
	),
	TP_printk("domain=%s vcpu=%u tid=%d ns=%lld", __entry->name, __entry->vcpu, __entry->tid, __entry->ns)
);
/* A kick made a running boost longer: to so many ns from now. */
DEFINE_EVENT(virtsched_vcpu, virtsched_extend, TP_PROTO(const struct vs_vcpu *v, s64 ns), TP_ARGS(v, ns));
/* The deadline ended a boost; ns: what is owed now. */
DEFINE_EVENT(virtsched_vcpu, virtsched_cutoff, TP_PROTO(const struct vs_vcpu *v, s64 ns), TP_ARGS(v, ns));
/* The guest said that nothing is urgent any more, or the vCPU spins: the boost ends early; ns: what is owed now. */
DEFINE_EVENT(virtsched_vcpu, virtsched_give_up, TP_PROTO(const struct vs_vcpu *v, s64 ns), TP_ARGS(v, ns));
/* No boost for want of budget; ns: the vCPU's own budget (when it is not empty, the domain's or the host CPU's is). */
DEFINE_EVENT(virtsched_vcpu, virtsched_refuse, TP_PROTO(const struct vs_vcpu *v, s64 ns), TP_ARGS(v, ns));
/* The vCPU waits so long at most before guest entry: its dirty quota is used up. */
DEFINE_EVENT(virtsched_vcpu, virtsched_quota, TP_PROTO(const struct vs_vcpu *v, s64 ns), TP_ARGS(v, ns));
/* The vCPU waits so long at most before guest entry, to pay boosted time back. */
DEFINE_EVENT(virtsched_vcpu, virtsched_payback, TP_PROTO(const struct vs_vcpu *v, s64 ns), TP_ARGS(v, ns));

/* A boost began. */
TRACE_EVENT(virtsched_boost,
	TP_PROTO(const struct vs_vcpu *v, enum vs_by by, u64 grant),
	TP_ARGS(v, by, grant),
	TP_STRUCT__entry(
		__array(char, name, VS_TRACE_NAME)
		__field(u32, vcpu)
		__field(s32, tid)
		__field(u8, by)
		__field(u64, grant)
		__field(s64, budget)
	),
	TP_fast_assign(
		strscpy(__entry->name, v->domain->name, VS_TRACE_NAME);
		__entry->vcpu = v->vcpu_id;
		__entry->tid = v->tid;
		__entry->by = by;
		__entry->grant = grant;
		__entry->budget = v->budget.tokens;
	),
	TP_printk("domain=%s vcpu=%u tid=%d reason=%s grant=%llu budget=%lld", __entry->name, __entry->vcpu,
		  __entry->tid, __print_symbolic(__entry->by, { VS_BY_WAKE, "wake" }, { VS_BY_KICK, "kick" }, { VS_BY_GUEST, "guest" },
				   { VS_BY_SPIN, "spin" }, { VS_BY_SERVE, "serve" }), __entry->grant, __entry->budget)
);

/* Somebody else changed the thread's policy or nice value. */
TRACE_EVENT(virtsched_step_back,
	TP_PROTO(const struct vs_vcpu *v),
	TP_ARGS(v),
	TP_STRUCT__entry(
		__array(char, name, VS_TRACE_NAME)
		__field(u32, vcpu)
		__field(s32, tid)
	),
	TP_fast_assign(
		strscpy(__entry->name, v->domain->name, VS_TRACE_NAME);
		__entry->vcpu = v->vcpu_id;
		__entry->tid = v->tid;
	),
	TP_printk("domain=%s vcpu=%u tid=%d", __entry->name, __entry->vcpu, __entry->tid)
);

#endif /* VS_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE vs_trace
#include <trace/define_trace.h>
