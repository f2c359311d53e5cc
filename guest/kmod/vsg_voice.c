// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words of each CPU. All functions that tracepoints call run with interrupts off here, so that an interrupt never finds
 * the state of its CPU half changed; they write memory, and do not exit except to give a boost back.
 */
#include <linux/hardirq.h>
#include <linux/interrupt.h>
#include <linux/kvm_para.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/smp.h>
/* CPUID moved in 6.16. */
#if __has_include(<asm/cpuid/api.h>)
#include <asm/cpuid/api.h>
#else
#include <asm/processor.h>
#endif

#include "vsg.h"
#include "vsg_slot_calc.h"
#include "vsg_urgency_calc.h"

static unsigned int reasons = 1U << VS_PAGE_HARDIRQ | 1U << VS_PAGE_SOFTIRQ | 1U << VS_PAGE_REALTIME;
module_param(reasons, uint, 0644);
MODULE_PARM_DESC(reasons, "what counts as urgent: 2 hard interrupts, 4 soft interrupts, 8 NMIs (when the device is taken), 16 real-time tasks; added up (default 22)");
static bool kick = true;
module_param(kick, bool, 0644);
MODULE_PARM_DESC(kick, "end a boost by an exit as soon as nothing is urgent (default on)");

/**
 * struct vsg_cpu - one CPU; its owner is the CPU itself, with interrupts off
 * @slot: its page; NULL: no voice
 * @urgency: what holds now
 * @counts: since the device was taken
 * @changes: of the word
 * @session: of the host that we spoke to last
 * @said: class that we said last
 * @idle: the idle task runs
 * @realtime: a real-time task runs
 * @woken: one was woken for this CPU and has not run yet
 * @covered: the word that an NMI has laid its own over; 0: none
 */
struct vsg_cpu {
	struct vs_page_slot *slot;
	struct vsg_urgency urgency;
	struct vsg_counts counts;
	u32 changes;
	u16 session;
	u8 said;
	bool idle;
	bool realtime;
	bool woken;
	u64 covered;
};
static DEFINE_PER_CPU(struct vsg_cpu, vsg_cpus);
static void *vsg_memory;
/* The kernel goes down: no word is said any more. */
static bool vsg_silent;

/* Say @class if the host listens and has not heard it. Return: the host's word, 0 when nobody is there. Interrupts off. */
static u64 vsg_say(struct vsg_cpu *c, u8 class, u8 reason)
{
	u64 host = c->slot && !READ_ONCE(vsg_silent) ? READ_ONCE(c->slot->host) : 0;

	if (VS_PAGE_STATE_OF(host) == VS_PAGE_ABSENT || VS_PAGE_VERSION_OF(host) != VS_PAGE_VERSION)
		return 0;
	if (c->said == class && c->session == VS_PAGE_SESSION_OF(host))
		return host;
	c->said = class;
	c->session = VS_PAGE_SESSION_OF(host);
	WRITE_ONCE(c->slot->guest, VS_PAGE_GUEST(class, reason, c->session, ++c->changes));
	if (class == VS_PAGE_URGENT)
		c->counts.urgent++;
	else
		c->counts.calm++;
	return host;
}

/*
 * Say what follows from the state. @settled: whoever runs next is an ordinary task that may run for long, so a boost is to be
 * given back. Interrupts off.
 */
static void vsg_update(struct vsg_cpu *c, bool settled)
{
	enum vs_page_reason reason = vsg_urgency_reason(&c->urgency, READ_ONCE(reasons));
	u64 host;

	if (reason != VS_PAGE_NO_REASON) {
		vsg_say(c, VS_PAGE_URGENT, reason);
		return;
	}
	host = vsg_say(c, VS_PAGE_CALM, VS_PAGE_NO_REASON);
	if (!settled || !host || !READ_ONCE(kick) || !kvm_para_available())
		return;
	/* The host boosts and then looks at our word, we write it and then look whether we are boosted: one of the two sees. */
	smp_mb();
	if (VS_PAGE_STATE_OF(READ_ONCE(c->slot->host)) != VS_PAGE_BOOSTED)
		return;
	c->counts.kicks++;
	kvm_hypercall0(VS_PAGE_KICK);
}

static void vsg_realtime(struct vsg_cpu *c)
{
	vsg_urgency_set(&c->urgency, VS_PAGE_REALTIME, c->realtime || c->woken);
}

/*
 * No tracepoint tells that the task that runs was given another class, or that one that was woken here was pulled to another
 * CPU before it ran: without a switch either would stand for ever. Each interrupt has a look, so it stands for a tick.
 */
static void vsg_look_again(struct vsg_cpu *c)
{
	c->realtime = vsg_is_realtime(current);
	c->woken = c->woken && need_resched();
	vsg_realtime(c);
}

/* A hard or soft interrupt begins on this CPU. Context: tracepoint. */
void vsg_voice_begin(enum vs_page_reason reason)
{
	struct vsg_cpu *c;
	unsigned long flags;

	local_irq_save(flags);
	c = this_cpu_ptr(&vsg_cpus);
	vsg_urgency_begin(&c->urgency, reason);
	vsg_update(c, false);
	local_irq_restore(flags);
}

/* ... and ends. HLT and a switch are about to tell more, soft interrupts too: only an ordinary task that goes on is settled. */
void vsg_voice_end(enum vs_page_reason reason)
{
	struct vsg_cpu *c;
	unsigned long flags;

	local_irq_save(flags);
	c = this_cpu_ptr(&vsg_cpus);
	vsg_urgency_end(&c->urgency, reason);
	vsg_look_again(c);
	vsg_update(c, !c->idle && !need_resched() && !local_softirq_pending());
	local_irq_restore(flags);
}

/* A real-time task was woken to run on this CPU. Context: tracepoint, under scheduler locks. */
void vsg_voice_woken(void)
{
	struct vsg_cpu *c;
	unsigned long flags;

	local_irq_save(flags);
	c = this_cpu_ptr(&vsg_cpus);
	c->woken = true;
	vsg_realtime(c);
	vsg_update(c, false);
	local_irq_restore(flags);
}

/* Another task runs from here on. Context: tracepoint, under the rq lock, interrupts off. */
void vsg_voice_switch(bool realtime, bool idle)
{
	struct vsg_cpu *c = this_cpu_ptr(&vsg_cpus);

	c->woken = false;
	c->realtime = realtime;
	c->idle = idle;
	vsg_realtime(c);
	vsg_update(c, !idle);
}

bool vsg_voice_wants_nmi(void)
{
	return READ_ONCE(reasons) & 1U << VS_PAGE_NMI;
}

/*
 * An NMI finds the CPU at whatever it does, and the state perhaps half changed: it only lays a word of its own over one that is calm,
 * and takes it away at the end. A word that was being made up meanwhile is written after that. Context: NMI.
 */
void vsg_voice_nmi(bool begins)
{
	struct vsg_cpu *c = this_cpu_ptr(&vsg_cpus);
	struct vs_page_slot *slot = READ_ONCE(c->slot);
	u64 word;

	if (!slot || READ_ONCE(vsg_silent))
		return;
	if (!begins) {
		if (c->covered)
			WRITE_ONCE(slot->guest, c->covered);
		c->covered = 0;
		return;
	}
	word = READ_ONCE(slot->guest);
	/* Nothing said yet, or urgent already. */
	if (!VS_PAGE_SESSION_OF(word) || VS_PAGE_CLASS_OF(word) != VS_PAGE_CALM)
		return;
	c->covered = word;
	c->counts.nmis++;
	WRITE_ONCE(slot->guest, VS_PAGE_GUEST(VS_PAGE_URGENT, VS_PAGE_NMI, VS_PAGE_SESSION_OF(word), (word >> 32) + 1));
}

/* The levels that CPUID @leaf has of this CPU's place. Return: how many; 0 when the leaf is not there or makes no sense. */
static unsigned int vsg_levels(u32 leaf, struct vsg_level *levels)
{
	unsigned int nr;
	u32 shift, cpus, type, id;

	if (cpuid_eax(0) < leaf)
		return 0;
	for (nr = 0; nr < VSG_LEVELS_MAX; nr++) {
		cpuid_count(leaf, nr, &shift, &cpus, &type, &id);
		if (!(type >> 8 & 0xff))
			break;
		levels[nr] = (struct vsg_level){ .shift = shift & 0x1f, .cpus = cpus & 0xffff };
		if (!vsg_level_fits(&levels[nr], nr ? &levels[nr - 1] : NULL))
			return 0;
	}
	return nr;
}

/* Of this CPU. Leaf 0x1f knows dies, and is there only if there are some. Context: on the CPU; CPUID makes an exit. */
static unsigned int vsg_slot(void)
{
	struct vsg_level levels[VSG_LEVELS_MAX];
	unsigned int nr = vsg_levels(0x1f, levels) ?: vsg_levels(0xb, levels);

	return vsg_slot_of_apic(cpu_physical_id(smp_processor_id()), levels, nr);
}

/* Take up the words of this CPU. Context: on the CPU, interrupts off. */
static void vsg_cpu_open(void *memory)
{
	struct vsg_cpu *c = this_cpu_ptr(&vsg_cpus);
	unsigned int slot = vsg_slot();

	*c = (struct vsg_cpu){ .idle = is_idle_task(current), .said = VS_PAGE_CLASSES };
	/* Not nr_slots: it grows when the host has heard of a plugged vCPU, which may be later. Until then our host word is 0. */
	if (slot < VS_PAGE_SLOTS)
		c->slot = memory + (slot + 1) * VS_PAGE_SIZE;
	vsg_told_open(c->slot);
	vsg_update(c, false);
}

static void vsg_cpu_calm(const struct vsg_cpu *c)
{
	if (!c->slot)
		return;
	WRITE_ONCE(c->slot->guest, 0);
	WRITE_ONCE(c->slot->task, 0);
}

/* Where this CPU speaks to the host, NULL: nowhere. Context: interrupts off. */
struct vs_page_slot *vsg_voice_slot(void)
{
	return READ_ONCE(vsg_silent) ? NULL : this_cpu_ptr(&vsg_cpus)->slot;
}

/* Context: CPU hotplug, on the CPU; also for each CPU at the beginning. */
int vsg_voice_online(unsigned int cpu)
{
	unsigned long flags;

	local_irq_save(flags);
	vsg_cpu_open(vsg_memory);
	local_irq_restore(flags);
	return 0;
}

/* ... and at the end. */
int vsg_voice_offline(unsigned int cpu)
{
	unsigned long flags;

	local_irq_save(flags);
	vsg_cpu_calm(this_cpu_ptr(&vsg_cpus));
	this_cpu_ptr(&vsg_cpus)->slot = NULL;
	local_irq_restore(flags);
	return 0;
}

/**
 * vsg_voice_open() - the device's memory is there and the host has introduced itself
 * @memory: VS_PAGE_DEVICE_SIZE bytes, until every CPU was taken offline
 *
 * Context: process, before the CPU hotplug state is set up, which opens each CPU.
 */
void vsg_voice_open(void *memory)
{
	vsg_memory = memory;
	vsg_silent = false;
}

/* Everything calm, whatever each CPU is at: reset, kexec, panic. Context: any; no lock. */
void vsg_voice_calm_all(void)
{
	int cpu;

	WRITE_ONCE(vsg_silent, true);
	for_each_possible_cpu(cpu)
		vsg_cpu_calm(per_cpu_ptr(&vsg_cpus, cpu));
}

void vsg_voice_count(struct vsg_counts *sum)
{
	int cpu;

	*sum = (struct vsg_counts){ 0 };
	for_each_possible_cpu(cpu) {
		const struct vsg_counts *c = &per_cpu_ptr(&vsg_cpus, cpu)->counts;

		sum->urgent += READ_ONCE(c->urgent);
		sum->calm += READ_ONCE(c->calm);
		sum->kicks += READ_ONCE(c->kicks);
		sum->nmis += READ_ONCE(c->nmis);
	}
}
