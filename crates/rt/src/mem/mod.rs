//! Copy, fill and compare for x86-64, with SSE2 only, which every such processor has.
//!
//! Most calls are for less than 128 bytes: those are a few loads and stores of fixed sizes which overlap in the middle,
//! without a loop. Longer ones loop over 64 bytes a turn; from [`STRING_MIN`] on, copy and fill leave the work to the string
//! instructions of processors that say they are fast at it.
//!
//! Nothing here may be compiled into a call of `memcpy`, `memset` or `memcmp`, since with `fast-mem` those are these
//! functions. So fixed sizes are [`Piece`]s, and each loop passes [`opaque`], behind which the compiler
//! no longer sees what a loop does.

mod compare;
mod copy;
mod fill;

pub use compare::compare;
pub use copy::copy;
pub use fill::fill;

use core::arch::x86_64::__m128i;
use core::sync::atomic::{AtomicU8, Ordering};

/// Below this length the start of a string instruction costs more than it saves.
const STRING_MIN: usize = 2048;

/// What is read and written in one piece, at any alignment. Pairs are two pieces: kept apart they stay in registers, which
/// an array of vectors does not.
trait Piece: Copy {
    /// # Safety
    /// `from + at` must be the start of `size_of::<Self>()` readable bytes.
    unsafe fn load(from: *const u8, at: usize) -> Self;

    /// # Safety
    /// `to + at` must be the start of `size_of::<Self>()` writable bytes.
    unsafe fn store(self, to: *mut u8, at: usize);
}

macro_rules! pieces {
    ($($kind:ty)*) => {$(
        impl Piece for $kind {
            #[inline(always)]
            unsafe fn load(from: *const u8, at: usize) -> Self {
                // SAFETY: the caller says that the bytes are there; any bytes make such a value, at any alignment.
                unsafe { from.add(at).cast::<Self>().read_unaligned() }
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut u8, at: usize) {
                // SAFETY: the caller says that the bytes are there, at any alignment.
                unsafe { to.add(at).cast::<Self>().write_unaligned(self) }
            }
        }
    )*};
}

pieces!(u8 u16 u32 u64 __m128i);

impl<T: Piece> Piece for (T, T) {
    #[inline(always)]
    unsafe fn load(from: *const u8, at: usize) -> Self {
        // SAFETY: the caller's promise; a pair of equals has no padding, so each half is half of the bytes.
        unsafe { (T::load(from, at), T::load(from, at + size_of::<T>())) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut u8, at: usize) {
        // SAFETY: as for `load`.
        unsafe { self.0.store(to, at) };
        // SAFETY: as for `load`.
        unsafe { self.1.store(to, at + size_of::<T>()) };
    }
}

/// 32 bytes.
type Two = (__m128i, __m128i);
/// 64 bytes.
type Four = (Two, Two);

/// What stands before this may not be merged with what stands behind it.
#[inline(always)]
fn opaque() {
    #[cfg(not(miri))]
    // SAFETY: no instruction; it only says that memory may have changed.
    unsafe {
        core::arch::asm!("", options(nostack, preserves_flags));
    }
}

/// Whether the processor says that its string instructions are fast ("enhanced rep movsb").
#[inline(always)]
fn strings_are_fast() -> bool {
    /// 0: not asked yet. Asking twice at once gives the same answer.
    static KNOWN: AtomicU8 = AtomicU8::new(0);
    match KNOWN.load(Ordering::Relaxed) {
        0 => {
            let fast = ask_processor();
            KNOWN.store(1 + u8::from(fast), Ordering::Relaxed);
            fast
        }
        known => known == 2,
    }
}

#[cold]
#[inline(never)]
fn ask_processor() -> bool {
    use core::arch::x86_64::{__cpuid, __cpuid_count};
    // Miri has neither the question nor the instruction.
    !cfg!(miri) && __cpuid(0).eax >= 7 && __cpuid_count(7, 0).ebx & (1 << 9) != 0
}
