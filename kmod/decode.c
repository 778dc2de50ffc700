// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes instructions apart: prefixes, opcode, ModRM, SIB, displacement and
 * immediate, as the opcode maps of Intel's manual (volume 2, appendix A) have
 * them. Only opcodes that the emulator may take are known; for all others the
 * answer is -EOPNOTSUPP.
 */
#include <linux/errno.h>
#include <linux/string.h>
#include <asm/ptrace.h>

#include "decode.h"
#include "registers.h"

/* What follows an opcode, and how wide its operands are. */
#define KNOWN	0x01
#define MODRM	0x02
#define IMM8	0x04
#define IMMZ	0x08		/* as wide as the operand, at most 4 bytes */
#define MOFFS	0x10		/* an address of 8 bytes */
#define BYTE	0x20		/* operands of one byte */
#define TEST3	0x40		/* an immediate only when ModRM.reg is 0 or 1 */

#define M	(KNOWN | MODRM)
#define MB	(M | BYTE)

static const u8 one_byte[256] = {
	[0x00] = MB, [0x01] = M, [0x02] = MB, [0x03] = M,	/* add */
	[0x08] = MB, [0x09] = M, [0x0a] = MB, [0x0b] = M,	/* or */
	[0x10] = MB, [0x11] = M, [0x12] = MB, [0x13] = M,	/* adc */
	[0x18] = MB, [0x19] = M, [0x1a] = MB, [0x1b] = M,	/* sbb */
	[0x20] = MB, [0x21] = M, [0x22] = MB, [0x23] = M,	/* and */
	[0x28] = MB, [0x29] = M, [0x2a] = MB, [0x2b] = M,	/* sub */
	[0x30] = MB, [0x31] = M, [0x32] = MB, [0x33] = M,	/* xor */
	[0x38] = MB, [0x39] = M, [0x3a] = MB, [0x3b] = M,	/* cmp */
	[0x63] = M,						/* movsxd */
	[0x69] = M | IMMZ, [0x6b] = M | IMM8,			/* imul */
	[0x80] = MB | IMM8, [0x81] = M | IMMZ, [0x83] = M | IMM8,
	[0x84] = MB, [0x85] = M,				/* test */
	[0x86] = MB, [0x87] = M,				/* xchg */
	[0x88] = MB, [0x89] = M, [0x8a] = MB, [0x8b] = M,	/* mov */
	[0xa0] = KNOWN | MOFFS | BYTE, [0xa1] = KNOWN | MOFFS,
	[0xa2] = KNOWN | MOFFS | BYTE, [0xa3] = KNOWN | MOFFS,
	[0xa4] = KNOWN | BYTE, [0xa5] = KNOWN,			/* movs */
	[0xa6] = KNOWN | BYTE, [0xa7] = KNOWN,			/* cmps */
	[0xaa] = KNOWN | BYTE, [0xab] = KNOWN,			/* stos */
	[0xac] = KNOWN | BYTE, [0xad] = KNOWN,			/* lods */
	[0xae] = KNOWN | BYTE, [0xaf] = KNOWN,			/* scas */
	[0xc0] = MB | IMM8, [0xc1] = M | IMM8,			/* shifts */
	[0xc6] = MB | IMM8, [0xc7] = M | IMMZ,			/* mov */
	[0xd0] = MB, [0xd1] = M, [0xd2] = MB, [0xd3] = M,	/* shifts */
	[0xf6] = MB | TEST3, [0xf7] = M | TEST3,
	[0xfe] = MB, [0xff] = M,
};

static const u8 two_bytes[256] = {
	[0x10] = M, [0x11] = M, [0x28] = M, [0x29] = M, [0x2b] = M,
	[0x40 ... 0x4f] = M,					/* cmovcc */
	[0x6e] = M, [0x6f] = M, [0x7e] = M, [0x7f] = M,
	[0x90 ... 0x9f] = MB,					/* setcc */
	[0xa3] = M, [0xab] = M, [0xb3] = M, [0xbb] = M,		/* bt… */
	[0xae] = M,						/* clflush */
	[0xaf] = M,						/* imul */
	[0xb0] = MB, [0xb1] = M,				/* cmpxchg */
	[0xb6] = M, [0xb7] = M, [0xbe] = M, [0xbf] = M,		/* movzx… */
	[0xba] = M | IMM8,					/* bt… */
	[0xc0] = MB, [0xc1] = M,				/* xadd */
	[0xc3] = M,						/* movnti */
	[0xc7] = M,						/* cmpxchg8b */
	[0xd6] = M, [0xe7] = M, [0xf0] = M,
};

static int known(u16 opcode)
{
	switch (opcode & 0xff00) {
	case 0:
		return one_byte[opcode];
	case TAP_0F:
		return two_bytes[opcode & 0xff];
	case TAP_0F38:		/* movntdqa, movbe, movdiri */
		return opcode == (TAP_0F38 | 0x2a) ||
		       opcode == (TAP_0F38 | 0xf0) ||
		       opcode == (TAP_0F38 | 0xf1) ||
		       opcode == (TAP_0F38 | 0xf9) ? M : 0;
	}
	return 0;
}

/* Bytes not yet read; what is not there is an error that sticks. */
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

/* Returns the first byte that is no prefix. */
static u8 prefixes(struct tap_insn *insn, struct cursor *c)
{
	for (;;) {
		u8 byte = next(c);

		/* Nearly always: a chain of comparisons less. */
		if (one_byte[byte])
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

static void opcode(struct tap_insn *insn, struct cursor *c)
{
	u8 byte = prefixes(insn, c);

	if (byte == 0xc4 || byte == 0xc5) {
		vex(insn, c, byte);
		return;
	}
	insn->opcode = byte;
	if (byte != 0x0f)
		return;
	byte = next(c);
	if (byte == 0x38)
		insn->opcode = TAP_0F38 | next(c);
	else if (byte == 0x3a)
		insn->opcode = TAP_0F3A | next(c);
	else
		insn->opcode = TAP_0F | byte;
}

static void memory(struct tap_insn *insn, struct cursor *c, u8 mod, u8 rm)
{
	u8 sib;

	insn->base = rm | (insn->rex & 1) << 3;
	if (rm == 4) {
		sib = next(c);
		insn->base = (sib & 7) | (insn->rex & 1) << 3;
		insn->index = (sib >> 3 & 7) | (insn->rex & 2) << 2;
		insn->scale = sib >> 6;
		if (insn->index == 4)
			insn->index = TAP_NO_REG;
		if ((sib & 7) == 5 && mod == 0)
			insn->base = TAP_NO_REG;
	} else if (rm == 5 && mod == 0) {
		insn->base = TAP_RIP;
	}
	if (mod == 1)
		insn->displacement = next_signed(c, 1);
	else if (mod == 2 || insn->base == TAP_RIP || insn->base == TAP_NO_REG)
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
		memory(insn, c, byte >> 6, byte & 7);
}

int tap_decode(struct tap_insn *insn, unsigned int available)
{
	struct cursor c = { insn->bytes, insn->bytes + available, false };
	int kind;

	memset_startat(insn, 0, len);
	insn->base = TAP_NO_REG;
	insn->index = TAP_NO_REG;
	insn->len = available;
	opcode(insn, &c);
	kind = known(insn->opcode);
	if (!kind)
		return -EOPNOTSUPP;
	insn->width = kind & BYTE ? 1 : insn->rex & 8 ? 8 : insn->opsize ? 2 : 4;
	if (kind & MODRM)
		modrm(insn, &c);
	if (kind & MOFFS) {
		insn->memory = true;
		insn->displacement = next_signed(&c, 8);
	}
	if ((kind & TEST3) && !(insn->reg & 6))
		kind |= kind & BYTE ? IMM8 : IMMZ;
	if (kind & IMM8)
		insn->immediate = next_signed(&c, 1);
	if (kind & IMMZ)
		insn->immediate = next_signed(&c, min_t(u8, insn->width, 4));
	if (c.over)
		return -EOPNOTSUPP;
	insn->len = c.at - insn->bytes;
	return 0;
}

unsigned long tap_effective_address(const struct tap_insn *insn,
				    const struct pt_regs *regs)
{
	unsigned long address = insn->displacement;

	if (insn->base == TAP_RIP)
		address += regs->ip + insn->len;
	else if (insn->base != TAP_NO_REG)
		address += *tap_register((struct pt_regs *)regs, insn->base);
	if (insn->index != TAP_NO_REG)
		address += *tap_register((struct pt_regs *)regs, insn->index) <<
			   insn->scale;
	return address;
}
