/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interactive phases of one domain: settings to the backend, guest tasks and phases to the bus. Where libvirt's own cgroups
 * have to stay (vcpu_quota), nice values of vCPUs do not meet, and vcpuN/cpu.weight has to do instead, per phase.
 */
#include "virtschedd-interactive.h"

#include "vs-error.h"

/* Where weights are ours: follow what the vCPUs run so often while a phase is on. */
#define PHASE_TICK_MS 250

typedef struct {
    VsdDomain *domain;
    const VsdKernel *kernel;
} Tick;

static gboolean side_by_side(const VsdDomain *self)
{
    return g_strcmp0(self->wiring, "place") != 0;
}

void vsd_interactive_bring(VsdDomain *self, const VsdKernel *kernel)
{
    const VsdSnapshot *s = self->snapshot;
    VsdOutcome *out = &self->outcome;
    VsdInteractive want = {.settings = self->plan->resolved, .pid = s->pid, .nice = side_by_side(self),
                           .channel = out->channel};
    g_autoptr(GError) error = NULL;

    g_clear_pointer(&out->interactive_failure, g_free);
    g_clear_pointer(&out->input_failure, g_free);
    vsd_interactive_release(self);
    if (!out->attached) {
        out->interactive = FALSE;
        return;
    }
    if (self->plan->interactive && s->facts && s->facts->encrypted) {
        out->interactive_failure = g_strdup("the guest's memory is encrypted (launchSecurity), and its tasks cannot be told apart");
        out->interactive = FALSE;
        return;
    }
    out->interactive = kernel->ops->interactive(kernel->backend, s->uuid, self->plan->interactive ? &want : NULL,
                                                &out->input_failure, &error) &&
                       self->plan->interactive;
    /* A module that cannot do it has nothing to switch off. */
    if (error && self->plan->interactive)
        out->interactive_failure = g_strdup(error->message);
    if (out->interactive && !want.nice && kernel->wires)
        self->weights = vsd_weights_new(kernel->root, s->uuid, s->pid);
}

void vsd_interactive_release(VsdDomain *self)
{
    g_clear_handle_id(&self->phase_tick, g_source_remove);
    g_clear_pointer(&self->weights, vsd_weights_free);
}

static gboolean is_on(VsdDomain *self, const VsdKernel *kernel, GError **error)
{
    g_autofree char *problem = kernel->ops->problem(kernel->backend);

    if (problem)
        g_set_error_literal(error, VS_ERROR, VS_ERROR_NO_MODULE, problem);
    else if (!self->outcome.interactive)
        g_set_error(error, VS_ERROR, VS_ERROR_UNSUPPORTED, "%s has no interactive phases: interactive.state is not in force; set it to on, "
                    "or see: virt-sched why %s", self->snapshot->name, self->snapshot->name);
    return !problem && self->outcome.interactive;
}

gboolean vsd_interactive_phase(VsdDomain *self, const VsdKernel *kernel, guint ms, GError **error)
{
    return is_on(self, kernel, error) && kernel->ops->phase(kernel->backend, self->snapshot->uuid, ms, error);
}

static const char *const class_words[] = {"interactive", "background", "audio", "system"};

static GVariant *task_row(const VsdTask *task)
{
    GVariantDict dict;

    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert(&dict, "task", "t", task->id);
    g_variant_dict_insert(&dict, "process", "b", task->told);
    g_variant_dict_insert(&dict, "class", "s", task->class < G_N_ELEMENTS(class_words) ? class_words[task->class] : "");
    g_variant_dict_insert(&dict, "vcpu", "u", task->vcpu_id);
    g_variant_dict_insert(&dict, "run.permille", "u", task->run);
    g_variant_dict_insert(&dict, "wait.permille", "u", task->wait);
    g_variant_dict_insert(&dict, "age.ms", "u", task->age_ms);
    g_variant_dict_insert(&dict, "seen.ms", "u", task->seen_ms);
    return g_variant_dict_end(&dict);
}

static GVariant *vcpu_row(const VsdVcpuPhase *vcpu)
{
    GVariantDict dict;

    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert(&dict, "vcpu", "u", vcpu->vcpu_id);
    g_variant_dict_insert(&dict, "task", "t", vcpu->task);
    g_variant_dict_insert(&dict, "process", "b", vcpu->told);
    g_variant_dict_insert(&dict, "state", "s", vcpu->idle ? "idle" : vcpu->background ? "background" : "running");
    g_variant_dict_insert(&dict, "nice", "u", vcpu->nice);
    return g_variant_dict_end(&dict);
}

static GVariant *phase_row(const VsdTasks *tasks)
{
    GVariantDict dict;

    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert(&dict, "phase", "b", tasks->left_ms > 0);
    g_variant_dict_insert(&dict, "left.ms", "u", tasks->left_ms);
    g_variant_dict_insert(&dict, "phases", "t", tasks->phases);
    g_variant_dict_insert(&dict, "inputs", "t", tasks->inputs);
    g_variant_dict_insert(&dict, "inputs.ignored", "t", tasks->ignored);
    g_variant_dict_insert(&dict, "tasks.evicted", "t", tasks->evicted);
    g_variant_dict_insert(&dict, "weight.changes", "t", tasks->weights);
    g_variant_dict_insert(&dict, "sound", "b", tasks->sound);
    return g_variant_dict_end(&dict);
}

GVariant *vsd_interactive_tasks(VsdDomain *self, const VsdKernel *kernel, GError **error)
{
    g_autoptr(VsdTasks) tasks = is_on(self, kernel, error) ? kernel->ops->tasks(kernel->backend, self->snapshot->uuid, error) : NULL;
    GVariantBuilder rows, vcpus;

    if (!tasks)
        return NULL;
    g_variant_builder_init(&rows, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < tasks->tasks->len; i++)
        g_variant_builder_add_value(&rows, task_row(&g_array_index(tasks->tasks, VsdTask, i)));
    g_variant_builder_init(&vcpus, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < tasks->vcpus->len; i++)
        g_variant_builder_add_value(&vcpus, vcpu_row(&g_array_index(tasks->vcpus, VsdVcpuPhase, i)));
    return g_variant_new("(@a{sv}aa{sv}aa{sv})", phase_row(tasks), &rows, &vcpus);
}

static gboolean on_tick(gpointer data)
{
    const Tick *tick = data;
    const VsdDomain *d = tick->domain;
    g_autoptr(VsdTasks) tasks = tick->kernel->ops->tasks(tick->kernel->backend, d->snapshot->uuid, NULL);

    if (tasks && tasks->left_ms > 0)
        vsd_weights_set(d->weights, tasks->vcpus, vs_settings_get_uint(d->plan->resolved, "interactive.weightRatio.interactive"),
                        vs_settings_get_uint(d->plan->resolved, "interactive.weightRatio.background"));
    return G_SOURCE_CONTINUE;
}

void vsd_interactive_changed(VsdDomain *self, const VsdKernel *kernel, gboolean on)
{
    Tick tick = {self, kernel};

    vsd_dbus_domain_emit_phase_changed(self->skeleton, on);
    if (!self->weights)
        return;
    g_clear_handle_id(&self->phase_tick, g_source_remove);
    if (on) {
        on_tick(&tick);
        self->phase_tick = g_timeout_add_full(G_PRIORITY_DEFAULT, PHASE_TICK_MS, on_tick, g_memdup2(&tick, sizeof(tick)), g_free);
    } else {
        vsd_weights_free(self->weights);
        self->weights = vsd_weights_new(kernel->root, self->snapshot->uuid, self->snapshot->pid);
    }
}
