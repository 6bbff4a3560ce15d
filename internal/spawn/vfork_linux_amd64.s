#include "textflag.h"

// func vfork(nr, a1, a2, a3, a4, a5 uintptr, c *child) int
//
// The child continues on this stack. It calls downwards only and never
// returns, so the creator, which sleeps until then, finds its frame unharmed.
// The kernel keeps every register but AX, CX and R11.
TEXT ·vfork(SB),NOSPLIT,$8-64
	MOVQ	nr+0(FP), AX
	MOVQ	a1+8(FP), DI
	MOVQ	a2+16(FP), SI
	MOVQ	a3+24(FP), DX
	MOVQ	a4+32(FP), R10
	MOVQ	a5+40(FP), R8
	MOVQ	c+48(FP), R12
	SYSCALL
	TESTQ	AX, AX
	JNZ	creator
	MOVQ	R12, 0(SP)
	CALL	·runChild(SB)
	INT	$3
creator:
	MOVQ	AX, ret+56(FP)
	RET
