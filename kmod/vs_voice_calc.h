/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure logic: what a guest's task and input words are worth. No kernel headers besides types, so that tests/kmod builds it in
 * userspace. A guest may write anything: what makes no sense says nothing.
 */
#ifndef VS_VOICE_CALC_H
#define VS_VOICE_CALC_H

#include "uapi/virtsched-page.h"
#include "vs_budget_calc.h"

/*
 * Who goes on running keeps its address space, but for an exec and what a kernel thread borrows: when a vCPU was found in another one
 * so often while its word stayed the same, the word is left over from a guest that was reset, and says nothing until it changes.
 */
#define VS_VOICE_ODD_MAX	8

/**
 * struct vs_voice_task - what one vCPU's guest has said; all zero: nothing yet
 * @task: the task word last; @seen: the address space that the vCPU was found in then
 * @odd: so often it was found in another one since
 * @input: the input word last
 */
struct vs_voice_task {
	u64 task;
	u64 seen;
	u32 odd;
	u64 input;
};

/*
 * The same address space, or one that is not known? Under page table isolation it is two page frames side by side, and the guest may do that
 * though the host does not: a CPU model of old has the bug.
 */
static inline bool vs_voice_same_space(u64 a, u64 b)
{
	return !a || !b || a >> 1 == b >> 1;
}

/**
 * vs_voice_hear_task() - the process that a task word names
 * @voice: of the vCPU
 * @word: read once
 * @session: whose words count
 * @seen: address space, 0: not known
 * @id: @class: out, written if the word is worth anything
 *
 * Return: true if it makes no sense.
 */
static inline bool vs_voice_hear_task(struct vs_voice_task *voice, u64 word, u32 session, u64 seen, u64 *id, unsigned char *class)
{
	bool fresh = word != voice->task;

	if (VS_PAGE_SESSION_OF(word) != session || VS_PAGE_CLASS_OF(word) == VS_PAGE_TASK_UNKNOWN)
		return false;
	if (VS_PAGE_CLASS_OF(word) >= VS_PAGE_TASKS || !VS_PAGE_ID_OF(word)) {
		voice->task = word;
		return fresh;
	}
	if (fresh) {
		voice->task = word;
		voice->seen = seen;
		voice->odd = 0;
	} else if (!voice->seen) {
		voice->seen = seen;
	} else if (!vs_voice_same_space(seen, voice->seen) && voice->odd < VS_VOICE_ODD_MAX) {
		voice->seen = seen;
		if (++voice->odd == VS_VOICE_ODD_MAX)
			return true;
	}
	if (voice->odd == VS_VOICE_ODD_MAX)
		return false;
	*id = VS_PAGE_ID_OF(word);
	*class = VS_PAGE_CLASS_OF(word);
	return false;
}

/* Has there been input, and of which kind? @kind: out, written if there was. Return: true if the word makes no sense. */
static inline bool vs_voice_hear_input(struct vs_voice_task *voice, u64 word, u32 session, unsigned char *kind)
{
	unsigned char said = VS_PAGE_CLASS_OF(word);

	if (VS_PAGE_SESSION_OF(word) != session || word == voice->input)
		return false;
	voice->input = word;
	if (!said || said & ~VS_PAGE_INPUTS || said & (said - 1) || VS_PAGE_ZERO_OF(word))
		return true;
	*kind = said;
	return false;
}

#endif /* VS_VOICE_CALC_H */
