//! Dex files, as far as the build looks into them: what they define and what they refer to.

use std::collections::{BTreeMap, BTreeSet};

/// A class that a dex file defines.
#[derive(Debug, Default)]
pub(crate) struct Definition {
    /// Superclass and interfaces, named as in class files.
    pub(crate) supertypes: Vec<String>,
    /// Fields as `name`, methods as `name(…)…`.
    pub(crate) members: BTreeSet<String>,
}

/// What dex files define and refer to.
#[derive(Debug, Default)]
pub(crate) struct Dex {
    /// Classes by name.
    pub(crate) classes: BTreeMap<String, Definition>,
    /// Fields that code names: class and name.
    pub(crate) fields: BTreeSet<(String, String)>,
    /// Methods that code names: class, name and descriptor.
    pub(crate) methods: BTreeSet<(String, String, String)>,
}

impl Dex {
    /// Adds what a dex file holds; `None` where it is none.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> Option<()> {
        let file = File::open(bytes)?;
        for index in 0..file.fields.1 {
            let (class, name) = file.field(index)?;
            if !class.starts_with('[') {
                self.fields.insert((plain(&class), name));
            }
        }
        for index in 0..file.methods.1 {
            let (class, name, descriptor) = file.method(index)?;
            if !class.starts_with('[') {
                self.methods.insert((plain(&class), name, descriptor));
            }
        }
        for index in 0..file.classes.1 {
            let (name, definition) = file.class(index)?;
            self.classes.insert(name, definition);
        }
        Some(())
    }
}

/// `La/B;` as `a/B`.
fn plain(descriptor: &str) -> String {
    let inner = descriptor
        .strip_prefix('L')
        .and_then(|rest| rest.strip_suffix(';'));
    inner.unwrap_or(descriptor).to_owned()
}

/// Where a table begins and how many entries it has.
type Table = (usize, usize);

struct File<'a> {
    bytes: &'a [u8],
    strings: Table,
    types: Table,
    prototypes: Table,
    fields: Table,
    methods: Table,
    classes: Table,
}

const NONE: usize = 0xffff_ffff;

impl<'a> File<'a> {
    fn open(bytes: &'a [u8]) -> Option<Self> {
        if !bytes.starts_with(b"dex\n") {
            return None;
        }
        let table = |at: usize| Some((word(bytes, at + 4)?, word(bytes, at)?));
        Some(Self {
            bytes,
            strings: table(56)?,
            types: table(64)?,
            prototypes: table(72)?,
            fields: table(80)?,
            methods: table(88)?,
            classes: table(96)?,
        })
    }

    fn entry(&self, table: Table, index: usize, size: usize) -> Option<usize> {
        (index < table.1).then_some(table.0 + index * size)
    }

    fn string(&self, index: usize) -> Option<String> {
        let mut at = word(self.bytes, self.entry(self.strings, index, 4)?)?;
        number(self.bytes, &mut at)?;
        let text = self.bytes.get(at..)?;
        let end = text.iter().position(|byte| *byte == 0)?;
        Some(String::from_utf8_lossy(&text[..end]).into_owned())
    }

    fn type_name(&self, index: usize) -> Option<String> {
        self.string(word(self.bytes, self.entry(self.types, index, 4)?)?)
    }

    fn type_list(&self, at: usize) -> Option<Vec<String>> {
        if at == 0 {
            return Some(Vec::new());
        }
        (0..word(self.bytes, at)?)
            .map(|index| self.type_name(half(self.bytes, at + 4 + 2 * index)?))
            .collect()
    }

    fn field(&self, index: usize) -> Option<(String, String)> {
        let at = self.entry(self.fields, index, 8)?;
        let class = self.type_name(half(self.bytes, at)?)?;
        Some((class, self.string(word(self.bytes, at + 4)?)?))
    }

    fn method(&self, index: usize) -> Option<(String, String, String)> {
        let at = self.entry(self.methods, index, 8)?;
        let class = self.type_name(half(self.bytes, at)?)?;
        let prototype = self.entry(self.prototypes, half(self.bytes, at + 2)?, 12)?;
        let result = self.type_name(word(self.bytes, prototype + 4)?)?;
        let parameters = self.type_list(word(self.bytes, prototype + 8)?)?;
        let name = self.string(word(self.bytes, at + 4)?)?;
        Some((class, name, format!("({}){result}", parameters.concat())))
    }

    fn class(&self, index: usize) -> Option<(String, Definition)> {
        let at = self.entry(self.classes, index, 32)?;
        let name = plain(&self.type_name(word(self.bytes, at)?)?);
        let mut definition = Definition::default();
        let superclass = word(self.bytes, at + 8)?;
        if superclass != NONE {
            definition
                .supertypes
                .push(plain(&self.type_name(superclass)?));
        }
        let interfaces = self.type_list(word(self.bytes, at + 12)?)?;
        definition
            .supertypes
            .extend(interfaces.iter().map(|interface| plain(interface)));
        let mut data = word(self.bytes, at + 24)?;
        if data != 0 {
            let mut counts = [0; 4];
            for count in &mut counts {
                *count = number(self.bytes, &mut data)?;
            }
            let [static_fields, fields, direct, methods] = counts;
            for count in [static_fields, fields] {
                let mut index = 0;
                for _ in 0..count {
                    index += number(self.bytes, &mut data)?;
                    number(self.bytes, &mut data)?;
                    definition.members.insert(self.field(index)?.1);
                }
            }
            for count in [direct, methods] {
                let mut index = 0;
                for _ in 0..count {
                    index += number(self.bytes, &mut data)?;
                    number(self.bytes, &mut data)?;
                    number(self.bytes, &mut data)?;
                    let (_, name, descriptor) = self.method(index)?;
                    definition.members.insert(name + &descriptor);
                }
            }
        }
        Some((name, definition))
    }
}

fn half(bytes: &[u8], at: usize) -> Option<usize> {
    let two = bytes.get(at..at.checked_add(2)?)?;
    Some(usize::from(u16::from_le_bytes(two.try_into().ok()?)))
}

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_le_bytes(four.try_into().ok()?)).ok()
}

/// A number of variable length, seven bits a byte, the low ones first.
fn number(bytes: &[u8], at: &mut usize) -> Option<usize> {
    let mut value = 0;
    for shift in (0..35).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_variable_length_are_read() {
        let mut at = 0;
        let bytes = [0x05, 0x80, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(number(&bytes, &mut at), Some(5));
        assert_eq!(number(&bytes, &mut at), Some(128));
        assert_eq!(number(&bytes, &mut at), None);
    }

    #[test]
    fn what_is_no_dex_file_is_refused() {
        assert_eq!(Dex::default().add(b"dey\n"), None);
        assert_eq!(Dex::default().add(b"dex\n039\0cut off"), None);
    }
}
