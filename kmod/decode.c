// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decoder takes instructions apart: prefixes, opcode, ModRM, SIB,
 * displacement and immediate, as the opcode maps of Intel's manual (volume 2,
 * appendix A) have them. Only opcodes that the emulator may take are known; for
 * all others the answer is -EOPNOTSUPP.
 */
#include <linux/errno.h>
#include <linux/string.h>
#include <asm/ptrace.h>

#include "decode.h"

/* What follows an opcode, how wide its operands are, and what emulates it. */
#define KNOWN	0x01
#define MODRM	0x02
#define BYTE	0x04		/* operands of one byte */
#define IMM8	0x08
#define IMMZ	0x10		/* as wide as the operand, at most 4 bytes */
#define TEST3	0x20		/* an immediate only when ModRM.reg is 0 or 1 */
#define MOFFS	0x40		/* an address of 8 bytes */
#define KIND(kind)	((kind) << 8)

#define M	(KNOWN | MODRM | KIND(TAP_MODIFY))
#define MB	(M | BYTE)
#define MOVE	(KNOWN | MODRM | KIND(TAP_MOVE))
#define MOVEB	(MOVE | BYTE)
#define MOVEA	(KNOWN | MOFFS | KIND(TAP_MOVE))
#define STRING	(KNOWN | KIND(TAP_STRING))
#define VECTORS	(KNOWN | MODRM | KIND(TAP_VECTOR))

static const u16 one_byte_opcodes[256] = {
	[0x00] = MB, [0x01] = M, [0x02] = MB, [0x03] = M,	/* add */
	[0x08] = MB, [0x09] = M, [0x0a] = MB, [0x0b] = M,	/* or */
	[0x10] = MB, [0x11] = M, [0x12] = MB, [0x13] = M,	/* adc */
	[0x18] = MB, [0x19] = M, [0x1a] = MB, [0x1b] = M,	/* sbb */
	[0x20] = MB, [0x21] = M, [0x22] = MB, [0x23] = M,	/* and */
	[0x28] = MB, [0x29] = M, [0x2a] = MB, [0x2b] = M,	/* sub */
	[0x30] = MB, [0x31] = M, [0x32] = MB, [0x33] = M,	/* xor */
	[0x38] = MB, [0x39] = M, [0x3a] = MB, [0x3b] = M,	/* cmp */
	[0x63] = MOVE,						/* movsxd */
	[0x69] = M | IMMZ, [0x6b] = M | IMM8,			/* imul */
	[0x80] = MB | IMM8, [0x81] = M | IMMZ, [0x83] = M | IMM8,
	[0x84] = MB, [0x85] = M,				/* test */
	[0x86] = MB, [0x87] = M,				/* xchg */
	[0x88] = MOVEB, [0x89] = MOVE, [0x8a] = MOVEB, [0x8b] = MOVE,
	[0xa0] = MOVEA | BYTE, [0xa1] = MOVEA,
	[0xa2] = MOVEA | BYTE, [0xa3] = MOVEA,
	[0xa4] = STRING | BYTE, [0xa5] = STRING,		/* movs */
	[0xa6] = STRING | BYTE, [0xa7] = STRING,		/* cmps */
	[0xaa] = STRING | BYTE, [0xab] = STRING,		/* stos */
	[0xac] = STRING | BYTE, [0xad] = STRING,		/* lods */
	[0xae] = STRING | BYTE, [0xaf] = STRING,		/* scas */
	[0xc0] = MB | IMM8, [0xc1] = M | IMM8,			/* shifts */
	[0xc6] = MOVEB | IMM8, [0xc7] = MOVE | IMMZ,
	[0xd0] = MB, [0xd1] = M, [0xd2] = MB, [0xd3] = M,	/* shifts */
	[0xf6] = MB | TEST3, [0xf7] = M | TEST3,
	[0xfe] = MB, [0xff] = M,
};

static const u16 two_byte_opcodes[256] = {
	[0x10] = VECTORS, [0x11] = VECTORS,
	[0x28] = VECTORS, [0x29] = VECTORS, [0x2b] = VECTORS,
	[0x40 ... 0x4f] = MOVE,					/* cmovcc */
	[0x6e] = VECTORS, [0x6f] = VECTORS, [0x7e] = VECTORS, [0x7f] = VECTORS,
	[0x90 ... 0x9f] = MOVEB,				/* setcc */
	[0xa3] = M, [0xab] = M, [0xb3] = M, [0xbb] = M,		/* bt… */
	[0xae] = MOVE,						/* clflush */
	[0xaf] = M,						/* imul */
	[0xb0] = MB, [0xb1] = M,				/* cmpxchg */
	[0xb6] = MOVE, [0xb7] = MOVE,				/* movzx */
	[0xbe] = MOVE, [0xbf] = MOVE,				/* movsx */
	[0xba] = M | IMM8,					/* bt… */
	[0xc0] = MB, [0xc1] = M,				/* xadd */
	[0xc3] = MOVE,						/* movnti */
	[0xc7] = M,						/* cmpxchg8b */
	[0xd6] = VECTORS, [0xe7] = VECTORS, [0xf0] = VECTORS,
};

/* What is known of an opcode after 0F, 0F 38 or 0F 3A. */
static unsigned int known_after_escape(u16 opcode)
{
	switch (opcode & 0xff00) {
	case TAP_0F:
		return two_byte_opcodes[opcode & 0xff];
	case TAP_0F38:
		switch (opcode & 0xff) {
		case 0x2a:				/* movntdqa */
			return VECTORS;
		case 0xf0: case 0xf1: case 0xf9:	/* movbe, movdiri */
			return MOVE;
		}
	}
	return 0;
}

/* Bytes not yet read. Reading more than there are sets over, which stays. */
struct cursor {
	const u8 *at, *end;
	bool over;
};

static u8 next(struct cursor *c)
{
	if (c->at == c->end) {
		c->over = true;
		return 0;
	}
	return *c->at++;
}

static s64 next_signed(struct cursor *c, unsigned int size)
{
	u64 value = 0;
	unsigned int i;

	for (i = 0; i < size; i++)
		value |= (u64)next(c) << (8 * i);
	return size == 8 ? (s64)value : sign_extend64(value, 8 * size - 1);
}

/* Reads prefixes. Returns the first byte that is not one. */
static u8 prefixes(struct tap_insn *insn, struct cursor *c)
{
	for (;;) {
		u8 byte = next(c);

		/* Nearly always so: it saves a chain of comparisons. */
		if (one_byte_opcodes[byte])
			return byte;
		switch (byte) {
		case 0x66:
			insn->opsize = true;
			break;
		case 0x67:
			insn->address32 = true;
			break;
		case 0xf0:
			insn->lock = true;
			break;
		case 0xf2:
			insn->repne = true;
			insn->rep = false;
			break;
		case 0xf3:
			insn->rep = true;
			insn->repne = false;
			break;
		case 0x64:
		case 0x65:
			insn->segment = true;
			break;
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:
			break;
		default:
			if ((byte & 0xf0) != 0x40)
				return byte;
			insn->rex = byte;
			byte = next(c);
			/* REX counts only right before the opcode. */
			if ((byte & 0xf0) != 0x40 && !c->over)
				return byte;
			c->over = true;
			return byte;
		}
	}
}

static void vex(struct tap_insn *insn, struct cursor *c, u8 first)
{
	u8 byte = next(c);
	u8 map = 1;

	insn->vex = true;
	insn->rex = 0x40 | (~byte >> 5 & 4);
	if (first == 0xc4) {
		insn->rex |= (~byte >> 5) & 3;
		map = byte & 0x1f;
		byte = next(c);
		insn->rex |= byte >> 4 & 8;
	}
	insn->vvvv = ~byte >> 3 & 15;
	insn->wide = byte & 4;
	insn->opsize = (byte & 3) == 1;
	insn->rep = (byte & 3) == 2;
	insn->repne = (byte & 3) == 3;
	if (map < 1 || map > 3)
		c->over = true;
	insn->opcode = map << 8 | next(c);
}

/* Reads prefixes and opcode. Returns what is known of the opcode, 0 for nothing. */
static unsigned int opcode(struct tap_insn *insn, struct cursor *c)
{
	u8 byte = prefixes(insn, c);

	insn->opcode = byte;
	if (likely(one_byte_opcodes[byte]))
		return one_byte_opcodes[byte];
	if (byte == 0xc4 || byte == 0xc5) {
		vex(insn, c, byte);
	} else if (byte == 0x0f) {
		byte = next(c);
		if (byte == 0x38)
			insn->opcode = TAP_0F38 | next(c);
		else if (byte == 0x3a)
			insn->opcode = TAP_0F3A | next(c);
		else
			insn->opcode = TAP_0F | byte;
	}
	return known_after_escape(insn->opcode);
}

static void memory_operand(struct tap_insn *insn, struct cursor *c, u8 mod, u8 rm)
{
	u8 sib;

	insn->base = rm | (insn->rex & 1) << 3;
	if (rm == 4) {
		sib = next(c);
		rm = sib & 7;
		insn->base = rm | (insn->rex & 1) << 3;
		insn->index = (sib >> 3 & 7) | (insn->rex & 2) << 2;
		insn->scale = sib >> 6;
		if (insn->index == 4)
			insn->index = TAP_NO_REG;
		if (rm == 5 && mod == 0)
			insn->base = TAP_NO_REG;
	} else if (rm == 5 && mod == 0) {
		insn->base = TAP_RIP;
	}
	if (mod == 1)
		insn->displacement = next_signed(c, 1);
	else if (mod == 2 || (rm == 5 && mod == 0))
		insn->displacement = next_signed(c, 4);
}

static void modrm(struct tap_insn *insn, struct cursor *c)
{
	u8 byte = next(c);

	insn->has_modrm = true;
	insn->reg = (byte >> 3 & 7) | (insn->rex & 4) << 1;
	insn->rm = (byte & 7) | (insn->rex & 1) << 3;
	insn->memory = byte >> 6 != 3;
	if (insn->memory)
		memory_operand(insn, c, byte >> 6, byte & 7);
}

static void immediate(struct tap_insn *insn, struct cursor *c,
		      unsigned int known)
{
	if (known & MOFFS) {
		insn->memory = true;
		insn->displacement = next_signed(c, 8);
	}
	if ((known & TEST3) && !(insn->reg & 6))
		known |= known & BYTE ? IMM8 : IMMZ;
	if (known & IMM8)
		insn->immediate = next_signed(c, 1);
	if (known & IMMZ)
		insn->immediate = next_signed(c, min_t(u8, insn->width, 4));
}

int tap_decode(struct tap_insn *insn, unsigned int available)
{
	struct cursor c = { insn->bytes, insn->bytes + available, false };
	unsigned int known;

	memset_startat(insn, 0, len);
	insn->base = TAP_NO_REG;
	insn->index = TAP_NO_REG;
	insn->len = available;
	known = opcode(insn, &c);
	if (!known)
		return -EOPNOTSUPP;
	insn->kind = known >> 8;
	insn->width = known & BYTE ? 1 : insn->rex & 8 ? 8 : insn->opsize ? 2 : 4;
	if (known & MODRM)
		modrm(insn, &c);
	if (known & (IMM8 | IMMZ | TEST3 | MOFFS))
		immediate(insn, &c, known);
	if (c.over)
		return -EOPNOTSUPP;
	insn->len = c.at - insn->bytes;
	return 0;
}
