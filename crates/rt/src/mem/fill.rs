//! `memset`.

use core::arch::x86_64::{__m128i, _mm_set1_epi8};

use super::{Four, Piece, STRING_MIN, Two, opaque, strings_are_fast};

/// Writes `byte` to `len` bytes.
///
/// # Safety
/// `to` must be the start of `len` writable bytes.
#[inline(always)]
pub unsafe fn fill(to: *mut u8, byte: u8, len: usize) {
    if len < 16 {
        // SAFETY: the caller's promise.
        return unsafe { short(to, byte, len) };
    }
    let (line, two, four) = patterns(byte);
    if len <= 32 {
        // SAFETY: the caller's promise, and 16 bytes are no more than `len`.
        unsafe { ends(to, line, len) }
    } else if len <= 64 {
        // SAFETY: as above, with 32 bytes.
        unsafe { ends(to, two, len) }
    } else if len <= 128 {
        // SAFETY: as above, with 64 bytes.
        unsafe { ends(to, four, len) }
    } else {
        // SAFETY: the caller's promise, and `len > 128`.
        unsafe { longest(to, byte, len) }
    }
}

/// 16, 32 and 64 bytes of it.
#[inline(always)]
fn patterns(byte: u8) -> (__m128i, Two, Four) {
    // SAFETY: every x86-64 processor has SSE2.
    let line = unsafe { _mm_set1_epi8(byte as i8) };
    (line, (line, line), ((line, line), (line, line)))
}

/// # Safety
/// As [`fill`], and `len < 16`.
#[inline(always)]
unsafe fn short(to: *mut u8, byte: u8, len: usize) {
    let word = u64::from(byte).wrapping_mul(0x0101_0101_0101_0101);
    if len >= 8 {
        // SAFETY: the caller's promise, and 8 bytes are no more than `len`.
        unsafe { ends(to, word, len) }
    } else if len >= 4 {
        // SAFETY: as above, with 4 bytes.
        unsafe { ends(to, word as u32, len) }
    } else if len >= 2 {
        // SAFETY: as above, with 2 bytes.
        unsafe { ends(to, word as u16, len) }
    } else if len == 1 {
        // SAFETY: there is one byte to write.
        unsafe { byte.store(to, 0) }
    }
}

/// Writes the pattern to the start and to the end of `len` bytes: to all of them, if that is at most two patterns.
///
/// # Safety
/// As [`fill`], and `size_of::<T>() <= len`.
#[inline(always)]
unsafe fn ends<T: Piece>(to: *mut u8, pattern: T, len: usize) {
    // SAFETY: `len` holds a `T` at its start.
    unsafe { pattern.store(to, 0) };
    // SAFETY: the second `T` ends at `len`.
    unsafe { pattern.store(to, len - size_of::<T>()) };
}

/// # Safety
/// As [`fill`], and `len > 128`.
#[inline(never)]
unsafe fn longest(to: *mut u8, byte: u8, len: usize) {
    if len >= STRING_MIN && strings_are_fast() {
        // SAFETY: the caller's promise.
        return unsafe { string(to, byte, len) };
    }
    let (_, _, lines) = patterns(byte);
    let mut at = 0;
    while at < len - 64 {
        // SAFETY: `at + 64` is less than `len`.
        unsafe { lines.store(to, at) };
        opaque();
        at += 64;
    }
    // SAFETY: the last 64 of `len` bytes.
    unsafe { lines.store(to, len - 64) };
}

/// # Safety
/// As [`fill`].
#[cfg(not(miri))]
#[inline(always)]
unsafe fn string(to: *mut u8, byte: u8, len: usize) {
    // SAFETY: writes `len` bytes upwards, as the ABI's clear direction flag says.
    unsafe {
        core::arch::asm!("rep stosb", inout("rcx") len => _, inout("rdi") to => _, in("al") byte,
            options(nostack, preserves_flags));
    }
}

/// Never called: Miri's processor has no fast string instructions.
///
/// # Safety
/// As [`fill`].
#[cfg(miri)]
unsafe fn string(_to: *mut u8, _byte: u8, _len: usize) {}
