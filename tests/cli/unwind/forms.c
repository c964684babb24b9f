// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unwind data of every form that a step has, and of some that it has not, written
 * out by hand; never run. Linked lazily, for the form of .plt.
 */
#include <stdlib.h>

/* DW_CFA_def_cfa_expression: DW_OP_breg7 24, DW_OP_deref, DW_OP_plus_uconst 8 */
__asm__(".text\n"
	"at_rsp:\n\t.cfi_startproc\n\tnop\n"
	"\t.cfi_escape 0x0f, 0x05, 0x77, 0x18, 0x06, 0x23, 0x08\n"
	"\tnop\n\t.cfi_endproc\n");

/* CFA = [rbp - 8]; rbp at [rbp], rbx at [rbp - 16]: DW_CFA_expression */
__asm__("at_rbp:\n\t.cfi_startproc\n\tnop\n"
	"\t.cfi_escape 0x0f, 0x03, 0x76, 0x78, 0x06\n"
	"\t.cfi_escape 0x10, 0x06, 0x02, 0x76, 0x00\n"
	"\t.cfi_escape 0x10, 0x03, 0x02, 0x76, 0x70\n"
	"\tnop\n\t.cfi_endproc\n");

__asm__("by_rbx:\n\t.cfi_startproc\n\tnop\n"
	"\t.cfi_def_cfa rbx, 32\n\t.cfi_offset rbp, -16\n\t.cfi_offset rbx, -24\n"
	"\tnop\n\t.cfi_endproc\n");

__asm__("by_rbp:\n\t.cfi_startproc\n\tnop\n"
	"\t.cfi_def_cfa rbp, 16\n\t.cfi_offset rbp, -16\n\tnop\n\t.cfi_endproc\n");

/* What a step cannot say: another register, a return address elsewhere. */
__asm__("by_r10:\n\t.cfi_startproc\n\tnop\n\t.cfi_def_cfa r10, 0\n\tnop\n\t.cfi_endproc\n");
__asm__("elsewhere:\n\t.cfi_startproc\n\tnop\n\t.cfi_offset 16, -16\n\tnop\n\t.cfi_endproc\n");

__asm__("outermost:\n\t.cfi_startproc\n\t.cfi_undefined rip\n\tnop\n\t.cfi_endproc\n");

/* As __restore_rt of the C library: rsp at 160, rip at 168, rbp at 120, rbx at 128. */
__asm__("restore:\n\t.cfi_startproc simple\n\t.cfi_signal_frame\n"
	"\t.cfi_escape 0x0f, 0x04, 0x77, 0xa0, 0x01, 0x06\n"
	"\t.cfi_escape 0x10, 0x10, 0x03, 0x77, 0xa8, 0x01\n"
	"\t.cfi_escape 0x10, 0x06, 0x03, 0x77, 0xf8, 0x00\n"
	"\t.cfi_escape 0x10, 0x03, 0x03, 0x77, 0x80, 0x01\n"
	"\tnop\n\tnop\n\t.cfi_endproc\n");

int main(void)
{
	return rand();
}
