/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One small function for each ioctl of /dev/virtsched.
 * Called by the checks; the contract is kmod/uapi/virtsched.h. It must pass
 * every error on as it came.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

#include "lab.h"

#define BOOST_PRIORITY 10
#define CPU_SHARE_PCT 90

static int call(int fd, unsigned long request, void *argument)
{
    return ioctl(fd, request, argument) < 0 ? -errno : 0;
}

static void set_uuid(uint8_t *uuid, const struct vm *vm)
{
    memset(uuid, 0xb7, VS_UUID_LEN);
    memcpy(uuid, &vm->pid, sizeof(vm->pid));
}

int device_open(void)
{
    int fd = open(VS_DEVICE_PATH, O_RDWR | O_CLOEXEC | O_NONBLOCK);

    return fd < 0 ? -errno : fd;
}

int device_control(int fd)
{
    return call(fd, VS_IOC_CONTROL, NULL);
}

int device_info(int fd, struct vs_info *info)
{
    *info = (struct vs_info) { .size = sizeof(*info) };
    return call(fd, VS_IOC_INFO, info);
}

int device_host(int fd, unsigned int grace_ms)
{
    struct vs_host host = {
        .size = sizeof(host), .max_class = VS_CLASS_FIFO, .max_priority = BOOST_PRIORITY,
        .cpu_share_pct = CPU_SHARE_PCT, .grace_ms = grace_ms,
    };

    return call(fd, VS_IOC_SET_HOST, &host);
}

int device_attach_thread(int fd, const struct vm *vm, pid_t tid)
{
    struct vs_vcpu_ref vcpu = { .vcpu_id = 0, .tid = tid };
    struct vs_attach attach = {
        .size = sizeof(attach), .tgid = vm->pid, .nr_vcpus = 1, .vcpus = (uintptr_t)&vcpu, .name = "intel",
    };

    set_uuid(attach.uuid, vm);
    return call(fd, VS_IOC_ATTACH, &attach);
}

int device_attach(int fd, const struct vm *vm)
{
    return device_attach_thread(fd, vm, vm->tid);
}

int device_boost(int fd, const struct vm *vm, unsigned int burst_us, unsigned int share_pct)
{
    struct vs_config config = {
        .size = sizeof(config), .flags = VS_CONFIG_BOOST, .boost_class = VS_CLASS_FIFO, .boost_priority = BOOST_PRIORITY,
        .budget_burst_us = burst_us, .budget_share_pct = share_pct,
    };
    int result;

    set_uuid(config.uuid, vm);
    result = call(fd, VS_IOC_CONFIGURE, &config);
    if (result == 0 && (config.applied_class != VS_CLASS_FIFO || config.applied_priority != BOOST_PRIORITY))
        return -EPROTO;
    return result;
}

int device_stats(int fd, const struct vm *vm, struct vs_vcpu_stats *stats)
{
    struct vs_query query = {
        .size = sizeof(query), .stat_size = sizeof(*stats), .nr_vcpus = 1, .stats = (uintptr_t)stats,
    };
    int result;

    *stats = (struct vs_vcpu_stats) { 0 };
    set_uuid(query.uuid, vm);
    result = call(fd, VS_IOC_QUERY, &query);
    if (result == 0 && (query.nr_vcpus != 1 || stats->tid != vm->tid))
        return -EPROTO;
    return result;
}

int device_quota(int fd, const struct vm *vm, bool on, uint64_t rate)
{
    struct vs_quota quota = {
        .size = sizeof(quota), .flags = on ? VS_QUOTA_ON : 0, .interval_us = 10000, .rate = rate, .floor = 1, .pool = rate / 25,
    };

    set_uuid(quota.uuid, vm);
    return call(fd, VS_IOC_QUOTA, &quota);
}

int device_odd_quotas(int fd, const struct vm *vm)
{
    static const struct vs_quota odd[] = {
        { .flags = VS_QUOTA_ON, .interval_us = 0, .rate = 1 },
        { .flags = VS_QUOTA_ON, .interval_us = 999, .rate = 1 },
        { .flags = VS_QUOTA_ON, .interval_us = 1000001, .rate = 1 },
        { .flags = VS_QUOTA_ON, .interval_us = UINT32_MAX, .rate = 1 },
        { .flags = VS_QUOTA_ON, .interval_us = 10000, .rate = (1ULL << 28) + 1 },
        { .flags = VS_QUOTA_ON, .interval_us = 10000, .rate = UINT64_MAX },
        { .flags = VS_QUOTA_ON, .interval_us = 10000, .floor = (1ULL << 20) + 1 },
        { .flags = VS_QUOTA_ON, .interval_us = 10000, .pool = (1ULL << 32) + 1 },
        { .flags = ~VS_QUOTA_ON, .interval_us = 10000 },
        { .flags = VS_QUOTA_ON, .interval_us = 10000, .reserved0 = 1 },
        { .flags = VS_QUOTA_ON, .interval_us = 10000, .reserved = { 0, 1 } },
    };

    for (unsigned int i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        struct vs_quota quota = odd[i];
        int result;

        quota.size = sizeof(quota);
        set_uuid(quota.uuid, vm);
        result = call(fd, VS_IOC_QUOTA, &quota);
        if (result != -EINVAL && result != -ERANGE)
            return (int)i + 1;
    }
    return 0;
}

int device_quota_stats(int fd, const struct vm *vm, struct vs_quota_stats *stats)
{
    struct vs_query_quota query = {
        .size = sizeof(query), .stat_size = sizeof(*stats), .nr_vcpus = 1, .stats = (uintptr_t)stats,
    };
    int result;

    *stats = (struct vs_quota_stats) { 0 };
    set_uuid(query.uuid, vm);
    result = call(fd, VS_IOC_QUERY_QUOTA, &query);
    if (result == 0 && (query.nr_vcpus != 1 || stats->tid != vm->tid))
        return -EPROTO;
    return result;
}

int device_interactive(int fd, const struct vm *vm)
{
    struct vs_interactive request = {
        .size = sizeof(request), .flags = VS_INTERACTIVE_ON, .weight_interactive = 3, .weight_background = 1, .threshold_pct = 50,
        .phase_max_ms = 5000, .epoch_ms = 32, .epoch_window = 32, .exe_fd = -1,
    };

    set_uuid(request.uuid, vm);
    return call(fd, VS_IOC_INTERACTIVE, &request);
}

int device_phase(int fd, const struct vm *vm, unsigned int ms)
{
    struct vs_phase_req request = { .size = sizeof(request), .ms = ms };

    set_uuid(request.uuid, vm);
    return call(fd, VS_IOC_PHASE, &request);
}

int device_task(int fd, const struct vm *vm, uint64_t id, unsigned int *class_ret)
{
    static struct vs_task_info tasks[VS_MAX_TASKS];
    struct vs_query_tasks query = {
        .size = sizeof(query), .nr_tasks = VS_MAX_TASKS, .task_size = sizeof(tasks[0]), .vcpu_size = sizeof(struct vs_vcpu_phase),
        .tasks = (uintptr_t)tasks,
    };
    int result;

    set_uuid(query.uuid, vm);
    result = call(fd, VS_IOC_QUERY_TASKS, &query);
    if (result < 0)
        return result;
    for (uint32_t i = 0; i < query.nr_tasks && i < VS_MAX_TASKS; i++) {
        if (tasks[i].id != id)
            continue;
        *class_ret = tasks[i].class;
        return (int)(tasks[i].run_permille + tasks[i].wait_permille);
    }
    return -ENOENT;
}

int device_detach(int fd, const struct vm *vm)
{
    struct vs_detach detach = { .size = sizeof(detach) };

    set_uuid(detach.uuid, vm);
    return call(fd, VS_IOC_DETACH, &detach);
}
