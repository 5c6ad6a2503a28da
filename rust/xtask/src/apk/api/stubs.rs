//! The jar that the app is compiled against: the public API, and nothing else.
//!
//! The classes of `android.*` come from the framework, those of `java.*` from the JDK's description of Java 16;
//! both hold more than is public on Android. Hidden classes stay only as supertypes of public ones, with those
//! members that a public class inherits from them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::class_file::{Attribute, ClassFile, Member, access};
use super::database::{Database, Level};
use crate::apk::error::{Error, Result};
use crate::apk::jdk::Jdk;
use crate::apk::manifest::TARGET_SDK;
use crate::apk::step::Step;
use crate::apk::zip::{Archive, Packing, write};
use crate::apk::{files, zip};

/// As `ct.sym` of every JDK from 17 on calls Java 16: one digit, to base 36.
const JAVA_RELEASE: char = 'G';

/// Java 11: the newest that everything which reads the jar understands.
const CLASS_VERSION: [u8; 4] = [0, 0, 0, 55];

/// What code compiled for a JVM refers to and D8 and R8 replace: not public on Android, and never called there.
const DESUGARED: [&str; 2] = [
    "java/lang/invoke/LambdaMetafactory",
    "java/lang/invoke/StringConcatFactory",
];

/// `aconst_null; athrow`: verifies in every method, whatever it returns.
const BODY: [u8; 2] = [0x01, 0xbf];

/// Of attributes only these say something about how a class is used; readers want `BootstrapMethods` where the
/// pool refers to it.
const KEPT: [&str; 8] = [
    "AnnotationDefault",
    "BootstrapMethods",
    "ConstantValue",
    "Deprecated",
    "Exceptions",
    "InnerClasses",
    "RuntimeVisibleAnnotations",
    "Signature",
];

/// The jar, once it is built.
#[derive(Debug, Clone)]
pub(crate) struct Stubs {
    /// The jar's path.
    pub(crate) jar: PathBuf,
}

/// Builds the jar in `folder`.
pub(crate) fn build(r8: &Path, framework: &Path, jdk: &Jdk, folder: &Path) -> Result<Stubs> {
    let jar = folder.join(format!("android-{TARGET_SDK}.jar"));
    Step::new(folder, "public-api")
        .text(include_str!("stubs.rs"))
        .text(include_str!("database.rs"))
        .text(include_str!("class_file.rs"))
        .text(&jdk.version().to_string())
        .file(r8)?
        .file(framework)?
        .run(&[&jar], || {
            let database = Database::open(r8)?;
            let sources = Sources::open(framework, jdk)?;
            let members = stubs(&database, &sources)?;
            let bytes = write(&members)
                .ok_or_else(|| Error::input(jar.display(), "outgrew the zip format"))?;
            files::write(&jar, bytes)
        })?;
    Ok(Stubs { jar })
}

/// Where class files come from.
struct Sources {
    framework: Archive,
    java: Archive,
    /// Members of `java` by class.
    described: HashMap<String, String>,
}

impl Sources {
    fn open(framework: &Path, jdk: &Jdk) -> Result<Self> {
        let java = Archive::open(&jdk.descriptions())?;
        let described: HashMap<String, String> = java
            .names()
            .filter_map(|name| {
                let (releases, rest) = name.split_once('/')?;
                let (module, class) = rest.strip_suffix(".sig")?.split_once('/')?;
                (releases.contains(JAVA_RELEASE) && module.contains('.'))
                    .then(|| (class.to_owned(), name.to_owned()))
            })
            .collect();
        if !described.contains_key("java/lang/Object") {
            return Err(Error::input(
                jdk.descriptions().display(),
                "does not describe Java 16; use a JDK from 17 on that still can compile for it",
            ));
        }
        Ok(Self {
            framework: Archive::open(framework)?,
            java,
            described,
        })
    }

    fn read(&self, class: &str) -> Result<Option<Vec<u8>>> {
        let in_framework = format!("{class}.class");
        if self.framework.contains(&in_framework) {
            return self.framework.read(&in_framework).map(Some);
        }
        match self.described.get(class) {
            Some(name) => self.java.read(name).map(Some),
            None => Ok(None),
        }
    }
}

fn stubs(database: &Database, sources: &Sources) -> Result<Vec<zip::Member>> {
    let level = Level::major(TARGET_SDK);
    let public = |class: &str| database.class(class).is_some_and(|since| since <= level);
    let mut classes: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (class, since) in database.classes() {
        if since <= level
            && let Some(bytes) = sources.read(class)?
        {
            classes.insert(class.to_owned(), bytes);
        }
    }
    for class in DESUGARED {
        if let Some(bytes) = sources.read(class)? {
            classes.insert(class.to_owned(), bytes);
        }
    }
    let heirs = hidden_supertypes(&mut classes, sources, &public)?;
    let mut members = Vec::new();
    for (class, bytes) in &classes {
        let parsed = parse(class, bytes)?;
        let holders: Vec<&str> = match heirs.get(class) {
            Some(heirs) => heirs.iter().map(String::as_str).collect(),
            None => vec![class],
        };
        let since = |found: Option<Level>| found.is_some_and(|since| since <= level);
        let is_public = |member: &Member<'_>, is_field: bool| {
            let name = parsed.text(member.name);
            let descriptor = parsed.text(member.descriptor);
            member.access & (access::PUBLIC | access::PROTECTED) != 0
                && (member.access & access::BRIDGE != 0
                    || holders.iter().any(|holder| match is_field {
                        true => since(database.field(holder, name)),
                        false => since(database.method(holder, name, descriptor)),
                    }))
        };
        members.push(zip::Member {
            name: format!("{class}.class"),
            content: stub(&parsed, is_public),
            packing: Packing::Deflated,
        });
    }
    Ok(members)
}

/// Adds the hidden supertypes of `classes` to them; for each, the public classes that inherit from it.
fn hidden_supertypes(
    classes: &mut BTreeMap<String, Vec<u8>>,
    sources: &Sources,
    public: &impl Fn(&str) -> bool,
) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut heirs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut hidden = BTreeMap::new();
    for (class, bytes) in classes.iter() {
        let mut open: Vec<String> = supertypes(class, bytes)?;
        while let Some(name) = open.pop() {
            if public(&name) {
                continue;
            }
            if !hidden.contains_key(&name) {
                let Some(bytes) = sources.read(&name)? else {
                    continue;
                };
                hidden.insert(name.clone(), bytes);
            }
            open.extend(supertypes(&name, &hidden[&name])?);
            heirs.entry(name).or_default().insert(class.clone());
        }
    }
    classes.append(&mut hidden);
    Ok(heirs)
}

fn supertypes(class: &str, bytes: &[u8]) -> Result<Vec<String>> {
    let parsed = parse(class, bytes)?;
    Ok(parsed.supertypes().map(str::to_owned).collect())
}

fn parse<'a>(class: &str, bytes: &'a [u8]) -> Result<ClassFile<'a>> {
    ClassFile::parse(bytes).ok_or_else(|| Error::input(class, "is no class file"))
}

/// The class with its public members, whose bodies only throw.
fn stub(class: &ClassFile<'_>, is_public: impl Fn(&Member<'_>, bool) -> bool) -> Vec<u8> {
    // The name of the attribute must be in the pool; a class without any code may lack it.
    let (pool, code) = with_text(class.pool, "Code");
    let mut bytes = 0xcafe_babe_u32.to_be_bytes().to_vec();
    bytes.extend(CLASS_VERSION);
    bytes.extend(pool);
    for number in [class.access, class.this, class.superclass] {
        bytes.extend(number.to_be_bytes());
    }
    list(&mut bytes, &class.interfaces, |bytes, interface| {
        bytes.extend(interface.to_be_bytes());
    });
    let fields: Vec<_> = class.fields.iter().filter(|f| is_public(f, true)).collect();
    list(&mut bytes, &fields, |bytes, field| {
        member(bytes, class, field, field.access, None);
    });
    let methods: Vec<_> = class
        .methods
        .iter()
        .filter(|method| is_public(method, false))
        .collect();
    list(&mut bytes, &methods, |bytes, method| {
        let flags = method.access & !(access::NATIVE | access::SYNCHRONIZED);
        let body = (flags & access::ABSTRACT == 0).then(|| {
            let receiver = u16::from(flags & access::STATIC == 0);
            (code, receiver + arguments(class.text(method.descriptor)))
        });
        member(bytes, class, method, flags, body);
    });
    attributes(&mut bytes, class, &class.attributes, None);
    bytes
}

fn member(
    bytes: &mut Vec<u8>,
    class: &ClassFile<'_>,
    member: &Member<'_>,
    flags: u16,
    body: Option<(u16, u16)>,
) {
    for number in [flags, member.name, member.descriptor] {
        bytes.extend(number.to_be_bytes());
    }
    attributes(bytes, class, &member.attributes, body);
}

/// The attributes that are kept; `body` is the place of `Code` in the pool and the number of local variables.
fn attributes(
    bytes: &mut Vec<u8>,
    class: &ClassFile<'_>,
    all: &[Attribute<'_>],
    body: Option<(u16, u16)>,
) {
    let mut kept: Vec<(u16, Vec<u8>)> = all
        .iter()
        .filter(|attribute| KEPT.contains(&class.text(attribute.name)))
        .map(|attribute| (attribute.name, attribute.content.to_vec()))
        .collect();
    if let Some((name, locals)) = body {
        let mut code = 1_u16.to_be_bytes().to_vec();
        code.extend(locals.to_be_bytes());
        code.extend((BODY.len() as u32).to_be_bytes());
        code.extend(BODY);
        // No exceptions caught, no attributes.
        code.extend([0; 4]);
        kept.push((name, code));
    }
    list(bytes, &kept, |bytes, (name, content)| {
        bytes.extend(name.to_be_bytes());
        bytes.extend((content.len() as u32).to_be_bytes());
        bytes.extend(content);
    });
}

/// A count of two bytes, then the elements: a class file has no more of anything.
fn list<T>(bytes: &mut Vec<u8>, all: &[T], mut one: impl FnMut(&mut Vec<u8>, &T)) {
    bytes.extend((all.len() as u16).to_be_bytes());
    for element in all {
        one(bytes, element);
    }
}

/// A pool with one more text at its end, and the place of that.
fn with_text(pool: &[u8], text: &str) -> (Vec<u8>, u16) {
    let count = u16::from_be_bytes([pool[0], pool[1]]);
    let mut longer = (count + 1).to_be_bytes().to_vec();
    longer.extend(&pool[2..]);
    longer.push(1);
    longer.extend((text.len() as u16).to_be_bytes());
    longer.extend(text.as_bytes());
    (longer, count)
}

/// How many local variables the arguments of a method take.
fn arguments(descriptor: &str) -> u16 {
    let mut count = 0;
    let mut rest = descriptor.trim_start_matches('(').chars();
    while let Some(c) = rest.next() {
        count += match c {
            ')' => break,
            'J' | 'D' => 2,
            'L' => {
                rest.by_ref().find(|c| *c == ';');
                1
            }
            '[' => {
                let element = rest.by_ref().find(|c| *c != '[');
                if element == Some('L') {
                    rest.by_ref().find(|c| *c == ';');
                }
                1
            }
            _ => 1,
        };
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_counted_in_local_variables() {
        assert_eq!(arguments("()V"), 0);
        assert_eq!(arguments("(IJ)V"), 3);
        assert_eq!(arguments("(Ljava/lang/String;[[Ljava/lang/Object;[D)I"), 3);
    }

    #[test]
    fn a_text_is_added_to_the_pool() {
        let (pool, place) = with_text(&[0, 1], "Code");
        assert_eq!(place, 1);
        assert_eq!(pool, [0, 2, 1, 0, 4, b'C', b'o', b'd', b'e']);
    }
}
