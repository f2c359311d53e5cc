/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The level-2 guest: a few hundred bytes of 32-bit code that take timer
 * interrupts, and halt or spin in between, as GUEST_MODE says.
 * vm.c loads it at GUEST_CODE with flat segments and starts it there.
 * It must never leave to userspace: every exit is one that KVM handles itself.
 */
#include "shared.h"

#define VECTOR		0x20
#define SPURIOUS	0x2f
#define LAPIC		0xfee00000
#define LAPIC_EOI	(LAPIC + 0x0b0)
#define LAPIC_SVR	(LAPIC + 0x0f0)
#define LAPIC_LVT_TIMER	(LAPIC + 0x320)
#define LAPIC_INITIAL	(LAPIC + 0x380)
#define LAPIC_DIVIDE	(LAPIC + 0x3e0)

	.code32
	.text
	.globl _start
_start:
	movl	$GUEST_STACK_TOP, %esp
	lgdt	gdt_pointer
	lidt	idt_pointer
	movl	$GUEST_DIRTY_BASE, %esi
	ljmp	$8, $1f
1:	call	pic_setup
	cmpl	$GUEST_TIMER_LAPIC, GUEST_TIMER
	je	2f
	call	pit_start
	jmp	main
2:	call	lapic_start

/* Without paging CR3 means nothing to the guest. */
main:
	sti
	movl	GUEST_TASK, %eax
	movl	%eax, %cr3
	cmpl	$GUEST_MODE_BUSY, GUEST_MODE
	jne	3f
	incl	GUEST_LOOPS
	jmp	main
3:	cmpl	$GUEST_MODE_DIRTY, GUEST_MODE
	je	5f
	cli
	incl	GUEST_HALTS
	sti
	hlt
	jmp	main
/* %esi goes round the pages; tick saves all that it uses. */
5:	cmpl	$(GUEST_DIRTY_BASE + GUEST_DIRTY_BYTES), %esi
	jb	6f
	movl	$GUEST_DIRTY_BASE, %esi
6:	incl	(%esi)
	addl	$4096, %esi
	incl	GUEST_LOOPS
	jmp	main

/* Master PIC to VECTOR; IRQ 0 open only when the PIT is the timer. */
pic_setup:
	movb	$0x11, %al
	outb	%al, $0x20
	movb	$VECTOR, %al
	outb	%al, $0x21
	movb	$0x04, %al
	outb	%al, $0x21
	movb	$0x01, %al
	outb	%al, $0x21
	movb	$0xff, %al
	outb	%al, $0xa1
	outb	%al, $0x21
	ret

pit_start:
	movb	$0x34, %al
	outb	%al, $0x43
	movl	GUEST_PERIOD, %eax
	outb	%al, $0x40
	movb	%ah, %al
	outb	%al, $0x40
	movb	$0xfe, %al
	outb	%al, $0x21
	ret

lapic_start:
	movl	$(0x100 | SPURIOUS), LAPIC_SVR
	movl	$0xb, LAPIC_DIVIDE
	movl	$(0x20000 | VECTOR), LAPIC_LVT_TIMER
	movl	GUEST_PERIOD, %eax
	movl	%eax, LAPIC_INITIAL
	ret

tick:
	pushl	%eax
	incl	GUEST_TICKS
	cmpl	$GUEST_TIMER_LAPIC, GUEST_TIMER
	je	4f
	movb	$0x20, %al
	outb	%al, $0x20
	popl	%eax
	iret
4:	movl	$0, LAPIC_EOI
	popl	%eax
ignore:
	iret

	.balign 8
gdt:
	.quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdt_pointer:
	.word gdt_pointer - gdt - 1
	.long gdt
idt_pointer:
	.word idt_end - idt - 1
	.long idt
	.balign 8
idt:
	.fill VECTOR, 8, 0
	.word tick, 8, 0x8e00, 0
	.rept SPURIOUS - VECTOR
	.word ignore, 8, 0x8e00, 0
	.endr
idt_end:
	.section .note.GNU-stack, "", @progbits
