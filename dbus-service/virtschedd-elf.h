/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a function is in a binary's file, for a uprobe.
 */
#ifndef VIRTSCHEDD_ELF_H
#define VIRTSCHEDD_ELF_H

#include <glib.h>

G_BEGIN_DECLS

/**
 * vsd_elf_offset: offset in the file of the first of @names that its dynamic symbol table has
 * @fd: an x86-64 ELF file, open for reading; may be hostile or change while it is read
 * @names: %NULL-terminated
 *
 * Returns: 0 when none is there, or the file is not such a file
 */
guint64 vsd_elf_offset(int fd, const char *const *names);

G_END_DECLS

#endif /* VIRTSCHEDD_ELF_H */
