//! The names that an expression uses, for the static check: a wrong name can hide behind `true || …` at run time.

use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr as Node, SourceInfo};

use super::compile::offset_in;
use crate::Expr;

/// A name in an expression, and the character at which its chain starts (`answers` of `answers.fire.height`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    pub name: String,
    pub offset: usize,
}

/// A field read from a loop variable that runs over the answer `list`: `answers.helpers.all(h, h.phone != "")`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ItemReference {
    pub list: String,
    pub name: String,
    pub offset: usize,
}

/// All names of an expression, in the order of the text. Loop variables are not among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// `answers.fire.height` → `fire.height`; may go on into a value: `event.days.from`.
    pub answers: Vec<Reference>,
    pub params: Vec<Reference>,
    pub law: Vec<Reference>,
    /// `place.ags` → `ags`.
    pub place: Vec<Reference>,
    /// `room.tariff.own.day` → `tariff.own.day`.
    pub room: Vec<Reference>,
    /// First part of every name: `answers`, `today`, and what is not known.
    pub roots: Vec<Reference>,
    pub items: Vec<ItemReference>,
    /// Functions and methods, operators left out.
    pub functions: Vec<Reference>,
}

/// All names that `expr` uses.
pub fn references(expr: &Expr) -> &References {
    &expr.tree.names
}

/// Whether a rule has a say: one that rests on local values has none where they are unknown.
pub(crate) fn known(exprs: &[Option<&Expr>], cx: &crate::Context) -> bool {
    !cx.local_unknown || exprs.iter().flatten().all(|e| references(e).params.is_empty())
}

/// Finds the names of a tree.
pub(super) fn find(expression: &IdedExpr, source_info: &SourceInfo) -> References {
    let mut found = Names {
        source_info,
        loops: Vec::new(),
        out: References::default(),
    };
    found.node(expression);
    found.out
}

struct Names<'t> {
    source_info: &'t SourceInfo,
    /// Loop variables in force, with the answer they run over (none: something worked out).
    loops: Vec<(&'t str, Option<String>)>,
    out: References,
}

impl<'t> Names<'t> {
    fn offset(&self, node: &IdedExpr) -> usize {
        offset_in(self.source_info, node)
    }

    fn node(&mut self, node: &'t IdedExpr) {
        if let Some((root, path)) = chain(node) {
            return self.name(root, &path);
        }
        match &node.expr {
            Node::Select(select) => self.node(&select.operand),
            Node::Call(call) => {
                // Operators are calls too: `_+_`, `!_`, `@in`.
                if call.func_name.starts_with(|c: char| c.is_ascii_alphabetic()) {
                    // The parser gives the place of the bracket after the name.
                    let offset = self.offset(node).saturating_sub(call.func_name.len());
                    self.out.functions.push(Reference {
                        name: call.func_name.clone(),
                        offset,
                    });
                }
                call.target.iter().for_each(|target| self.node(target));
                call.args.iter().for_each(|arg| self.node(arg));
            }
            Node::List(list) => list.elements.iter().for_each(|element| self.node(element)),
            Node::Map(map) => map.entries.iter().for_each(|entry| match &entry.expr {
                EntryExpr::MapEntry(e) => {
                    self.node(&e.key);
                    self.node(&e.value);
                }
                EntryExpr::StructField(field) => self.node(&field.value),
            }),
            Node::Comprehension(l) => {
                self.node(&l.iter_range);
                self.loops.push((&l.iter_var, self.list_of(&l.iter_range)));
                [&l.accu_init, &l.loop_cond, &l.loop_step, &l.result]
                    .into_iter()
                    .for_each(|e| self.node(e));
                self.loops.pop();
            }
            Node::Ident(_) | Node::Literal(_) | Node::Struct(_) | Node::Unspecified => {}
        }
    }

    /// The answer that a loop runs over, also through `filter`.
    fn list_of(&self, range: &IdedExpr) -> Option<String> {
        if let Some((root, path)) = chain(range) {
            let Node::Ident(name) = &root.expr else { return None };
            return (name == "answers").then_some(path);
        }
        match &range.expr {
            // `filter` keeps the elements as they are: its step adds the loop variable itself.
            Node::Comprehension(l) if keeps_elements(&l.loop_step, &l.iter_var) => self.list_of(&l.iter_range),
            _ => None,
        }
    }

    fn name(&mut self, root: &'t IdedExpr, path: &str) {
        let Node::Ident(name) = &root.expr else { return };
        let offset = self.offset(root);
        if name.starts_with('@') {
            return;
        }
        if let Some((_, list)) = self.loops.iter().rev().find(|(variable, _)| variable == name) {
            if let (Some(list), false) = (list, path.is_empty()) {
                self.out.items.push(ItemReference {
                    list: list.clone(),
                    name: path.to_owned(),
                    offset,
                });
            }
            return;
        }
        self.out.roots.push(Reference {
            name: name.clone(),
            offset,
        });
        let group = match name.as_str() {
            "answers" => &mut self.out.answers,
            "params" => &mut self.out.params,
            "law" => &mut self.out.law,
            "place" => &mut self.out.place,
            "room" => &mut self.out.room,
            _ => return,
        };
        if !path.is_empty() {
            group.push(Reference {
                name: path.to_owned(),
                offset,
            });
        }
    }
}

/// `a.b.c` → the node of `a`, and `b.c`; nothing for what is no plain name.
pub(super) fn chain(node: &IdedExpr) -> Option<(&IdedExpr, String)> {
    let mut parts = Vec::new();
    let mut at = node;
    loop {
        match &at.expr {
            Node::Ident(_) => {
                parts.reverse();
                return Some((at, parts.join(".")));
            }
            Node::Select(select) if !select.test => {
                parts.push(select.field.as_str());
                at = &select.operand;
            }
            _ => return None,
        }
    }
}

/// The step of `filter`: `condition ? accumulator + [x] : accumulator`.
fn keeps_elements(step: &IdedExpr, variable: &str) -> bool {
    let Node::Call(choice) = &step.expr else { return false };
    let Some(Node::Call(sum)) = choice.args.get(1).map(|then| &then.expr) else {
        return false;
    };
    let Some(Node::List(list)) = sum.args.get(1).map(|added| &added.expr) else {
        return false;
    };
    matches!(list.elements.as_slice(), [one] if matches!(&one.expr, Node::Ident(name) if name == variable))
}
