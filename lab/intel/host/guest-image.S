/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's flat binary as data of vm.c. GUEST_BIN is its path, given by the build. */
	.section .rodata
	.globl guest_image, guest_image_end
guest_image:
	.incbin GUEST_BIN
guest_image_end:
	.section .note.GNU-stack, "", @progbits
