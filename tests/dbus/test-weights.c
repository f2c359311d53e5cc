/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cpu.weight of vcpuN for the time of a phase, in a made tree: the ratio, what is put back, and by whom after a kill.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "virtschedd-weights.h"
#include "vs-names.h"

#define UUID "d5a9c3a0-1111-4222-8333-000000000001"
#define PID 4711
#define SCOPE "/machine.slice/machine-qemu\\x2d1\\x2ddesk.scope"

typedef struct {
    char *root;
} Tree;

static char *in_tree(const Tree *tree, const char *name)
{
    return g_strconcat(tree->root, name, NULL);
}

static void put(const Tree *tree, const char *name, const char *text)
{
    g_autofree char *path = in_tree(tree, name);
    g_autofree char *folder = g_path_get_dirname(path);

    g_assert_cmpint(g_mkdir_with_parents(folder, 0755), ==, 0);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* The last one written, which is then all that the file has, as with the kernel's. */
static guint64 weight(const Tree *tree, guint vcpu)
{
    g_autofree char *name = g_strdup_printf("/sys/fs/cgroup" SCOPE "/libvirt/vcpu%u/cpu.weight", vcpu);
    g_autofree char *path = in_tree(tree, name);
    g_autofree char *text = NULL;
    g_autofree char *line = NULL;
    const char *last;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return 0;
    g_strchomp(text);
    last = strrchr(text, '\n') ? strrchr(text, '\n') + 1 : text;
    line = g_strconcat(last, "\n", NULL);
    put(tree, name, line);
    return g_ascii_strtoull(last, NULL, 10);
}

static gboolean has_record(const Tree *tree)
{
    g_autofree char *path = in_tree(tree, VS_RUN_DIR "/weights-" UUID);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void set_up(Tree *tree, gconstpointer data)
{
    tree->root = g_dir_make_tmp("virtsched-weights-XXXXXX", NULL);
    put(tree, "/proc/4711/cgroup", "0::" SCOPE "/libvirt/emulator\n");
    put(tree, "/sys/fs/cgroup" SCOPE "/libvirt/vcpu0/cpu.weight", "100\n");
    put(tree, "/sys/fs/cgroup" SCOPE "/libvirt/vcpu1/cpu.weight", "300\n");
    put(tree, VS_RUN_DIR "/wired/none", "");
}

static void tear_down(Tree *tree, gconstpointer data)
{
    const char *argv[] = {"rm", "-r", tree->root, NULL};

    g_spawn_sync(NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free(tree->root);
}

/* Which of the two vCPUs run something of the background. */
static void phase(const Tree *tree, VsdWeights *weights, gboolean zero, gboolean one, guint interactive)
{
    g_autoptr(GArray) vcpus = g_array_new(FALSE, TRUE, sizeof(VsdVcpuPhase));
    VsdVcpuPhase rows[] = {{.vcpu_id = 0, .background = zero}, {.vcpu_id = 1, .background = one}};

    g_array_append_vals(vcpus, rows, G_N_ELEMENTS(rows));
    vsd_weights_set(weights, vcpus, interactive, 1);
    weight(tree, 0);
    weight(tree, 1);
}

static void test_ratio(Tree *tree, gconstpointer data)
{
    VsdWeights *weights = vsd_weights_new(tree->root, UUID, PID);

    phase(tree, weights, FALSE, FALSE, 3);
    g_assert_false(has_record(tree));
    phase(tree, weights, TRUE, FALSE, 3);
    g_assert_cmpuint(weight(tree, 0), ==, 33);
    g_assert_cmpuint(weight(tree, 1), ==, 300);
    g_assert_true(has_record(tree));
    /* It moves from one to the other, and the ratio is of the weight before, not of what is left of it. */
    phase(tree, weights, FALSE, TRUE, 18);
    phase(tree, weights, FALSE, TRUE, 18);
    g_assert_cmpuint(weight(tree, 0), ==, 100);
    g_assert_cmpuint(weight(tree, 1), ==, 16);
    phase(tree, weights, TRUE, TRUE, 100);
    g_assert_cmpuint(weight(tree, 0), ==, 1);
    vsd_weights_free(weights);
    g_assert_cmpuint(weight(tree, 0), ==, 100);
    g_assert_cmpuint(weight(tree, 1), ==, 300);
    g_assert_false(has_record(tree));
}

/* The daemon was killed in a phase; the next one knows what was. */
static void test_killed(Tree *tree, gconstpointer data)
{
    VsdWeights *killed = vsd_weights_new(tree->root, UUID, PID), *next;

    phase(tree, killed, TRUE, TRUE, 3);
    next = vsd_weights_new(tree->root, UUID, PID);
    g_assert_cmpuint(weight(tree, 0), ==, 100);
    g_assert_cmpuint(weight(tree, 1), ==, 300);
    g_assert_false(has_record(tree));
    vsd_weights_free(next);
    vsd_weights_free(killed);
}

/* A vCPU that is unplugged, a domain whose cgroup is gone: nothing to change, nothing to fail. */
static void test_gone(Tree *tree, gconstpointer data)
{
    g_autofree char *path = in_tree(tree, "/sys/fs/cgroup" SCOPE "/libvirt/vcpu1/cpu.weight");
    VsdWeights *weights = vsd_weights_new(tree->root, UUID, PID);

    g_assert_cmpint(g_remove(path), ==, 0);
    phase(tree, weights, TRUE, TRUE, 3);
    g_assert_cmpuint(weight(tree, 0), ==, 33);
    vsd_weights_free(weights);
    g_assert_cmpuint(weight(tree, 0), ==, 100);
    weights = vsd_weights_new(tree->root, UUID, PID + 1);
    phase(tree, weights, TRUE, TRUE, 3);
    vsd_weights_free(weights);
    g_assert_cmpuint(weight(tree, 0), ==, 100);
}

static void test_forget(Tree *tree, gconstpointer data)
{
    VsdWeights *weights = vsd_weights_new(tree->root, UUID, PID);

    phase(tree, weights, TRUE, FALSE, 3);
    vsd_weights_forget(tree->root, UUID);
    g_assert_false(has_record(tree));
    vsd_weights_free(weights);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/weights/ratio", Tree, NULL, set_up, test_ratio, tear_down);
    g_test_add("/weights/killed", Tree, NULL, set_up, test_killed, tear_down);
    g_test_add("/weights/gone", Tree, NULL, set_up, test_gone, tear_down);
    g_test_add("/weights/forget", Tree, NULL, set_up, test_forget, tear_down);
    return g_test_run();
}
