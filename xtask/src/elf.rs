//! As much of ELF files as the check of the static binary needs: program headers and function symbols.

use std::path::Path;

use crate::sh::Done;

/// A 64-bit little-endian ELF file.
pub struct Elf {
    bytes: Vec<u8>,
}

/// A function: its name, its address and its code.
pub struct Function<'a> {
    pub name: &'a str,
    pub address: u64,
    pub code: &'a [u8],
}

struct Section {
    kind: u64,
    address: u64,
    at: usize,
    size: usize,
    link: usize,
}

const PT_INTERP: u64 = 3;
const SHT_SYMTAB: u64 = 2;
const STT_FUNC: u64 = 2;

impl Elf {
    pub fn read(path: &Path) -> Done<Self> {
        let bytes =
            std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        if !bytes.starts_with(b"\x7fELF\x02\x01") {
            return Err(format!("{} is not an ELF file of 64 bits", path.display()));
        }
        Ok(Self { bytes })
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// A static file names no interpreter and needs no library.
    pub fn is_static(&self) -> bool {
        let (table, size, count) = (self.word(32, 8), self.word(54, 2), self.word(56, 2));
        (0..count).all(|i| self.word((table + i * size) as usize, 4) != PT_INTERP)
    }

    /// All functions that the symbol table names, with their code.
    pub fn functions(&self) -> Vec<Function<'_>> {
        let sections = self.sections();
        let tables = sections.iter().filter(|section| section.kind == SHT_SYMTAB);
        tables
            .flat_map(|table| {
                let names = sections.get(table.link).map_or(0, |names| names.at);
                let entries = (table.at..table.at + table.size).step_by(24);
                entries.filter_map(|entry| self.function(entry, names, &sections)).collect::<Vec<_>>()
            })
            .collect()
    }

    fn function(&self, entry: usize, names: usize, sections: &[Section]) -> Option<Function<'_>> {
        if self.word(entry + 4, 1) & 0xf != STT_FUNC {
            return None;
        }
        let section = sections.get(self.word(entry + 6, 2) as usize)?;
        let (address, size) = (self.word(entry + 8, 8), self.word(entry + 16, 8) as usize);
        let start = section.at + address.checked_sub(section.address)? as usize;
        let name = self.bytes.get(names + self.word(entry, 4) as usize..)?;
        let name = std::str::from_utf8(name.split(|&byte| byte == 0).next()?).ok()?;
        Some(Function { name, address, code: self.bytes.get(start..start + size)? })
    }

    fn sections(&self) -> Vec<Section> {
        let (table, size, count) = (self.word(40, 8), self.word(58, 2), self.word(60, 2));
        let section = |i| {
            let at = (table + i * size) as usize;
            Section {
                kind: self.word(at + 4, 4),
                address: self.word(at + 16, 8),
                at: self.word(at + 24, 8) as usize,
                size: self.word(at + 32, 8) as usize,
                link: self.word(at + 40, 4) as usize,
            }
        };
        (0..count).map(section).collect()
    }

    /// The number in `len` bytes; 0 outside of the file.
    fn word(&self, at: usize, len: usize) -> u64 {
        let bytes = self.bytes.get(at..at + len).unwrap_or_default();
        bytes.iter().rev().fold(0, |sum, &byte| (sum << 8) | u64::from(byte))
    }
}

impl Function<'_> {
    /// Where its calls and far jumps may lead. Bytes that only look like one give addresses that mean nothing.
    pub fn targets(&self) -> impl Iterator<Item = u64> {
        self.code.windows(5).enumerate().filter(|(_, bytes)| matches!(bytes[0], 0xe8 | 0xe9)).map(
            |(at, bytes)| {
                let distance = i32::from_le_bytes([bytes[1], bytes[2], bytes[3], bytes[4]]);
                (self.address + at as u64 + 5).wrapping_add_signed(i64::from(distance))
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[inline(never)]
    fn a_function_to_be_found() {
        std::hint::black_box(());
    }

    #[test]
    fn this_very_program_is_read() {
        let elf = Elf::read(&std::env::current_exe().unwrap()).unwrap();
        a_function_to_be_found();
        assert!(elf.len() > 1000);
        let functions = elf.functions();
        let named = |name: &str| functions.iter().find(|function| function.name.contains(name));
        let found = named("a_function_to_be_found").expect("its symbol");
        assert!(!found.code.is_empty());
        let caller = named("this_very_program_is_read").expect("its symbol");
        let all = functions.iter().filter(|function| function.name.contains("this_very_program_is_read"));
        assert!(
            all.flat_map(Function::targets).any(|target| target == found.address),
            "{} at {:x} calls {:x}",
            caller.name,
            caller.address,
            found.address
        );
    }

    #[test]
    fn other_files_are_refused() {
        assert!(Elf::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml").as_path()).is_err());
    }
}
