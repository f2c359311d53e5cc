// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device's memory, mapped as what it is: memory of the host. Firmware has the whole PCI window uncacheable by MTRR, and
 * memremap(MEMREMAP_WB) obeys that and maps uncached. In a VM with nested paging the MTRR does not count but the page table
 * does (AMD; Intel with devices passed through), and each word would be a slow access. So the pages are mapped by number.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "vsg.h"

#define VSG_PAGES (VS_PAGE_DEVICE_SIZE / PAGE_SIZE)

/* How the one device there is was mapped. */
static bool vsg_by_number;

/* Cached whatever the MTRRs say. Return: NULL where the kernel cannot, or thinks that this is its own memory. */
static void *vsg_map_cached(phys_addr_t start)
{
#ifdef CONFIG_VMAP_PFN
	unsigned long *pfns = kmalloc_array(VSG_PAGES, sizeof(*pfns), GFP_KERNEL);
	void *memory = NULL;
	unsigned int i;

	if (!pfns)
		return NULL;
	for (i = 0; i < VSG_PAGES; i++) {
		pfns[i] = PHYS_PFN(start) + i;
		if (pfn_valid(pfns[i]))
			break;
	}
	if (i == VSG_PAGES)
		memory = vmap_pfn(pfns, VSG_PAGES, PAGE_KERNEL);
	kfree(pfns);
	return memory;
#else
	return NULL;
#endif
}

/**
 * vsg_map() - map the device's memory
 * @start: of VS_PAGE_DEVICE_SIZE bytes, page-aligned
 *
 * Context: process.
 * Return: to be given to vsg_unmap(); NULL without memory.
 */
void *vsg_map(phys_addr_t start)
{
	void *memory = vsg_map_cached(start);

	vsg_by_number = memory != NULL;
	return memory ?: memremap(start, VS_PAGE_DEVICE_SIZE, MEMREMAP_WB);
}

/* Context: process. */
void vsg_unmap(void *memory)
{
	if (vsg_by_number)
		vunmap(memory);
	else
		memunmap(memory);
}
