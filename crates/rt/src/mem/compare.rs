//! `memcmp`, which is `bcmp` too.

use core::arch::x86_64::{__m128i, _mm_cmpeq_epi8, _mm_movemask_epi8};

use super::{Piece, opaque};

/// Compares `len` bytes as unsigned numbers, the first difference decides: negative, zero or positive.
///
/// # Safety
/// `a` and `b` must each be the start of `len` readable bytes.
#[inline(always)]
pub unsafe fn compare(a: *const u8, b: *const u8, len: usize) -> i32 {
    if len >= 16 {
        // SAFETY: the caller's promise, and `len >= 16`.
        return unsafe { lines(a, b, len) };
    }
    if len >= 8 {
        // SAFETY: the caller's promise, and 8 bytes are no more than `len`.
        unsafe { ends::<u64>(a, b, len, u64::from_be) }
    } else if len >= 4 {
        // SAFETY: as above, with 4 bytes.
        unsafe { ends::<u32>(a, b, len, u32::from_be) }
    } else if len >= 2 {
        // SAFETY: as above, with 2 bytes.
        unsafe { ends::<u16>(a, b, len, u16::from_be) }
    } else if len == 1 {
        // SAFETY: there is one byte at both places.
        unsafe { ends::<u8>(a, b, len, u8::from_be) }
    } else {
        0
    }
}

/// The first and then the last number of `len` bytes: all of them, if there are at most two. Their highest byte stands
/// first, so numbers compare as their bytes do.
///
/// # Safety
/// As [`compare`], and `size_of::<T>() <= len`.
#[inline(always)]
unsafe fn ends<T: Piece + Ord>(a: *const u8, b: *const u8, len: usize, number: fn(T) -> T) -> i32 {
    // SAFETY: `len` holds a `T` at its start.
    let (x, y) = (number(unsafe { Piece::load(a, 0) }), number(unsafe { Piece::load(b, 0) }));
    if x != y {
        return if x < y { -1 } else { 1 };
    }
    let last = len - size_of::<T>();
    // SAFETY: `last + size_of::<T>() == len`.
    let (x, y) = (number(unsafe { Piece::load(a, last) }), number(unsafe { Piece::load(b, last) }));
    i32::from(x > y) - i32::from(x < y)
}

/// # Safety
/// As [`compare`], and `len >= 16`.
#[inline(never)]
unsafe fn lines(a: *const u8, b: *const u8, len: usize) -> i32 {
    let last = len - 16;
    let mut at = 0;
    while at < last {
        // SAFETY: `at + 16` is less than `len`.
        let difference = unsafe { line(a, b, at) };
        if difference != 0 {
            return difference;
        }
        opaque();
        at += 16;
    }
    // SAFETY: `last + 16 == len`.
    unsafe { line(a, b, last) }
}

/// Compares 16 bytes.
///
/// # Safety
/// `a + at` and `b + at` must each be the start of 16 readable bytes.
#[inline(always)]
unsafe fn line(a: *const u8, b: *const u8, at: usize) -> i32 {
    // SAFETY: the caller's promise.
    let (x, y): (__m128i, __m128i) = unsafe { (Piece::load(a, at), Piece::load(b, at)) };
    let same = equal_bytes(x, y);
    if same == 0xffff {
        return 0;
    }
    let first = at + (!same).trailing_zeros() as usize;
    // SAFETY: the first zero bit of `same` is one of its 16 lowest.
    let (x, y): (u8, u8) = unsafe { (Piece::load(a, first), Piece::load(b, first)) };
    i32::from(x) - i32::from(y)
}

/// A bit for each of 16 bytes: whether they are equal.
#[inline(always)]
fn equal_bytes(x: __m128i, y: __m128i) -> u32 {
    // SAFETY: every x86-64 processor has SSE2.
    unsafe { _mm_movemask_epi8(_mm_cmpeq_epi8(x, y)) as u32 }
}
