/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Multiboot entry of the Intel lab's boot image: mboot.c32 jumps here with
 * the loaded kernel in place, and we go on to its PVH entry.
 * It must not touch memory outside its own image.
 */
#define MAGIC 0x1badb002
#define FLAGS 0x3		/* page-aligned modules, memory map wanted */

	.section .head, "ax"
	.balign 4
	.long MAGIC, FLAGS, -(MAGIC + FLAGS)

	.globl _start
_start:
	cli
	cld
	movl	$stack_top, %esp
	pushl	%ebx
	call	build_start_info
	movl	%eax, %ebx
	movl	$PVH_ENTRY, %eax
	jmp	*%eax

	.bss
	.balign 16
	.skip 4096
stack_top:

	.section .note.GNU-stack, "", @progbits
