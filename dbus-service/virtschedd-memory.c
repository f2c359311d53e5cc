/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Gives back what only the start needed. libvirt brings some 60 libraries, and linking them touches most of their symbol
 * tables, which nobody reads again. Pages that are never written come back from the file when they are used after all.
 */
#include "virtschedd-memory.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

static int drop_segments(struct dl_phdr_info *object, size_t size, void *data)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

    for (guint i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        uintptr_t begin = object->dlpi_addr + segment->p_vaddr, end = begin + segment->p_memsz;

        /* Relocated data is in segments that are writable; without PF_W the file has all of it. */
        if (segment->p_type != PT_LOAD || segment->p_flags & PF_W)
            continue;
        begin &= ~(page - 1);
        madvise((void *)begin, end - begin, MADV_DONTNEED);
    }
    return 0;
}

void vsd_memory_give_back(void)
{
    dl_iterate_phdr(drop_segments, NULL);
    malloc_trim(0);
}
