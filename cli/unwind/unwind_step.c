// SPDX-License-Identifier: GPL-2.0-only
/*
 * One row of call frame information, as libdw tells it, as a step. A row is taken
 * only if the step says all of it: where the frame begins, that the return address
 * lies right below, and what became of rbp and rbx. Everything else is STOP, which
 * makes a stack shorter but never wrong.
 */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stddef.h>
#include <string.h>

#include "unwind/unwind_step.h"

#define DWARF_RBX    3
#define DWARF_RBP    6
#define DWARF_RSP    7
#define DWARF_RETURN 16

/* What the kernel puts on the stack for a handler, from rsp on. */
#define SIGNAL_RBP 120
#define SIGNAL_RSP 160
#define SIGNAL_RIP 168

enum saved {
	SAVED_NOT, /* unchanged */
	SAVED_AT_CFA,
	SAVED_AT_REGISTER, /* at rbp + offset */
	SAVED_UNDEFINED,
	SAVED_OTHERWISE,
};

/* A register plus a number. */
static bool is_register(const Dwarf_Op *op, unsigned int *reg, int64_t *offset)
{
	if (op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31) {
		*reg = op->atom - DW_OP_breg0;
		*offset = (int64_t)op->number;
		return true;
	}
	if (op->atom == DW_OP_bregx) {
		*reg = op->number < 32 ? (unsigned int)op->number : 32;
		*offset = (int64_t)op->number2;
		return true;
	}
	return false;
}

/* The expression that linkers write for .plt, whose entries push twice. */
static bool is_plt(const Dwarf_Op *ops, size_t nr)
{
	static const uint8_t plt[] = {
		DW_OP_breg7, DW_OP_breg16, DW_OP_lit15, DW_OP_and,  DW_OP_lit11,
		DW_OP_ge,    DW_OP_lit3,   DW_OP_shl,	DW_OP_plus,
	};

	if (nr != sizeof(plt) || ops[0].number != 8 || ops[1].number != 0)
		return false;
	for (size_t i = 0; i < nr; i++)
		if (ops[i].atom != plt[i])
			return false;
	return true;
}

static bool is_int16(int64_t value)
{
	return value == (int16_t)value;
}

/* [rsp + n] or [rbp + n], and perhaps plus a number. */
static bool take_memory(const Dwarf_Op *ops, size_t nr, unsigned int reg,
			struct waitprof_step *step)
{
	if (nr < 2 || nr > 3 || ops[1].atom != DW_OP_deref)
		return false;
	if (nr == 3) {
		if (ops[2].atom != DW_OP_plus_uconst || !is_int16((int64_t)ops[2].number))
			return false;
		step->cfa_add = (int16_t)ops[2].number;
	}
	step->base = reg == DWARF_RSP ? WAITPROF_BASE_AT_RSP : WAITPROF_BASE_AT_RBP;
	return reg == DWARF_RSP || reg == DWARF_RBP;
}

static bool take_cfa(Dwarf_Frame *frame, struct waitprof_step *step)
{
	unsigned int reg;
	Dwarf_Op *ops;
	int64_t offset;
	size_t nr;

	if (dwarf_frame_cfa(frame, &ops, &nr) || !nr)
		return false;
	if (is_plt(ops, nr)) {
		step->base = WAITPROF_BASE_PLT;
		step->cfa_offset = 8;
		return true;
	}
	if (!is_register(ops, &reg, &offset) || offset != (int32_t)offset)
		return false;
	step->cfa_offset = (int32_t)offset;
	if (nr > 1)
		return take_memory(ops, nr, reg, step);
	step->base = reg == DWARF_RSP ? WAITPROF_BASE_RSP :
		     reg == DWARF_RBP ? WAITPROF_BASE_RBP :
					WAITPROF_BASE_RBX;
	return reg == DWARF_RSP || reg == DWARF_RBP || reg == DWARF_RBX;
}

static enum saved saved_at(Dwarf_Frame *frame, int which, unsigned int *reg, int64_t *offset)
{
	Dwarf_Op memory[3], *ops;
	size_t nr;

	*offset = 0;
	if (dwarf_frame_register(frame, which, memory, &ops, &nr))
		return SAVED_OTHERWISE;
	if (!nr)
		return ops ? SAVED_UNDEFINED : SAVED_NOT;
	if (ops[0].atom == DW_OP_call_frame_cfa) {
		if (nr == 1)
			return SAVED_AT_CFA;
		if (nr == 2 && ops[1].atom == DW_OP_plus_uconst) {
			*offset = (int64_t)ops[1].number;
			return SAVED_AT_CFA;
		}
		/* An expression: it has the CFA in front and need not use it. */
		ops++;
		nr--;
	}
	return nr == 1 && is_register(ops, reg, offset) ? SAVED_AT_REGISTER : SAVED_OTHERWISE;
}

/* rbp or rbx, for a frame that a call made. */
static bool take_saved(Dwarf_Frame *frame, int which, const struct waitprof_step *step, int16_t *to)
{
	bool by_rbp = step->base == WAITPROF_BASE_AT_RBP;
	unsigned int reg = 0;
	int64_t offset;

	switch (saved_at(frame, which, &reg, &offset)) {
	case SAVED_NOT:
		/* Of such a frame rbp is taken from rbp + rbp_offset in any case. */
		return !by_rbp || which == DWARF_RBX;
	case SAVED_AT_CFA:
		*to = (int16_t)offset;
		return !by_rbp && offset && is_int16(offset);
	case SAVED_AT_REGISTER:
		*to = (int16_t)offset;
		return by_rbp && reg == DWARF_RBP && is_int16(offset) &&
		       (offset || which == DWARF_RBP);
	case SAVED_UNDEFINED:
		/* So libdw says of rbx where nothing is said; a callee keeps it. */
		return which == DWARF_RBX;
	default:
		return false;
	}
}

/* The caller's rsp is the CFA, unless somebody says otherwise. */
static bool is_rsp_usual(Dwarf_Frame *frame)
{
	Dwarf_Op memory[3], *ops;
	size_t nr;

	if (dwarf_frame_register(frame, DWARF_RSP, memory, &ops, &nr))
		return false;
	return nr == 2 && ops[0].atom == DW_OP_call_frame_cfa && ops[1].atom == DW_OP_stack_value;
}

static bool is_saved_at(Dwarf_Frame *frame, int which, int64_t at)
{
	unsigned int reg = 0;
	int64_t offset;

	return saved_at(frame, which, &reg, &offset) == SAVED_AT_REGISTER && reg == DWARF_RSP &&
	       offset == at;
}

/* The C library describes what the kernel pushes; so it must be just that. */
static bool is_signal_frame(Dwarf_Frame *frame)
{
	unsigned int reg;
	Dwarf_Op *ops;
	int64_t offset;
	size_t nr;

	if (dwarf_frame_cfa(frame, &ops, &nr) || nr != 2 || !is_register(ops, &reg, &offset))
		return false;
	return reg == DWARF_RSP && offset == SIGNAL_RSP && ops[1].atom == DW_OP_deref &&
	       is_saved_at(frame, DWARF_RETURN, SIGNAL_RIP) &&
	       is_saved_at(frame, DWARF_RBP, SIGNAL_RBP);
}

/**
 * unwind_step_of() - what a row of call frame information says
 * @step: result; STOP for what a step cannot say
 * @frame: the row
 * @is_signal: it belongs to a function that a signal handler returns to
 */
void unwind_step_of(struct waitprof_step *step, Dwarf_Frame *frame, bool is_signal)
{
	enum saved how;
	unsigned int reg = 0;
	int64_t offset;
	bool is_call;

	memset(step, 0, sizeof(*step));
	if (is_signal) {
		step->kind = is_signal_frame(frame) ? WAITPROF_STEP_SIGNAL : WAITPROF_STEP_STOP;
		return;
	}
	how = saved_at(frame, DWARF_RETURN, &reg, &offset);
	if (how == SAVED_UNDEFINED) {
		step->kind = WAITPROF_STEP_END;
		return;
	}
	is_call = how == SAVED_AT_CFA && offset == -8 && is_rsp_usual(frame) &&
		  take_cfa(frame, step) && take_saved(frame, DWARF_RBP, step, &step->rbp_offset) &&
		  take_saved(frame, DWARF_RBX, step, &step->rbx_offset);
	if (is_call)
		step->kind = WAITPROF_STEP_CALL;
	else
		memset(step, 0, sizeof(*step));
}
