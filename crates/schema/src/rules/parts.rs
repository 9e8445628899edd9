//! What a rule is made of: the single conditions that decide it, and the values that it compares with. For samples and
//! for tests that every branch is taken.

use std::sync::Arc;

use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr as Node, LiteralValue, operators};
use serde_json::Value;

use super::Tree;
use crate::Expr;

/// The conditions that `&&`, `||`, `!` and `?:` of an expression join, in their order; the expression itself if there is
/// none of these. Conditions inside a loop stay with their loop.
pub(crate) fn atoms(expr: &Expr) -> Vec<Expr> {
    let mut found = Vec::new();
    split(&expr.tree.expression, &mut found);
    let whole = [&expr.tree.expression];
    let found = if found.is_empty() { &whole[..] } else { &found[..] };
    let part = |(index, node): (usize, &&IdedExpr)| {
        let tree = Tree {
            names: super::names::find(node, &expr.tree.source_info),
            expression: (*node).clone(),
            source_info: expr.tree.source_info.clone(),
            calls_ours: expr.tree.calls_ours,
        };
        // The place of a part in the source is not kept by the parser, so it is counted.
        let source = if found.len() == 1 {
            expr.source.clone()
        } else {
            format!("{} [{}]", expr.source, index + 1)
        };
        Expr {
            source,
            tree: Arc::new(tree),
        }
    };
    found.iter().enumerate().map(part).collect()
}

fn split<'t>(node: &'t IdedExpr, found: &mut Vec<&'t IdedExpr>) {
    match &node.expr {
        Node::Call(call) => match call.func_name.as_str() {
            operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT => {
                for arg in &call.args {
                    let before = found.len();
                    split(arg, found);
                    if found.len() == before {
                        found.push(arg);
                    }
                }
            }
            operators::CONDITIONAL => {
                let before = found.len();
                split(&call.args[0], found);
                if found.len() == before {
                    found.push(&call.args[0]);
                }
                call.args[1..].iter().for_each(|arg| split(arg, found));
            }
            // Sums and the like may have choices inside.
            _ => call
                .target
                .iter()
                .map(|t| &**t)
                .chain(&call.args)
                .for_each(|arg| split(arg, found)),
        },
        Node::Select(select) => split(&select.operand, found),
        Node::List(list) => list.elements.iter().for_each(|element| split(element, found)),
        _ => {}
    }
}

/// Whether an expression only asks which answers are there: comparisons with null and what joins them.
pub(crate) fn only_asks_for_null(expr: &Expr) -> bool {
    asks_for_null(&expr.tree.expression)
}

fn asks_for_null(node: &IdedExpr) -> bool {
    let Node::Call(call) = &node.expr else { return false };
    let null = |arg: &IdedExpr| matches!(&arg.expr, Node::Literal(LiteralValue::Null));
    match call.func_name.as_str() {
        operators::EQUALS | operators::NOT_EQUALS => call.args.iter().any(null),
        operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT => call.args.iter().all(asks_for_null),
        _ => false,
    }
}

/// Values that an expression compares with.
#[derive(Debug, Default)]
pub(crate) struct Literals {
    pub numbers: Vec<i64>,
    pub texts: Vec<String>,
    /// Patterns of `matches`.
    pub patterns: Vec<String>,
}

/// All literals of an expression.
pub(crate) fn literals(expr: &Expr) -> Literals {
    let mut found = Literals::default();
    collect(&expr.tree.expression, &mut found);
    found
}

fn collect(node: &IdedExpr, found: &mut Literals) {
    match &node.expr {
        Node::Literal(LiteralValue::Int(n)) => found.numbers.push(*n.inner()),
        Node::Literal(LiteralValue::String(text)) => found.texts.push(text.inner().to_owned()),
        Node::Call(call) => {
            if let ("matches", Some(Node::Literal(LiteralValue::String(pattern)))) =
                (call.func_name.as_str(), call.args.last().map(|arg| &arg.expr))
            {
                found.patterns.push(pattern.inner().to_owned());
            }
            call.target
                .iter()
                .map(|t| &**t)
                .chain(&call.args)
                .for_each(|arg| collect(arg, found));
        }
        Node::Select(select) => collect(&select.operand, found),
        Node::List(list) => list.elements.iter().for_each(|element| collect(element, found)),
        Node::Map(map) => map.entries.iter().for_each(|entry| match &entry.expr {
            EntryExpr::MapEntry(e) => {
                collect(&e.key, found);
                collect(&e.value, found);
            }
            EntryExpr::StructField(field) => collect(&field.value, found),
        }),
        Node::Comprehension(l) => {
            [&l.iter_range, &l.accu_init, &l.loop_cond, &l.loop_step, &l.result]
                .into_iter()
                .for_each(|e| collect(e, found));
        }
        Node::Ident(_) | Node::Literal(_) | Node::Struct(_) | Node::Unspecified => {}
    }
}

impl Literals {
    /// Numbers and texts among JSON values: what a parameter or a figure of law holds.
    pub fn add(&mut self, value: &Value) {
        match value {
            Value::Number(n) => self.numbers.extend(n.as_i64()),
            Value::String(text) => self.texts.push(text.clone()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::expr;

    use super::*;

    #[test]
    fn rules_fall_apart_into_their_conditions() {
        let count = |source: &str| atoms(&expr(source)).len();
        assert_eq!(count("answers.a.b"), 1);
        assert_eq!(count("answers.a.b == 1 && !(answers.a.c || answers.a.d > 2)"), 3);
        assert_eq!(count("answers.a.b == 1 ? 100 : answers.a.c ? 2 : 3"), 2);
        assert_eq!(count("(answers.a.b ? 1 : 2) * 3 + 1"), 1);
        assert_eq!(count("answers.list.all(x, x.a && x.b)"), 1);
    }

    #[test]
    fn literals_are_collected() {
        let found = literals(&expr(
            "answers.a.b in ['x', 'y'] && answers.a.c > 3 && answers.a.d.matches('^Z$')",
        ));
        assert_eq!(found.numbers, [3]);
        assert_eq!(found.texts, ["x", "y", "^Z$"]);
        assert_eq!(found.patterns, ["^Z$"]);
    }
}
