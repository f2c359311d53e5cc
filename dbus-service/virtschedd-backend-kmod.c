/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /dev/virtsched: the only file of userspace that knows the kernel's face. The device may come and go while the daemon
 * runs; a watch on /dev, not a timer, notices it.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../kmod/uapi/virtsched.h"
#include "virtschedd-backend.h"
#include "virtschedd-backend-kmod-channel.h"
#include "virtschedd-backend-kmod-servants.h"
#include "virtschedd-backend-kmod-quota.h"
#include "virtschedd-backend-kmod-interactive.h"
#include "virtschedd-watch.h"
#include "vs-error.h"

#define RETRY_S 1

struct _VsdBackend {
    int fd; /* -1: not usable, see why */
    char *why;
    struct vs_info info;
    guint source;
    guint retry; /* only while another process has control */
    VsdWatch *dev;
    VsdBackendEvent changed;
    VsdBackendPhase phase;
    gpointer data;
};

static void kmod_lose(VsdBackend *self, char *why)
{
    g_clear_handle_id(&self->source, g_source_remove);
    if (self->fd >= 0)
        close(self->fd);
    self->fd = -1;
    g_free(self->why);
    self->why = why;
}

static char *uuid_text(const guint8 *uuid)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < VS_UUID_LEN; i++)
        g_string_append_printf(text, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
    return g_string_free(text, FALSE);
}

static void uuid_bytes(const char *text, guint8 *uuid)
{
    guint n = 0;

    for (; *text && n < 2 * VS_UUID_LEN; text++) {
        if (!g_ascii_isxdigit(*text))
            continue;
        uuid[n / 2] = (guint8)((n & 1 ? uuid[n / 2] << 4 : 0) | g_ascii_xdigit_value(*text));
        n++;
    }
}

static gboolean on_event(gint fd, GIOCondition condition, gpointer data)
{
    VsdBackend *self = data;
    struct vs_event events[16];
    ssize_t len = read(fd, events, sizeof(events));

    for (gsize i = 0; len > 0 && i < (gsize)len / sizeof(events[0]); i++) {
        g_autofree char *uuid = events[i].type == VS_EVENT_LOST ? g_strdup("") : uuid_text(events[i].uuid);

        if (events[i].type == VS_EVENT_PHASE_BEGIN || events[i].type == VS_EVENT_PHASE_END)
            self->phase(uuid, events[i].type == VS_EVENT_PHASE_BEGIN, self->data);
        else
            self->changed(uuid, self->data);
    }
    return G_SOURCE_CONTINUE;
}

static gboolean on_retry(gpointer data);

/* Opens the device and takes control; on failure self->why has cause and cure. */
static void kmod_try(VsdBackend *self)
{
    self->fd = open(VS_DEVICE_PATH, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (self->fd < 0) {
        kmod_lose(self, errno == ENOENT
                            ? g_strdup("virtsched.ko is not loaded; load it with: modprobe virtsched")
                            : g_strdup_printf("open " VS_DEVICE_PATH ": %s; virtschedd has to run as root", g_strerror(errno)));
        return;
    }
    self->info = (struct vs_info){.size = sizeof(self->info)};
    if (ioctl(self->fd, VS_IOC_INFO, &self->info) < 0 || self->info.abi != VS_ABI_VERSION) {
        kmod_lose(self, g_strdup_printf("virtsched.ko %.31s has ABI %u, virtschedd needs %u; install both of one version",
                                        self->info.module_version, self->info.abi, VS_ABI_VERSION));
        return;
    }
    if (ioctl(self->fd, VS_IOC_CONTROL) < 0) {
        kmod_lose(self, g_strdup_printf("control " VS_DEVICE_PATH ": %s; another virtschedd runs, stop it",
                                        g_strerror(errno)));
        /* One that is being replaced gives control up a moment after its name. */
        self->retry = g_timeout_add_seconds(RETRY_S, on_retry, self);
        return;
    }
    g_clear_pointer(&self->why, g_free);
    self->source = g_unix_fd_add(self->fd, G_IO_IN, on_event, self);
}

static gboolean on_retry(gpointer data)
{
    VsdBackend *self = data;

    self->retry = 0;
    kmod_try(self);
    if (self->fd >= 0)
        self->changed(NULL, self->data);
    return G_SOURCE_REMOVE;
}

static void on_dev(const char *name, gpointer data)
{
    VsdBackend *self = data;

    if (self->fd >= 0 || self->retry || g_strcmp0(name, "virtsched") != 0)
        return;
    on_retry(self);
}

static VsdBackend *kmod_open(const char *root, VsdBackendEvent changed, VsdBackendPhase phase, gpointer data)
{
    VsdBackend *self = g_new0(VsdBackend, 1);

    self->fd = -1;
    self->changed = changed;
    self->phase = phase;
    self->data = data;
    self->dev = vsd_watch_new("/dev", on_dev, self);
    kmod_try(self);
    return self;
}

static void kmod_close(VsdBackend *self)
{
    g_clear_pointer(&self->dev, vsd_watch_free);
    g_clear_handle_id(&self->retry, g_source_remove);
    kmod_lose(self, NULL);
    g_free(self);
}

static char *kmod_problem(VsdBackend *self)
{
    return g_strdup(self->why);
}

static const char *kmod_version(VsdBackend *self)
{
    return self->fd >= 0 ? self->info.module_version : "";
}

/* What an errno of the module means, by call. */
static gboolean fail(VsdBackend *self, const char *what, const char *name, GError **error)
{
    int code = errno;
    VsError kind = code == ESRCH || code == ENOENT ? VS_ERROR_GONE :
                   code == EOPNOTSUPP || code == ENODEV ? VS_ERROR_UNSUPPORTED : VS_ERROR_FAILED;
    const char *text = code == ENODEV ? "kvm.ko is not loaded" :
                       code == EOPNOTSUPP ? "this kernel cannot do it" :
                       code == EXDEV ? "the vCPU threads do not belong to QEMU's process" : g_strerror(code);

    g_set_error(error, VS_ERROR, kind, "%s %s: %s", what, name, text);
    return FALSE;
}

static gboolean usable(VsdBackend *self, GError **error)
{
    if (self->fd < 0)
        g_set_error_literal(error, VS_ERROR, VS_ERROR_NO_MODULE, self->why);
    return self->fd >= 0;
}

static const enum vs_class classes[] = {VS_CLASS_NICE, VS_CLASS_SLICE, VS_CLASS_FIFO};

static gboolean kmod_set_host(VsdBackend *self, const VsCeiling *ceiling, GError **error)
{
    struct vs_host host = {
        .size = sizeof(host),
        .max_class = classes[ceiling->max_class],
        .max_priority = ceiling->max_priority,
        .cpu_share_pct = ceiling->host_share,
        .grace_ms = ceiling->grace_ms,
    };

    if (!usable(self, error))
        return FALSE;
    return ioctl(self->fd, VS_IOC_SET_HOST, &host) == 0 || fail(self, "set ceiling of", "the host", error);
}

/* The pidfd keeps the number from being reused between the look at libvirt's status file and the kernel's own look. */
static gboolean kmod_attach(VsdBackend *self, const char *uuid, const char *name, gint pid, const GArray *threads, GError **error)
{
    g_autoptr(GArray) refs = g_array_new(FALSE, TRUE, sizeof(struct vs_vcpu_ref));
    struct vs_attach attach = {.size = sizeof(attach), .tgid = pid};
    int pidfd, status;
    struct pollfd alive;

    if (!usable(self, error))
        return FALSE;
    pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0)
        return fail(self, "attach", name, error);
    for (guint i = 0; i < threads->len; i++) {
        const VsVcpuThread *thread = &g_array_index(threads, VsVcpuThread, i);
        struct vs_vcpu_ref ref = {.vcpu_id = thread->vcpu_id, .tid = thread->tid};

        g_array_append_val(refs, ref);
    }
    vsd_kmod_add_servants(refs, pid);
    attach.nr_vcpus = refs->len;
    attach.vcpus = (guintptr)refs->data;
    uuid_bytes(uuid, attach.uuid);
    g_strlcpy(attach.name, name, sizeof(attach.name));
    status = ioctl(self->fd, VS_IOC_ATTACH, &attach);
    if (status < 0)
        fail(self, "attach", name, error);
    alive = (struct pollfd){.fd = pidfd, .events = POLLIN};
    if (status == 0 && poll(&alive, 1, 0) > 0) {
        errno = ESRCH;
        status = -1;
        fail(self, "attach", name, error);
    }
    close(pidfd);
    return status == 0;
}

/* The number that goes with each class, in the kernel's unit. */
static gint priority_of(const VsSettings *settings, guint class)
{
    switch (classes[class]) {
    case VS_CLASS_NICE:
        return -(gint)vs_settings_get_uint(settings, "boost.nice");
    case VS_CLASS_SLICE:
        return (gint)vs_settings_get_uint(settings, "boost.slice");
    default:
        return (gint)vs_settings_get_uint(settings, "boost.priority");
    }
}

static gboolean kmod_configure(VsdBackend *self, const char *uuid, const VsSettings *settings, guint *class_ret, GError **error)
{
    guint class = vs_settings_get_uint(settings, "boost.class");
    struct vs_config config = {
        .size = sizeof(config),
        .flags = (vs_settings_get_uint(settings, "boost.state") ? VS_CONFIG_BOOST : 0) |
                 (vs_settings_get_uint(settings, "boost.guest") ? VS_CONFIG_GUEST : 0) |
                 (vs_settings_get_uint(settings, "boost.io") ? VS_CONFIG_IO : 0) |
                 (vs_settings_get_uint(settings, "boost.deboost") ? VS_CONFIG_DEBOOST : 0),
        .boost_class = classes[class],
        .boost_priority = priority_of(settings, class),
        .budget_burst_us = vs_settings_get_uint(settings, "boost.budget.burst"),
        .budget_share_pct = vs_settings_get_uint(settings, "boost.budget.share"),
        .budget_vm_share_pct = vs_settings_get_uint(settings, "boost.budget.vm"),
    };

    if (!usable(self, error))
        return FALSE;
    uuid_bytes(uuid, config.uuid);
    if (config.boost_class == VS_CLASS_FIFO && !(self->info.features & VS_FEATURE_FIFO)) {
        g_set_error_literal(error, VS_ERROR, VS_ERROR_UNSUPPORTED,
                            "this kernel has RT_GROUP_SCHED, whose limits a boost of class fifo would get around; "
                            "set boost.class to slice or nice");
        return FALSE;
    }
    if (ioctl(self->fd, VS_IOC_CONFIGURE, &config) < 0)
        return fail(self, "configure", uuid, error);
    for (guint i = 0; i < G_N_ELEMENTS(classes); i++) {
        if (classes[i] == config.applied_class)
            *class_ret = i;
    }
    return TRUE;
}

static gboolean kmod_channel(VsdBackend *self, const char *uuid, const char *path, guint nr, gint pid, GError **error)
{
    guint8 bytes[VS_UUID_LEN];

    if (!usable(self, error))
        return FALSE;
    uuid_bytes(uuid, bytes);
    return vsd_kmod_channel(self->fd, bytes, path, nr, pid, error);
}

static gboolean kmod_interactive(VsdBackend *self, const char *uuid, const VsdInteractive *want, char **input_ret, GError **error)
{
    guint8 bytes[VS_UUID_LEN];

    uuid_bytes(uuid, bytes);
    return usable(self, error) && vsd_kmod_interactive(self->fd, bytes, want, input_ret, error);
}

static gboolean kmod_phase(VsdBackend *self, const char *uuid, guint ms, GError **error)
{
    guint8 bytes[VS_UUID_LEN];

    uuid_bytes(uuid, bytes);
    return usable(self, error) && vsd_kmod_phase(self->fd, bytes, ms, error);
}

static VsdTasks *kmod_tasks(VsdBackend *self, const char *uuid, GError **error)
{
    guint8 bytes[VS_UUID_LEN];

    uuid_bytes(uuid, bytes);
    return usable(self, error) ? vsd_kmod_tasks(self->fd, bytes, error) : NULL;
}

static gboolean kmod_detach(VsdBackend *self, const char *uuid, GError **error)
{
    struct vs_detach detach = {.size = sizeof(detach)};

    if (!usable(self, error))
        return FALSE;
    uuid_bytes(uuid, detach.uuid);
    return ioctl(self->fd, VS_IOC_DETACH, &detach) == 0 || errno == ENOENT || fail(self, "detach", uuid, error);
}

static const struct {
    guint kernel;
    guint state;
} states[] = {
    {VS_STATE_BOOSTED, VSD_STATE_BOOSTED},       {VS_STATE_BLOCKED, VSD_STATE_BLOCKED},
    {VS_STATE_EXHAUSTED, VSD_STATE_EXHAUSTED},   {VS_STATE_PAYBACK, VSD_STATE_PAYBACK},
    {VS_STATE_STEPPED_BACK, VSD_STATE_STEPPED_BACK}, {VS_STATE_GONE, VSD_STATE_GONE},
    {VS_STATE_REFUSED, VSD_STATE_REFUSED},       {VS_STATE_VOICE, VSD_STATE_VOICE},
    {VS_STATE_LOW, VSD_STATE_LOW},               {VS_STATE_EXT, VSD_STATE_EXT},
};

static GArray *kmod_stats(VsdBackend *self, const char *uuid, GError **error)
{
    g_autofree struct vs_vcpu_stats *stats = g_new0(struct vs_vcpu_stats, VS_MAX_VCPUS);
    struct vs_query query = {
        .size = sizeof(query),
        .stat_size = sizeof(*stats),
        .nr_vcpus = VS_MAX_VCPUS,
        .stats = (guintptr)stats,
    };
    GArray *rows;

    if (!usable(self, error))
        return NULL;
    uuid_bytes(uuid, query.uuid);
    if (ioctl(self->fd, VS_IOC_QUERY, &query) < 0) {
        fail(self, "query", uuid, error);
        return NULL;
    }
    rows = g_array_new(FALSE, TRUE, sizeof(VsdVcpuStats));
    for (guint i = 0; i < query.nr_vcpus; i++) {
        const struct vs_vcpu_stats *s = &stats[i];
        VsdVcpuStats row = {
            .servant = (s->vcpu_id & VS_ID_SERVANT) != 0, .vcpu_id = s->vcpu_id & ~VS_ID_SERVANT, .tid = s->tid, .boosts_wake = s->boosts_wake, .boosts_kick = s->boosts_kick,
            .extended = s->extended, .cutoffs = s->cutoffs, .exhausted = s->exhausted, .rejected = s->rejected,
            .boosted_ns = s->boosted_ns, .payback_ns = s->payback_ns, .debt_ns = s->debt_ns, .budget_ns = s->budget_ns,
            .boosts_guest = s->boosts_guest, .unboosts_guest = s->unboosts_guest, .boosts_spin = s->boosts_spin,
            .boosts_serve = s->boosts_serve, .boosts_task = s->boosts_task, .rejected_guest = s->rejected_guest, .deboosts = s->deboosts,
        };

        for (gsize k = 0; k < G_N_ELEMENTS(states); k++)
            row.state |= s->state & states[k].kernel ? states[k].state : 0;
        g_array_append_val(rows, row);
    }
    return rows;
}

static gboolean kmod_quota(VsdBackend *self, const char *uuid, const VsdQuota *quota, GError **error)
{
    guint8 bytes[VS_UUID_LEN];

    if (!usable(self, error))
        return FALSE;
    uuid_bytes(uuid, bytes);
    return vsd_kmod_quota(self->fd, bytes, quota) || fail(self, "limit dirtied pages of", uuid, error);
}

static GArray *kmod_quota_stats(VsdBackend *self, const char *uuid, VsdQuotaState *state_ret, GError **error)
{
    guint8 bytes[VS_UUID_LEN];
    GArray *rows;

    if (!usable(self, error))
        return NULL;
    uuid_bytes(uuid, bytes);
    rows = vsd_kmod_quota_stats(self->fd, bytes, state_ret);
    if (!rows)
        fail(self, "query dirtied pages of", uuid, error);
    return rows;
}

const VsdBackendOps vsd_backend_kmod = {
    .name = "kmod",
    .open = kmod_open,
    .close = kmod_close,
    .problem = kmod_problem,
    .version = kmod_version,
    .set_host = kmod_set_host,
    .attach = kmod_attach,
    .configure = kmod_configure,
    .channel = kmod_channel,
    .interactive = kmod_interactive,
    .phase = kmod_phase,
    .tasks = kmod_tasks,
    .detach = kmod_detach,
    .stats = kmod_stats,
    .quota = kmod_quota,
    .quota_stats = kmod_quota_stats,
};
