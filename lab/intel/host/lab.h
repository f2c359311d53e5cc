/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the checks stand on: a small VM, a CPU hog, a look at a thread's
 * scheduling from outside, the module and its device.
 * Used by the files of this folder only. Functions that can fail return 0 or
 * -errno unless said otherwise; nothing here decides whether a check passed.
 */
#ifndef LAB_INTEL_LAB_H
#define LAB_INTEL_LAB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "virtsched.h"

#define MODULE_PATH "/modules/virtsched.ko"
#define NS_PER_MS 1000000LL

/* One line to the kernel log (and so to the serial line, in order with the kernel's own). */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void sleep_ms(unsigned int ms);
void sleep_us(unsigned int us);
int64_t now_ns(void);

/* vm: a running level-2 guest; ram is shared with it. */
struct vm {
    pid_t pid;
    pid_t tid;          /* its vCPU thread */
    int pidfd;
    volatile uint8_t *ram;
};

/* Starts a guest whose timer fires every period_us; returns when it has taken its first ticks. */
int vm_start(struct vm *vm, unsigned int timer, unsigned int period_us);
void vm_stop(struct vm *vm);
void vm_set_mode(struct vm *vm, unsigned int mode);
/* Begins or ends dirty logging of the guest's second memory. */
void vm_toggle_log(const struct vm *vm);
void vm_set_task(struct vm *vm, uint32_t cr3);
uint32_t vm_word(const struct vm *vm, unsigned int address);

/* A process that never sleeps; -1 when it cannot be started. */
pid_t hog_start(void);
void hog_stop(pid_t hog);

/* sched: all that the kernel tells about how a thread is scheduled. */
struct sched_state {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
    uint32_t util_min, util_max;
};

int sched_read(pid_t tid, struct sched_state *state);
int sched_set(pid_t tid, uint32_t policy, int nice, uint32_t priority);
bool sched_same(const struct sched_state *a, const struct sched_state *b);

/* What a sampler saw of a thread that is SCHED_FIFO, and runs, at times. */
struct sched_watch {
    unsigned int samples;
    unsigned int boosted;
    int64_t longest_ns;     /* longest run of boosted samples */
};

/* Samples tid of process pid every period_us for ms; the caller should be above the boost (see watcher_priority). */
int sched_watch(pid_t pid, pid_t tid, unsigned int ms, unsigned int period_us, struct sched_watch *watch);
/* Waits until the thread is (or is no longer) SCHED_FIFO; false when that does not happen in ms. */
bool sched_await_fifo(pid_t tid, bool fifo, unsigned int ms);
/* Puts the caller above every boost, or back to normal. */
void watcher_priority(bool on);

/* module */
int module_load(const char *path, const char *parameters);
int module_unload(const char *name);
bool module_loaded(const char *name);
/* By the first character, as Y or N; false also when there is no such parameter. */
bool module_parameter_is(const char *module, const char *name, char value);

/* device: /dev/virtsched. VMs are told apart by their pid inside the UUID. */
int device_open(void);
int device_control(int fd);
int device_info(int fd, struct vs_info *info);
int device_host(int fd, unsigned int grace_ms);
int device_attach(int fd, const struct vm *vm);
int device_attach_thread(int fd, const struct vm *vm, pid_t tid);
int device_boost(int fd, const struct vm *vm, unsigned int burst_us, unsigned int share_pct);
int device_stats(int fd, const struct vm *vm, struct vs_vcpu_stats *stats);
/* Pages per second, 0: no limit; @on false: no quota. */
int device_quota(int fd, const struct vm *vm, bool on, uint64_t rate);
/* Asks for quotas that make no sense. Number of the first one that was not refused, 0: all were. */
int device_odd_quotas(int fd, const struct vm *vm);
int device_quota_stats(int fd, const struct vm *vm, struct vs_quota_stats *stats);
/* Interactive phases of 1:3 without input; and by hand: ms 0 ends one. */
int device_interactive(int fd, const struct vm *vm);
int device_phase(int fd, const struct vm *vm, unsigned int ms);
/* Load of task id in permille, -ENOENT when it is not known; *class_ret: VS_TASK_*. */
int device_task(int fd, const struct vm *vm, uint64_t id, unsigned int *class_ret);
int device_detach(int fd, const struct vm *vm);

/* checks: NULL when passed, otherwise what was wrong (static text or check_text()). */
struct check {
    const char *name;
    bool needs_module;      /* virtsched.ko is loaded before and unloaded after */
    const char *(*run)(void);
};

const char *check_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

extern const struct check platform_checks[], boost_checks[], restore_checks[], quota_checks[], interactive_checks[], unload_checks[],
    late_checks[];

#endif
