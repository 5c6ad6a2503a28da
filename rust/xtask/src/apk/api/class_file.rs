//! Class files, as far as the build looks into them.

use std::ops::Range;

/// Flags of classes and members.
pub(crate) mod access {
    pub(crate) const PUBLIC: u16 = 0x0001;
    pub(crate) const PROTECTED: u16 = 0x0004;
    pub(crate) const STATIC: u16 = 0x0008;
    pub(crate) const SYNCHRONIZED: u16 = 0x0020;
    pub(crate) const BRIDGE: u16 = 0x0040;
    pub(crate) const NATIVE: u16 = 0x0100;
    pub(crate) const ABSTRACT: u16 = 0x0400;
}

/// A place in the constant pool.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Constant {
    Utf8(String),
    Class(u16),
    NameAndType(u16, u16),
    /// A field, a method or an interface's method.
    Member(u16, u16),
    /// A number of four bytes.
    Number(u32),
    Other,
}

/// A class file.
#[derive(Debug)]
pub(crate) struct ClassFile<'a> {
    constants: Vec<Constant>,
    /// The constant pool as it is, its count before it.
    pub(crate) pool: &'a [u8],
    /// The class's flags.
    pub(crate) access: u16,
    /// The places of its own name, its superclass's and its interfaces' in the pool.
    pub(crate) this: u16,
    pub(crate) superclass: u16,
    pub(crate) interfaces: Vec<u16>,
    /// Its members and attributes.
    pub(crate) fields: Vec<Member<'a>>,
    pub(crate) methods: Vec<Member<'a>>,
    pub(crate) attributes: Vec<Attribute<'a>>,
}

/// A field or method.
#[derive(Debug)]
pub(crate) struct Member<'a> {
    pub(crate) access: u16,
    pub(crate) name: u16,
    pub(crate) descriptor: u16,
    pub(crate) attributes: Vec<Attribute<'a>>,
}

/// An attribute of a class or member.
#[derive(Debug)]
pub(crate) struct Attribute<'a> {
    pub(crate) name: u16,
    pub(crate) content: &'a [u8],
}

/// A field or method that code names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference<'a> {
    /// `None`: the class itself.
    pub(crate) member: Option<(&'a str, &'a str)>,
    /// As in class files; an array by its descriptor.
    pub(crate) class: &'a str,
}

impl<'a> ClassFile<'a> {
    /// Reads a class file; `None` where it is none.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader { bytes, at: 0 };
        if reader.u32()? != 0xcafe_babe {
            return None;
        }
        reader.u32()?;
        let (constants, range) = reader.constants()?;
        let pool = &bytes[range];
        let (access, this, superclass) = (reader.u16()?, reader.u16()?, reader.u16()?);
        let interfaces = reader.list(Reader::u16)?;
        let fields = reader.list(Reader::member)?;
        let methods = reader.list(Reader::member)?;
        let attributes = reader.list(Reader::attribute)?;
        Some(Self {
            constants,
            pool,
            access,
            this,
            superclass,
            interfaces,
            fields,
            methods,
            attributes,
        })
    }

    /// The text at a place of the pool; empty where there is none.
    pub(crate) fn text(&self, index: u16) -> &str {
        match self.constants.get(usize::from(index)) {
            Some(Constant::Utf8(text)) => text,
            _ => "",
        }
    }

    /// The class name at a place of the pool; empty where there is none.
    pub(crate) fn class_name(&self, index: u16) -> &str {
        match self.constants.get(usize::from(index)) {
            Some(Constant::Class(name)) => self.text(*name),
            _ => "",
        }
    }

    /// Its own name.
    pub(crate) fn name(&self) -> &str {
        self.class_name(self.this)
    }

    /// Its superclass and interfaces.
    pub(crate) fn supertypes(&self) -> impl Iterator<Item = &str> {
        let indices = std::iter::once(&self.superclass).chain(&self.interfaces);
        indices
            .map(|index| self.class_name(*index))
            .filter(|name| !name.is_empty())
    }

    /// Whether it is an interface or an abstract class.
    pub(crate) fn is_abstract(&self) -> bool {
        self.access & access::ABSTRACT != 0
    }

    /// Whether the pool holds this text, as it does where an annotation of that type is used.
    pub(crate) fn mentions(&self, text: &str) -> bool {
        self.constants
            .iter()
            .any(|constant| matches!(constant, Constant::Utf8(found) if found == text))
    }

    /// What the code of a method names; `None` where the code is not well-formed.
    pub(crate) fn references(&self, method: &Member<'_>) -> Option<Vec<Reference<'_>>> {
        let code = method
            .attributes
            .iter()
            .find(|attribute| self.text(attribute.name) == "Code");
        let Some(code) = code else {
            return Some(Vec::new());
        };
        let mut reader = Reader {
            bytes: code.content,
            at: 4,
        };
        let length = reader.u32()? as usize;
        let instructions = reader.take(length)?;
        let mut found = Vec::new();
        let mut at = 0;
        while at < instructions.len() {
            let (index, next) = instruction(instructions, at)?;
            found.extend(index.and_then(|index| self.reference(index)));
            at = next;
        }
        // Exceptions that are caught.
        for _ in 0..reader.u16()? {
            reader.take(6)?;
            found.extend(self.reference(reader.u16()?));
        }
        Some(found)
    }

    /// The first number that an annotation of this type has as a value, in the content of an attribute of annotations.
    ///
    /// Annotations before it are stepped over where they have plain values; behind any other nothing is found.
    pub(crate) fn annotation_number(&self, content: &[u8], annotation: &str) -> Option<u32> {
        let mut reader = Reader {
            bytes: content,
            at: 0,
        };
        for _ in 0..reader.u16()? {
            let is_it = self.text(reader.u16()?) == annotation;
            for _ in 0..reader.u16()? {
                reader.u16()?;
                let (tag, value) = (reader.u8()?, reader.u16()?);
                match tag {
                    b'e' => {
                        reader.u16()?;
                    }
                    b'@' | b'[' => return None,
                    b'I' if is_it => return self.number(value),
                    _ => {}
                }
            }
        }
        None
    }

    fn number(&self, index: u16) -> Option<u32> {
        match self.constants.get(usize::from(index))? {
            Constant::Number(number) => Some(*number),
            _ => None,
        }
    }

    fn reference(&self, index: u16) -> Option<Reference<'_>> {
        match self.constants.get(usize::from(index))? {
            Constant::Class(name) => Some(Reference {
                member: None,
                class: self.text(*name),
            }),
            Constant::Member(class, name_and_type) => {
                let Constant::NameAndType(name, descriptor) =
                    self.constants.get(usize::from(*name_and_type))?
                else {
                    return None;
                };
                Some(Reference {
                    member: Some((self.text(*name), self.text(*descriptor))),
                    class: self.class_name(*class),
                })
            }
            _ => None,
        }
    }
}

/// The place in the pool that an instruction names, and where the next one begins.
fn instruction(code: &[u8], at: usize) -> Option<(Option<u16>, usize)> {
    let short = |at: usize| Some(u16::from_be_bytes([*code.get(at)?, *code.get(at + 1)?]));
    let word = |at: usize| Some((u32::from(short(at)?) << 16) | u32::from(short(at + 2)?));
    let operands = (at / 4 + 1) * 4;
    Some(match *code.get(at)? {
        // ldc
        0x12 => (Some(u16::from(*code.get(at + 1)?)), at + 2),
        // ldc_w, ldc2_w, fields, invokes on classes, new, anewarray, checkcast, instanceof
        0x13 | 0x14 | 0xb2..=0xb8 | 0xbb | 0xbd | 0xc0 | 0xc1 => (Some(short(at + 1)?), at + 3),
        // invokeinterface
        0xb9 => (Some(short(at + 1)?), at + 5),
        // invokedynamic: what it calls is among the bootstrap methods, desugared by D8 and R8
        0xba => (None, at + 5),
        // multianewarray
        0xc5 => (Some(short(at + 1)?), at + 4),
        // tableswitch
        0xaa => {
            let (low, high) = (word(operands + 4)? as i32, word(operands + 8)? as i32);
            let entries = usize::try_from(i64::from(high) - i64::from(low) + 1).ok()?;
            (None, operands + 12 + 4 * entries)
        }
        // lookupswitch
        0xab => (None, operands + 8 + 8 * word(operands + 4)? as usize),
        // wide
        0xc4 => (None, at + if *code.get(at + 1)? == 0x84 { 6 } else { 4 }),
        // goto_w, jsr_w
        0xc8 | 0xc9 => (None, at + 5),
        // sipush, iinc, jumps
        0x11 | 0x84 | 0x99..=0xa8 | 0xc6 | 0xc7 => (None, at + 3),
        // bipush, loads and stores with an index, ret, newarray
        0x10 | 0x15..=0x19 | 0x36..=0x3a | 0xa9 | 0xbc => (None, at + 2),
        _ => (None, at + 1),
    })
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(length)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn u16(&mut self) -> Option<u16> {
        let bytes = self.take(2)?;
        Some(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    fn u32(&mut self) -> Option<u32> {
        Some((u32::from(self.u16()?) << 16) | u32::from(self.u16()?))
    }

    fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.u16()?;
        (0..count).map(|_| one(self)).collect()
    }

    fn attribute(&mut self) -> Option<Attribute<'a>> {
        let name = self.u16()?;
        let length = self.u32()? as usize;
        Some(Attribute {
            name,
            content: self.take(length)?,
        })
    }

    fn member(&mut self) -> Option<Member<'a>> {
        Some(Member {
            access: self.u16()?,
            name: self.u16()?,
            descriptor: self.u16()?,
            attributes: self.list(Self::attribute)?,
        })
    }

    fn constants(&mut self) -> Option<(Vec<Constant>, Range<usize>)> {
        let start = self.at;
        let count = usize::from(self.u16()?);
        let mut constants = vec![Constant::Other];
        while constants.len() < count {
            let constant = match self.u8()? {
                1 => {
                    let length = usize::from(self.u16()?);
                    let text = self.take(length)?;
                    Constant::Utf8(String::from_utf8_lossy(text).into_owned())
                }
                7 => Constant::Class(self.u16()?),
                9..=11 => Constant::Member(self.u16()?, self.u16()?),
                12 => Constant::NameAndType(self.u16()?, self.u16()?),
                3 => Constant::Number(self.u32()?),
                4 | 17 | 18 => {
                    self.take(4)?;
                    Constant::Other
                }
                5 | 6 => {
                    self.take(8)?;
                    // These two kinds count twice.
                    constants.push(Constant::Other);
                    Constant::Other
                }
                8 | 16 | 19 | 20 => {
                    self.take(2)?;
                    Constant::Other
                }
                15 => {
                    self.take(3)?;
                    Constant::Other
                }
                _ => return None,
            };
            constants.push(constant);
        }
        Some((constants, start..self.at))
    }
}

#[cfg(test)]
#[path = "class_file_tests.rs"]
mod tests;
