/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See the header. The record is written before a weight is changed, so that whoever is killed in between can take it back at the next
 * start. An outside change of a weight in the middle of a phase is overruled by the phase, and lost at its end.
 */
#include "virtschedd-weights.h"

#include <glib/gstdio.h>

#include "vs-cgroup.h"
#include "vs-names.h"

#define GROUP "weights"

struct _VsdWeights {
    char *root;
    char *cgroup;  /* the VM's libvirt/ cgroup, NULL: there is none */
    char *record;  /* file */
    GKeyFile *was; /* vCPU -> weight before */
};

static char *record_path(const char *root, const char *uuid)
{
    return g_strdup_printf("%s" VS_RUN_DIR "/weights-%s", root, uuid);
}

static guint64 read_weight(VsdWeights *self, const char *child)
{
    g_autofree char *path = g_strconcat(self->cgroup, "/", child, NULL);
    g_autofree char *text = vs_cgroup_read(self->root, path, "cpu.weight");

    return text ? g_ascii_strtoull(text, NULL, 10) : 0;
}

static void write_weight(VsdWeights *self, const char *child, guint64 weight)
{
    g_autofree char *path = g_strconcat(self->cgroup, "/", child, NULL);
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, weight);
    g_autoptr(GError) error = NULL;

    if (!vs_cgroup_write(self->root, path, "cpu.weight", text, &error))
        g_debug("%s", error->message);
}

/* Everything as it was. */
static void put_back(VsdWeights *self)
{
    g_auto(GStrv) vcpus = g_key_file_get_keys(self->was, GROUP, NULL, NULL);

    for (char **vcpu = vcpus; self->cgroup && vcpu && *vcpu; vcpu++)
        write_weight(self, *vcpu, g_key_file_get_uint64(self->was, GROUP, *vcpu, NULL));
    g_key_file_remove_group(self->was, GROUP, NULL);
    g_unlink(self->record);
}

VsdWeights *vsd_weights_new(const char *root, const char *uuid, gint pid)
{
    VsdWeights *self = g_new0(VsdWeights, 1);

    self->root = g_strdup(root);
    self->record = record_path(root, uuid);
    self->cgroup = vs_cgroup_of_domain(root, pid, NULL);
    self->was = g_key_file_new();
    if (g_key_file_load_from_file(self->was, self->record, G_KEY_FILE_NONE, NULL))
        put_back(self);
    return self;
}

void vsd_weights_free(VsdWeights *self)
{
    if (!self)
        return;
    put_back(self);
    g_key_file_unref(self->was);
    g_free(self->record);
    g_free(self->cgroup);
    g_free(self->root);
    g_free(self);
}

void vsd_weights_set(VsdWeights *self, const GArray *vcpus, guint interactive, guint background)
{
    for (guint i = 0; self->cgroup && i < vcpus->len; i++) {
        const VsdVcpuPhase *vcpu = &g_array_index(vcpus, VsdVcpuPhase, i);
        g_autofree char *child = g_strdup_printf("vcpu%u", vcpu->vcpu_id);
        guint64 now = read_weight(self, child), was = g_key_file_get_uint64(self->was, GROUP, child, NULL), want;

        if (!was) {
            if (!vcpu->background || !now)
                continue;
            was = now;
            g_key_file_set_uint64(self->was, GROUP, child, was);
            if (!g_key_file_save_to_file(self->was, self->record, NULL))
                return;
        }
        want = vcpu->background ? MAX(was * background / interactive, 1) : was;
        if (want != now)
            write_weight(self, child, want);
    }
}

void vsd_weights_forget(const char *root, const char *uuid)
{
    g_autofree char *record = record_path(root, uuid);

    g_unlink(record);
}
