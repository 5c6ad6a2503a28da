//! Every mutant in one build, each behind a switch that is thrown as the program runs ("mutant schemata": Untch,
//! Offutt and Harrold, 1993), so that none has to be built by itself.

use std::collections::HashMap;
use std::ops::Range;

use proc_macro2::{LineColumn, Span};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Expr, Pat};

use super::list::{Kind, Mutant, Place, offset};

/// The module that the switched code asks; it goes into the core's copy.
pub(super) const MODULE: &str = include_str!("switch_module.txt");

/// The number by which the switched code knows a mutant.
pub(super) type Id = usize;

/// A file with its mutants behind switches.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Switched {
    pub(super) text: String,
    /// Those that could be placed.
    pub(super) placed: Vec<Placed>,
    /// Those that the compiler would refuse: `||` in a chain with `let`.
    pub(super) refused: Vec<Id>,
}

/// Where in the text a mutant is, in bytes.
#[derive(Debug, PartialEq, Eq, Clone)]
pub(super) struct Placed {
    pub(super) id: Id,
    /// Its own code.
    pub(super) code: Range<usize>,
    /// The whole of what it stands in, with the original.
    pub(super) around: Range<usize>,
}

/// Puts the mutants of a file behind switches; those in neither list are in constants and other places that have none.
pub(super) fn switched(source: &str, mutants: &[(Id, &Mutant)]) -> Result<Switched, syn::Error> {
    let file = syn::parse_file(source)?;
    let mut by_start: HashMap<(Kind, Place), Vec<(Id, &Mutant)>> = HashMap::new();
    for (id, mutant) in mutants {
        let place = (mutant.kind, mutant.span.0);
        by_start.entry(place).or_default().push((*id, *mutant));
    }
    let mut switcher = Switcher {
        source,
        by_start,
        insertions: Vec::new(),
        refused: Vec::new(),
        groups: 0,
    };
    switcher.visit_file(&file);
    Ok(switcher.finish())
}

struct Switcher<'a> {
    source: &'a str,
    by_start: HashMap<(Kind, Place), Vec<(Id, &'a Mutant)>>,
    insertions: Vec<Insertion>,
    refused: Vec<Id>,
    groups: usize,
}

/// Text put into the source. What closes a construct comes before what opens the next; of what opens at one place the
/// outer comes first, of what closes there the inner.
struct Insertion {
    at: usize,
    opens: bool,
    text: String,
    /// Whose code it is.
    id: Option<Id>,
    /// Those of one group stand around the same.
    group: usize,
}

impl<'a> Switcher<'a> {
    fn at(&mut self, kind: Kind, span: Span) -> Vec<(Id, &'a Mutant)> {
        let place = place(span.start());
        self.by_start.remove(&(kind, place)).unwrap_or_default()
    }

    fn range(&self, span: Span) -> Range<usize> {
        offset(self.source, place(span.start()))..offset(self.source, place(span.end()))
    }

    fn insert(&mut self, group: usize, at: usize, opens: bool, text: String, id: Option<Id>) {
        self.insertions.push(Insertion {
            at,
            opens,
            text,
            id,
            group,
        });
    }

    /// `E` becomes `(if is(1) { E1 } else if is(2) { E2 } else { E })`.
    fn wrap(&mut self, whole: Span, mutants: &[(Id, &Mutant)]) {
        if mutants.is_empty() {
            return;
        }
        self.groups += 1;
        let group = self.groups;
        let range = self.range(whole);
        self.insert(group, range.start, true, "(".to_owned(), None);
        for (id, mutant) in mutants {
            let (from, to) = mutant.span;
            let (from, to) = (offset(self.source, from), offset(self.source, to));
            let before = &self.source[range.start..from];
            let after = &self.source[to..range.end];
            let changed = &mutant.replacement;
            let text = format!("if {} {{ {before}{changed}{after} }} else ", asked(*id));
            self.insert(group, range.start, true, text, Some(*id));
        }
        self.insert(group, range.start, true, "{ ".to_owned(), None);
        self.insert(group, range.end, false, " })".to_owned(), None);
    }

    fn function(&mut self, signature: &syn::Signature, body: &syn::Block) {
        // A constant function cannot ask, and another type behind `impl` would be another function.
        if signature.constness.is_some() {
            return;
        }
        let range = self.range(signature.output.span());
        let is_opaque = self.source[range].contains("impl ");
        if let Some(first) = body.stmts.first()
            && !is_opaque
        {
            let at = self.range(first.span()).start;
            for (id, mutant) in self.at(Kind::Body, first.span()) {
                self.groups += 1;
                let text = format!("if {} {{ return {}; }} ", asked(id), mutant.replacement);
                self.insert(self.groups, at, true, text, Some(id));
            }
        }
        visit::visit_block(self, body);
    }

    fn finish(mut self) -> Switched {
        let mut indices: Vec<usize> = (0..self.insertions.len()).collect();
        indices.sort_by_key(|&index| {
            let insertion = &self.insertions[index];
            let order = if insertion.opens {
                index
            } else {
                usize::MAX - index
            };
            (insertion.at, insertion.opens, order)
        });
        let (mut text, mut copied) = (String::new(), 0);
        let mut codes = Vec::new();
        let mut around: HashMap<usize, Range<usize>> = HashMap::new();
        for index in indices {
            let insertion = &self.insertions[index];
            text.push_str(&self.source[copied..insertion.at]);
            copied = insertion.at;
            let from = text.len();
            text.push_str(&insertion.text);
            let range = from..text.len();
            let whole = around.entry(insertion.group).or_insert(range.clone());
            whole.end = range.end;
            if let Some(id) = insertion.id {
                codes.push((id, range, insertion.group));
            }
        }
        text.push_str(&self.source[copied..]);
        let placed = codes.into_iter().map(|(id, code, group)| Placed {
            id,
            code,
            around: around[&group].clone(),
        });
        self.refused.sort_unstable();
        Switched {
            text,
            placed: placed.collect(),
            refused: self.refused,
        }
    }
}

impl<'ast> Visit<'ast> for Switcher<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.function(&item.sig, body);
        }
    }

    // What is computed as the program is built.
    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}
    fn visit_trait_item_const(&mut self, _: &'ast syn::TraitItemConst) {}
    fn visit_item_static(&mut self, _: &'ast syn::ItemStatic) {}
    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}
    fn visit_variant(&mut self, _: &'ast syn::Variant) {}
    fn visit_type(&mut self, _: &'ast syn::Type) {}

    fn visit_expr_repeat(&mut self, repeat: &'ast syn::ExprRepeat) {
        self.visit_expr(&repeat.expr);
    }

    fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
        let mutants = self.at(Kind::Binary, binary.op.span());
        if has_let(&binary.left) || has_let(&binary.right) {
            self.refused.extend(mutants.iter().map(|(id, _)| *id));
        } else {
            self.wrap(binary.span(), &mutants);
        }
        visit::visit_expr_binary(self, binary);
    }

    fn visit_expr_unary(&mut self, unary: &'ast syn::ExprUnary) {
        let mutants = self.at(Kind::Unary, unary.op.span());
        self.wrap(unary.span(), &mutants);
        visit::visit_expr_unary(self, unary);
    }

    /// Whether all is covered without an arm shows in the whole `match`: that is what its deletions stand in.
    fn visit_expr_match(&mut self, matched: &'ast syn::ExprMatch) {
        self.groups += 1;
        let group = self.groups;
        let range = self.range(matched.span());
        self.insert(group, range.start, true, String::new(), None);
        self.visit_expr(&matched.expr);
        for arm in &matched.arms {
            self.arm(arm, group);
        }
        self.insert(group, range.end, false, String::new(), None);
    }
}

impl Switcher<'_> {
    fn arm(&mut self, arm: &syn::Arm, group: usize) {
        let deleted = self.at(Kind::Arm, arm.span());
        let end = self.range(arm.pat.span()).end;
        let Pat::Guard(guarded) = &arm.pat else {
            for (id, _) in deleted {
                let text = format!(" if !{}", asked(id));
                self.insert(group, end, false, text, Some(id));
            }
            return visit::visit_arm(self, arm);
        };
        let range = self.range(guarded.guard.span());
        let constant = self.at(Kind::Guard, guarded.guard.span());
        if has_let(&guarded.guard) {
            self.refused.extend(constant.iter().map(|(id, _)| *id));
        } else {
            for (id, _) in deleted {
                let text = format!("!{} && ", asked(id));
                self.insert(group, range.start, true, text, Some(id));
            }
            self.wrap(guarded.guard.span(), &constant);
        }
        visit::visit_arm(self, arm);
    }
}

fn asked(id: Id) -> String {
    format!("crate::mutation::is({id})")
}

/// Whether it is a chain of conditions with a `let` in it.
fn has_let(expression: &Expr) -> bool {
    match expression {
        Expr::Let(_) => true,
        Expr::Binary(binary) => {
            matches!(binary.op, syn::BinOp::And(_))
                && (has_let(&binary.left) || has_let(&binary.right))
        }
        _ => false,
    }
}

/// As cargo-mutants counts, from 1 on.
fn place(at: LineColumn) -> Place {
    Place {
        line: at.line,
        column: at.column + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(kind: Kind, start: (usize, usize), end: (usize, usize), replacement: &str) -> Mutant {
        let place = |(line, column)| Place { line, column };
        Mutant {
            file: "a.rs".to_owned(),
            what: "anything".to_owned(),
            kind,
            span: (place(start), place(end)),
            replacement: replacement.to_owned(),
        }
    }

    fn text(source: &str, mutants: &[Mutant]) -> String {
        let numbered: Vec<(Id, &Mutant)> = mutants.iter().enumerate().collect();
        let switched = switched(source, &numbered).expect("Rust");
        assert_eq!(switched.placed.len(), mutants.len(), "{}", switched.text);
        for placed in &switched.placed {
            assert!(switched.text[placed.code.clone()].contains(&asked(placed.id)));
        }
        switched.text
    }

    #[test]
    fn operators_inside_each_other() {
        let mutants = [
            mutant(Kind::Binary, (1, 30), (1, 32), "||"),
            mutant(Kind::Binary, (1, 26), (1, 27), "=="),
            mutant(Kind::Unary, (1, 33), (1, 34), ""),
        ];
        let source = "fn f(a: u8, b: bool) { a > 1 && !b; }";
        let expected = "fn f(a: u8, b: bool) { (if crate::mutation::is(0) { a > 1 || !b } else { \
            (if crate::mutation::is(1) { a == 1 } else { a > 1 }) && \
            (if crate::mutation::is(2) { b } else { !b }) }); }";
        assert_eq!(text(source, &mutants), expected);
    }

    #[test]
    fn bodies_arms_and_guards() {
        let source = "fn f(a: u8) -> u8 {\n    match a {\n        1 => 2,\n        b if b > 7 => 3,\n        _ => 0,\n    }\n}\n";
        let mutants = [
            mutant(Kind::Body, (2, 5), (6, 6), "1"),
            mutant(Kind::Arm, (3, 9), (3, 16), ""),
            mutant(Kind::Arm, (4, 9), (4, 25), ""),
            mutant(Kind::Guard, (4, 14), (4, 19), "true"),
            mutant(Kind::Guard, (4, 14), (4, 19), "false"),
        ];
        let expected = "fn f(a: u8) -> u8 {\n    if crate::mutation::is(0) { return 1; } match a {\n        \
            1 if !crate::mutation::is(1) => 2,\n        \
            b if !crate::mutation::is(2) && (if crate::mutation::is(3) { true } else \
            if crate::mutation::is(4) { false } else { b > 7 }) => 3,\n        _ => 0,\n    }\n}\n";
        assert_eq!(text(source, &mutants), expected);
    }

    #[test]
    fn constants_have_no_switch_and_a_chain_with_let_no_or() {
        let source =
            "const A: u8 = 1 + 2;\nfn f(a: Option<u8>) { if a.is_some() && let Some(_) = a {} }";
        let mutants = [
            mutant(Kind::Binary, (1, 17), (1, 18), "-"),
            mutant(Kind::Binary, (2, 38), (2, 40), "||"),
        ];
        let numbered: Vec<(Id, &Mutant)> = mutants.iter().enumerate().collect();
        let switched = switched(source, &numbered).expect("Rust");
        assert_eq!(switched.text, source);
        assert_eq!((switched.placed, switched.refused), (vec![], vec![1]));
    }
}
