/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The guest channel: pages that a guest and the host share through an ivshmem-plain device (PCI 1af4:1110, BAR2).
 *
 * Page 0 is the header, page 1 + N belongs to vCPU N (libvirt's number, the guest's APIC order). Each vCPU page has a
 * guest half and a host half, one word each, 2 KiB apart, so that neither side's writes touch the other's cache line. Every
 * word is read and written whole, as one aligned little-endian u64.
 *
 * The guest may write anywhere, the host half included: the host never reads that back, and nothing that it reads is
 * trusted. Which thread a page belongs to is the host's knowledge and is not in the page.
 *
 * The way of a request. The guest writes its word, which costs a store. The host looks at it where it has to decide anyway:
 * when the vCPU is about to be preempted, when a boost has run out, and when the guest asks for it by an exit (VS_PAGE_KICK).
 * The guest asks only to end a boost early: its word says "nothing urgent" and the host's says VS_PAGE_BOOSTED.
 *
 * Life. The host writes the header and the host words when it attaches, with a session that is not the last one's, and zeroes
 * them when it goes. A request counts only with the host's present session in it, so what an earlier kernel, a reset guest or
 * the other end of a migration left behind says nothing. A guest follows by taking the session from the host word anew for
 * each request. A host word with another version than the guest's means: stay silent.
 */
#ifndef VIRTSCHED_PAGE_H
#define VIRTSCHED_PAGE_H

#include <linux/types.h>

#define VS_PAGE_SIZE		4096
/* The device's size as virt-sched enable-guest makes it, room for VS_PAGE_SLOTS vCPUs; libvirt takes no less. */
#define VS_PAGE_DEVICE_SIZE	(1U << 20)
#define VS_PAGE_SLOTS		255
#define VS_PAGE_MAGIC		0x6465686373747276ULL	/* "vrtsched" */
#define VS_PAGE_VERSION		1

/* Guest processes that the host names at most. */
#define VS_PAGE_BACKGROUND_MAX	128

/**
 * struct vs_page_background - what the host takes for background now, for an agent that keeps it apart; in page 0
 * @seq: odd while the host writes the rest; changes with each list
 * @nr: processes in @id, 0: no phase is on, or the host does not tell
 * @id: process ids, as the guest's task words had them
 *
 * A guest believes at most VS_PAGE_BACKGROUND_MAX of them, and that they are its own processes it checks itself.
 */
struct vs_page_background {
	__u32 seq;
	__u32 nr;
	__u32 id[VS_PAGE_BACKGROUND_MAX];
};

/**
 * struct vs_page_header - page 0, written by the host
 * @magic: VS_PAGE_MAGIC while the host is there; anything else: not (yet) our device
 * @version: VS_PAGE_VERSION of the host
 * @nr_slots: vCPU pages that the host looks at, 1..VS_PAGE_SLOTS
 * @reserved: zero
 * @background: of the present interactive phase
 */
struct vs_page_header {
	__u64 magic;
	__u32 version;
	__u32 nr_slots;
	__u8 reserved[1008];
	struct vs_page_background background;
};

/* The host word: state in bits 0-7, version in bits 8-15, session in bits 16-31 (never 0 while attached). */
#define VS_PAGE_ABSENT		0	/* nobody listens */
#define VS_PAGE_NORMAL		1
#define VS_PAGE_BOOSTED		2
#define VS_PAGE_HOST(state, session) \
	((__u64)(state) | (__u64)VS_PAGE_VERSION << 8 | (__u64)(__u16)(session) << 16)

/*
 * The guest word: class in bits 0-7, reason in bits 8-15, the host's session in bits 16-31, a count of changes in bits 32-63.
 * A class or reason that the host does not know counts as VS_PAGE_CALM and as a rejected value, and so does a word that says
 * VS_PAGE_URGENT and has not changed for 100 ms. A word that has not changed for 2 s says nothing: a guest was reset.
 */
#define VS_PAGE_CALM		0	/* nothing urgent: ordinary tasks or idle */
#define VS_PAGE_URGENT		1	/* would rather not be preempted now */
#define VS_PAGE_CLASSES		2
#define VS_PAGE_GUEST(class, reason, session, count) \
	((__u64)(class) | (__u64)(reason) << 8 | (__u64)(__u16)(session) << 16 | (__u64)(__u32)(count) << 32)

/*
 * The host's second word, what it wants to be told besides: VS_PAGE_WANT_* in bits 0-7, version in bits 8-15, session in bits 16-31,
 * VS_PAGE_INPUT_* of the inputs in bits 32-39. 0: nothing, and then the guest does not say it.
 */
#define VS_PAGE_WANT_TASKS	1
#define VS_PAGE_WANTS(wants, session, inputs) \
	((__u64)(wants) | (__u64)VS_PAGE_VERSION << 8 | (__u64)(__u16)(session) << 16 | (__u64)(__u8)(inputs) << 32)

/*
 * The guest's task word, what this vCPU runs from now on: enum vs_page_task in bits 0-7, a count of switches in bits 8-15, the host's
 * session in bits 16-31, the process's id in bits 32-63. A word that makes no sense is counted as rejected, and says nothing; neither
 * does one that stays while the address space goes on changing: with the count, each switch is another word.
 */
#define VS_PAGE_TASK(class, count, session, id) \
	((__u64)(class) | (__u64)(__u8)(count) << 8 | (__u64)(__u16)(session) << 16 | (__u64)(__u32)(id) << 32)

/**
 * enum vs_page_task - what the guest knows of the process that runs
 * @VS_PAGE_TASK_UNKNOWN: nothing is said; the host looks for itself
 * @VS_PAGE_TASK_IDLE: nothing runs; the id is that of the process that ran before, or VS_PAGE_KERNEL if the kernel had more of the time
 *			 since it was idle last
 * @VS_PAGE_TASK_SYSTEM: a thread of the guest's kernel; the id is VS_PAGE_KERNEL
 * @VS_PAGE_TASK_ORDINARY: a process
 * @VS_PAGE_TASK_BACKGROUND: a process that the guest's own scheduler puts behind others
 * @VS_PAGE_TASK_AUDIO: a process that makes sound
 */
enum vs_page_task {
	VS_PAGE_TASK_UNKNOWN = 0,
	VS_PAGE_TASK_IDLE = 1,
	VS_PAGE_TASK_SYSTEM = 2,
	VS_PAGE_TASK_ORDINARY = 3,
	VS_PAGE_TASK_BACKGROUND = 4,
	VS_PAGE_TASK_AUDIO = 5,
	VS_PAGE_TASKS = 6,
};

/* All of the guest's kernel, as a task: its threads, and interrupts that hit nobody. */
#define VS_PAGE_KERNEL		2

/* The guest's input word, what the person did last: one of VS_PAGE_INPUT_* in bits 0-7, the session in 16-31, a count in 32-63. */
#define VS_PAGE_INPUT_KEY	1
#define VS_PAGE_INPUT_BUTTON	2
#define VS_PAGE_INPUT_WHEEL	4
#define VS_PAGE_INPUT_TOUCH	8
#define VS_PAGE_INPUT_MOTION	16
#define VS_PAGE_INPUTS		0x1f
#define VS_PAGE_INPUT(kind, session, count) \
	((__u64)(kind) | (__u64)(__u16)(session) << 16 | (__u64)(__u32)(count) << 32)

#define VS_PAGE_ZERO_OF(word)		((__u8)((word) >> 8))
#define VS_PAGE_ID_OF(word)		((__u32)((word) >> 32))
#define VS_PAGE_INPUTS_OF(word)		((__u8)((word) >> 32))
#define VS_PAGE_STATE_OF(word)		((__u8)(word))
#define VS_PAGE_CLASS_OF(word)		((__u8)(word))
#define VS_PAGE_VERSION_OF(word)	((__u8)((word) >> 8))
#define VS_PAGE_REASON_OF(word)		((__u8)((word) >> 8))
#define VS_PAGE_SESSION_OF(word)	((__u16)((word) >> 16))

/**
 * enum vs_page_reason - why a vCPU is urgent; for statistics and traces, the host decides by class alone
 * @VS_PAGE_NO_REASON: with VS_PAGE_CALM
 * @VS_PAGE_HARDIRQ: in a hard interrupt handler
 * @VS_PAGE_SOFTIRQ: in a soft interrupt
 * @VS_PAGE_NMI: in a non-maskable interrupt
 * @VS_PAGE_REALTIME: a task of class SCHED_FIFO, SCHED_RR or SCHED_DEADLINE runs, or was woken to run here
 * @VS_PAGE_CRITICAL: holds what others wait for
 */
enum vs_page_reason {
	VS_PAGE_NO_REASON = 0,
	VS_PAGE_HARDIRQ = 1,
	VS_PAGE_SOFTIRQ = 2,
	VS_PAGE_NMI = 3,
	VS_PAGE_REALTIME = 4,
	VS_PAGE_CRITICAL = 5,
	VS_PAGE_REASONS = 6,
};

/**
 * struct vs_page_slot - the page of one vCPU
 * @guest: the guest word
 * @task: the guest's task word
 * @input: the guest's input word; all else up to @host is reserved, zero
 * @host: the host word
 * @wants: the host's second word; all else up to the end is reserved, zero
 */
struct vs_page_slot {
	__u64 guest;
	__u64 task;
	__u64 input;
	__u8 guest_reserved[2024];
	__u64 host;
	__u64 wants;
	__u8 host_reserved[2032];
};

/* The exit by which a guest has its word looked at now: hypercall KVM_HC_VAPIC_POLL_IRQ, which KVM answers with 0. */
#define VS_PAGE_KICK		1

#endif /* VIRTSCHED_PAGE_H */
