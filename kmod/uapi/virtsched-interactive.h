/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The part of /dev/virtsched that is about interactive phases and guest tasks. Included by virtsched.h alone.
 */
#ifndef VIRTSCHED_INTERACTIVE_UAPI_H
#define VIRTSCHED_INTERACTIVE_UAPI_H

#define VS_MAX_TASKS		128	/* guest tasks known per domain; the one not seen for longest gives way */
#define VS_MAX_EPOCHS		60

/* struct vs_interactive.flags */
#define VS_INTERACTIVE_ON	(1U << 0)	/* guest tasks are watched, and phases change weights */
#define VS_INTERACTIVE_NO_NICE	(1U << 1)	/* the threads are not side by side: nice is left alone, see VS_VCPU_BACKGROUND */
#define VS_INTERACTIVE_GUEST	(1U << 2)	/* where the guest says which process runs, what it is, and that there was input, that counts */
#define VS_INTERACTIVE_TELL	(1U << 3)	/* the guest is told which of these processes are background; goes with VS_INTERACTIVE_GUEST */
#define VS_INTERACTIVE_FLAGS	0xfU

/* struct vs_interactive.inputs: what starts a phase */
#define VS_INPUT_KEY		(1U << 0)
#define VS_INPUT_BUTTON		(1U << 1)
#define VS_INPUT_WHEEL		(1U << 2)
#define VS_INPUT_TOUCH		(1U << 3)
#define VS_INPUT_MOTION		(1U << 4)
#define VS_INPUT_ALL		0x1fU

/* struct vs_interactive.audio_track: who makes the sound that plays; each goes with those before it, but for the last */
#define VS_TRACK_BASE		(1U << 0)	/* who blocks often, or runs right after an interrupt from outside or another vCPU's */
#define VS_TRACK_TRANSITIVE	(1U << 1)	/* and who made that vCPU send it, through others as well */
#define VS_TRACK_INTERRUPT	(1U << 2)	/* but not if it was interrupted itself a moment before */
#define VS_TRACK_WEIGHTED	(1U << 3)	/* who was background before has to be heard so much more often */
#define VS_TRACK_ALL		0xfU

/**
 * struct vs_interactive - VS_IOC_INTERACTIVE: a domain's interactive phases, replaced as a whole; takes effect at once
 * @size: sizeof
 * @flags: VS_INTERACTIVE_*
 * @uuid: attached domain (-ENOENT)
 * @weight_interactive: @weight_background: 1..100 each, background not above interactive; the nearest nice level is taken
 * @threshold_pct: load before the input, in percent of one CPU, from which on a guest task is background, 1..100
 * @phase_max_ms: longest phase after one input, 100..60000
 * @epoch_ms: load is kept in pieces of so long, 4..250
 * @epoch_window: so many of them count, 4..VS_MAX_EPOCHS
 * @inputs: VS_INPUT_*
 * @audio_latency_us: a task that runs within so long of an interrupt from outside, while sound plays, may make that sound; 0: sound
 *		      is not looked for; at most 10000
 * @exe_fd: an open file of the QEMU binary that runs the domain; -1: input is not watched
 * @audio_track: VS_TRACK_*; 0: sound is not looked for
 * @reserved: 0
 * @input_offset: of qemu_input_event_send_impl() in that file; 0: input is not watched
 * @audio_offset: of AUD_write() or audio_be_write() there; 0: nobody says that sound plays
 *
 * Return: 0, -ENOENT, -EINVAL, -ERANGE, -EBADF, -ENOMEM, -EPERM (not controller); what uprobes say to the offset. On an error
 * what was in force stays.
 */
struct vs_interactive {
	__u32 size;
	__u32 flags;
	__u8 uuid[VS_UUID_LEN];
	__u32 weight_interactive;
	__u32 weight_background;
	__u32 threshold_pct;
	__u32 phase_max_ms;
	__u32 epoch_ms;
	__u32 epoch_window;
	__u32 inputs;
	__u32 audio_latency_us;
	__s32 exe_fd;
	__u32 audio_track;
	__u32 reserved[2];
	__u64 input_offset;
	__u64 audio_offset;
};

/**
 * struct vs_phase_req - VS_IOC_PHASE: start a phase as an input would, or end the one that is on
 * @size: sizeof
 * @ms: its length, at most 60000; 0: end it
 * @uuid: attached domain with VS_INTERACTIVE_ON (-ENOENT, -ENODATA)
 */
struct vs_phase_req {
	__u32 size;
	__u32 ms;
	__u8 uuid[VS_UUID_LEN];
};

/* In struct vs_task_info.id and struct vs_vcpu_phase.task. */
#define VS_TASK_TOLD		(1ULL << 63)

/* struct vs_task_info.class */
enum vs_task_class {
	VS_TASK_INTERACTIVE	= 0,
	VS_TASK_BACKGROUND	= 1,	/* weighs less until the phase ends, or it is quiet */
	VS_TASK_AUDIO		= 2,	/* busy, and spared for the sound that it makes */
	VS_TASK_SYSTEM		= 3,	/* the guest idles in it */
};

/**
 * struct vs_task_info - one guest task: an address space
 * @id: its page table's page frame in the guest; with VS_TASK_TOLD, its process id, as the guest said
 * @class: enum vs_task_class, in the present phase or by the last one
 * @vcpu_id: where it ran last
 * @run_permille: of one CPU, over the window that ended now: time on a CPU
 * @wait_permille: time that its vCPU waited for one
 * @age_ms: known since; @seen_ms: seen last, so long ago
 */
struct vs_task_info {
	__u64 id;
	__u32 class;
	__u32 vcpu_id;
	__u32 run_permille;
	__u32 wait_permille;
	__u32 age_ms;
	__u32 seen_ms;
};

/* struct vs_vcpu_phase.state */
#define VS_VCPU_BACKGROUND	(1U << 0)	/* runs a background task, in a phase */
#define VS_VCPU_IDLE		(1U << 1)	/* in HLT */

/**
 * struct vs_vcpu_phase - one vCPU, in a phase or not
 * @vcpu_id: libvirt's number
 * @state: VS_VCPU_*
 * @task: struct vs_task_info.id that it runs, 0: not known
 * @nice: what its thread's nice value is raised by now
 * @reserved: 0
 */
struct vs_vcpu_phase {
	__u32 vcpu_id;
	__u32 state;
	__u64 task;
	__u32 nice;
	__u32 reserved;
};

/**
 * struct vs_query_tasks - VS_IOC_QUERY_TASKS: guest tasks, vCPUs and phase of one domain; needs no controller role
 * @size: sizeof
 * @reserved: 0
 * @uuid: attached domain (-ENOENT)
 * @nr_tasks: @nr_vcpus: in: room; out: how many there are (the call fills what fits)
 * @task_size: @vcpu_size: in: sizeof of the caller's struct vs_task_info and struct vs_vcpu_phase
 * @tasks: @vcpus: user pointers
 * @on: out: VS_INTERACTIVE_ON; @phase_left_ms: out: 0: no phase is on
 * @phases: @inputs: @inputs_ignored: out: counters since the domain was attached: phases, inputs that counted, inputs that came
 *	    sooner than 50 ms after such a one (they make the phase longer, and have nothing else looked at)
 * @evicted: out: tasks forgotten for want of room
 * @weight_changes: out: changes of a thread's nice value
 * @sound: out: 1 while sound plays
 */
struct vs_query_tasks {
	__u32 size;
	__u32 reserved;
	__u8 uuid[VS_UUID_LEN];
	__u32 nr_tasks;
	__u32 nr_vcpus;
	__u32 task_size;
	__u32 vcpu_size;
	__u64 tasks;
	__u64 vcpus;
	__u32 on;
	__u32 phase_left_ms;
	__u64 phases;
	__u64 inputs;
	__u64 inputs_ignored;
	__u64 evicted;
	__u64 weight_changes;
	__u32 sound;
	__u32 reserved2;
};

#endif /* VIRTSCHED_INTERACTIVE_UAPI_H */
