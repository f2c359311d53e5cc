// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's end of the guest channel. The guest may write anything, anywhere in the pages, at any time: its word is read
 * once per decision, checked, and what makes no sense is counted; our own words are never read back.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "vs_channel.h"
#include "vs_domain.h"
#include "vs_tasks.h"
#include "vs_trace.h"
#include "vs_vcpu.h"

/**
 * struct vs_channel_map - pinned pages of one channel
 * @session: not 0
 * @nr: length of @pages, header included
 * @wants: what the guest is asked to say besides, 0: nothing
 * @list: background processes as the guest was told last
 * @pages: page 0 is the header
 */
struct vs_channel_map {
	u16 session;
	u32 nr;
	u64 wants;
	struct vs_page_background list;
	struct page *pages[];
};

/*
 * A word that says "urgent" and has not changed for so long says nothing any more: the guest was reset in the middle, or lies.
 * Longer than any budget allows a boost to last.
 */
#define VS_VOICE_STALE_NS	(100 * VS_NSEC_PER_MSEC)
/*
 * A guest that speaks changes its word with each interrupt. One that has not changed between two looks so far apart is what an
 * earlier kernel has left, and the one that runs now says nothing.
 */
#define VS_VOICE_LEFT_NS	(2000 * VS_NSEC_PER_MSEC)

static_assert(sizeof(struct vs_page_slot) == VS_PAGE_SIZE);
static_assert(PAGE_SIZE == VS_PAGE_SIZE);
static_assert(offsetof(struct vs_page_header, background) == 1024 && sizeof(struct vs_page_header) <= VS_PAGE_SIZE);
static_assert(VS_PAGE_INPUT_KEY == VS_INPUT_KEY && VS_PAGE_INPUT_BUTTON == VS_INPUT_BUTTON && VS_PAGE_INPUT_WHEEL == VS_INPUT_WHEEL &&
	      VS_PAGE_INPUT_TOUCH == VS_INPUT_TOUCH && VS_PAGE_INPUT_MOTION == VS_INPUT_MOTION && VS_PAGE_INPUTS == VS_INPUT_ALL);
static_assert(VS_PAGE_BACKGROUND_MAX >= VS_MAX_TASKS);

/**
 * vs_channel_map() - pin the pages at the caller's address
 * @req: checked for form
 *
 * Context: process, no lock held; the caller's mapping is read.
 * Return: to be wired or unmapped; ERR_PTR(-EFAULT), ERR_PTR(-ENOMEM).
 */
struct vs_channel_map *vs_channel_map(const struct vs_channel *req)
{
	struct vs_channel_map *map = kzalloc(struct_size(map, pages, req->nr_pages), GFP_KERNEL_ACCOUNT);
	int got;

	if (!map)
		return ERR_PTR(-ENOMEM);
	map->nr = req->nr_pages;
	map->session = req->session;
	got = pin_user_pages_fast(req->addr, req->nr_pages, FOLL_WRITE | FOLL_LONGTERM, map->pages);
	if (got == req->nr_pages)
		return map;
	if (got > 0)
		unpin_user_pages(map->pages, got);
	kfree(map);
	return ERR_PTR(got == -ENOMEM ? -ENOMEM : -EFAULT);
}

/* Nobody looks at the pages any more. NULL is fine. Context: process. */
void vs_channel_unmap(struct vs_channel_map *map)
{
	if (!map)
		return;
	unpin_user_pages_dirty_lock(map->pages, map->nr, true);
	kfree(map);
}

static u64 vs_channel_word(const struct vs_vcpu *v, u8 state)
{
	return state == VS_PAGE_ABSENT ? 0 : VS_PAGE_HOST(state, v->session);
}

/**
 * vs_channel_say() - tell the guest whether its vCPU is boosted
 * @v: with or without a channel
 * @state: VS_PAGE_*
 *
 * Context: v->lock held.
 */
void vs_channel_say(struct vs_vcpu *v, u8 state)
{
	if (!v->slot || v->said == state)
		return;
	v->said = state;
	WRITE_ONCE(v->slot->host, vs_channel_word(v, state));
}

/* The vCPU has no voice any more. Context: v->lock held. */
void vs_channel_unwire(struct vs_vcpu *v)
{
	vs_channel_say(v, VS_PAGE_ABSENT);
	if (v->slot)
		WRITE_ONCE(v->slot->wants, 0);
	v->slot = NULL;
}

/* What interactive phases would be told of the guest. Context: registry mutex held. */
static u64 vs_channel_wanted(const struct vs_domain *d)
{
	if (!d->tasks || !d->tasks->on || !d->tasks->heed)
		return 0;
	return VS_PAGE_WANTS(VS_PAGE_WANT_TASKS, d->channel->session, d->tasks->inputs);
}

/* Phases were switched on or off, or told other inputs. Context: process, registry mutex held. */
void vs_channel_ask(struct vs_domain *d)
{
	if (d->channel && d->channel->wants != vs_channel_wanted(d))
		vs_channel_wire(d);
}

static void vs_channel_wire_vcpu(struct vs_vcpu *v, struct vs_channel_map *map)
{
	u32 page = v->vcpu_id + 1;
	unsigned long flags;

	raw_spin_lock_irqsave(&v->lock, flags);
	if (page < map->nr) {
		v->slot = page_address(map->pages[page]);
		v->session = map->session;
		/* A guest may have written our word meanwhile. */
		v->said = VS_PAGE_ABSENT;
		vs_channel_say(v, v->active_since ? VS_PAGE_BOOSTED : VS_PAGE_NORMAL);
		v->voice = (struct vs_voice_task){ 0 };
		WRITE_ONCE(v->slot->wants, map->wants);
	}
	raw_spin_unlock_irqrestore(&v->lock, flags);
}

/* The list as it is to be; @list is ours, the page's is never read. Context: registry mutex held. */
static void vs_channel_write_list(struct vs_channel_map *map)
{
	struct vs_page_background *page = &((struct vs_page_header *)page_address(map->pages[0]))->background;
	u32 i;

	WRITE_ONCE(page->seq, map->list.seq + 1);
	/* Pairs with the guest's reads: an odd number before the list, an even one after it. */
	smp_wmb();
	WRITE_ONCE(page->nr, map->list.nr);
	for (i = 0; i < map->list.nr; i++)
		WRITE_ONCE(page->id[i], map->list.id[i]);
	smp_wmb();
	map->list.seq += 2;
	WRITE_ONCE(page->seq, map->list.seq);
}

/**
 * vs_channel_publish() - tell the guest which of its processes are background
 * @d: with or without a channel
 * @ids: their ids
 * @nr: how many, 0: no phase is on
 *
 * Context: process, registry mutex held.
 */
void vs_channel_publish(struct vs_domain *d, const u32 *ids, u32 nr)
{
	struct vs_channel_map *map = d->channel;

	if (!map || (nr == map->list.nr && !memcmp(ids, map->list.id, nr * sizeof(*ids))))
		return;
	map->list.nr = min_t(u32, nr, VS_PAGE_BACKGROUND_MAX);
	memcpy(map->list.id, ids, map->list.nr * sizeof(*ids));
	vs_channel_write_list(map);
}

/* Give every vCPU of the domain its page, and the guest the header. Context: process, registry mutex held. */
void vs_channel_wire(struct vs_domain *d)
{
	struct vs_page_header *header;
	struct vs_vcpu *v;

	if (!d->channel)
		return;
	d->channel->wants = vs_channel_wanted(d);
	list_for_each_entry(v, &d->vcpus, link)
		vs_channel_wire_vcpu(v, d->channel);
	header = page_address(d->channel->pages[0]);
	vs_channel_write_list(d->channel);
	WRITE_ONCE(header->version, VS_PAGE_VERSION);
	WRITE_ONCE(header->nr_slots, d->channel->nr - 1);
	/* Whoever sees the magic sees the rest. */
	smp_store_release(&header->magic, VS_PAGE_MAGIC);
	trace_virtsched_channel(d, d->channel->nr - 1, d->channel->session);
}

/* Take the domain's channel away, if it has one. Context: process, registry mutex held. */
void vs_channel_close(struct vs_domain *d)
{
	struct vs_page_header *header;
	struct vs_vcpu *v;
	unsigned long flags;

	if (!d->channel)
		return;
	vs_channel_publish(d, d->channel->list.id, 0);
	list_for_each_entry(v, &d->vcpus, link) {
		raw_spin_lock_irqsave(&v->lock, flags);
		vs_channel_unwire(v);
		raw_spin_unlock_irqrestore(&v->lock, flags);
	}
	header = page_address(d->channel->pages[0]);
	WRITE_ONCE(header->magic, 0);
	trace_virtsched_channel(d, 0, d->channel->session);
	vs_channel_unmap(d->channel);
	d->channel = NULL;
}

/**
 * vs_channel_told() - what the guest says that this vCPU runs, and whether there was input
 * @v: with or without a channel
 * @seen: the address space that the vCPU was found in, 0: not known
 * @told: out; all zero when nothing is said, or what is said makes no sense
 *
 * Context: vCPU's thread. Return: whether there is a channel to be told by.
 */
bool vs_channel_told(struct vs_vcpu *v, u64 seen, struct vs_told *told)
{
	unsigned long flags;
	bool bad = false;

	*told = (struct vs_told){ 0 };
	/* Looked at again under the lock. */
	if (!READ_ONCE(v->slot) || !READ_ONCE(v->domain->tasks->heed))
		return false;
	raw_spin_lock_irqsave(&v->lock, flags);
	if (v->slot) {
		bad = vs_voice_hear_task(&v->voice, READ_ONCE(v->slot->task), v->session, seen, &told->id, &told->class);
		bad |= vs_voice_hear_input(&v->voice, READ_ONCE(v->slot->input), v->session, &told->input);
		v->stats.rejected_guest += bad;
	}
	raw_spin_unlock_irqrestore(&v->lock, flags);
	if (told->id)
		told->id |= VS_TASK_TOLD;
	return true;
}

/* Has the guest said anything in the present session? Context: v->lock held. */
bool vs_channel_answered(const struct vs_vcpu *v)
{
	return v->slot && VS_PAGE_SESSION_OF(READ_ONCE(v->slot->guest)) == v->session;
}

/* Counted and never printed: the guest could do it as often as it likes. Context: v->lock held. */
static enum vs_voice vs_channel_reject(struct vs_vcpu *v, u64 word)
{
	v->stats.rejected_guest++;
	trace_virtsched_reject(v, word);
	return VS_VOICE_CALM;
}

/**
 * vs_channel_hear() - what the guest says of this vCPU now
 * @v: with or without a channel
 * @now: time
 *
 * Context: v->lock held.
 */
enum vs_voice vs_channel_hear(struct vs_vcpu *v, u64 now)
{
	u64 word;

	if (!v->slot || !v->heed)
		return VS_VOICE_SILENT;
	word = READ_ONCE(v->slot->guest);
	if (VS_PAGE_SESSION_OF(word) != v->session)
		return VS_VOICE_SILENT;
	if (VS_PAGE_CLASS_OF(word) >= VS_PAGE_CLASSES || VS_PAGE_REASON_OF(word) >= VS_PAGE_REASONS)
		return vs_channel_reject(v, word);
	if (word != v->heard) {
		v->heard = word;
		v->heard_at = now;
	}
	if (now - v->heard_at >= VS_VOICE_LEFT_NS)
		return VS_VOICE_SILENT;
	if (VS_PAGE_CLASS_OF(word) != VS_PAGE_URGENT)
		return VS_VOICE_CALM;
	if (now - v->heard_at < VS_VOICE_STALE_NS)
		return VS_VOICE_URGENT;
	return vs_channel_reject(v, word);
}
