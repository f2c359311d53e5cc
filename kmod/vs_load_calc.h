/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure arithmetic of guest tasks: who is background when an input comes, which nice level makes a ratio. No
 * kernel headers besides types, so that tests/kmod builds it in userspace. All times in ns; "now" is an argument.
 */
#ifndef VS_LOAD_CALC_H
#define VS_LOAD_CALC_H

#include "uapi/virtsched-page.h"
#include "uapi/virtsched.h"
#include "vs_budget_calc.h"
#include "vs_epoch_calc.h"

/* Quiet for so many parts of the window, and what follows is another busy stretch. */
#define VS_QUIET_PART		2
/* A task that became busy after an input is spared while the person goes on, but not for ever: builds begin with a key, too. */
#define VS_CHAIN_MAX_NS		(60000 * VS_NSEC_PER_MSEC)

/**
 * struct vs_rules - what classification goes by
 * @epoch_us: @window: length of an epoch, and how many count
 * @threshold: permille of one CPU
 * @phase_ns: longest phase
 */
struct vs_rules {
	u32 epoch_us;
	u32 window;
	u32 threshold;
	u64 phase_ns;
};

static inline u64 vs_rules_epoch_ns(const struct vs_rules *r)
{
	return r->epoch_us * VS_NSEC_PER_USEC;
}

static inline u64 vs_rules_epoch(const struct vs_rules *r, u64 now)
{
	return div64_u64(now, vs_rules_epoch_ns(r));
}

/**
 * struct vs_inputs - when the person did something
 * @last: latest input, 0: none yet
 * @chain: first of those that followed one another within a phase's length
 */
struct vs_inputs {
	u64 last;
	u64 chain;
};

static inline void vs_inputs_add(struct vs_inputs *in, const struct vs_rules *r, u64 now)
{
	if (!in->last || now - in->last > r->phase_ns)
		in->chain = now;
	in->last = now;
}

/* struct vs_task.bits */
#define VS_TASKF_ANSWERS	1U	/* its busy stretch began within a phase's length of an input */
#define VS_TASKF_SPARED		2U	/* makes sound */
#define VS_TASKF_BORN_OF	4U	/* it was born within a phase's length of an input */
#define VS_TASKF_WAITS		8U	/* at the last look of a phase: not seen, and may be waiting for its turn in the guest */

/**
 * struct vs_task - one guest task
 * @id: 0: free
 * @born: @seen: first and last time
 * @busy_since: begin of the present busy stretch, 0: not busy
 * @quiet: epochs since it was busy
 * @class: enum vs_task_class of uapi
 * @told: enum vs_page_task, as the guest says; @front: it said something else than "behind others" then, 0: never
 * @confidence: background verdicts, less the others
 * @bits: VS_TASKF_*
 * @vcpu: where it ran last; @idled: a vCPU that it ran on was idle then
 * @turn: the run time of that vCPU when the task was seen last
 * @stint: ns that it had the vCPU, or waited with it, without a break last
 * @peak: permille that the busiest task of its vCPU had over the window when that was looked at last, 0: its vCPU was idle in between
 * @peak_late: the same over the last part of the window
 * @heard: times since @heard_at that it behaved as one that plays, while sound played
 * @load: time used, as far as it could be: see vs_task_stood()
 * @used: time used
 */
struct vs_task {
	u64 id;
	u64 born;
	u64 seen;
	u64 busy_since;
	u32 quiet;
	u32 vcpu;
	u32 peak;
	u32 peak_late;
	u64 idled;
	u64 turn;
	u64 stint;
	u32 heard;
	u64 heard_at;
	unsigned char class;
	unsigned char told;
	unsigned char confidence;
	unsigned char bits;
	u64 front;
	struct vs_load load;
	struct vs_load used;
};

/* A task is seen for the first time, or again after so long that nothing is known of it but, where the guest says who it is, its age. */
static inline void vs_task_begin(struct vs_task *t, u64 id, const struct vs_rules *r, const struct vs_inputs *in, u64 now)
{
	*t = (struct vs_task){ .id = id, .born = t->id == id && id & VS_TASK_TOLD ? t->born : now, .seen = now };
	t->load.epoch = t->used.epoch = vs_rules_epoch(r, now);
	if (in->last && now - in->last <= r->phase_ns)
		t->bits = VS_TASKF_BORN_OF;
}

/* The epoch that has just ended was busy, or not. */
static inline void vs_task_stretch(struct vs_task *t, const struct vs_rules *r, const struct vs_inputs *in, u64 epoch)
{
	u32 us = t->load.run[epoch % VS_LOAD_EPOCHS] + t->load.wait[epoch % VS_LOAD_EPOCHS];
	u64 since = epoch * vs_rules_epoch_ns(r);

	if (us < div_u64((u64)r->epoch_us * r->threshold, 2000)) {
		if (++t->quiet > r->window / VS_QUIET_PART)
			t->busy_since = 0;
		return;
	}
	if (!t->busy_since) {
		t->busy_since = since > t->born ? since : t->born;
		t->bits &= ~VS_TASKF_ANSWERS;
		/* A background one that was seen little, because others of its kind had their turns, does not begin anything. */
		if (t->class != VS_TASK_BACKGROUND && in->last && in->last < since + vs_rules_epoch_ns(r) &&
		    t->busy_since < in->last + r->phase_ns)
			t->bits |= VS_TASKF_ANSWERS;
	}
	t->quiet = 0;
}

/* The clock has come to @now: judge the epochs that ended. */
static inline void vs_task_clock(struct vs_task *t, const struct vs_rules *r, const struct vs_inputs *in, u64 now)
{
	u64 e, from = t->load.epoch, to = vs_rules_epoch(r, now);

	if (to <= from)
		return;
	vs_task_stretch(t, r, in, from);
	for (e = from + 1; e < to && t->quiet <= r->window; e++)
		if (++t->quiet > r->window / VS_QUIET_PART)
			t->busy_since = 0;
	vs_load_roll(&t->load, to);
}

/*
 * The task had a vCPU until @now: @run ns of CPU, @wait ns of waiting for one. Epochs that ended meanwhile are judged with it: who
 * had to wait for half of the window, or was not looked at, was not quiet.
 */
static inline void vs_task_charge(struct vs_task *t, const struct vs_rules *r, const struct vs_inputs *in, u64 now, u64 run,
				  u64 wait)
{
	u32 into = vs_load_us(now - vs_rules_epoch(r, now) * vs_rules_epoch_ns(r));
	u64 e, to = vs_rules_epoch(r, now);

	vs_task_clock(t, r, in, now - (run + wait < now ? run + wait : now));
	e = t->load.epoch;
	vs_load_add(&t->load, to, into, run, wait, r->epoch_us);
	vs_load_add(&t->used, to, into, run, wait, r->epoch_us);
	/* All of it was the task's, so what there is no room for was as the rest. */
	if (e + VS_LOAD_EPOCHS <= to)
		e = to - VS_LOAD_EPOCHS + 1;
	for (; e < to; e++)
		vs_task_stretch(t, r, in, e);
	t->seen = now;
}

/*
 * The task could not run until @now, because its vCPU was stopped or others had their turn in the guest: that time says nothing of
 * whether it would have, so its load is what it was before.
 */
static inline void vs_task_stood(struct vs_task *t, const struct vs_rules *r, u64 now)
{
	vs_load_stand(&t->load, vs_rules_epoch(r, now));
}

/* A task is the one that it was when it was seen last: page frames are used again, by somebody who was not there for a whole window. */
static inline bool vs_task_is_known(const struct vs_task *t, const struct vs_rules *r, u64 now)
{
	return t->bits & VS_TASKF_WAITS || now - t->seen <= r->window * vs_rules_epoch_ns(r);
}

/*
 * A vCPU that has nothing to do is in HLT for so long now and then; one that waits for a lock of the guest's is there, too, and is let
 * off sooner.
 */
#define VS_IDLE_MIN_NS		(200 * VS_NSEC_PER_USEC)

/* @since: begin of a HLT, 0: none */
static inline bool vs_idles(u64 since, u64 now)
{
	return since && now > since && now - since >= VS_IDLE_MIN_NS;
}

/* Who runs for so long at once does not wait for others, but for its next turn. */
#define VS_STINT_LONG_NS	(4 * VS_NSEC_PER_MSEC)
/**
 * struct vs_idler - which task a guest's vCPUs idle in, if there is one that does nothing else
 * @id: 0: none yet; ~0: there is none, as several do: Linux idles in the address space of whoever ran last
 * @from: a task after which it was idle, 0: none yet
 * @sure: it was idle after another one as well
 */
struct vs_idler {
	u64 id;
	u64 from;
	bool sure;
};

/* A vCPU was idle in @id. @from: what ran there right before, 0: not known, or @id itself. */
static inline void vs_idler_add(struct vs_idler *i, u64 id, u64 from)
{
	if (!i->id)
		i->id = id;
	if (i->id != id) {
		i->id = ~0ULL;
		return;
	}
	i->sure = i->sure || (i->from && from && i->from != from);
	if (!i->from)
		i->from = from;
}

static inline bool vs_idler_is(const struct vs_idler *i, u64 id)
{
	return i->sure && i->id == id;
}

/* A runnable task has had its turn when its vCPU has run for so long: a few guest tasks' slices. */
#define VS_TURN_NS		(60 * VS_NSEC_PER_MSEC)
/*
 * Or when others had as much as it had last, each: the guest's scheduler counts the time that its vCPU waits for a CPU for time that the
 * task ran, so who was there while it waited is behind all others afterwards. So many others on one vCPU.
 */
#define VS_TURN_OTHERS		8

/* The task is found again, or still, after @ns of its vCPU's time. */
static inline void vs_task_stint(struct vs_task *t, bool still, u64 ns)
{
	t->stint = (still ? t->stint : 0) + ns;
	if (t->stint > VS_ELAPSED_MAX_NS)
		t->stint = VS_ELAPSED_MAX_NS;
}

/* May the task have been waiting in the guest since it was seen last? @ran: its vCPU's run time now; @idled: that was idle last then. */
static inline bool vs_task_waits(const struct vs_task *t, u64 ran, u64 idled, u64 now)
{
	if (!t->turn || idled >= t->seen || ran < t->turn)
		return false;
	return ran - t->turn < VS_TURN_NS || now - t->seen < VS_TURN_OTHERS * t->stint;
}

/* So many times in a window, and it makes the sound that plays: periods of sound are 5 to 50 ms long. */
#define VS_HEARD_MIN		10
#define VS_CONFIDENCE_MAX	10

/* Each verdict makes the next one of its kind likelier to be right. */
static inline void vs_task_verdict(struct vs_task *t, bool background)
{
	if (background && t->confidence < VS_CONFIDENCE_MAX)
		t->confidence++;
	else if (!background && t->confidence)
		t->confidence--;
}

/*
 * While sound plays: the task blocked, or ran at once after an interrupt, or was behind one. Hogs do none of it, but for hogs that have
 * others wait for them. @weighted: who was background so often before has to be heard so many times as often.
 */
static inline void vs_task_heard(struct vs_task *t, const struct vs_rules *r, bool weighted, u64 now)
{
	u32 enough = VS_HEARD_MIN * (weighted && t->confidence ? t->confidence : 1);

	if (!t->heard_at || now - t->heard_at > r->window * vs_rules_epoch_ns(r)) {
		if (t->heard < enough)
			t->bits &= ~VS_TASKF_SPARED;
		t->heard = 0;
		t->heard_at = now;
	}
	if (++t->heard >= enough)
		t->bits |= VS_TASKF_SPARED;
}

/* Silence, or not heard of for two windows. */
static inline void vs_task_unheard(struct vs_task *t, const struct vs_rules *r, bool sound, u64 now)
{
	if (!sound || (t->heard_at && now - t->heard_at > 2 * r->window * vs_rules_epoch_ns(r)))
		t->bits &= ~VS_TASKF_SPARED;
}

/* It became busy because of what the person does: not background, whatever its load, while that goes on. */
static inline bool vs_task_protected(const struct vs_task *t, const struct vs_rules *r, const struct vs_inputs *in, u64 now)
{
	u64 busy;

	if (!t->busy_since)
		return true;
	if (!(t->bits & VS_TASKF_ANSWERS))
		return false;
	busy = now > t->busy_since ? now - t->busy_since : 0;
	if (busy < 2 * r->phase_ns)
		return true;
	return busy < VS_CHAIN_MAX_NS && in->chain <= t->busy_since + vs_rules_epoch_ns(r) && now - in->last <= r->phase_ns;
}

/* Too young for the window to say anything of it alone. */
static inline bool vs_task_young(const struct vs_task *t, const struct vs_rules *r, u64 now)
{
	return now - t->born < r->window * vs_rules_epoch_ns(r);
}

/* Less than this and nobody is busy. */
#define VS_PEAK_MIN	50

/*
 * What the task would use if it had its vCPU for itself: of hogs that share one, none has more than its part, and it is a hog all the
 * same. Where the vCPU was never idle, as much as the busiest there is all that can be had. @load: @peak: permille.
 */
static inline u32 vs_task_demand(u32 load, u32 peak)
{
	return peak >= VS_PEAK_MIN && peak < 1000 ? load * 1000 / peak : load;
}

/* Has the vCPU that the task runs on been busy for the last @epochs? */
static inline bool vs_task_crowded(const struct vs_task *t, const struct vs_rules *r, u32 epochs, u64 now)
{
	u64 since = t->idled > t->born ? t->idled : t->born;

	return now - since >= epochs * vs_rules_epoch_ns(r);
}

/* So much of the window tells who is quiet now. */
static inline u32 vs_rules_late(const struct vs_rules *r)
{
	return r->window / 4 ? r->window / 4 : 1;
}

static inline u32 vs_task_late(const struct vs_task *t, const struct vs_rules *r, u64 now)
{
	return vs_load_both(&t->load, vs_rules_epoch(r, now), vs_rules_late(r), r->epoch_us);
}

/* In a phase: is a background task quiet enough to be let off? Half of the threshold, over the last part of the window. */
static inline bool vs_task_is_quiet(const struct vs_task *t, const struct vs_rules *r, u64 now)
{
	return !(t->bits & VS_TASKF_WAITS) && vs_task_demand(vs_task_late(t, r, now), t->peak_late) < r->threshold / 2;
}

enum vs_verdict {
	VS_VERDICT_LIGHT,
	VS_VERDICT_HEAVY,
	VS_VERDICT_YOUNG,	/* counts with the other young ones */
	VS_VERDICT_SPARED,
	VS_VERDICT_SYSTEM,
};

/*
 * The guest says @said of a thread of the task's. A process is as the foremost of its threads: those that a browser puts behind others work
 * for the one that draws. Idle time says nothing, but whose it is if nothing else ran.
 */
static inline void vs_task_hear(struct vs_task *t, const struct vs_rules *r, unsigned char said, u64 now)
{
	if (said == VS_PAGE_TASK_IDLE && (u32)t->id == VS_PAGE_KERNEL)
		said = VS_PAGE_TASK_SYSTEM;
	if (said == VS_PAGE_TASK_IDLE)
		return;
	if (said != VS_PAGE_TASK_BACKGROUND)
		t->front = now;
	else if (t->front && now - t->front <= r->window * vs_rules_epoch_ns(r))
		return;
	t->told = said;
}

/* It makes sound: the guest says so, or what it does looks like it and the guest does not say otherwise. */
static inline bool vs_task_sounds(const struct vs_task *t)
{
	return t->told == VS_PAGE_TASK_AUDIO || (t->bits & VS_TASKF_SPARED && t->told != VS_PAGE_TASK_BACKGROUND);
}

/* What the time before @now says of a task. @load: out: permille. */
static inline enum vs_verdict vs_task_judge(const struct vs_task *t, const struct vs_rules *r, const struct vs_inputs *before,
					    u64 now, u32 *load)
{
	/* What the guest puts behind others itself does not answer anybody. */
	bool behind = t->told == VS_PAGE_TASK_BACKGROUND;
	/* Who weighs less is seen less. */
	u32 limit = t->class == VS_TASK_BACKGROUND ? r->threshold / 2 : r->threshold;

	*load = vs_load_both(&t->load, vs_rules_epoch(r, now), r->window, r->epoch_us);
	if (t->told == VS_PAGE_TASK_SYSTEM)
		return VS_VERDICT_SYSTEM;
	if (vs_task_sounds(t))
		return VS_VERDICT_SPARED;
	if (!behind && t->bits & VS_TASKF_ANSWERS && vs_task_protected(t, r, before, now))
		return VS_VERDICT_LIGHT;
	if (vs_task_demand(*load, t->peak) > limit)
		return VS_VERDICT_HEAVY;
	/* Its vCPU may have been another one, with more room, for most of the window. */
	if (t->class == VS_TASK_BACKGROUND && !vs_task_is_quiet(t, r, now))
		return VS_VERDICT_HEAVY;
	/* The many processes of what the person launched are no build. */
	if (vs_task_young(t, r, now) && (behind || !(t->bits & (VS_TASKF_ANSWERS | VS_TASKF_BORN_OF))))
		return VS_VERDICT_YOUNG;
	return VS_VERDICT_LIGHT;
}

/* What an input launches is there by then. */
#define VS_LAUNCH_NS	(1000 * VS_NSEC_PER_MSEC)

/* In a phase, while many young tasks are background: is this one of theirs, and not what the input launched? */
static inline bool vs_task_swarms(const struct vs_task *t, const struct vs_rules *r, const struct vs_inputs *in, u64 now)
{
	return vs_task_young(t, r, now) && t->born > in->last + VS_LAUNCH_NS && !vs_task_sounds(t) &&
	       t->told != VS_PAGE_TASK_SYSTEM;
}

/*
 * A vCPU on which the person's task was seen keeps its full weight for so many epochs, whatever it runs: that task may be waiting there
 * for its turn in the guest, behind a background one, and would wait the longer the less the vCPU weighs.
 */
#define VS_SERVED_EPOCHS	4
/* An input's interrupt is handled by then, and who waits for it has had its turn: two ticks of a slow guest. */
#define VS_AWAIT_NS		(10 * VS_NSEC_PER_MSEC)
/* When that has woken somebody on another vCPU, he is expected there for so long. */
#define VS_PASS_NS		(5 * VS_NSEC_PER_MSEC)

/* Is somebody expected from @at until @until? */
static inline bool vs_awaits(u64 at, u64 until, u64 now)
{
	return now >= at && now < until;
}

/**
 * vs_serves() - is the vCPU one that the person waits for?
 * @served: an interactive task was seen on it then, 0: not in this phase
 * @awaited: until then somebody is expected on it because of an input
 */
static inline bool vs_serves(u64 served, u64 awaited, const struct vs_rules *r, u64 now)
{
	return now < awaited || (served && now < served + VS_SERVED_EPOCHS * vs_rules_epoch_ns(r));
}

/* The nice level, 0..19, whose weight is nearest to background / interactive of level 0's. */
static inline u32 vs_nice_for(u32 interactive, u32 background)
{
	static const u32 weights[] = { 1024, 820, 655, 526, 423, 335, 272, 215, 172, 137, 110, 87, 70, 56, 45, 36, 29, 23, 18, 15 };
	u32 n;

	/* The first level that is nearer, by ratio, than the next one: want^2 >= w[n] * w[n + 1]. */
	for (n = 0; n < 19; n++) {
		u64 want = 1024ULL * background;

		if (want * want >= (u64)weights[n] * weights[n + 1] * interactive * interactive)
			return n;
	}
	return 19;
}

#endif /* VS_LOAD_CALC_H */
