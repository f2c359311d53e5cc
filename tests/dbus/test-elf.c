/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a function is in a binary's file: right for this very program, and nothing worse than "not there" for files that are cut off or
 * damaged anywhere.
 */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "virtschedd-elf.h"

#define LOOK 16
#define ROUNDS 400

/* Exported, so that it is in the dynamic symbol table. */
int vs_test_function(int x);
__attribute__((noinline)) int vs_test_function(int x)
{
    return x * 3 + 1;
}

static const char *const names[] = {"vs_no_such_function", "vs_test_function", NULL};

static void test_itself(void)
{
    static const char *const nobody[] = {"vs_no_such_function", "main_", NULL};
    guint8 file[LOOK];
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    guint64 offset = vsd_elf_offset(fd, names);

    g_assert_cmpuint(offset, >, 0);
    g_assert_cmpint(pread(fd, file, LOOK, (off_t)offset), ==, LOOK);
    g_assert_cmpint(memcmp(file, (const void *)(guintptr)vs_test_function, LOOK), ==, 0);
    g_assert_cmpint(vs_test_function(2), ==, 7);
    g_assert_cmpuint(vsd_elf_offset(fd, nobody), ==, 0);
    close(fd);
}

static guint64 offset_in(const char *data, gsize len)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("virtsched-elf-XXXXXX", &path, NULL);
    guint64 offset;

    g_assert_cmpint(write(fd, data, len), ==, (gssize)len);
    offset = vsd_elf_offset(fd, names);
    close(fd);
    g_unlink(path);
    return offset;
}

/* Cut off anywhere, and with any byte of its headers and tables changed: an offset or 0, and no complaint of the sanitizers. */
static void test_damaged(void)
{
    g_autofree char *data = NULL;
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);
    gsize len;

    g_assert_true(g_file_get_contents("/proc/self/exe", &data, &len, NULL));
    g_assert_cmpuint(offset_in(data, len), >, 0);
    for (gsize cut = 0; cut < 64; cut++)
        g_assert_cmpuint(offset_in(data, cut), ==, 0);
    g_assert_cmpuint(offset_in(data, len / 2), ==, 0);
    for (guint i = 0; i < ROUNDS; i++) {
        gsize at = (gsize)g_rand_int_range(rand, 0, i % 2 ? 4096 : (gint32)len);
        char was = data[at];

        data[at] = (char)g_rand_int_range(rand, 0, 256);
        g_assert_cmpuint(offset_in(data, MIN(len, 4u << 20)), <=, G_MAXINT64);
        data[at] = was;
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/elf/itself", test_itself);
    g_test_add_func("/elf/damaged", test_damaged);
    return g_test_run();
}
