/* SPDX-License-Identifier: GPL-2.0-only */
/* An x86-64 instruction that accesses memory, taken apart. */
#ifndef MMIOTAP_DECODE_H
#define MMIOTAP_DECODE_H

#include <linux/types.h>
#include "mmiotap.h"

/* Opcode maps as the upper byte of tap_insn.opcode. */
#define TAP_0F		0x0100
#define TAP_0F38	0x0200
#define TAP_0F3A	0x0300

/* The part of the emulator that an instruction is for. */
enum tap_kind {
	TAP_MODIFY,		/* arithmetic and exchanges */
	TAP_MOVE,
	TAP_STRING,
	TAP_VECTOR,
};

struct tap_insn {
	u8 bytes[TAP_INSN_MAX];
	u8 len;			/* of the instruction, or of what could be read */
	u16 opcode;
	u8 width;		/* operand size: 1, 2, 4 or 8 bytes */
	u8 rex;			/* 0: no such prefix. VEX sets the same bits */
	/* Bits, so that one test is enough for the usual case: no prefix. */
	bool opsize : 1;	/* 66 */
	bool rep : 1, repne : 1; /* F3, F2, or what VEX implies */
	bool lock : 1;
	bool segment : 1;	/* FS or GS, whose base the address would need */
	bool address32 : 1;
	bool vex : 1, wide : 1;	/* VEX, and 256 bits */
	u8 kind;		/* enum tap_kind */
	u8 vvvv;		/* VEX's other operand, 0 when it names none */
	bool has_modrm;
	bool memory;		/* ModRM names memory, not a register */
	u8 reg, rm;
	u8 base, index, scale;	/* TAP_NO_REG, TAP_RIP */
	s64 displacement;
	s64 immediate;
};

#define TAP_NO_REG	0xff
#define TAP_RIP		0xfe

/*
 * Decodes the instruction in the first @available bytes of insn->bytes. Returns 0,
 * or -EOPNOTSUPP for one that is not known.
 */
int tap_decode(struct tap_insn *insn, unsigned int available);

#endif
