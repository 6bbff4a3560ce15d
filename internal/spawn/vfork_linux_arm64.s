#include "textflag.h"

// func vfork(nr, a1, a2, a3, a4, a5 uintptr, c *child) int
//
// The child continues on this stack. It calls downwards only and never
// returns, so the creator, which sleeps until then, finds its frame unharmed.
// The kernel keeps every register but R0.
TEXT ·vfork(SB),NOSPLIT,$16-64
	MOVD	nr+0(FP), R8
	MOVD	a1+8(FP), R0
	MOVD	a2+16(FP), R1
	MOVD	a3+24(FP), R2
	MOVD	a4+32(FP), R3
	MOVD	a5+40(FP), R4
	MOVD	c+48(FP), R20
	SVC
	CBNZ	R0, creator
	MOVD	R20, 8(RSP)
	CALL	·runChild(SB)
	BRK
creator:
	MOVD	R0, ret+56(FP)
	RET
