// SPDX-License-Identifier: GPL-2.0-only
/*
 * NMIs. No tracepoint tells that one begins, but the kernel asks every handler there is, in order: the first and the last of them
 * are ours, and neither says that the NMI was for it.
 */
#include <asm/nmi.h>

#include "vsg.h"

static int vsg_nmi_first(unsigned int type, struct pt_regs *regs)
{
	vsg_voice_nmi(true);
	return NMI_DONE;
}

static int vsg_nmi_last(unsigned int type, struct pt_regs *regs)
{
	vsg_voice_nmi(false);
	return NMI_DONE;
}

/* Context: process. Return: 0, or what the kernel says. */
int vsg_nmi_start(void)
{
	int err = register_nmi_handler(NMI_LOCAL, vsg_nmi_last, 0, "virtsched-last");

	if (err)
		return err;
	err = register_nmi_handler(NMI_LOCAL, vsg_nmi_first, NMI_FLAG_FIRST, "virtsched-first");
	if (err)
		unregister_nmi_handler(NMI_LOCAL, "virtsched-last");
	return err;
}

/* Context: process. No handler of ours runs afterwards. */
void vsg_nmi_stop(void)
{
	unregister_nmi_handler(NMI_LOCAL, "virtsched-first");
	unregister_nmi_handler(NMI_LOCAL, "virtsched-last");
}
