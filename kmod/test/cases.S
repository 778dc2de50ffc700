/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One function for each instruction: it loads the registers and flags of
 * insns.c, runs the instruction, and stores them again. rdi leads to the operand,
 * rbx has any value, r9 a small one, rcx a small positive one.
 */
#include <linux/linkage.h>
#include <asm/asm.h>
#include "cases.h"

.macro LOAD_VECTORS kind
	.if \kind == KIND_VECTOR
	movups insn_vectors(%rip), %xmm3
	movups insn_vectors+32(%rip), %xmm12
	.elseif \kind == KIND_AVX
	vmovups insn_vectors(%rip), %ymm3
	vmovups insn_vectors+32(%rip), %ymm12
	.endif
.endm

.macro STORE_VECTORS kind
	.if \kind == KIND_VECTOR
	movups %xmm3, insn_vectors(%rip)
	movups %xmm12, insn_vectors+32(%rip)
	.elseif \kind == KIND_AVX
	vmovups %ymm3, insn_vectors(%rip)
	vmovups %ymm12, insn_vectors+32(%rip)
	.endif
.endm

.macro FULL kind:req, before, after, insn:vararg
	.pushsection .rodata.str1.1, "aMS", @progbits, 1
.Ltext_\@:
	.asciz "\insn"
	.popsection
	.pushsection .data.rel.ro.cases, "aw", @progbits
	.quad case_\@, .Ltext_\@, \kind
	.popsection
	.balign 16
	.type case_\@, @function
case_\@:
	ENDBR
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	LOAD_VECTORS \kind
	movq insn_regs+0(%rip), %rax
	movq insn_regs+8(%rip), %rbx
	movq insn_regs+16(%rip), %rcx
	movq insn_regs+24(%rip), %rdx
	movq insn_regs+32(%rip), %rsi
	movq insn_regs+40(%rip), %rdi
	movq insn_regs+48(%rip), %r8
	movq insn_regs+56(%rip), %r9
	movq insn_regs+64(%rip), %r10
	movq insn_regs+72(%rip), %r11
	movq insn_regs+80(%rip), %r12
	movq insn_regs+88(%rip), %r13
	movq insn_regs+96(%rip), %r14
	movq insn_regs+104(%rip), %r15
	\before
	pushq insn_flags(%rip)
	popfq
	.ifc "\after","cld"
	std
	.endif
	\insn
	pushfq
	popq insn_flags(%rip)
	\after
	movq %rax, insn_regs+0(%rip)
	movq %rbx, insn_regs+8(%rip)
	movq %rcx, insn_regs+16(%rip)
	movq %rdx, insn_regs+24(%rip)
	movq %rsi, insn_regs+32(%rip)
	movq %rdi, insn_regs+40(%rip)
	movq %r8, insn_regs+48(%rip)
	movq %r9, insn_regs+56(%rip)
	movq %r10, insn_regs+64(%rip)
	movq %r11, insn_regs+72(%rip)
	movq %r12, insn_regs+80(%rip)
	movq %r13, insn_regs+88(%rip)
	movq %r14, insn_regs+96(%rip)
	movq %r15, insn_regs+104(%rip)
	STORE_VECTORS \kind
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	RET
	.size case_\@, . - case_\@
.endm

.macro ANY kind:req, insn:vararg
	FULL \kind, "", "", \insn
.endm

.macro CASE insn:vararg
	ANY KIND_RDI, \insn
.endm

/* A string instruction in both directions of DF, with the device on either side. */
.macro STRING kind:req, insn:vararg
	ANY \kind, \insn
	FULL \kind, "", cld, \insn
.endm

.macro VECTOR insn:vararg
	ANY KIND_VECTOR, \insn
.endm

.macro AVX insn:vararg
	ANY KIND_AVX, \insn
.endm

.macro ASIDE insn:vararg
	ANY KIND_FALLBACK, \insn
.endm

	.pushsection .data.rel.ro.cases, "aw", @progbits
	.balign 8
	.globl insn_cases
insn_cases:
	.popsection

	.text

/* Moves, all widths, all ways to name an address. */
CASE movb %bl, (%rdi)
CASE movb %bh, (%rdi)
CASE movb %ah, (%rdi)
CASE movb %r10b, (%rdi)
CASE movb %sil, (%rdi)
CASE movw %bx, (%rdi)
CASE movl %ebx, (%rdi)
CASE movq %rbx, (%rdi)
CASE movb (%rdi), %bl
CASE movb (%rdi), %bh
CASE movb (%rdi), %ch
CASE movb (%rdi), %r10b
CASE movw (%rdi), %bx
CASE movl (%rdi), %ebx
CASE movq (%rdi), %rbx
CASE movl (%rdi), %r15d
CASE movq %r15, (%rdi)
CASE movq (%rdi), %rdi
CASE movb $0x85, (%rdi)
CASE movw $0x8765, (%rdi)
CASE movl $0x87654321, (%rdi)
CASE movq $-0x12345678, (%rdi)
CASE movq $0x12345678, (%rdi)
CASE movl %ebx, 0x40(%rdi)
CASE movl %ebx, -0x40(%rdi)
CASE movl 0x140(%rdi), %ebx
CASE movl %ebx, (%rdi,%rcx,4)
CASE movl %ebx, -0x80(%rdi,%rcx,8)
CASE movl 0x33(%rdi,%rcx), %ebx
CASE movq %rbx, (%rcx,%rdi)
FULL KIND_RDI, "mov %rdi, %r13", "", movl %ebx, (%r13)
FULL KIND_RDI, "mov %rdi, %r12", "", movl %ebx, (%r12)
FULL KIND_RDI, "mov %rdi, %r13", "", movl %ebx, 8(%r13,%rcx,2)
FULL KIND_RDI, "mov %rdi, %r12", "", movl 0x1234(%r12), %ebx
FULL KIND_RDI, "mov %rdi, %r12; mov %rcx, %r13", "", movl 8(%r12,%r13,8), %r14d
CASE movl %ebx, 1(%rdi)
CASE movq 3(%rdi), %rbx

/* Moves that extend. */
CASE movzbw (%rdi), %bx
CASE movzbl (%rdi), %ebx
CASE movzbq (%rdi), %rbx
CASE movzwl (%rdi), %ebx
CASE movzwq (%rdi), %rbx
CASE movsbw (%rdi), %bx
CASE movsbl (%rdi), %ebx
CASE movsbq (%rdi), %rbx
CASE movswl (%rdi), %ebx
CASE movswq (%rdi), %rbx
CASE movslq (%rdi), %rbx
CASE movntil %ebx, (%rdi)
CASE movntiq %rbx, (%rdi)
CASE movbew (%rdi), %bx
CASE movbel (%rdi), %ebx
CASE movbeq (%rdi), %rbx
CASE movbew %bx, (%rdi)
CASE movbel %ebx, (%rdi)
CASE movbeq %rbx, (%rdi)
CASE clflush (%rdi)

/* Moves and bytes by condition. */
.irp cc, o, no, b, ae, e, ne, be, a, s, ns, p, np, l, ge, le, g
CASE cmov\cc (%rdi), %bx
CASE cmov\cc (%rdi), %ebx
CASE cmov\cc (%rdi), %rbx
CASE set\cc (%rdi)
.endr

/* Arithmetic with two operands. */
.irp op, add, or, adc, sbb, and, sub, xor, cmp
CASE \op\()b %bl, (%rdi)
CASE \op\()b %bh, (%rdi)
CASE \op\()w %bx, (%rdi)
CASE \op\()l %ebx, (%rdi)
CASE \op\()q %rbx, (%rdi)
CASE \op\()b (%rdi), %bl
CASE \op\()b (%rdi), %bh
CASE \op\()w (%rdi), %bx
CASE \op\()l (%rdi), %ebx
CASE \op\()q (%rdi), %rbx
CASE \op\()b $0x85, (%rdi)
CASE \op\()w $0x8765, (%rdi)
CASE \op\()l $0x87654321, (%rdi)
CASE \op\()q $-0x12345678, (%rdi)
CASE \op\()w $-3, (%rdi)
CASE \op\()l $-3, (%rdi)
CASE \op\()q $5, (%rdi)
.endr
.irp op, add, or, adc, sbb, and, sub, xor
CASE lock \op\()b %bl, (%rdi)
CASE lock \op\()w %bx, (%rdi)
CASE lock \op\()l %ebx, (%rdi)
CASE lock \op\()q %rbx, (%rdi)
CASE lock \op\()l $0x87654321, (%rdi)
CASE lock \op\()q $-3, (%rdi)
.endr
CASE testb %bl, (%rdi)
CASE testw %bx, (%rdi)
CASE testl %ebx, (%rdi)
CASE testq %rbx, (%rdi)
CASE testb $0x85, (%rdi)
CASE testw $0x8765, (%rdi)
CASE testl $0x87654321, (%rdi)
CASE testq $-0x12345678, (%rdi)
CASE imulw (%rdi), %bx
CASE imull (%rdi), %ebx
CASE imulq (%rdi), %rbx
CASE imulw $0x1234, (%rdi), %bx
CASE imull $-7, (%rdi), %ebx
CASE imulq $0x12345678, (%rdi), %rbx

/* Arithmetic with one operand. */
.irp op, inc, dec, neg, not
.irp suffix, b, w, l, q
CASE \op\suffix (%rdi)
CASE lock \op\suffix (%rdi)
.endr
.endr

/* Shifts: by one, by an immediate, by cl, by nothing. */
.irp op, rol, ror, rcl, rcr, shl, shr, sar
.irp suffix, b, w, l, q
CASE \op\suffix (%rdi)
CASE \op\suffix $3, (%rdi)
CASE \op\suffix $0, (%rdi)
CASE \op\suffix %cl, (%rdi)
.endr
.endr

/* Bits. */
.irp op, bt, bts, btr, btc
CASE \op\()w $5, (%rdi)
CASE \op\()l $37, (%rdi)
CASE \op\()q $63, (%rdi)
CASE \op\()w %r9w, (%rdi)
CASE \op\()l %r9d, (%rdi)
CASE \op\()q %r9, (%rdi)
.endr
.irp op, bts, btr, btc
CASE lock \op\()w $5, (%rdi)
CASE lock \op\()l $31, (%rdi)
CASE lock \op\()q $63, (%rdi)
CASE lock \op\()l %r9d, (%rdi)
CASE lock \op\()q %r9, (%rdi)
.endr

/* Exchanges. */
CASE xchgb %bl, (%rdi)
CASE xchgb %bh, (%rdi)
CASE xchgw %bx, (%rdi)
CASE xchgl %ebx, (%rdi)
CASE xchgq %rbx, (%rdi)
.irp op, xadd, cmpxchg
CASE \op\()b %bl, (%rdi)
CASE \op\()w %bx, (%rdi)
CASE \op\()l %ebx, (%rdi)
CASE \op\()q %rbx, (%rdi)
CASE lock \op\()b %bl, (%rdi)
CASE lock \op\()w %bx, (%rdi)
CASE lock \op\()l %ebx, (%rdi)
CASE lock \op\()q %rbx, (%rdi)
.endr
CASE cmpxchg8b (%rdi)
CASE lock cmpxchg8b (%rdi)
CASE cmpxchg16b (%rdi)
CASE lock cmpxchg16b (%rdi)

/* Strings. */
.irp suffix, b, w, l, q
STRING KIND_RDI, stos\suffix
STRING KIND_RDI, rep stos\suffix
STRING KIND_RSI, lods\suffix
STRING KIND_RSI, rep lods\suffix
.irp kind, KIND_RDI, KIND_RSI, KIND_BOTH
STRING \kind, movs\suffix
STRING \kind, rep movs\suffix
STRING \kind, cmps\suffix
STRING \kind, repe cmps\suffix
STRING \kind, repne cmps\suffix
.endr
STRING KIND_RDI, scas\suffix
STRING KIND_RDI, repe scas\suffix
STRING KIND_RDI, repne scas\suffix
.endr
FULL KIND_RDI, "mov $1000, %ecx; sub $0x400, %rdi", "", rep stosl
FULL KIND_RSI, "mov $2000, %ecx; sub $0x400, %rsi; sub $0x400, %rdi", "", rep movsb
FULL KIND_RDI, "mov $250, %ecx; sub $0x400, %rsi; sub $0x400, %rdi", "", rep movsq

/* Vectors. */
.irp reg, %xmm3, %xmm12
VECTOR movups (%rdi), \reg
VECTOR movups \reg, (%rdi)
VECTOR movupd (%rdi), \reg
VECTOR movupd \reg, 8(%rdi)
VECTOR movaps (%rdi), \reg
VECTOR movaps \reg, (%rdi)
VECTOR movapd (%rdi), \reg
VECTOR movapd \reg, 16(%rdi)
VECTOR movdqu 1(%rdi), \reg
VECTOR movdqu \reg, 1(%rdi)
VECTOR movdqa (%rdi), \reg
VECTOR movdqa \reg, (%rdi)
VECTOR movntdq \reg, (%rdi)
VECTOR movntps \reg, (%rdi)
VECTOR movntpd \reg, (%rdi)
VECTOR movntdqa (%rdi), \reg
VECTOR lddqu 3(%rdi), \reg
VECTOR movss (%rdi), \reg
VECTOR movss \reg, (%rdi)
VECTOR movsd (%rdi), \reg
VECTOR movsd \reg, (%rdi)
VECTOR movd (%rdi), \reg
VECTOR movd \reg, (%rdi)
VECTOR movq (%rdi), \reg
VECTOR movq \reg, (%rdi)
VECTOR rex64 movd (%rdi), \reg
VECTOR rex64 movd \reg, (%rdi)
AVX vmovups (%rdi), \reg
AVX vmovups \reg, (%rdi)
AVX vmovdqa (%rdi), \reg
AVX vmovdqa \reg, (%rdi)
AVX vmovntdq \reg, (%rdi)
AVX vmovss (%rdi), \reg
AVX vmovsd \reg, (%rdi)
AVX vmovd (%rdi), \reg
AVX vmovq \reg, (%rdi)
.endr
.irp reg, %ymm3, %ymm12
AVX vmovups (%rdi), \reg
AVX vmovups \reg, 4(%rdi)
AVX vmovdqu (%rdi), \reg
AVX vmovdqu \reg, (%rdi)
AVX vmovdqa (%rdi), \reg
AVX vmovdqa \reg, (%rdi)
AVX vmovapd 32(%rdi), \reg
AVX vmovntps \reg, (%rdi)
AVX vmovntdqa (%rdi), \reg
.endr

/* What is left to the processor. */
ASIDE mulq (%rdi)
ASIDE imulq (%rdi)
ASIDE shldl $3, %ebx, (%rdi)
ASIDE bsfl (%rdi), %ebx
ASIDE popcntl (%rdi), %ebx
FULL KIND_FALLBACK, "", "popq %rbx", pushq (%rdi)

	.pushsection .data.rel.ro.cases, "aw", @progbits
	.globl insn_cases_end
insn_cases_end:
	.popsection
