/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure logic: which address space a guest's CR3 stands for. No kernel headers besides types, so that tests/kmod builds it in userspace.
 */
#ifndef VS_CR3_CALC_H
#define VS_CR3_CALC_H

#include <linux/types.h>

/* Physical address bits: neither PCID nor NOFLUSH nor LAM. */
#define VS_CR3_FRAME		0x000ffffffffff000ULL
/* Under page table isolation a process has two page tables, which differ in this bit. */
#define VS_CR3_PTI_BIT		(1ULL << 12)
/* Of the one outside of the kernel, Linux and FreeBSD make that known by its PCID. */
#define VS_CR3_PTI_PCID		(1ULL << 11)

/**
 * vs_cr3_space() - the page frame that is the address space's name
 * @cr3: as the guest set it
 * @isolates: guests of this host isolate their page tables; one whose CPU model is of old may do it all the same, and is known by its PCIDs
 */
static inline __u64 vs_cr3_space(__u64 cr3, bool isolates)
{
	if (isolates || cr3 & VS_CR3_PTI_PCID)
		cr3 &= ~VS_CR3_PTI_BIT;
	return (cr3 & VS_CR3_FRAME) >> 12;
}

#endif /* VS_CR3_CALC_H */
