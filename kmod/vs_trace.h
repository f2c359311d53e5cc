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
#include "vs_load_calc.h"
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
/* A boosted vCPU went into HLT: the boost ends; ns: what is owed now. */
DEFINE_EVENT(virtsched_vcpu, virtsched_sleep, TP_PROTO(const struct vs_vcpu *v, s64 ns), TP_ARGS(v, ns));
/* A boost that was granted could not be given: the thread is somebody else's now, or the kernel refused; ns: the vCPU's budget. */
DEFINE_EVENT(virtsched_vcpu, virtsched_deny, TP_PROTO(const struct vs_vcpu *v, s64 ns), TP_ARGS(v, ns));
/* The vCPU waits so long at most before guest entry: its dirty quota is used up. */
DEFINE_EVENT(virtsched_vcpu, virtsched_quota, TP_PROTO(const struct vs_vcpu *v, s64 ns), TP_ARGS(v, ns));
/* The groups above the vCPU are charged with so much boosted time. */
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
				   { VS_BY_SPIN, "spin" }, { VS_BY_SERVE, "serve" }, { VS_BY_TASK, "task" }), __entry->grant, __entry->budget)
);

/* A word of the guest that makes no sense, or says "urgent" for too long. */
TRACE_EVENT(virtsched_reject,
	TP_PROTO(const struct vs_vcpu *v, u64 word),
	TP_ARGS(v, word),
	TP_STRUCT__entry(
		__array(char, name, VS_TRACE_NAME)
		__field(u32, vcpu)
		__field(u64, word)
	),
	TP_fast_assign(
		strscpy(__entry->name, v->domain->name, VS_TRACE_NAME);
		__entry->vcpu = v->vcpu_id;
		__entry->word = word;
	),
	TP_printk("domain=%s vcpu=%u word=%016llx", __entry->name, __entry->vcpu, __entry->word)
);

/* The guest channel is open for so many vCPUs; 0: it was closed. */
TRACE_EVENT(virtsched_channel,
	TP_PROTO(const struct vs_domain *d, u32 slots, u16 session),
	TP_ARGS(d, slots, session),
	TP_STRUCT__entry(
		__array(char, name, VS_TRACE_NAME)
		__field(u32, slots)
		__field(u16, session)
	),
	TP_fast_assign(
		strscpy(__entry->name, d->name, VS_TRACE_NAME);
		__entry->slots = slots;
		__entry->session = session;
	),
	TP_printk("domain=%s slots=%u session=%04x", __entry->name, __entry->slots, __entry->session)
);

/* The vCPU goes below normal for its debt, or comes back. */
TRACE_EVENT(virtsched_deboost,
	TP_PROTO(const struct vs_vcpu *v, bool low),
	TP_ARGS(v, low),
	TP_STRUCT__entry(
		__array(char, name, VS_TRACE_NAME)
		__field(u32, vcpu)
		__field(s32, tid)
		__field(bool, low)
		__field(u64, owed)
		__field(s64, budget)
	),
	TP_fast_assign(
		strscpy(__entry->name, v->domain->name, VS_TRACE_NAME);
		__entry->vcpu = v->vcpu_id;
		__entry->tid = v->tid;
		__entry->low = low;
		__entry->owed = v->debt.owed;
		__entry->budget = v->budget.tokens;
	),
	TP_printk("domain=%s vcpu=%u tid=%d low=%d owed=%llu budget=%lld", __entry->name, __entry->vcpu, __entry->tid, __entry->low,
		  __entry->owed, __entry->budget)
);

/* Somebody else changed the thread's policy or nice value, or sched_ext took it over. */
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

/* The vCPU was found to run another task of its guest. */
TRACE_EVENT(virtsched_task,
	TP_PROTO(const struct vs_vcpu *v, u64 from, u64 to),
	TP_ARGS(v, from, to),
	TP_STRUCT__entry(
		__array(char, name, VS_TRACE_NAME)
		__field(u32, vcpu)
		__field(s32, tid)
		__field(u64, from)
		__field(u64, to)
	),
	TP_fast_assign(
		strscpy(__entry->name, v->domain->name, VS_TRACE_NAME);
		__entry->vcpu = v->vcpu_id;
		__entry->tid = v->tid;
		__entry->from = from;
		__entry->to = to;
	),
	TP_printk("domain=%s vcpu=%u tid=%d from=%llx to=%llx", __entry->name, __entry->vcpu, __entry->tid, __entry->from,
		  __entry->to)
);

/* The unboosted thread has another nice value, for what its vCPU runs. */
TRACE_EVENT(virtsched_weight,
	TP_PROTO(const struct vs_vcpu *v, s32 nice),
	TP_ARGS(v, nice),
	TP_STRUCT__entry(
		__array(char, name, VS_TRACE_NAME)
		__field(u32, vcpu)
		__field(s32, tid)
		__field(u64, task)
		__field(s32, nice)
	),
	TP_fast_assign(
		strscpy(__entry->name, v->domain->name, VS_TRACE_NAME);
		__entry->vcpu = v->vcpu_id;
		__entry->tid = v->tid;
		__entry->task = v->watch.id;
		__entry->nice = nice;
	),
	TP_printk("domain=%s vcpu=%u tid=%d task=%llx nice=%d", __entry->name, __entry->vcpu, __entry->tid, __entry->task,
		  __entry->nice)
);

/* Input that counts: VS_INPUT_*, 0: by hand. */
TRACE_EVENT(virtsched_input,
	TP_PROTO(const struct vs_domain *d, u32 kind),
	TP_ARGS(d, kind),
	TP_STRUCT__entry(
		__array(char, name, VS_TRACE_NAME)
		__field(u32, kind)
	),
	TP_fast_assign(
		strscpy(__entry->name, d->name, VS_TRACE_NAME);
		__entry->kind = kind;
	),
	TP_printk("domain=%s kind=%s", __entry->name, __print_symbolic(__entry->kind, { 0, "hand" }, { VS_INPUT_KEY, "key" },
		  { VS_INPUT_BUTTON, "button" }, { VS_INPUT_WHEEL, "wheel" }, { VS_INPUT_TOUCH, "touch" },
		  { VS_INPUT_MOTION, "motion" }))
);

/* What an input, or the look inside a phase, makes of one task; load in permille of one CPU. */
TRACE_EVENT(virtsched_classify,
	TP_PROTO(const struct vs_domain *d, const struct vs_task *t, u32 load),
	TP_ARGS(d, t, load),
	TP_STRUCT__entry(
		__array(char, name, VS_TRACE_NAME)
		__field(u64, task)
		__field(u32, vcpu)
		__field(u32, load)
		__field(u8, class)
	),
	TP_fast_assign(
		strscpy(__entry->name, d->name, VS_TRACE_NAME);
		__entry->task = t->id;
		__entry->vcpu = t->vcpu;
		__entry->load = load;
		__entry->class = t->class;
	),
	TP_printk("domain=%s task=%llx vcpu=%u load=%u class=%s", __entry->name, __entry->task, __entry->vcpu, __entry->load,
		  __print_symbolic(__entry->class, { VS_TASK_INTERACTIVE, "interactive" }, { VS_TASK_BACKGROUND, "background" },
				   { VS_TASK_AUDIO, "audio" }, { VS_TASK_SYSTEM, "system" }))
);

DECLARE_EVENT_CLASS(virtsched_phase,
	TP_PROTO(const struct vs_domain *d, u32 background, u64 ns),
	TP_ARGS(d, background, ns),
	TP_STRUCT__entry(
		__array(char, name, VS_TRACE_NAME)
		__field(u32, background)
		__field(u64, ns)
	),
	TP_fast_assign(
		strscpy(__entry->name, d->name, VS_TRACE_NAME);
		__entry->background = background;
		__entry->ns = ns;
	),
	TP_printk("domain=%s background=%u ns=%llu", __entry->name, __entry->background, __entry->ns)
);
/* An interactive phase begins, or is made longer: so many background tasks, so long at most. */
DEFINE_EVENT(virtsched_phase, virtsched_phase_begin, TP_PROTO(const struct vs_domain *d, u32 background, u64 ns),
	     TP_ARGS(d, background, ns));
/* It ended after so long. */
DEFINE_EVENT(virtsched_phase, virtsched_phase_end, TP_PROTO(const struct vs_domain *d, u32 background, u64 ns),
	     TP_ARGS(d, background, ns));

/*
 * A vCPU asked for its share of the dirty quota, or for what others left. @pages: dirtied so far; left: may still be dirtied (below
 * 0: is owed) in millionths of a page; rate: of all vCPUs, pages per second.
 */
TRACE_EVENT(virtsched_quota_claim,
	TP_PROTO(const struct vs_vcpu *v, u64 pages, s64 left),
	TP_ARGS(v, pages, left),
	TP_STRUCT__entry(
		__array(char, name, VS_TRACE_NAME)
		__field(u32, vcpu)
		__field(s32, tid)
		__field(u64, pages)
		__field(s64, left)
		__field(u64, rate)
	),
	TP_fast_assign(
		strscpy(__entry->name, v->domain->name, VS_TRACE_NAME);
		__entry->vcpu = v->vcpu_id;
		__entry->tid = v->tid;
		__entry->pages = pages;
		__entry->left = left;
		__entry->rate = READ_ONCE(v->domain->quota.asked.rate);
	),
	TP_printk("domain=%s vcpu=%u tid=%d pages=%llu left=%lld rate=%llu", __entry->name, __entry->vcpu, __entry->tid,
		  __entry->pages, __entry->left, __entry->rate)
);

#endif /* VS_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE vs_trace
#include <trace/define_trace.h>
