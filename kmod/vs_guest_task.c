// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the guest's CR3 as KVM left it at the exit that has just been, without a symbol of kvm.ko and without an exit of our own.
 * SVM copies it from the VMCB at every exit; VMX leaves it in the VMCS.
 */
#include <linux/kvm_host.h>
#include <linux/uaccess.h>
#include <asm/cpufeature.h>

#include "vs_cr3_calc.h"
#include "vs_guest_task.h"

/* Intel SDM, appendix B: natural-width guest-state field. */
#define VS_VMCS_GUEST_CR3	0x6802UL

/*
 * VMREAD never faults in VMX operation, and there are vCPUs. Only the vCPU's own VMCS can be loaded here: KVM loads it when the thread
 * is scheduled in, and nobody else is while preemption is off. Without EPT it holds the shadow page table, one for each of the guest's.
 */
static bool vs_vmx_cr3(unsigned long *cr3)
{
	bool ok;

	asm volatile("vmread %2, %1" : "=@cca" (ok), "=rm" (*cr3) : "r" (VS_VMCS_GUEST_CR3) : "cc");
	return ok;
}

/**
 * vs_guest_task() - the task that the vCPU ran last
 * @vcpu: as a hook was given it; may be stale, so it is read with care and only believed if it is @pid's
 * @pid: of current
 *
 * Context: in KVM_RUN of the vCPU's own thread, after the exit was handled.
 * Return: page frame of the page table, 0: not known (encrypted guest, no paging yet).
 */
u64 vs_guest_task(const struct kvm_vcpu *vcpu, const struct pid *pid)
{
	unsigned long cr3 = 0;
	const struct pid *owner;
	bool hidden, ok = true;

	if (!vcpu || copy_from_kernel_nofault(&owner, &vcpu->pid, sizeof(owner)) || owner != pid ||
	    copy_from_kernel_nofault(&hidden, &vcpu->arch.guest_state_protected, sizeof(hidden)) || hidden)
		return 0;
	preempt_disable();
	if (boot_cpu_has(X86_FEATURE_SVM))
		ok = !copy_from_kernel_nofault(&cr3, &vcpu->arch.cr3, sizeof(cr3));
	else
		ok = vs_vmx_cr3(&cr3);
	preempt_enable();
	if (!ok)
		return 0;
	/* A guest sees the host's bugs, and isolates its page tables if there is one. */
	return vs_cr3_space(cr3, boot_cpu_has_bug(X86_BUG_CPU_MELTDOWN));
}
