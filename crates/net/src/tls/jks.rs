//! Java's own keystore format, read only.
//!
//! ```text
//! feedfeed version(4) count(4) entries digest(20)
//! entry: tag(4) alias(2+n) time(8)
//!        1: key(4+n) count(4) certificates      2: certificate
//! certificate: type(2+n) bytes(4+n)
//! ```
//! The digest is SHA-1 over password, the words "Mighty Aphrodite" and all before it. A key is a PKCS #8 container whose
//! content is XORed with a SHA-1 key stream; its own digest tells a wrong password.

use rustls::pki_types::CertificateDer;
use sha1::{Digest, Sha1};

const MAGIC: [u8; 4] = [0xfe, 0xed, 0xfe, 0xed];
const DIGEST: usize = 20;

/// A store.
pub(super) struct Jks {
    /// Trusted certificates.
    pub(super) trusted: Vec<CertificateDer<'static>>,
    keys: Vec<(Vec<u8>, Vec<CertificateDer<'static>>)>,
}

impl Jks {
    /// Whether bytes claim to be such a store.
    pub(super) fn is_one(bytes: &[u8]) -> bool {
        bytes.starts_with(&MAGIC)
    }

    /// Reads a store; with a password its integrity is checked.
    pub(super) fn read(bytes: &[u8], password: Option<&str>) -> Result<Self, String> {
        let ends = || "the JKS store ends early".to_owned();
        let content = bytes.len().checked_sub(DIGEST).ok_or_else(ends)?;
        let (content, digest) = bytes.split_at(content);
        if let Some(password) = password {
            let mut hash = Sha1::new();
            hash.update(utf16(password));
            hash.update(b"Mighty Aphrodite");
            hash.update(content);
            if hash.finalize().as_slice() != digest {
                return Err("Keystore was tampered with, or password was incorrect".into());
            }
        }
        let mut left = Left(content.get(MAGIC.len()..).ok_or_else(ends)?);
        let version = left.number().ok_or_else(ends)?;
        if !matches!(version, 1 | 2) {
            return Err(format!("JKS version {version} is unknown"));
        }
        let mut store = Self { trusted: Vec::new(), keys: Vec::new() };
        for _ in 0..left.number().ok_or_else(ends)? {
            store.entry(&mut left, version).ok_or_else(ends)?;
        }
        Ok(store)
    }

    fn entry(&mut self, left: &mut Left<'_>, version: u32) -> Option<()> {
        let tag = left.number()?;
        left.short_text()?;
        left.take(8)?;
        if tag != 1 {
            self.trusted.push(left.certificate(version)?);
            return Some(());
        }
        let key = left.bytes()?.to_vec();
        let mut chain = Vec::new();
        for _ in 0..left.number()? {
            chain.push(left.certificate(version)?);
        }
        self.keys.push((key, chain));
        Some(())
    }

    /// The first private key, decrypted, with its certificates.
    pub(super) fn identity(
        self,
        password: &str,
    ) -> Result<Option<(Vec<u8>, Vec<CertificateDer<'static>>)>, String> {
        let Some((container, chain)) = self.keys.into_iter().next() else { return Ok(None) };
        let encrypted = content_of(&container).ok_or("the private key is in an unknown container")?;
        let key =
            decrypt(encrypted, password).ok_or("the private key cannot be decrypted with this password")?;
        Ok(Some((key, chain)))
    }
}

/// Bytes not read yet.
struct Left<'a>(&'a [u8]);

impl<'a> Left<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = self.number()?;
        self.take(usize::try_from(len).ok()?)
    }

    fn short_text(&mut self) -> Option<&'a [u8]> {
        let len = self.take(2)?.try_into().ok().map(u16::from_be_bytes)?;
        self.take(usize::from(len))
    }

    fn certificate(&mut self, version: u32) -> Option<CertificateDer<'static>> {
        if version == 2 {
            self.short_text()?;
        }
        Some(CertificateDer::from(self.bytes()?.to_vec()))
    }
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// The octet string of `SEQUENCE { SEQUENCE { algorithm }, OCTET STRING }`.
fn content_of(container: &[u8]) -> Option<&[u8]> {
    let (outer, _) = der(container, 0x30)?;
    let (_, rest) = der(outer, 0x30)?;
    der(rest, 0x04).map(|(content, _)| content)
}

/// The content of a DER element with this tag, and what follows it.
fn der(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, first], mut rest) = bytes.split_first_chunk::<2>()?;
    if found != tag {
        return None;
    }
    let mut len = usize::from(first);
    if first & 0x80 != 0 {
        let (digits, after) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if digits.len() > 4 {
            return None;
        }
        len = digits.iter().fold(0, |len, digit| len << 8 | usize::from(*digit));
        rest = after;
    }
    rest.split_at_checked(len)
}

/// Salt, content, check value.
fn decrypt(encrypted: &[u8], password: &str) -> Option<Vec<u8>> {
    let (salt, rest) = encrypted.split_at_checked(DIGEST)?;
    let (content, check) = rest.split_at_checked(rest.len().checked_sub(DIGEST)?)?;
    let password = utf16(password);
    let hash = |parts: [&[u8]; 2]| {
        parts.into_iter().fold(Sha1::new(), |hash, part| hash.chain_update(part)).finalize()
    };
    let mut key = Vec::with_capacity(content.len());
    let mut stream = salt.to_vec();
    for block in content.chunks(DIGEST) {
        stream = hash([&password, &stream]).to_vec();
        key.extend(block.iter().zip(&stream).map(|(byte, mask)| byte ^ mask));
    }
    (hash([&password, &key]).as_slice() == check).then_some(key)
}
