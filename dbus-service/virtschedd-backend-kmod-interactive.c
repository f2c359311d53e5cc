/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VS_IOC_INTERACTIVE, VS_IOC_PHASE and VS_IOC_QUERY_TASKS. The probes go into the binary that runs, found through /proc/PID/exe,
 * whatever a package upgrade has put in its place since.
 */
#include "virtschedd-backend-kmod-interactive.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../kmod/uapi/virtsched.h"
#include "virtschedd-elf.h"
#include "vs-error.h"

static const char *const input_symbols[] = {"qemu_input_event_send_impl", NULL};
/* QEMU 11 renamed it. */
static const char *const audio_symbols[] = {"AUD_write", "audio_be_write", NULL};

/* By the choices of interactive.input.events. */
static const guint32 events[] = {
    VS_INPUT_KEY | VS_INPUT_BUTTON | VS_INPUT_WHEEL | VS_INPUT_TOUCH,
    VS_INPUT_KEY,
    VS_INPUT_BUTTON | VS_INPUT_WHEEL | VS_INPUT_TOUCH,
    VS_INPUT_ALL,
    0,
};

/* By the choices of interactive.audio.track. */
static const guint32 tracks[] = {
    0,
    VS_TRACK_ALL,
    VS_TRACK_BASE,
    VS_TRACK_BASE | VS_TRACK_TRANSITIVE,
    VS_TRACK_BASE | VS_TRACK_TRANSITIVE | VS_TRACK_INTERRUPT,
};

/* By the choices of interactive.guest. */
static const guint32 voices[] = {0, VS_INTERACTIVE_GUEST, VS_INTERACTIVE_GUEST | VS_INTERACTIVE_TELL};

static gboolean fail(const char *what, GError **error)
{
    int code = errno;

    g_set_error(error, VS_ERROR, code == ENOENT || code == ESRCH ? VS_ERROR_GONE : code == ENOTTY ? VS_ERROR_UNSUPPORTED : VS_ERROR_FAILED,
                "%s: %s", what, code == ENOTTY ? "the loaded virtsched.ko is too old for it; load the installed one" : g_strerror(code));
    return FALSE;
}

/* Why QEMU's input is not seen, and what begins phases then. */
static char *blind(const VsdInteractive *want, const char *why)
{
    gboolean heard = want->channel && vs_settings_get_uint(want->settings, "interactive.guest");

    return g_strdup_printf("input is not seen in QEMU: %s; %s", why,
                           heard ? "phases begin when the guest's module (virtsched_guest.ko) says so, and with virt-sched phase"
                                 : "phases begin with virt-sched phase alone, or with interactive.guest=on and the guest's module");
}

/* Opens the binary and looks its functions up; what is missing is said in *@input_ret, and the rest goes on. */
static int find_probes(const VsdInteractive *want, struct vs_interactive *request, char **input_ret)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/exe", want->pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    request->exe_fd = -1;
    if (fd < 0) {
        g_autofree char *why = g_strdup_printf("open %s: %s", path, g_strerror(errno));

        *input_ret = blind(want, why);
        return -1;
    }
    request->input_offset = request->inputs ? vsd_elf_offset(fd, input_symbols) : 0;
    if (request->inputs && !request->input_offset) {
        g_autofree char *why = g_strdup_printf("this one has no %s", input_symbols[0]);

        *input_ret = blind(want, why);
    }
    if (vs_settings_get_uint(want->settings, "interactive.audio.track"))
        request->audio_offset = vsd_elf_offset(fd, audio_symbols);
    request->exe_fd = fd;
    return fd;
}

gboolean vsd_kmod_interactive(int device, const guint8 *uuid, const VsdInteractive *want, char **input_ret, GError **error)
{
    struct vs_interactive request = {.size = sizeof(request), .exe_fd = -1};
    int fd = -1, status;

    memcpy(request.uuid, uuid, VS_UUID_LEN);
    if (want) {
        const VsSettings *s = want->settings;

        request.flags = VS_INTERACTIVE_ON | (want->nice ? 0 : VS_INTERACTIVE_NO_NICE) |
                        (want->channel ? voices[vs_settings_get_uint(s, "interactive.guest")] : 0);
        request.weight_interactive = vs_settings_get_uint(s, "interactive.weightRatio.interactive");
        request.weight_background = vs_settings_get_uint(s, "interactive.weightRatio.background");
        request.threshold_pct = vs_settings_get_uint(s, "interactive.background.threshold");
        request.phase_max_ms = vs_settings_get_uint(s, "interactive.phase.max");
        request.epoch_ms = vs_settings_get_uint(s, "interactive.epoch.length");
        request.epoch_window = vs_settings_get_uint(s, "interactive.epoch.window");
        request.inputs = events[vs_settings_get_uint(s, "interactive.input.events")];
        request.audio_track = tracks[vs_settings_get_uint(s, "interactive.audio.track")];
        request.audio_latency_us = vs_settings_get_uint(s, "interactive.audio.latency");
        fd = find_probes(want, &request, input_ret);
    }
    status = ioctl(device, VS_IOC_INTERACTIVE, &request);
    if (status < 0 && fd >= 0) {
        /* Without the probes rather than not at all. */
        g_autofree char *why = g_strdup_printf("probe it: %s", g_strerror(errno));

        request.exe_fd = -1;
        request.input_offset = request.audio_offset = 0;
        status = ioctl(device, VS_IOC_INTERACTIVE, &request);
        if (status == 0) {
            g_free(*input_ret);
            *input_ret = blind(want, why);
        }
    }
    if (status < 0)
        fail("set interactive phases", error);
    if (fd >= 0)
        close(fd);
    return status == 0;
}

gboolean vsd_kmod_phase(int device, const guint8 *uuid, guint ms, GError **error)
{
    struct vs_phase_req request = {.size = sizeof(request), .ms = ms};

    memcpy(request.uuid, uuid, VS_UUID_LEN);
    return ioctl(device, VS_IOC_PHASE, &request) == 0 || fail(ms ? "start a phase" : "end the phase", error);
}

static void add_tasks(VsdTasks *out, const struct vs_task_info *rows, guint n)
{
    for (guint i = 0; i < n; i++) {
        VsdTask task = {.id = rows[i].id & ~VS_TASK_TOLD, .told = (rows[i].id & VS_TASK_TOLD) != 0, .class = rows[i].class, .vcpu_id = rows[i].vcpu_id, .run = rows[i].run_permille,
                        .wait = rows[i].wait_permille, .age_ms = rows[i].age_ms, .seen_ms = rows[i].seen_ms};

        g_array_append_val(out->tasks, task);
    }
}

static void add_vcpus(VsdTasks *out, const struct vs_vcpu_phase *rows, guint n)
{
    for (guint i = 0; i < n; i++) {
        VsdVcpuPhase vcpu = {.vcpu_id = rows[i].vcpu_id, .idle = rows[i].state & VS_VCPU_IDLE,
                             .background = rows[i].state & VS_VCPU_BACKGROUND, .task = rows[i].task & ~VS_TASK_TOLD,
                             .told = (rows[i].task & VS_TASK_TOLD) != 0, .nice = rows[i].nice};

        g_array_append_val(out->vcpus, vcpu);
    }
}

VsdTasks *vsd_kmod_tasks(int device, const guint8 *uuid, GError **error)
{
    g_autofree struct vs_task_info *tasks = g_new0(struct vs_task_info, VS_MAX_TASKS);
    g_autofree struct vs_vcpu_phase *vcpus = g_new0(struct vs_vcpu_phase, VS_MAX_VCPUS);
    struct vs_query_tasks query = {
        .size = sizeof(query),
        .nr_tasks = VS_MAX_TASKS,
        .nr_vcpus = VS_MAX_VCPUS,
        .task_size = sizeof(*tasks),
        .vcpu_size = sizeof(*vcpus),
        .tasks = (guintptr)tasks,
        .vcpus = (guintptr)vcpus,
    };
    VsdTasks *out;

    memcpy(query.uuid, uuid, VS_UUID_LEN);
    if (ioctl(device, VS_IOC_QUERY_TASKS, &query) < 0) {
        fail("query guest tasks", error);
        return NULL;
    }
    out = vsd_tasks_new();
    out->left_ms = query.phase_left_ms;
    out->phases = query.phases;
    out->inputs = query.inputs;
    out->ignored = query.inputs_ignored;
    out->evicted = query.evicted;
    out->weights = query.weight_changes;
    out->sound = query.sound != 0;
    add_tasks(out, tasks, MIN(query.nr_tasks, VS_MAX_TASKS));
    add_vcpus(out, vcpus, MIN(query.nr_vcpus, VS_MAX_VCPUS));
    return out;
}
