//! The words that an expression compares names with, for the static check: `answers.fire.where == 'baskt'` compiles
//! and never holds.

use cel::IdedExpr;
use cel::common::ast::{Expr as Node, LiteralValue, operators};

use super::compile::offset_in;
use crate::Expr;

/// `name == 'word'`, `name != 'word'`, `name in ['word', …]` or `'word' in name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// `answers.fire.where`, `params.x`, `regime`, `weekday(…)`.
    pub name: String,
    pub word: String,
    /// The word is looked for among the entries of a list, not compared with the whole.
    pub entry: bool,
    /// The character at which the word stands.
    pub offset: usize,
}

/// All comparisons of a plain name with a literal text.
pub fn comparisons(expr: &Expr) -> Vec<Comparison> {
    let mut found = Vec::new();
    collect(&expr.tree.expression, &mut |name, word, entry, node| {
        let offset = offset_in(&expr.tree.source_info, node);
        found.push(Comparison {
            name,
            word,
            entry,
            offset,
        });
    });
    found
}

/// The fixed texts that an expression may come to, through every choice, each with the character at which it stands.
pub(crate) fn results(expr: &Expr) -> Vec<(String, usize)> {
    let (mut found, mut open) = (Vec::new(), vec![&expr.tree.expression]);
    while let Some(node) = open.pop() {
        match &node.expr {
            Node::Call(call) if call.func_name == operators::CONDITIONAL => open.extend(call.args.iter().skip(1)),
            Node::Literal(LiteralValue::String(text)) => {
                found.push((text.inner().to_owned(), offset_in(&expr.tree.source_info, node)));
            }
            _ => {}
        }
    }
    found
}

fn collect<'t>(node: &'t IdedExpr, out: &mut impl FnMut(String, String, bool, &'t IdedExpr)) {
    match &node.expr {
        Node::Call(call) => {
            if let ([left, right], operator @ ("_==_" | "_!=_" | "@in")) = (&call.args[..], call.func_name.as_str()) {
                pair(left, right, false, out);
                pair(right, left, operator == "@in", out);
            }
            call.target.iter().for_each(|n| collect(n, out));
            call.args.iter().for_each(|n| collect(n, out));
        }
        Node::Select(select) => collect(&select.operand, out),
        Node::List(list) => list.elements.iter().for_each(|n| collect(n, out)),
        Node::Comprehension(l) => {
            for part in [&l.iter_range, &l.accu_init, &l.loop_cond, &l.loop_step, &l.result] {
                collect(part, out);
            }
        }
        _ => {}
    }
}

fn pair<'t>(
    name: &IdedExpr,
    value: &'t IdedExpr,
    entry: bool,
    out: &mut impl FnMut(String, String, bool, &'t IdedExpr),
) {
    let Some(name) = path(name) else { return };
    let words = match &value.expr {
        Node::List(list) => list.elements.as_slice(),
        _ => std::slice::from_ref(value),
    };
    for word in words {
        if let Node::Literal(LiteralValue::String(text)) = &word.expr {
            out(name.clone(), text.inner().to_owned(), entry, word);
        }
    }
}

fn path(node: &IdedExpr) -> Option<String> {
    match &node.expr {
        Node::Ident(name) => Some(name.clone()),
        Node::Select(select) if !select.test => Some(format!("{}.{}", path(&select.operand)?, select.field)),
        // Functions that yield one of a few words.
        Node::Call(call) if ["weekday", "quiet_day", "holiday"].contains(&call.func_name.as_str()) => {
            Some(format!("{}(…)", call.func_name))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_on_either_side_and_in_lists() {
        let expr = crate::rules::compile(
            "regime == 'permit' || ('ü' != answers.a.b && answers.c in ['x', 'y'] && 'z' in answers.d)",
        )
        .unwrap();
        let found: Vec<_> = comparisons(&expr)
            .into_iter()
            .map(|c| (c.name, c.word, c.entry, c.offset))
            .collect();
        let of = |name: &str, word: &str, offset| (name.to_owned(), word.to_owned(), word == "z", offset);
        assert_eq!(
            found,
            [
                of("regime", "permit", 10),
                of("answers.a.b", "ü", 23),
                of("answers.c", "x", 59),
                of("answers.c", "y", 64),
                of("answers.d", "z", 72)
            ]
        );
        assert!(comparisons(&crate::rules::compile("answers.a > 3").unwrap()).is_empty());
    }
}
