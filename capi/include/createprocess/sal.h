/* sal.h: the annotations of Windows sources, which say something to
 * Microsoft's analyser and nothing to the compiler. All are empty here. */
#ifndef CREATEPROCESS_SAL_H
#define CREATEPROCESS_SAL_H

#define _In_
#define _In_opt_
#define _In_z_
#define _In_opt_z_
#define _In_range_(low, high)
#define _In_reads_(n)
#define _In_reads_opt_(n)
#define _In_reads_z_(n)
#define _In_reads_opt_z_(n)
#define _In_reads_or_z_(n)
#define _In_reads_or_z_opt_(n)
#define _In_reads_bytes_(n)
#define _In_reads_bytes_opt_(n)
#define _In_bytecount_(n)
#define _In_bytecount_c_(n)
#define _In_count_(n)
#define _Out_
#define _Out_opt_
#define _Out_writes_(n)
#define _Out_writes_opt_(n)
#define _Out_writes_z_(n)
#define _Out_writes_opt_z_(n)
#define _Out_writes_all_(n)
#define _Out_writes_to_(n, used)
#define _Out_writes_to_opt_(n, used)
#define _Out_writes_bytes_(n)
#define _Out_writes_bytes_opt_(n)
#define _Out_writes_bytes_all_(n)
#define _Out_writes_bytes_to_(n, used)
#define _Out_writes_bytes_to_opt_(n, used)
#define _Outptr_
#define _Outptr_opt_
#define _Outptr_result_maybenull_
#define _Outptr_result_bytebuffer_(n)
#define _Outptr_opt_result_maybenull_
#define _COM_Outptr_
#define _Inout_
#define _Inout_opt_
#define _Inout_z_
#define _Inout_updates_(n)
#define _Inout_updates_opt_(n)
#define _Inout_updates_z_(n)
#define _Inout_updates_bytes_(n)
#define _Inout_updates_bytes_opt_(n)
#define _Inout_updates_to_(n, used)
#define _Reserved_
#define _Ret_
#define _Ret_z_
#define _Ret_opt_
#define _Ret_maybenull_
#define _Ret_maybenull_z_
#define _Ret_notnull_
#define _Ret_writes_(n)
#define _Ret_writes_bytes_(n)
#define _Ret_writes_bytes_maybenull_(n)
#define _Ret_range_(low, high)
#define _Success_(expression)
#define _Return_type_success_(expression)
#define _Check_return_
#define _Must_inspect_result_
#define _Maybenull_
#define _Notnull_
#define _Null_
#define _Null_terminated_
#define _NullNull_terminated_
#define _Frees_ptr_
#define _Frees_ptr_opt_
#define _Post_
#define _Post_equals_last_error_
#define _Post_invalid_
#define _Post_ptr_invalid_
#define _Post_satisfies_(expression)
#define _Post_writable_byte_size_(n)
#define _Post_z_
#define _Pre_
#define _Pre_maybenull_
#define _Pre_notnull_
#define _Pre_satisfies_(expression)
#define _Pre_valid_
#define _Prepost_z_
#define _Deref_out_
#define _Deref_out_opt_
#define _Deref_post_z_
#define _Always_(annotation)
#define _At_(target, annotation)
#define _When_(expression, annotation)
#define _On_failure_(annotation)
#define _Analysis_assume_(expression)
#define _Use_decl_annotations_
#define _Field_size_(n)
#define _Field_size_opt_(n)
#define _Field_size_bytes_(n)
#define _Field_size_bytes_opt_(n)
#define _Field_z_
#define _Field_range_(low, high)
#define _Struct_size_bytes_(n)
#define _Function_class_(name)
#define _IRQL_requires_max_(level)
#define _Interlocked_operand_
#define _Printf_format_string_
#define _Printf_format_string_params_(n)
#define _Scanf_format_string_
#define _Acquires_lock_(lock)
#define _Releases_lock_(lock)
#define _Requires_lock_held_(lock)
#define _Requires_lock_not_held_(lock)
#define _Guarded_by_(lock)
#define _Has_lock_kind_(kind)
#define _Create_lock_level_(level)
#define _Enum_is_bitflag_
#define _Literal_
#define _Notliteral_
#define _Translates_Win32_to_HRESULT_(expression)
#define __analysis_assume(expression)

/* The annotations before Visual Studio 2010. Those that are names of glibc's
 * own headers (__in, __out, __unused) are not defined: a program that has them
 * says so itself. */
#define __in_opt
#define __in_ecount(n)
#define __in_ecount_opt(n)
#define __in_bcount(n)
#define __in_bcount_opt(n)
#define __in_z
#define __out_opt
#define __out_ecount(n)
#define __out_ecount_opt(n)
#define __out_ecount_part(n, used)
#define __out_bcount(n)
#define __out_bcount_opt(n)
#define __out_bcount_part(n, used)
#define __inout
#define __inout_opt
#define __inout_ecount(n)
#define __inout_bcount(n)
#define __deref_out
#define __deref_out_opt
#define __deref_in
#define __deref_inout
#define __checkReturn
#define __format_string
#define __success(expression)
#define __nullterminated
#define __maybenull
#define __field_ecount(n)
#define __field_bcount(n)

#endif
