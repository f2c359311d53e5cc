/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks of the host, for people: each with what was found and what would help. Reads a few files, asks nobody.
 */
#include <unistd.h>

#include "virtschedd-calls.h"
#include "vs-names.h"

#define HOOK "/etc/libvirt/hooks/qemu.d/50-virtsched"

typedef struct {
    VsdManager *manager;
    const char *root;
    GVariantBuilder rows;
} Doctor;

static void row(Doctor *d, const char *id, const char *state, const char *found, const char *cure)
{
    g_variant_builder_add(&d->rows, "(ssss)", id, state, found, cure);
}

static void check_module(Doctor *d)
{
    const VsdKernel *kernel = vsd_manager_kernel(d->manager);
    g_autofree char *problem = kernel->ops->problem(kernel->backend);
    g_autofree char *found = g_strdup_printf("virtsched.ko %s", kernel->ops->version(kernel->backend));

    if (problem)
        row(d, "module", "fail", problem, "modprobe virtsched");
    else
        row(d, "module", "ok", found, "");
}

static void check_libvirt(Doctor *d)
{
    const char *uri = vsd_libvirt_uri(vsd_manager_libvirt(d->manager));
    g_autofree char *found = g_strdup_printf("connected to %s (%s driver)", uri, vsd_libvirt_driver(vsd_manager_libvirt(d->manager)));

    if (!*uri)
        row(d, "libvirt", "fail", "no connection to libvirt", "systemctl start libvirtd (or virtqemud)");
    else if (g_ascii_strcasecmp(vsd_libvirt_driver(vsd_manager_libvirt(d->manager)), "QEMU") != 0)
        row(d, "libvirt", "warn", found, "only qemu:///system has vCPU threads of KVM");
    else
        row(d, "libvirt", "ok", found, "");
}

static void check_cgroup(Doctor *d)
{
    g_autofree char *path = g_strconcat(d->root, "/sys/fs/cgroup/cgroup.controllers", NULL);

    if (g_file_test(path, G_FILE_TEST_EXISTS))
        row(d, "cgroup", "ok", "cgroup v2", "");
    else
        row(d, "cgroup", "warn", "not cgroup v2: weight ratios between vCPUs are not possible, boosts are",
            "boot with systemd.unified_cgroup_hierarchy=1");
}

static void check_kvm(Doctor *d)
{
    g_autofree char *path = g_strconcat(d->root, "/sys/module/kvm", NULL);

    if (g_file_test(path, G_FILE_TEST_EXISTS))
        row(d, "kvm", "ok", "kvm.ko is loaded", "");
    else
        row(d, "kvm", "fail", "kvm.ko is not loaded", "switch on virtualisation in the firmware; modprobe kvm_amd or kvm_intel");
}

static void check_hook(Doctor *d)
{
    g_autofree char *path = g_strconcat(d->root, HOOK, NULL);

    if (access(path, X_OK) == 0)
        row(d, "hook", "ok", HOOK, "");
    else
        row(d, "hook", "warn", HOOK " is missing or not executable: domains are wired only when virtschedd sees them",
            "install it, then: systemctl reload libvirtd (or virtqemud)");
}

GVariant *vsd_doctor(VsdManager *manager)
{
    static void (*const checks[])(Doctor *) = {check_module, check_kvm, check_libvirt, check_cgroup, check_hook};
    Doctor doctor = {.manager = manager, .root = vsd_manager_kernel(manager)->root};

    g_variant_builder_init(&doctor.rows, G_VARIANT_TYPE("a(ssss)"));
    for (gsize i = 0; i < G_N_ELEMENTS(checks); i++)
        checks[i](&doctor);
    return g_variant_builder_end(&doctor.rows);
}
