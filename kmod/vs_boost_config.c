// SPDX-License-Identifier: GPL-2.0-only
/*
 * The boost of one vCPU as user space sees it: settings in, counters out.
 */
#include <linux/ktime.h>

#include "vs_boost.h"
#include "vs_channel.h"
#include "vs_host.h"
#include "vs_payback.h"
#include "vs_vcpu.h"

/*
 * One interrupt's worth of boost: 80 us of the default burst of 2000. A longer burst is asked for because what an interrupt brings
 * takes longer, so up to an eighth of what is beyond goes to each: how much is learned.
 */
#define VS_KICK_PART		25
#define VS_KICK_PART_BEYOND	8
#define VS_BURST_USUAL_NS	(2 * VS_NSEC_PER_MSEC)
/* QEMU's way through a device's queue is longer than that. */
#define VS_SERVE_PART		10
#define VS_KICK_MIN_NS		(40 * VS_NSEC_PER_USEC)

static void vs_boost_set_span(struct vs_vcpu *v)
{
	u64 usual = min(v->burst_ns, VS_BURST_USUAL_NS), least = max(usual / VS_KICK_PART, VS_KICK_MIN_NS);

	if (v->servant)
		least = max(v->burst_ns / VS_SERVE_PART, VS_KICK_MIN_NS);
	vs_span_set(&v->span, least, v->servant ? least : least + (v->burst_ns - usual) / VS_KICK_PART_BEYOND);
}

/**
 * vs_boost_configure() - new settings for one vCPU; a boost that is on ends first
 * @v: in the registry, whose mutex the caller holds
 * @config: as asked for; the ceiling is put on here
 * @fresh: somebody asked for it just now, which overrules an earlier outside change of the thread
 *
 * Context: process.
 */
void vs_boost_configure(struct vs_vcpu *v, const struct vs_config *config, bool fresh)
{
	struct vs_config applied = { 0 };
	struct vs_policy want;
	unsigned long flags;
	bool on;

	vs_host_clamp(config, &applied);
	on = applied.applied_class != VS_CLASS_NONE && (!v->servant || config->flags & VS_CONFIG_IO);
	vs_vcpu_wait_busy(v);
	/* What runs there gets its weight again with the next sample. */
	if (READ_ONCE(v->boosted) || v->watch.lag_set || v->low)
		vs_vcpu_apply(v, &v->base);
	v->watch.lag_set = 0;
	if (fresh)
		vs_vcpu_restart(v);
	vs_policy_boost(&want, &v->base, applied.applied_class, applied.applied_priority);

	raw_spin_lock_irqsave(&v->lock, flags);
	vs_boost_settle(v, ktime_get_mono_fast_ns());
	if (v->boosted)
		vs_payback_turn(v, true);
	v->boosted = false;
	v->promote = false;
	v->on = on;
	v->want = want;
	v->paybackable = applied.applied_class == VS_CLASS_FIFO;
	v->low = false;
	v->deboost = on && !v->servant && config->flags & VS_CONFIG_DEBOOST;
	v->heed = config->flags & VS_CONFIG_GUEST;
	v->burst_ns = config->budget_burst_us * VS_NSEC_PER_USEC;
	vs_boost_set_span(v);
	v->woken = 0;
	vs_payback_restart(v);
	if (on)
		vs_budget_set(&v->budget, ktime_get_mono_fast_ns(), v->burst_ns, config->budget_share_pct);
	raw_spin_unlock_irqrestore(&v->lock, flags);
	vs_vcpu_end_busy(v);
}

static const struct {
	u32 state;
	enum vs_vcpu_bit bit;
} vs_state_bits[] = {
	{ VS_STATE_STEPPED_BACK, VS_BIT_STEPPED_BACK },
	{ VS_STATE_GONE, VS_BIT_GONE },
	{ VS_STATE_REFUSED, VS_BIT_REFUSED },
	{ VS_STATE_EXT, VS_BIT_EXT },
};

/* Counters as user space sees them. Context: process. */
void vs_boost_stats(struct vs_vcpu *v, struct vs_vcpu_stats *out)
{
	unsigned long flags;
	int i;

	raw_spin_lock_irqsave(&v->lock, flags);
	if (v->on)
		vs_budget_refill(&v->budget, ktime_get_mono_fast_ns());
	*out = v->stats;
	out->budget_ns = v->budget.tokens;
	out->debt_ns = v->debt.owed;
	out->state = (vs_channel_answered(v) ? VS_STATE_VOICE : 0) | (v->boosted ? VS_STATE_BOOSTED : 0) | (v->blocked ? VS_STATE_BLOCKED : 0) |
		     (vs_payback_owes(v) ? VS_STATE_PAYBACK : 0) |
		     (v->low ? VS_STATE_LOW : 0) |
		     (v->on && v->budget.tokens < (s64)VS_GRANT_MIN_NS ? VS_STATE_EXHAUSTED : 0);
	raw_spin_unlock_irqrestore(&v->lock, flags);
	for (i = 0; i < ARRAY_SIZE(vs_state_bits); i++)
		if (test_bit(vs_state_bits[i].bit, &v->bits))
			out->state |= vs_state_bits[i].state;
}
