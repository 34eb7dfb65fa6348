//! `memmove`, which is `memcpy` too: for short lengths everything is read before anything is written.

use core::arch::x86_64::__m128i;

use super::{Four, Piece, STRING_MIN, Two, opaque, strings_are_fast};

/// Copies `len` bytes; the two places may overlap.
///
/// # Safety
/// `from` must be the start of `len` readable bytes and `to` of `len` writable ones.
#[inline(always)]
pub unsafe fn copy(to: *mut u8, from: *const u8, len: usize) {
    if len > 32 {
        // SAFETY: the caller's promise, and `len > 32`.
        return unsafe { long(to, from, len) };
    }
    if len >= 16 {
        // SAFETY: the caller's promise, and 16 bytes are no more than `len`.
        unsafe { ends::<__m128i>(to, from, len) }
    } else if len >= 8 {
        // SAFETY: as above, with 8 bytes.
        unsafe { ends::<u64>(to, from, len) }
    } else if len >= 4 {
        // SAFETY: as above, with 4 bytes.
        unsafe { ends::<u32>(to, from, len) }
    } else if len >= 2 {
        // SAFETY: as above, with 2 bytes.
        unsafe { ends::<u16>(to, from, len) }
    } else if len == 1 {
        // SAFETY: there is one byte to read.
        let byte: u8 = unsafe { Piece::load(from, 0) };
        // SAFETY: there is one byte to write.
        unsafe { byte.store(to, 0) };
    }
}

/// The first and the last `T` of `len` bytes: all of them, if there are at most two.
///
/// # Safety
/// As [`copy`], and `size_of::<T>() <= len`.
#[inline(always)]
unsafe fn ends<T: Piece>(to: *mut u8, from: *const u8, len: usize) {
    let last = len - size_of::<T>();
    // SAFETY: `len` holds a `T` at its start.
    let head: T = unsafe { Piece::load(from, 0) };
    // SAFETY: `last + size_of::<T>() == len`.
    let tail: T = unsafe { Piece::load(from, last) };
    // SAFETY: as the first load.
    unsafe { head.store(to, 0) };
    // SAFETY: as the second load.
    unsafe { tail.store(to, last) };
}

/// From 33 bytes on.
///
/// # Safety
/// As [`copy`], and `len > 32`.
#[inline(always)]
unsafe fn long(to: *mut u8, from: *const u8, len: usize) {
    if len <= 64 {
        // SAFETY: the caller's promise, and 32 bytes are no more than `len`.
        unsafe { ends::<Two>(to, from, len) }
    } else if len <= 128 {
        // SAFETY: the caller's promise, and 64 bytes are no more than `len`.
        unsafe { ends::<Four>(to, from, len) }
    } else {
        // SAFETY: the caller's promise, and `len > 128`.
        unsafe { longest(to, from, len) }
    }
}

/// From 129 bytes on.
///
/// # Safety
/// As [`copy`], and `len > 128`.
#[inline(never)]
unsafe fn longest(to: *mut u8, from: *const u8, len: usize) {
    // How far `to` lies behind `from`; before it, that is more than any length.
    let ahead = (to as usize).wrapping_sub(from as usize);
    if ahead < len {
        // SAFETY: the caller's promise.
        return unsafe { backward(to, from, len) };
    }
    let apart = (from as usize).wrapping_sub(to as usize) >= len;
    if len >= STRING_MIN && apart && strings_are_fast() {
        // SAFETY: the caller's promise, and the places do not overlap.
        return unsafe { string(to, from, len) };
    }
    // SAFETY: the caller's promise, and `to` does not lie inside what is still to be read.
    unsafe { forward(to, from, len) }
}

/// Towards higher addresses: right unless `to` lies behind `from` in the same bytes.
///
/// # Safety
/// As [`copy`], with `len > 128`, and `to` not in `from + 1 .. from + len`.
#[inline(always)]
unsafe fn forward(to: *mut u8, from: *const u8, len: usize) {
    let last = len - 64;
    // Read first: the loop may write over it.
    // SAFETY: `last + 64 == len`.
    let tail: Four = unsafe { Piece::load(from, last) };
    let mut at = 0;
    while at < last {
        // SAFETY: `at + 64 <= last + 63 < len`.
        let block: Four = unsafe { Piece::load(from, at) };
        opaque();
        // SAFETY: as the load.
        unsafe { block.store(to, at) };
        at += 64;
    }
    // SAFETY: `last + 64 == len`.
    unsafe { tail.store(to, last) };
}

/// Towards lower addresses: right unless `to` lies before `from` in the same bytes.
///
/// # Safety
/// As [`copy`], with `len > 128`, and `to` not in `from - len + 1 .. from`.
#[inline(always)]
unsafe fn backward(to: *mut u8, from: *const u8, len: usize) {
    // Read first: the loop may write over it.
    // SAFETY: `len` is more than 64.
    let head: Four = unsafe { Piece::load(from, 0) };
    let mut end = len;
    while end > 64 {
        // SAFETY: `end - 64` is at least 1, and `end <= len`.
        let block: Four = unsafe { Piece::load(from, end - 64) };
        opaque();
        // SAFETY: as the load.
        unsafe { block.store(to, end - 64) };
        end -= 64;
    }
    // SAFETY: `len` is more than 64.
    unsafe { head.store(to, 0) };
}

/// # Safety
/// As [`copy`], and the two places must not overlap.
#[cfg(not(miri))]
#[inline(always)]
unsafe fn string(to: *mut u8, from: *const u8, len: usize) {
    // SAFETY: reads and writes `len` bytes upwards, as the ABI's clear direction flag says.
    unsafe {
        core::arch::asm!("rep movsb", inout("rcx") len => _, inout("rdi") to => _, inout("rsi") from => _,
            options(nostack, preserves_flags));
    }
}

/// Never called: Miri's processor has no fast string instructions.
///
/// # Safety
/// As [`copy`].
#[cfg(miri)]
unsafe fn string(to: *mut u8, from: *const u8, len: usize) {
    // SAFETY: the caller's promise.
    unsafe { forward(to, from, len) }
}
