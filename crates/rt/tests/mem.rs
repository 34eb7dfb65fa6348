//! The memory functions beside the standard library's: every short length at every alignment and distance, and random long
//! ones. Around each place lie bytes that must not change.

use kconnect_rt::mem;
use proptest::prelude::*;

/// Bytes that differ from their neighbours and from those 64 further.
fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i as u8).wrapping_mul(31) ^ (i >> 8) as u8 ^ 0x5a).collect()
}

fn check_copy(size: usize, from: usize, to: usize, len: usize) {
    let mut ours = pattern(size);
    let mut theirs = ours.clone();
    assert!(from + len <= size && to + len <= size);
    theirs.copy_within(from..from + len, to);
    let base = ours.as_mut_ptr();
    // SAFETY: both ranges lie in the vector, as asserted.
    unsafe { mem::copy(base.add(to), base.add(from).cast_const(), len) };
    assert!(ours == theirs, "copy of {len} bytes from {from} to {to}");
}

fn check_fill(size: usize, at: usize, len: usize, byte: u8) {
    let mut ours = pattern(size);
    let mut theirs = ours.clone();
    theirs[at..at + len].fill(byte);
    // SAFETY: the slice above would have panicked if the range did not lie in the vector.
    unsafe { mem::fill(ours.as_mut_ptr().add(at), byte, len) };
    assert!(ours == theirs, "fill of {len} bytes at {at} with {byte}");
}

fn check_compare(a: &[u8], b: &[u8]) {
    assert_eq!(a.len(), b.len());
    // SAFETY: both slices have that length.
    let ours = unsafe { mem::compare(a.as_ptr(), b.as_ptr(), a.len()) };
    assert_eq!(ours.cmp(&0), a.cmp(b), "{} bytes", a.len());
}

/// Miri is a thousand times slower, and finds what is wrong with a length once.
fn lengths() -> impl Iterator<Item = usize> {
    let (close, far) = if cfg!(miri) { (3, 67) } else { (1, 1) };
    (0..70).step_by(close).chain((70..420).step_by(far))
}

fn alignments() -> impl Iterator<Item = usize> + Clone {
    (0..17).step_by(if cfg!(miri) { 8 } else { 1 })
}

#[test]
fn copies_of_every_short_length_at_every_alignment() {
    for len in lengths() {
        for from in alignments() {
            for to in alignments() {
                check_copy(900, from, 450 + to, len);
                check_copy(900, 450 + from, to, len);
            }
        }
    }
}

#[test]
fn copies_that_overlap_by_any_distance() {
    for len in lengths() {
        for distance in (0..=len).step_by(if cfg!(miri) { 1 + len / 3 } else { 1 + len / 97 }) {
            check_copy(900, 3, 3 + distance, len);
            check_copy(900, 3 + distance, 3, len);
        }
    }
}

#[test]
fn fills_of_every_short_length_at_every_alignment() {
    for len in lengths() {
        for at in alignments() {
            check_fill(500, at, len, 0);
            check_fill(500, at, len, 0xc3);
        }
    }
}

#[test]
fn comparisons_find_the_first_difference() {
    for len in lengths() {
        let a = pattern(len + 16);
        for shift in alignments().take(4) {
            let mut moved = vec![0; shift];
            moved.extend_from_slice(&a[..len]);
            check_compare(&a[..len], &moved[shift..]);
            for at in (0..len).step_by(if cfg!(miri) { 1 + len / 3 } else { 1 }) {
                for delta in [1, 0x80, 0xff] {
                    let mut changed = moved.clone();
                    changed[shift + at] = changed[shift + at].wrapping_add(delta);
                    // What follows the first difference must not count.
                    changed[shift + at + 1..].fill(if delta == 1 { 0 } else { 0xff });
                    check_compare(&a[..len], &changed[shift..]);
                    check_compare(&changed[shift..], &a[..len]);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 4 } else { 2000 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn copies_of_any_length_and_place(len in 0usize..9000, from in 0usize..5000, to in 0usize..5000) {
        check_copy(14_000, from, to, len);
    }

    #[test]
    fn fills_of_any_length_and_place(len in 0usize..9000, at in 0usize..70, byte: u8) {
        check_fill(9_200, at, len, byte);
    }

    #[test]
    fn comparisons_of_any_bytes(a in proptest::collection::vec(0u8..3, 0..300), b in proptest::collection::vec(0u8..3, 0..300)) {
        let len = a.len().min(b.len());
        check_compare(&a[..len], &b[..len]);
        let mut almost = a.clone();
        if let Some(last) = almost.last_mut() {
            *last ^= 0x80;
        }
        check_compare(&a, &almost);
    }
}
