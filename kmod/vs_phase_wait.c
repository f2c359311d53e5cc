// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which background tasks wait for their turn in the guest: who is not seen because others of its kind share a vCPU with it, which itself
 * hardly gets to run, is not quiet.
 */
#include <linux/list.h>

#include "vs_domain.h"
#include "vs_phase.h"
#include "vs_tasks.h"
#include "vs_vcpu.h"

/* Has the vCPU had nothing to do at some time since? Context: lock held. */
static bool vs_phase_idled(const struct vs_watch *w, u64 since, u64 now)
{
	return vs_idles(w->idle_since, now) || w->idled > since;
}

/*
 * The guest's agent has moved a task that we called background to where others of the kind are: it was not seen there yet, and where it
 * was is idle. Its turn there is counted from now on. Context: lock and registry mutex held.
 */
static void vs_phase_move(const struct vs_domain *d, struct vs_task *t, u64 now)
{
	const struct vs_vcpu *v, *to = NULL;

	list_for_each_entry(v, &d->vcpus, link) {
		const struct vs_watch *w = &v->watch;

		if (v->servant)
			continue;
		if (v->vcpu_id == t->vcpu && !vs_phase_idled(w, t->seen, now))
			return;
		if (!vs_phase_idled(w, t->seen, now) && w->task && w->task->id == w->id && w->task->class == VS_TASK_BACKGROUND)
			to = v;
	}
	if (!to)
		return;
	t->vcpu = to->vcpu_id;
	t->turn = to->watch.ran;
}

/*
 * May the task be waiting for its turn, on a vCPU that hardly gets to run? Not once a vCPU had nothing to do, which the guest would
 * have given it, unless the guest keeps it where it is because we told it to; nor when its own has run for a while without it.
 * Context: lock and registry mutex held.
 */
static bool vs_phase_waits(const struct vs_domain *d, struct vs_task *t, u64 now)
{
	bool kept = d->tasks->tell && t->id & VS_TASK_TOLD, waits = false;
	const struct vs_vcpu *v;

	if (now - t->seen < vs_rules_epoch_ns(&d->tasks->rules))
		return false;
	if (kept)
		vs_phase_move(d, t, now);
	list_for_each_entry(v, &d->vcpus, link) {
		bool own = v->vcpu_id == t->vcpu;

		if (v->servant)
			continue;
		if ((own || !kept) && vs_phase_idled(&v->watch, t->seen, now))
			return false;
		waits |= own && vs_task_waits(t, v->watch.ran, v->watch.idled, now);
	}
	return waits;
}

/**
 * vs_phase_stand() - time stands still for a background task that waits for its turn
 * @d: in a phase
 * @t: one of its tasks
 * @now: monotonic
 *
 * Context: tasks' lock and registry mutex held.
 */
void vs_phase_stand(struct vs_domain *d, struct vs_task *t, u64 now)
{
	t->bits &= ~VS_TASKF_WAITS;
	if (!vs_phase_waits(d, t, now))
		return;
	t->bits |= VS_TASKF_WAITS;
	vs_task_stood(t, &d->tasks->rules, now);
}
