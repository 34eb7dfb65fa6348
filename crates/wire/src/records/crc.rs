//! The checksum of a batch from that of its records.
//!
//! The checksum covers the numbers that a producer knows only when it sends, and the records behind them. Reading the
//! records is what it costs, and it costs least while they are in the cache of the thread that wrote them. So that thread
//! computes the checksum of the records, and the sender joins it with that of the 40 bytes in front.
//!
//! A CRC is a remainder of polynomials over GF(2): appending `n` bytes to `a` multiplies it by x^8n. Bit 31 of a number
//! stands for x^0, bit 0 for x^31.

/// CRC-32C's polynomial.
const POLYNOMIAL: u32 = 0x82f6_3b78;
const ONE: u32 = 1 << 31;

/// x^(8 * 2^k): what appending 2^k bytes multiplies by.
const APPEND: [u32; 32] = {
    let mut table = [0; 32];
    let mut power = ONE >> 8;
    let mut k = 0;
    while k < table.len() {
        table[k] = power;
        power = product(power, power);
        k += 1;
    }
    table
};

/// The checksum of two runs of bytes, from the checksum of each and the length of the second. Lengths of batches are 31
/// bits at most.
pub(super) fn joined(first: u32, second: u32, second_len: usize) -> u32 {
    let mut shifted = first;
    let mut left = second_len;
    for factor in APPEND {
        if left == 0 {
            break;
        }
        if left & 1 == 1 {
            shifted = product(factor, shifted);
        }
        left >>= 1;
    }
    shifted ^ second
}

/// The product of two remainders.
const fn product(a: u32, mut b: u32) -> u32 {
    let mut sum = 0;
    let mut bit = ONE;
    while bit != 0 {
        // Without branches: the bits are as good as random.
        sum ^= b & 0u32.wrapping_sub((a & bit != 0) as u32);
        b = (b >> 1) ^ (POLYNOMIAL & 0u32.wrapping_sub(b & 1));
        bit >>= 1;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_checksums_are_those_of_the_whole() {
        let bytes: Vec<u8> = (0..140_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for len in (0..70).chain([255, 256, 257, 4095, 16_384, 65_535, 131_072, 139_960]) {
            for split in [0, 1, 40, len / 2, len] {
                let whole = &bytes[..len];
                let Some((a, b)) = whole.split_at_checked(split) else { continue };
                let joined = joined(crc32c::crc32c(a), crc32c::crc32c(b), b.len());
                assert_eq!(joined, crc32c::crc32c(whole), "{split} of {len}");
            }
        }
    }

    #[test]
    fn lengths_of_31_bits_are_joined_as_the_library_does() {
        for len in [1 << 20, (1 << 30) - 3, (1 << 31) - 1] {
            let (a, b) = (0x1234_5678, 0x9abc_def0);
            assert_eq!(joined(a, b, len), crc32c::crc32c_combine(a, b, len), "{len}");
        }
    }
}
