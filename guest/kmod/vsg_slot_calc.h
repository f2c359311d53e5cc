/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure logic: which slot of the channel an APIC id has. No kernel headers besides types, so that tests/kmod builds it in
 * userspace.
 *
 * libvirt numbers vCPUs as QEMU does, in the order of packages, dies, cores, threads, and QEMU gives each level of the APIC id
 * a whole number of bits: with 3 cores a package vCPU 3 has APIC id 4. The place among the CPUs that are there is not the
 * number: one in the middle may be unplugged, and a crash kernel knows the CPU it runs on alone.
 */
#ifndef VSG_SLOT_CALC_H
#define VSG_SLOT_CALC_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stdint.h>
typedef uint32_t u32;
#endif

/* Threads, cores, modules, tiles, dies. */
#define VSG_LEVELS_MAX 5

/**
 * struct vsg_level - one level of CPUID leaf 0xb or 0x1f, innermost first
 * @shift: bits of the APIC id that this level and those in it have, 0..31
 * @cpus: logical processors in one unit of the next level, 1 at least
 */
struct vsg_level {
	u32 shift;
	u32 cpus;
};

/**
 * vsg_level_fits() - may this level stand after the one before it?
 * @level: as read
 * @before: NULL for the first
 */
static inline bool vsg_level_fits(const struct vsg_level *level, const struct vsg_level *before)
{
	return level->shift < 32 && level->cpus && (!before || (level->shift >= before->shift && level->cpus >= before->cpus));
}

/**
 * vsg_slot_of_apic() - number of the vCPU
 * @apic_id: its APIC id
 * @levels: innermost first; each fits
 * @nr: how many; 0: ids without gaps
 */
static inline u32 vsg_slot_of_apic(u32 apic_id, const struct vsg_level *levels, unsigned int nr)
{
	u32 slot = 0, cpus = 1, shift = 0;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		u32 bits = levels[i].shift - shift;

		slot += (apic_id >> shift & ((1U << bits) - 1)) * cpus;
		shift = levels[i].shift;
		cpus = levels[i].cpus;
	}
	return slot + (apic_id >> shift) * cpus;
}

#endif /* VSG_SLOT_CALC_H */
