/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Turns the multiboot information of mboot.c32 into the hvm_start_info that
 * Linux's PVH entry reads. Called once by stub.S, on a flat 32-bit machine
 * without paging. It must not need a libc: it is linked alone at 1 MiB.
 */
#include <stdint.h>

#define START_MAGIC 0x336ec578
#define MEMMAP_MAX 32

struct multiboot_info {
    uint32_t flags, mem_lower, mem_upper, boot_device, cmdline;
    uint32_t mods_count, mods_addr, syms[4], mmap_length, mmap_addr;
};

struct multiboot_module {
    uint32_t start, end, string, reserved;
};

struct multiboot_mmap {
    uint32_t size;
    uint64_t addr, len;
    uint32_t type;
} __attribute__((packed));

struct start_info {
    uint32_t magic, version, flags, nr_modules;
    uint64_t modlist, cmdline, rsdp, memmap;
    uint32_t memmap_entries, reserved;
};

struct start_module {
    uint64_t addr, size, cmdline, reserved;
};

struct start_memmap {
    uint64_t addr, size;
    uint32_t type, reserved;
};

static struct start_info info;
static struct start_module initrd;
static struct start_memmap memmap[MEMMAP_MAX];

/* mboot.c32 puts the file's name before the arguments. */
static uint32_t skip_first_word(uint32_t text)
{
    const char *c = (const char *)text;

    while (*c && *c != ' ')
        c++;
    while (*c == ' ')
        c++;
    return (uint32_t)c;
}

struct start_info *build_start_info(const struct multiboot_info *mb);

struct start_info *build_start_info(const struct multiboot_info *mb)
{
    const struct multiboot_module *module = (const void *)mb->mods_addr;
    uint32_t at = mb->mmap_addr, end = mb->mmap_addr + mb->mmap_length;
    uint32_t n = 0;

    while (at < end && n < MEMMAP_MAX) {
        const struct multiboot_mmap *entry = (const void *)at;

        memmap[n].addr = entry->addr;
        memmap[n].size = entry->len;
        memmap[n].type = entry->type;
        n++;
        at += entry->size + sizeof(entry->size);
    }
    if (mb->mods_count) {
        initrd.addr = module->start;
        initrd.size = module->end - module->start;
        info.nr_modules = 1;
        info.modlist = (uint32_t)&initrd;
    }
    info.magic = START_MAGIC;
    info.version = 1;
    info.cmdline = skip_first_word(mb->cmdline);
    info.memmap = (uint32_t)memmap;
    info.memmap_entries = n;
    return &info;
}
