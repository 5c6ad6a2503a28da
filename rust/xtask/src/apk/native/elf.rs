//! Reads shared libraries: ELF, little-endian, 32 or 64 bits (System V ABI, chapters 4 and 5).

/// A symbol of the dynamic symbol table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Symbol {
    pub(super) name: String,
    /// Its version, where the library defines versions.
    pub(super) version: Option<String>,
    pub(super) is_weak: bool,
    pub(super) is_local: bool,
    pub(super) is_defined: bool,
    /// Data; else code.
    pub(super) is_object: bool,
}

/// A part of the file that is mapped or described.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) kind: u32,
    pub(super) flags: u32,
    pub(super) alignment: u64,
}

#[derive(Debug, Clone, Copy)]
struct Section {
    name: u32,
    kind: u32,
    link: u32,
    offset: usize,
    size: usize,
}

/// A parsed library.
#[derive(Debug)]
pub(super) struct Elf<'a> {
    bytes: Bytes<'a>,
    is_64: bool,
    sections: Vec<Section>,
    names: Section,
    pub(super) segments: Vec<Segment>,
}

type Result<T> = std::result::Result<T, &'static str>;

const CUT: &str = "the file ends early";

const SHT_DYNAMIC: u32 = 6;
const SHT_DYNSYM: u32 = 11;
const SHT_GNU_VERDEF: u32 = 0x6fff_fffd;
const SHT_GNU_VERSYM: u32 = 0x6fff_ffff;
const STT_OBJECT: u8 = 1;
const STB_WEAK: u8 = 2;

#[derive(Debug, Clone, Copy)]
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn array<const N: usize>(self, at: usize) -> Result<[u8; N]> {
        let rest = self.0.get(at..).ok_or(CUT)?;
        rest.first_chunk().copied().ok_or(CUT)
    }

    fn u16(self, at: usize) -> Result<u16> {
        self.array(at).map(u16::from_le_bytes)
    }

    fn u32(self, at: usize) -> Result<u32> {
        self.array(at).map(u32::from_le_bytes)
    }

    fn u64(self, at: usize) -> Result<u64> {
        self.array(at).map(u64::from_le_bytes)
    }

    /// A number as wide as an address.
    fn word(self, at: usize, is_64: bool) -> Result<u64> {
        if is_64 {
            self.u64(at)
        } else {
            self.u32(at).map(u64::from)
        }
    }

    fn size(self, at: usize, is_64: bool) -> Result<usize> {
        usize::try_from(self.word(at, is_64)?).map_err(|_| CUT)
    }

    /// The text at `at` up to its zero byte.
    fn text(self, at: usize) -> Result<&'a str> {
        let rest = self.0.get(at..).ok_or(CUT)?;
        let end = rest.iter().position(|&byte| byte == 0).ok_or(CUT)?;
        std::str::from_utf8(&rest[..end]).map_err(|_| "a name is not UTF-8")
    }
}

impl<'a> Elf<'a> {
    /// Reads the tables at the head of the file.
    pub(super) fn parse(file: &'a [u8]) -> Result<Self> {
        let bytes = Bytes(file);
        let is_64 = match bytes.array(0)? {
            [0x7f, b'E', b'L', b'F', 2, 1] => true,
            [0x7f, b'E', b'L', b'F', 1, 1] => false,
            _ => return Err("not a little-endian ELF file"),
        };
        // Offsets of the fields in the two classes of header.
        let (at_segments, at_sections, at_sizes) = if is_64 { (32, 40, 54) } else { (28, 32, 42) };
        let segments = bytes.size(at_segments, is_64)?;
        let sections = bytes.size(at_sections, is_64)?;
        let [
            segment_size,
            segment_count,
            section_size,
            section_count,
            names,
        ] = [0, 2, 4, 6, 8].map(|at| bytes.u16(at_sizes + at).map(usize::from));
        let (segment_size, section_size) = (segment_size?, section_size?);
        let segments = (0..segment_count?)
            .map(|index| segment(bytes, segments + index * segment_size, is_64))
            .collect::<Result<_>>()?;
        let sections = (0..section_count?)
            .map(|index| section(bytes, sections + index * section_size, is_64))
            .collect::<Result<Vec<_>>>()?;
        let names = *sections.get(names?).ok_or("it has no section names")?;
        Ok(Self {
            bytes,
            is_64,
            sections,
            names,
            segments,
        })
    }

    /// Whether there is a section of this name.
    pub(super) fn has_section(&self, name: &str) -> bool {
        self.sections.iter().any(|section| {
            let at = self.names.offset + section.name as usize;
            self.bytes.text(at) == Ok(name)
        })
    }

    /// Tags and values of the dynamic section.
    pub(super) fn dynamic(&self) -> Result<Vec<(u64, u64)>> {
        let section = self.section(SHT_DYNAMIC)?.ok_or("no dynamic section")?;
        let word = if self.is_64 { 8 } else { 4 };
        let entries = (section.offset..section.offset + section.size).step_by(2 * word);
        entries
            .map(|at| {
                let tag = self.bytes.word(at, self.is_64)?;
                Ok((tag, self.bytes.word(at + word, self.is_64)?))
            })
            .collect()
    }

    /// The texts that entries of the dynamic section with this tag name.
    pub(super) fn dynamic_texts(&self, tag: u64) -> Result<Vec<&'a str>> {
        let section = self.section(SHT_DYNAMIC)?.ok_or("no dynamic section")?;
        let texts = self.linked(section)?.offset;
        let entries = self.dynamic()?.into_iter();
        let wanted = entries.filter(|(found, _)| *found == tag);
        wanted
            .map(|(_, at)| {
                let at = usize::try_from(at).map_err(|_| CUT)?;
                self.bytes.text(texts + at)
            })
            .collect()
    }

    /// The dynamic symbols, without the nameless first.
    pub(super) fn symbols(&self) -> Result<Vec<Symbol>> {
        let Some(table) = self.section(SHT_DYNSYM)? else {
            return Ok(Vec::new());
        };
        let names = self.linked(table)?.offset;
        let versions = self.versions()?;
        let versioned = self.section(SHT_GNU_VERSYM)?;
        let size = if self.is_64 { 24 } else { 16 };
        (1..table.size / size)
            .map(|index| {
                let at = table.offset + index * size;
                // Where the class puts `st_info` and `st_shndx`.
                let (info, home) = if self.is_64 { (4, 6) } else { (12, 14) };
                let [info] = self.bytes.array(at + info)?;
                let version = versioned
                    .map(|table| self.bytes.u16(table.offset + 2 * index))
                    .transpose()?;
                Ok(Symbol {
                    name: self
                        .bytes
                        .text(names + self.bytes.u32(at)? as usize)?
                        .to_owned(),
                    // The highest bit hides a version that is not the default one.
                    version: version.and_then(|number| {
                        let found = versions.iter().find(|(of, _)| *of == number & 0x7fff);
                        found.map(|(_, name)| name.clone())
                    }),
                    is_weak: info >> 4 == STB_WEAK,
                    is_local: info >> 4 == 0,
                    is_defined: self.bytes.u16(at + home)? != 0,
                    is_object: info & 0xf == STT_OBJECT,
                })
            })
            .collect()
    }

    /// The versions the library defines, by number.
    fn versions(&self) -> Result<Vec<(u16, String)>> {
        let Some(section) = self.section(SHT_GNU_VERDEF)? else {
            return Ok(Vec::new());
        };
        let names = self.linked(section)?.offset;
        let mut versions = Vec::new();
        let mut at = section.offset;
        loop {
            let number = self.bytes.u16(at + 4)?;
            let first = at + self.bytes.u32(at + 12)? as usize;
            let name = self.bytes.text(names + self.bytes.u32(first)? as usize)?;
            versions.push((number, name.to_owned()));
            match self.bytes.u32(at + 16)? as usize {
                0 => return Ok(versions),
                next => at += next,
            }
        }
    }

    fn section(&self, kind: u32) -> Result<Option<Section>> {
        let mut found = self.sections.iter().filter(|section| section.kind == kind);
        match (found.next(), found.next()) {
            (one, None) => Ok(one.copied()),
            (_, Some(_)) => Err("two sections of a kind there is one of"),
        }
    }

    fn linked(&self, section: Section) -> Result<Section> {
        let linked = self.sections.get(section.link as usize);
        linked.copied().ok_or("a section links to none")
    }
}

fn segment(bytes: Bytes<'_>, at: usize, is_64: bool) -> Result<Segment> {
    let (flags, alignment) = if is_64 { (4, 48) } else { (24, 28) };
    Ok(Segment {
        kind: bytes.u32(at)?,
        flags: bytes.u32(at + flags)?,
        alignment: bytes.word(at + alignment, is_64)?,
    })
}

fn section(bytes: Bytes<'_>, at: usize, is_64: bool) -> Result<Section> {
    let (offset, size, link) = if is_64 { (24, 32, 40) } else { (16, 20, 24) };
    Ok(Section {
        name: bytes.u32(at)?,
        kind: bytes.u32(at + 4)?,
        link: bytes.u32(at + link)?,
        offset: bytes.size(at + offset, is_64)?,
        size: bytes.size(at + size, is_64)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A real file of this machine: the test program itself.
    #[test]
    fn this_program_is_read() {
        let path = std::env::current_exe().expect("a program has a path");
        let file = std::fs::read(path).expect("a program can be read");
        let elf = Elf::parse(&file).expect("a program is ELF");
        assert!(elf.has_section(".dynsym"));
        let needed = elf.dynamic_texts(1).expect("a dynamic section");
        assert!(needed.contains(&"libc.so.6"), "{needed:?}");
        let symbols = elf.symbols().expect("dynamic symbols");
        assert!(
            symbols
                .iter()
                .any(|symbol| symbol.name == "write" && !symbol.is_defined)
        );
        assert!(elf.segments.iter().any(|segment| segment.kind == 1));
    }

    #[test]
    fn a_cut_or_strange_file_is_refused_not_a_panic() {
        assert_eq!(Elf::parse(b"").unwrap_err(), CUT);
        assert!(Elf::parse(b"#!/bin/sh\nexit\n").is_err());
        let path = std::env::current_exe().expect("a program has a path");
        let file = std::fs::read(path).expect("a program can be read");
        for len in [6, 40, 63, 64, 200, file.len() / 2] {
            assert!(Elf::parse(&file[..len]).is_err(), "{len}");
        }
    }
}
