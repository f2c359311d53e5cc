/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads as much of an ELF file as it takes to find one function. Every offset and size in it is checked by pread(), every
 * allocation is bounded, nothing is mapped.
 */
#include "virtschedd-elf.h"

#include <elf.h>
#include <string.h>
#include <unistd.h>

/* QEMU has 20,000 dynamic symbols; nobody has so much. */
#define TABLE_MAX (16u << 20)
#define HEADERS_MAX 4096u

static gboolean read_at(int fd, gpointer to, gsize size, guint64 offset)
{
    return offset <= G_MAXINT64 - size && pread(fd, to, size, (off_t)offset) == (ssize_t)size;
}

/* (transfer full) (nullable): @size bytes at @offset, and a 0 behind them */
static char *read_part(int fd, guint64 offset, guint64 size)
{
    g_autofree char *part = size > 0 && size <= TABLE_MAX ? g_malloc(size + 1) : NULL;

    if (!part || !read_at(fd, part, size, offset))
        return NULL;
    part[size] = '\0';
    return g_steal_pointer(&part);
}

/* Where the file has the byte that is loaded at @address; 0: it is not code. */
static guint64 file_offset(int fd, const Elf64_Ehdr *head, guint64 address)
{
    for (guint i = 0; i < MIN(head->e_phnum, HEADERS_MAX); i++) {
        Elf64_Phdr ph;

        if (!read_at(fd, &ph, sizeof(ph), head->e_phoff + i * sizeof(ph)))
            return 0;
        if (ph.p_type == PT_LOAD && ph.p_flags & PF_X && address >= ph.p_vaddr && address - ph.p_vaddr < ph.p_filesz)
            return address - ph.p_vaddr + ph.p_offset;
    }
    return 0;
}

static guint64 find_symbol(const Elf64_Sym *symbols, gsize n, const char *strings, gsize len, const char *name)
{
    for (gsize i = 0; i < n; i++) {
        if (ELF64_ST_TYPE(symbols[i].st_info) == STT_FUNC && symbols[i].st_shndx != SHN_UNDEF && symbols[i].st_name < len &&
            strcmp(strings + symbols[i].st_name, name) == 0)
            return symbols[i].st_value;
    }
    return 0;
}

guint64 vsd_elf_offset(int fd, const char *const *names)
{
    Elf64_Ehdr head;
    Elf64_Shdr dynsym = {0}, dynstr;
    g_autofree char *symbols = NULL;
    g_autofree char *strings = NULL;

    if (!read_at(fd, &head, sizeof(head), 0) || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
        head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_machine != EM_X86_64 || head.e_shentsize != sizeof(Elf64_Shdr) ||
        head.e_phentsize != sizeof(Elf64_Phdr))
        return 0;
    for (guint i = 0; i < MIN(head.e_shnum, HEADERS_MAX) && dynsym.sh_type != SHT_DYNSYM; i++) {
        if (!read_at(fd, &dynsym, sizeof(dynsym), head.e_shoff + i * sizeof(dynsym)))
            return 0;
    }
    if (dynsym.sh_type != SHT_DYNSYM || !read_at(fd, &dynstr, sizeof(dynstr), head.e_shoff + dynsym.sh_link * sizeof(dynstr)))
        return 0;
    symbols = read_part(fd, dynsym.sh_offset, dynsym.sh_size);
    strings = read_part(fd, dynstr.sh_offset, dynstr.sh_size);
    for (; symbols && strings && *names; names++) {
        guint64 address = find_symbol((const Elf64_Sym *)(gpointer)symbols, dynsym.sh_size / sizeof(Elf64_Sym), strings,
                                      dynstr.sh_size, *names);

        if (address)
            return file_offset(fd, &head, address);
    }
    return 0;
}
