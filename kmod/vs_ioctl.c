// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls of /dev/virtsched: copy in, check the form, call the registry, copy out. Nothing is kept here.
 */
#include <linux/build_bug.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "vs_dev.h"
#include "vs_domain.h"
#include "vs_hooks.h"
#include "vs_host.h"
#include "vs_phase.h"
#include "vs_policy.h"
#include "vs_quota.h"
#include "uapi/virtsched-page.h"

union vs_arg {
	struct vs_info info;
	struct vs_host host;
	struct vs_attach attach;
	struct vs_config config;
	struct vs_query query;
	struct vs_detach detach;
	struct vs_channel channel;
	struct vs_quota quota;
	struct vs_query_quota query_quota;
	struct vs_interactive interactive;
	struct vs_phase_req phase;
	struct vs_query_tasks tasks;
};

static long vs_do_info(struct file *file, union vs_arg *arg)
{
	struct vs_info *info = &arg->info;

	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	info->abi = VS_ABI_VERSION;
	info->nr_domains = vs_domains_count();
	info->controlled = vs_dev_is_controlled();
	strscpy(info->module_version, VS_VERSION, sizeof(info->module_version));
	vs_hooks_info(info);
	return 0;
}

static long vs_do_host(struct file *file, union vs_arg *arg)
{
	int err = vs_host_set(&arg->host);

	if (!err)
		vs_domains_reapply();
	return err;
}

static long vs_do_attach(struct file *file, union vs_arg *arg)
{
	struct vs_attach *req = &arg->attach;
	struct vs_vcpu_ref *refs;
	int err;

	if (req->reserved || !req->nr_vcpus || req->nr_vcpus > VS_MAX_VCPUS || req->tgid <= 0)
		return -EINVAL;
	req->name[sizeof(req->name) - 1] = '\0';
	refs = memdup_user(u64_to_user_ptr(req->vcpus), req->nr_vcpus * sizeof(*refs));
	if (IS_ERR(refs))
		return PTR_ERR(refs);
	err = vs_domains_attach(req, refs);
	kfree(refs);
	return err;
}

static long vs_do_configure(struct file *file, union vs_arg *arg)
{
	struct vs_config *config = &arg->config;
	int err;

	if (config->flags & ~(VS_CONFIG_BOOST | VS_CONFIG_GUEST | VS_CONFIG_IO | VS_CONFIG_DEBOOST) ||
	    memchr_inv(config->reserved, 0, sizeof(config->reserved)))
		return -EINVAL;
	err = vs_policy_check(config->boost_class, config->boost_priority);
	if (err)
		return err;
	if (config->budget_burst_us < 50 || config->budget_burst_us > 100000 || config->budget_share_pct < 1 ||
	    config->budget_share_pct > 90 || config->budget_vm_share_pct > 10000)
		return -ERANGE;
	return vs_domains_configure(config);
}

/* Rows of a query, each cut or padded to the caller's idea of one. */
static long vs_rows_out(u64 to, u32 stride, const void *rows, size_t size, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (copy_to_user(u64_to_user_ptr(to) + (u64)i * stride, rows + i * size, min_t(size_t, stride, size)))
			return -EFAULT;
	return 0;
}

static long vs_do_query(struct file *file, union vs_arg *arg)
{
	struct vs_query *query = &arg->query;
	u32 room = min(query->nr_vcpus, VS_MAX_VCPUS), stride = query->stat_size, total = 0;
	struct vs_vcpu_stats *stats;
	long err;

	if (query->reserved || stride < 16 || stride > PAGE_SIZE)
		return -EINVAL;
	stats = kvcalloc(room ?: 1, sizeof(*stats), GFP_KERNEL);
	if (!stats)
		return -ENOMEM;
	err = vs_domains_query(query->uuid, stats, room, &total);
	if (!err)
		err = vs_rows_out(query->stats, stride, stats, sizeof(*stats), min(room, total));
	kvfree(stats);
	query->nr_vcpus = total;
	return err;
}

static long vs_do_detach(struct file *file, union vs_arg *arg)
{
	return arg->detach.reserved ? -EINVAL : vs_domains_detach(arg->detach.uuid);
}

static long vs_do_channel(struct file *file, union vs_arg *arg)
{
	const struct vs_channel *req = &arg->channel;

	if (req->reserved)
		return -EINVAL;
	if (req->nr_pages && (req->nr_pages < 2 || req->nr_pages > VS_PAGE_SLOTS + 1 || !(u16)req->session ||
			      req->addr & ~PAGE_MASK))
		return -EINVAL;
	return vs_domains_channel(req);
}

static long vs_do_quota(struct file *file, union vs_arg *arg)
{
	int err = vs_quota_check(&arg->quota);
	struct vs_domain *d;

	if (err)
		return err;
	d = vs_domains_begin(arg->quota.uuid);
	if (!d)
		return -ENOENT;
	vs_quota_set(d, &arg->quota);
	vs_domains_changed();
	return 0;
}

static long vs_do_query_quota(struct file *file, union vs_arg *arg)
{
	struct vs_query_quota *query = &arg->query_quota;
	struct vs_quota_view view = { .head = query, .room = min(query->nr_vcpus, VS_MAX_VCPUS) };
	struct vs_domain *d;
	long err = -ENOENT;

	if (query->reserved || query->stat_size < 16 || query->stat_size > PAGE_SIZE)
		return -EINVAL;
	view.rows = kvcalloc(view.room ?: 1, sizeof(*view.rows), GFP_KERNEL);
	if (!view.rows)
		return -ENOMEM;
	d = vs_domains_begin(query->uuid);
	if (d) {
		vs_quota_query(d, &view);
		vs_domains_end();
		err = vs_rows_out(query->stats, query->stat_size, view.rows, sizeof(*view.rows), min(view.room, query->nr_vcpus));
	}
	kvfree(view.rows);
	return err;
}

static bool vs_between(u32 value, u32 min, u32 max)
{
	return value >= min && value <= max;
}

static long vs_do_interactive(struct file *file, union vs_arg *arg)
{
	const struct vs_interactive *req = &arg->interactive;

	if (req->flags & ~VS_INTERACTIVE_FLAGS || req->audio_track & ~VS_TRACK_ALL || req->inputs & ~VS_INPUT_ALL ||
	    memchr_inv(req->reserved, 0, sizeof(req->reserved)))
		return -EINVAL;
	if (!(req->flags & VS_INTERACTIVE_ON))
		return vs_phase_configure(req);
	if (!vs_between(req->weight_interactive, 1, 100) || !vs_between(req->weight_background, 1, req->weight_interactive) ||
	    !vs_between(req->threshold_pct, 1, 100) || !vs_between(req->phase_max_ms, 100, 60000) ||
	    !vs_between(req->epoch_ms, 4, 250) || !vs_between(req->epoch_window, 4, VS_MAX_EPOCHS) ||
	    req->audio_latency_us > 10000 || (s64)req->input_offset < 0 || (s64)req->audio_offset < 0)
		return -ERANGE;
	return vs_phase_configure(req);
}

static long vs_do_phase(struct file *file, union vs_arg *arg)
{
	return arg->phase.ms > 60000 ? -ERANGE : vs_phase_request(&arg->phase);
}

static long vs_do_tasks(struct file *file, union vs_arg *arg)
{
	struct vs_query_tasks *query = &arg->tasks;
	u32 room_tasks = min_t(u32, query->nr_tasks, VS_MAX_TASKS), room_vcpus = min_t(u32, query->nr_vcpus, VS_MAX_VCPUS);
	struct vs_task_info *tasks;
	struct vs_vcpu_phase *vcpus;
	long err = -ENOMEM;

	if (query->reserved || query->reserved2 || !vs_between(query->task_size, 8, PAGE_SIZE) ||
	    !vs_between(query->vcpu_size, 8, PAGE_SIZE))
		return -EINVAL;
	query->nr_tasks = room_tasks;
	query->nr_vcpus = room_vcpus;
	tasks = kvcalloc(room_tasks ?: 1, sizeof(*tasks), GFP_KERNEL);
	vcpus = kvcalloc(room_vcpus ?: 1, sizeof(*vcpus), GFP_KERNEL);
	if (tasks && vcpus)
		err = vs_phase_query(query, tasks, vcpus);
	if (!err)
		err = vs_rows_out(query->tasks, query->task_size, tasks, sizeof(*tasks), min(room_tasks, query->nr_tasks));
	if (!err)
		err = vs_rows_out(query->vcpus, query->vcpu_size, vcpus, sizeof(*vcpus), min(room_vcpus, query->nr_vcpus));
	kvfree(tasks);
	kvfree(vcpus);
	return err;
}

/*
 * size: of the argument as this module knows it; controller: only the controller may; run: does it, and the argument is
 * copied back when it returns 0 and the direction says so.
 */
static const struct vs_call {
	unsigned int cmd;
	size_t size;
	bool controller;
	long (*run)(struct file *file, union vs_arg *arg);
} vs_calls[] = {
	{ VS_IOC_INFO, sizeof(struct vs_info), false, vs_do_info },
	{ VS_IOC_SET_HOST, sizeof(struct vs_host), true, vs_do_host },
	{ VS_IOC_ATTACH, sizeof(struct vs_attach), true, vs_do_attach },
	{ VS_IOC_CONFIGURE, sizeof(struct vs_config), true, vs_do_configure },
	{ VS_IOC_QUERY, sizeof(struct vs_query), false, vs_do_query },
	{ VS_IOC_DETACH, sizeof(struct vs_detach), true, vs_do_detach },
	{ VS_IOC_CHANNEL, sizeof(struct vs_channel), true, vs_do_channel },
	{ VS_IOC_QUOTA, sizeof(struct vs_quota), true, vs_do_quota },
	{ VS_IOC_QUERY_QUOTA, sizeof(struct vs_query_quota), false, vs_do_query_quota },
	{ VS_IOC_INTERACTIVE, sizeof(struct vs_interactive), true, vs_do_interactive },
	{ VS_IOC_PHASE, sizeof(struct vs_phase_req), true, vs_do_phase },
	{ VS_IOC_QUERY_TASKS, sizeof(struct vs_query_tasks), false, vs_do_tasks },
};

/* The size is part of an ioctl's number; another age of the same call differs in it alone. */
static const struct vs_call *vs_call_find(unsigned int cmd)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vs_calls); i++)
		if (_IOC_TYPE(cmd) == VS_IOC_MAGIC && _IOC_NR(cmd) == _IOC_NR(vs_calls[i].cmd) &&
		    _IOC_DIR(cmd) == _IOC_DIR(vs_calls[i].cmd))
			return &vs_calls[i];
	return NULL;
}

long vs_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	const struct vs_call *call;
	union vs_arg *copy;
	u32 size;
	long err;

	BUILD_BUG_ON(sizeof(struct vs_vcpu_stats) != 152);
	BUILD_BUG_ON(sizeof(struct vs_interactive) != 88);
	BUILD_BUG_ON(sizeof(struct vs_query_tasks) != 112);
	if (cmd == VS_IOC_CONTROL)
		return vs_dev_control(file);
	call = vs_call_find(cmd);
	if (!call)
		return -ENOTTY;
	if (call->controller && !vs_dev_is_controller(file))
		return -EPERM;
	if (get_user(size, (u32 __user *)arg))
		return -EFAULT;
	if (size < sizeof(u32) || size > PAGE_SIZE)
		return -EINVAL;
	copy = kzalloc(sizeof(*copy), GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	err = copy_struct_from_user(copy, call->size, (void __user *)arg, size);
	if (!err)
		err = call->run(file, copy);
	if (!err && (_IOC_DIR(cmd) & _IOC_READ) &&
	    copy_to_user((void __user *)arg, copy, min_t(size_t, size, call->size)))
		err = -EFAULT;
	kfree(copy);
	return err;
}
