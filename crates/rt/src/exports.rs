//! The memory functions under their C names. Only the static binary has them: anywhere else they would take the place of a
//! C library's own, which know more processors than these.
//!
//! The compiler may turn a loop into a call of one of these names, and so make a function call itself for ever. The loops of
//! [`crate::mem`] are written so that it cannot, and `cargo xtask musl` reads the finished binary to see that it did not.

use core::ffi::{c_int, c_void};

use crate::mem;

// SAFETY: the C library's `memcpy` has this signature and these duties; overlap is allowed, which C does not ask for.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut c_void, from: *const c_void, len: usize) -> *mut c_void {
    // SAFETY: the caller owes `len` readable and `len` writable bytes.
    unsafe { mem::copy(to.cast(), from.cast(), len) };
    to
}

// SAFETY: the C library's `memmove` has this signature and these duties.
#[unsafe(no_mangle)]
unsafe extern "C" fn memmove(to: *mut c_void, from: *const c_void, len: usize) -> *mut c_void {
    // SAFETY: the caller owes `len` readable and `len` writable bytes.
    unsafe { mem::copy(to.cast(), from.cast(), len) };
    to
}

// SAFETY: the C library's `memset` has this signature and these duties; only the lowest byte of `byte` counts.
#[unsafe(no_mangle)]
unsafe extern "C" fn memset(to: *mut c_void, byte: c_int, len: usize) -> *mut c_void {
    // SAFETY: the caller owes `len` writable bytes.
    unsafe { mem::fill(to.cast(), byte as u8, len) };
    to
}

// SAFETY: the C library's `memcmp` has this signature and these duties.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(a: *const c_void, b: *const c_void, len: usize) -> c_int {
    // SAFETY: the caller owes `len` readable bytes at both places.
    unsafe { mem::compare(a.cast(), b.cast(), len) }
}

// SAFETY: `bcmp` has this signature; any value but zero says "different".
#[unsafe(no_mangle)]
unsafe extern "C" fn bcmp(a: *const c_void, b: *const c_void, len: usize) -> c_int {
    // SAFETY: the caller owes `len` readable bytes at both places.
    unsafe { mem::compare(a.cast(), b.cast(), len) }
}
