//! Streams that try to take more memory than allowed (B8, B14).

use bytes::Bytes;
use kconnect_wire::compress::{Compression, Compressor, DecompressError, decompress};
use kconnect_wire::records::{Batches, DecompressBuffer, RecordsError};

use crate::model::{Record, seal};

const LIMIT: usize = 1 << 20;
const CODECS: [Compression; 4] =
    [Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd];

#[test]
fn a_bomb_of_each_codec_fails_early() {
    let zeros = vec![0; 64 << 20];
    for codec in CODECS {
        let bomb = Compressor::new(codec).compress(&zeros).to_vec();
        let mut error = None;
        let used = allocation_counter::measure(|| error = decompress(codec, &bomb, LIMIT).err());
        assert_eq!(error, Some(DecompressError::TooLarge { codec, limit: LIMIT }));
        // A growing buffer is doubled and, for a moment, there twice; decoders have tables and windows.
        let most = (8 * LIMIT + 8 * bomb.len()) as u64;
        assert!(
            used.bytes_max < most,
            "{codec} used {} bytes for {} bytes of input",
            used.bytes_max,
            bomb.len()
        );
    }
}

#[test]
fn exactly_the_limit_is_allowed() {
    let input = vec![7; LIMIT];
    for codec in CODECS {
        let stream = Compressor::new(codec).compress(&input).to_vec();
        assert_eq!(decompress(codec, &stream, LIMIT).unwrap().len(), LIMIT);
        assert_eq!(
            decompress(codec, &stream, LIMIT - 1),
            Err(DecompressError::TooLarge { codec, limit: LIMIT - 1 })
        );
    }
}

/// Many small members, blocks or frames, each below the limit.
#[test]
fn the_limit_counts_all_parts_of_a_stream() {
    let part = vec![1; LIMIT / 4];
    for codec in [Compression::Gzip, Compression::Zstd] {
        let one = Compressor::new(codec).compress(&part).to_vec();
        assert_eq!(decompress(codec, &one.repeat(4), LIMIT).unwrap().len(), LIMIT);
        assert_eq!(
            decompress(codec, &one.repeat(5), LIMIT),
            Err(DecompressError::TooLarge { codec, limit: LIMIT })
        );
    }
}

/// What a stream announces is not reserved unless its bytes could make it.
#[test]
fn announced_sizes_are_not_believed() {
    // A zstd frame of a single segment that announces 100 MiB and has one block of one byte.
    let mut zstd = vec![0x28, 0xb5, 0x2f, 0xfd, 0b1010_0000];
    zstd.extend_from_slice(&(100u32 << 20).to_le_bytes());
    zstd.extend_from_slice(&[0b0000_1001, 0, 0, 7]);
    // Raw snappy that announces 100 MiB.
    let snappy = vec![0x80, 0x80, 0x80, 0x32, 0x00, 0x41];
    // An lz4 frame of 4 MiB blocks with one block of a few bytes.
    let mut lz4 = vec![0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73];
    lz4.extend_from_slice(&[2, 0, 0, 0, 0x10, 0x41, 0, 0, 0, 0]);
    for (codec, stream) in [(Compression::Zstd, zstd), (Compression::Snappy, snappy), (Compression::Lz4, lz4)]
    {
        let used = allocation_counter::measure(|| {
            let _ = decompress(codec, &stream, 128 << 20);
        });
        assert!(
            used.bytes_max < 1 << 20,
            "{codec} used {} bytes for {} of input",
            used.bytes_max,
            stream.len()
        );
    }
}

#[test]
fn a_batch_that_decompresses_to_more_than_allowed_is_named() {
    let record =
        Record { offset: 0, timestamp: 0, key: None, value: Some(vec![0; 2 * LIMIT]), headers: vec![] };
    for codec in CODECS {
        let mut bytes = seal(std::slice::from_ref(&record), &mut Compressor::new(codec)).bytes().to_vec();
        bytes[..8].copy_from_slice(&42i64.to_be_bytes());
        let batch = Batches::new(Bytes::from(bytes)).next().unwrap().unwrap();
        let mut scratch = DecompressBuffer::with_limit(LIMIT);
        let outcome: Vec<_> =
            batch.records(&mut scratch).map(|record| record.map(|record| record.offset)).collect();
        let source = DecompressError::TooLarge { codec, limit: LIMIT };
        assert_eq!(outcome, [Err(RecordsError::Decompress { base_offset: 42, source })]);
        assert_eq!(batch.records(&mut DecompressBuffer::new()).count(), 1);
    }
}

#[test]
fn a_large_payload_does_not_stay_behind_when_nobody_holds_it_any_more() {
    let batch = |len: usize, codec| {
        let record =
            Record { offset: 0, timestamp: 0, key: None, value: Some(vec![0; len]), headers: vec![] };
        let bytes = seal(std::slice::from_ref(&record), &mut Compressor::new(codec)).bytes().to_vec();
        Batches::new(Bytes::from(bytes)).next().unwrap().unwrap()
    };
    for codec in CODECS {
        let (large, small) = (batch(20 << 20, codec), batch(100, codec));
        // The limit that it keeps, and one that it does not.
        for limit in [64 << 20, 16 << 20] {
            let mut scratch = DecompressBuffer::with_limit(limit);
            let _ = small.decode(&mut scratch);
            let used = allocation_counter::measure(|| drop(large.decode(&mut scratch)));
            // zstd tells the size beforehand, so one that is too large is not even begun.
            assert!(used.bytes_max > 16 << 20 || codec == Compression::Zstd, "{codec}, {limit}");
            assert!(used.bytes_current < 1 << 20, "{codec}, {limit}: {} bytes stay", used.bytes_current);
        }
    }
}

#[test]
fn a_small_payload_does_not_keep_the_buffer_of_a_larger_one() {
    let records =
        |len| [Record { offset: 0, timestamp: 0, key: None, value: Some(vec![7; len]), headers: vec![] }];
    for codec in CODECS {
        let mut scratch = DecompressBuffer::new();
        let mut decode = |len| {
            let bytes = seal(&records(len), &mut Compressor::new(codec)).bytes().to_vec();
            Batches::new(Bytes::from(bytes)).next().unwrap().unwrap().decode(&mut scratch).unwrap()
        };
        drop(decode(3 << 20));
        let small = decode(1_000);
        assert!((1_000..6_100).contains(&small.unpacked()), "{codec}: {} bytes", small.unpacked());
        assert!(small.iter().all(|record| record.unwrap().value.unwrap() == [7; 1_000]));
        let plain = seal(&records(1_000), &mut Compressor::new(Compression::None)).bytes().to_vec();
        let plain = Batches::new(Bytes::from(plain)).next().unwrap().unwrap();
        assert_eq!((plain.is_compressed(), plain.decode(&mut scratch).unwrap().unpacked()), (false, 0));
    }
}

/// lz4 frames that Java's reader refuses, and those it accepts although we do not write them (B12).
#[test]
fn lz4_frames_of_other_writers() {
    let body = [5u8, 0, 0, 0x80, b'h', b'e', b'l', b'l', b'o'];
    let frame = |flags: u8, sizes: u8, middle: &[u8], block_sum: bool, end: &[u8]| {
        let mut descriptor = vec![flags, sizes];
        descriptor.extend_from_slice(middle);
        let mut frame = vec![0x04, 0x22, 0x4d, 0x18];
        frame.extend_from_slice(&descriptor);
        frame.push((twox_hash::XxHash32::oneshot(0, &descriptor) >> 8) as u8);
        frame.extend_from_slice(&body);
        if block_sum {
            frame.extend_from_slice(&twox_hash::XxHash32::oneshot(0, b"hello").to_le_bytes());
        }
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(end);
        decompress(Compression::Lz4, &frame, 100).map_err(|error| error.to_string())
    };
    let ok = Ok(b"hello".to_vec());
    let fails = |what: &str| Err(format!("corrupt lz4 data: {what}"));
    let sum = twox_hash::XxHash32::oneshot(0, b"hello").to_le_bytes();
    assert_eq!(frame(0x60, 0x40, &[], false, &[]), ok);
    assert_eq!(frame(0x60, 0x70, &[], false, &[]), ok);
    assert_eq!(frame(0x68, 0x40, &5u64.to_le_bytes(), false, &[]), ok);
    assert_eq!(frame(0x68, 0x40, &6u64.to_le_bytes(), false, &[]), fails("the content size does not match"));
    assert_eq!(frame(0x64, 0x40, &[], false, &sum), ok);
    assert_eq!(frame(0x64, 0x40, &[], false, &[1, 2, 3, 4]), fails("the content checksum does not match"));
    assert_eq!(frame(0x64, 0x40, &[], false, &[]), fails("the content checksum is cut"));
    assert_eq!(frame(0x70, 0x40, &[], true, &[]), ok);
    assert_eq!(frame(0x70, 0x40, &[], false, &[]), fails("a block checksum does not match"));
    assert_eq!(frame(0x40, 0x40, &[], false, &[]), fails("dependent blocks are not allowed in Kafka"));
    assert_eq!(frame(0x61, 0x40, &[1, 2, 3, 4], false, &[]), fails("dictionaries are not allowed in Kafka"));
    assert_eq!(frame(0x62, 0x40, &[], false, &[]), fails("unknown frame version or reserved bits"));
    assert_eq!(frame(0xa0, 0x40, &[], false, &[]), fails("unknown frame version or reserved bits"));
    assert_eq!(frame(0x60, 0x30, &[], false, &[]), fails("unknown block size"));
    assert_eq!(frame(0x60, 0x40, &[], false, &[9]), fails("bytes follow the frame"));
}

/// A decoder of such a frame would have to keep 256 MiB behind it.
#[test]
fn a_zstd_window_beyond_128_mib_is_refused() {
    let frame = |exponent: u8| {
        let frame = [0x28, 0xb5, 0x2f, 0xfd, 0, exponent << 3, 0b0000_1001, 0, 0, b'x'];
        decompress(Compression::Zstd, &frame, LIMIT).map_err(|error| error.to_string())
    };
    assert_eq!(frame(17), Ok(b"x".to_vec()));
    let error = frame(18).unwrap_err();
    assert_eq!(error, "corrupt zstd data: window size 268435456 exceeds max 134217728");
}
