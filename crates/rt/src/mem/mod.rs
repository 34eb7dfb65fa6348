//! Copy, fill and compare for x86-64, with SSE2 only, which every such processor has.
//!
//! Most calls are for less than 128 bytes: those are a few loads and stores of fixed sizes which overlap in the middle,
//! without a loop. Longer ones loop over 64 bytes a turn; from [`STRING_MIN`] on, copy and fill leave the work to the string
//! instructions of processors that say they are fast at it.
//!
//! Nothing here may be compiled into a call of `memcpy`, `memset` or `memcmp`, since with `fast-mem` those are these
//! functions. So fixed sizes go through [`load`] and [`store`], and each loop passes [`opaque`], behind which the compiler
//! no longer sees what a loop does.

mod compare;
mod copy;
mod fill;

pub use compare::compare;
pub use copy::copy;
pub use fill::fill;

use core::sync::atomic::{AtomicU8, Ordering};

/// Below this length the start of a string instruction costs more than it saves.
const STRING_MIN: usize = 2048;

/// Reads a number or a vector at any alignment.
///
/// # Safety
/// `from + at` must be the start of `size_of::<T>()` readable bytes, and any bytes must make a `T`.
#[inline(always)]
unsafe fn load<T: Copy>(from: *const u8, at: usize) -> T {
    // SAFETY: the caller says that the bytes are there.
    let place = unsafe { from.add(at) };
    // SAFETY: as above; `read_unaligned` asks for no alignment, and any bytes are a `T`.
    unsafe { place.cast::<T>().read_unaligned() }
}

/// Writes a number or a vector at any alignment.
///
/// # Safety
/// `to + at` must be the start of `size_of::<T>()` writable bytes.
#[inline(always)]
unsafe fn store<T: Copy>(to: *mut u8, at: usize, value: T) {
    // SAFETY: the caller says that the bytes are there.
    let place = unsafe { to.add(at) };
    // SAFETY: as above; `write_unaligned` asks for no alignment.
    unsafe { place.cast::<T>().write_unaligned(value) };
}

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
