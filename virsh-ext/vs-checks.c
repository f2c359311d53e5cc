/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See vs-checks.h. One row a check: any of its files being there (and executable, where that matters) is enough.
 */
#include "vs-checks.h"

#include <glib/gi18n-lib.h>
#include <glob.h>

#include "vs-names.h"

#define HOOK_FILE "/etc/libvirt/hooks/qemu.d/50-virtsched"

/* @paths are glob patterns, so that the unit is found under any target that wants it. */
static const struct {
    const char *id;
    GFileTest test;
    const char *otherwise; /* status when none is there */
    const char *paths[6];
    const char *good;
    const char *bad;
    const char *cure;
} local_checks[] = {
    {"kvm", G_FILE_TEST_EXISTS, "fail", {"/dev/kvm"},
     N_("/dev/kvm is there"), N_("no /dev/kvm: virtual machines here run without KVM"),
     N_("load kvm_intel or kvm_amd, and turn virtualisation on in the firmware")},
    {"module", G_FILE_TEST_IS_DIR, "fail", {"/sys/module/virtsched"},
     N_("virtsched.ko is loaded"), N_("virtsched.ko is not loaded"),
     N_("modprobe virtsched; when there is no such module, install it for this kernel (dkms status)")},
    {"cgroup", G_FILE_TEST_EXISTS, "fail", {"/sys/fs/cgroup/cgroup.controllers"},
     N_("cgroup v2"), N_("no cgroup v2 at /sys/fs/cgroup"),
     N_("boot with systemd.unified_cgroup_hierarchy=1")},
    {"libvirt", G_FILE_TEST_EXISTS, "fail", {"/run/libvirt/virtqemud-sock", "/run/libvirt/libvirt-sock"},
     N_("libvirt's socket is there"), N_("no socket of libvirtd or virtqemud in /run/libvirt"),
     N_("systemctl enable --now libvirtd.socket (or virtqemud.socket)")},
    {"hook", G_FILE_TEST_IS_EXECUTABLE, "fail", {HOOK_FILE},
     N_(HOOK_FILE " is there and executable"), N_(HOOK_FILE " is missing or not executable"),
     N_("install virtsched's libvirt hook, then systemctl reload libvirtd (or virtqemud)")},
    {"unit", G_FILE_TEST_EXISTS, "warn",
     {"/etc/systemd/system/*.wants/virtschedd.service", "/run/systemd/system/*.wants/virtschedd.service",
      "/usr/lib/systemd/system/*.wants/virtschedd.service", "/lib/systemd/system/*.wants/virtschedd.service"},
     N_("virtschedd.service is enabled"),
     N_("virtschedd.service is not enabled: settings come into force only when somebody asks"),
     N_("systemctl enable --now virtschedd")},
};

void vs_check_free(VsCheck *check)
{
    g_free(check->id);
    g_free(check->status);
    g_free(check->found);
    g_free(check->cure);
    g_free(check);
}

VsCheck *vs_check_new(const char *id, const char *status, const char *found, const char *cure)
{
    VsCheck *check = g_new0(VsCheck, 1);

    check->id = g_strdup(id);
    check->status = g_strdup(status);
    check->found = g_strdup(found);
    check->cure = g_strdup(cure);
    return check;
}

static gboolean is_there(const char *pattern, GFileTest test)
{
    const char *root = g_getenv(VS_ENV_ROOT);
    g_autofree char *full = g_strconcat(root ? root : "", pattern, NULL);
    glob_t found = {0};
    gboolean there = FALSE;

    if (glob(full, 0, NULL, &found) == 0) {
        /* A link in *.wants may point to where only the booted system has the unit; the link is the answer. */
        for (gsize i = 0; !there && i < found.gl_pathc; i++)
            there = g_file_test(found.gl_pathv[i], test == G_FILE_TEST_EXISTS ? test | G_FILE_TEST_IS_SYMLINK : test);
    }
    globfree(&found);
    return there;
}

GPtrArray *vs_checks_local(void)
{
    GPtrArray *checks = g_ptr_array_new_with_free_func((GDestroyNotify) vs_check_free);

    for (gsize i = 0; i < G_N_ELEMENTS(local_checks); i++) {
        gboolean good = FALSE;

        for (gsize p = 0; !good && local_checks[i].paths[p]; p++)
            good = is_there(local_checks[i].paths[p], local_checks[i].test);
        g_ptr_array_add(checks, vs_check_new(local_checks[i].id, good ? "ok" : local_checks[i].otherwise,
                                             good ? _(local_checks[i].good) : _(local_checks[i].bad),
                                             good ? "" : _(local_checks[i].cure)));
    }
    return checks;
}
