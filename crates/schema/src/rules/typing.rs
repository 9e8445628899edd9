//! The static check of types: `answers.event.guests >= 'abc'` compiles, and fails for everyone who fills in the form.
//! Types of names come from whoever knows what a service declares; a name of unknown type is let through.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr as Node, LiteralValue, SourceInfo, operators};

use super::compile::offset_in;
use super::misfit::{is_name, never_equal, written};
use super::names::chain;
use super::types::Type;
use crate::Expr;

/// What does not fit, and the character at which it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mismatch {
    pub offset: usize,
    /// One German sentence without a full stop.
    pub what: String,
    pub example: Option<String>,
}

/// What a rule must come to.
pub(crate) struct Wanted<'a> {
    /// The key that holds the rule.
    pub key: &'a str,
    pub ty: Type,
    /// Whether it may also come to nothing.
    pub null: bool,
    /// A right rule.
    pub example: &'a str,
}

/// Every part of `expr` that does not fit; `wanted` is none where any value will do. `name` tells the type of a name
/// such as `answers.event.guests`.
pub(crate) fn mismatches(expr: &Expr, wanted: Option<&Wanted<'_>>, name: &dyn Fn(&str) -> Type) -> Vec<Mismatch> {
    let mut typing = Typing {
        info: &expr.tree.source_info,
        name,
        locals: Vec::new(),
        found: Vec::new(),
    };
    match wanted {
        Some(wanted) => typing.result(&expr.tree.expression, wanted),
        None => drop(typing.of(&expr.tree.expression)),
    }
    typing.found
}

pub(super) struct Typing<'t> {
    info: &'t SourceInfo,
    name: &'t dyn Fn(&str) -> Type,
    /// Loop variables and accumulators in force.
    locals: Vec<(&'t str, Type)>,
    found: Vec<Mismatch>,
}

impl<'t> Typing<'t> {
    pub(super) fn say(&mut self, node: &IdedExpr, what: String, example: Option<String>) {
        let offset = self.start(node).unwrap_or(0);
        self.found.push(Mismatch { offset, what, example });
    }

    /// The character at which a part begins; the parser keeps the place of an operator, not of what it joins.
    fn start(&self, node: &IdedExpr) -> Option<usize> {
        let own = self.info.offset_for(node.id).map(|_| offset_in(self.info, node));
        match &node.expr {
            Node::Select(select) => self.start(&select.operand).or(own),
            Node::Comprehension(l) => self.start(&l.iter_range).or(own),
            Node::Call(call) => match (&call.target, call.args.first()) {
                (Some(target), _) => self.start(target).or(own),
                // The parser gives the place of the bracket after a function's name.
                (None, _) if is_name(&call.func_name) => own.map(|at| at.saturating_sub(call.func_name.len())),
                (None, Some(first)) if call.args.len() > 1 => self.start(first).or(own),
                _ => own,
            },
            _ => own,
        }
    }

    /// The whole rule, or one of the branches it chooses from.
    fn result(&mut self, node: &'t IdedExpr, wanted: &Wanted<'_>) {
        if let Some([condition, then, otherwise]) = branches(node) {
            self.yes_or_no(condition);
            self.result(then, wanted);
            return self.result(otherwise, wanted);
        }
        let before = self.found.len();
        let got = self.of(node);
        let right = match &got {
            Type::Null => wanted.null,
            Type::Decimal => wanted.ty == Type::Decimal,
            got => got.meets(&wanted.ty),
        };
        if !right && self.found.len() == before {
            let what = format!(
                "„{}“ muss {} ergeben, nicht {}",
                wanted.key,
                wanted.ty.needed(),
                got.needed()
            );
            self.say(node, what, Some(wanted.example.to_owned()));
        }
    }

    /// A condition: an operand of `&&`, `||`, `!`, `?:`, or what a loop asks of each entry.
    fn yes_or_no(&mut self, node: &'t IdedExpr) {
        if let Some([condition, then, otherwise]) = branches(node) {
            [condition, then, otherwise].into_iter().for_each(|n| self.yes_or_no(n));
            return;
        }
        let got = self.of(node);
        if !matches!(got, Type::Bool | Type::Open) {
            let what = match written(node) {
                Some(name) => format!("„{name}“ ist {}; hier muss ja oder nein stehen", got.noun()),
                None => format!("Hier muss ja oder nein stehen, nicht {}", got.noun()),
            };
            let example = written(node).and_then(|name| got.example(&name));
            self.say(node, what, example);
        }
    }

    /// The type of a part; what does not fit in it is noted.
    pub(super) fn of(&mut self, node: &'t IdedExpr) -> Type {
        if let Some((Node::Ident(root), path)) = chain(node).map(|(root, path)| (&root.expr, path)) {
            let local = self.locals.iter().rev().find(|(name, _)| name == root);
            return match local {
                Some((_, ty)) if path.is_empty() => ty.clone(),
                Some((_, ty)) => path.split('.').fold(ty.clone(), |ty, part| ty.part(part)),
                None if path.is_empty() => (self.name)(root),
                None => (self.name)(&format!("{root}.{path}")),
            };
        }
        match &node.expr {
            Node::Literal(literal) => match literal {
                LiteralValue::Boolean(_) => Type::Bool,
                LiteralValue::Int(_) => Type::Number,
                LiteralValue::Double(_) => Type::Decimal,
                LiteralValue::Null => Type::Null,
                LiteralValue::String(text) => Type::of_text(text.inner()),
                _ => Type::Open,
            },
            Node::List(list) => {
                let each = list.elements.iter().map(|element| self.of(element));
                Type::list(each.collect::<Vec<_>>().into_iter().fold(Type::Open, Type::or))
            }
            Node::Map(map) => {
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(e) = &entry.expr {
                        self.of(&e.key);
                        self.of(&e.value);
                    }
                }
                Type::Open
            }
            Node::Select(select) => self.of(&select.operand).part(&select.field),
            Node::Comprehension(l) => self.loop_over(l),
            Node::Call(call) => self.call(node, call),
            _ => Type::Open,
        }
    }

    fn loop_over(&mut self, l: &'t ComprehensionExpr) -> Type {
        let item = match self.of(&l.iter_range) {
            Type::List(item) => *item,
            Type::Open | Type::Record(_) => Type::Open,
            other => {
                let what = format!("Eine Schleife läuft über eine Liste, nicht über {}", other.needed());
                self.say(&l.iter_range, what, None);
                Type::Open
            }
        };
        let start = self.of(&l.accu_init);
        let before = self.locals.len();
        self.locals.push((&l.iter_var, item));
        self.locals.push((&l.accu_var, start.clone()));
        self.of(&l.loop_cond);
        let grown = start.or(self.of(&l.loop_step));
        if let Some(accumulator) = self.locals.last_mut() {
            accumulator.1 = grown;
        }
        let result = self.of(&l.result);
        self.locals.truncate(before);
        result
    }

    fn call(&mut self, node: &'t IdedExpr, call: &'t CallExpr) -> Type {
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT, args) => {
                args.iter().for_each(|arg| self.yes_or_no(arg));
                Type::Bool
            }
            (operators::CONDITIONAL, [condition, then, otherwise]) => {
                self.yes_or_no(condition);
                self.of(then).or(self.of(otherwise))
            }
            (operators::EQUALS | operators::NOT_EQUALS, [left, right]) => {
                let types = (self.of(left), self.of(right));
                if !types.0.meets(&types.1) || never_equal(left, &types.0, right, &types.1) {
                    self.cannot_compare((left, &types.0), (right, &types.1));
                }
                Type::Bool
            }
            (
                operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS,
                [left, right],
            ) => {
                let types = (self.of(left), self.of(right));
                let ordered = |ty: &Type| !matches!(ty, Type::Null | Type::List(_) | Type::Record(_));
                if !ordered(&types.0)
                    || !ordered(&types.1)
                    || !types.0.meets(&types.1)
                    || never_equal(left, &types.0, right, &types.1)
                {
                    self.cannot_compare((left, &types.0), (right, &types.1));
                }
                Type::Bool
            }
            (operators::IN, [left, right]) => {
                let types = (self.of(left), self.of(right));
                self.is_in((left, &types.0), (right, &types.1));
                Type::Bool
            }
            (operators::ADD, [left, right]) => {
                let (a, b) = (self.of(left), self.of(right));
                match (&a, &b) {
                    (Type::Open, _) | (_, Type::Open) => Type::Open,
                    (a, b) if a.is_text() && b.is_text() => Type::Text,
                    (a, b) if a.is_number() && b.is_number() => a.clone().or(b.clone()),
                    (Type::List(_), Type::List(_)) => a.or(b),
                    _ => self.cannot_reckon(node, "+", &a, &b),
                }
            }
            (
                operator @ (operators::SUBSTRACT | operators::MULTIPLY | operators::DIVIDE | operators::MODULO),
                [left, right],
            ) => {
                let (a, b) = (self.of(left), self.of(right));
                let sign = operator.trim_matches('_');
                match (&a, &b) {
                    (a, b) if a.is_number() && b.is_number() => a.clone().or(b.clone()),
                    (a, b) if [a, b].into_iter().all(|ty| *ty == Type::Open || ty.is_number()) => Type::Open,
                    _ => self.cannot_reckon(node, sign, &a, &b),
                }
            }
            (operators::NEGATE, [one]) => {
                let ty = self.of(one);
                if ty != Type::Open && !ty.is_number() {
                    self.say(
                        one,
                        format!("Ein Minus steht vor einer Zahl, nicht vor {}", ty.with()),
                        None,
                    );
                }
                ty
            }
            (operators::INDEX, [of, index]) => {
                self.of(index);
                match self.of(of) {
                    Type::List(item) => *item,
                    _ => Type::Open,
                }
            }
            (name, args) => {
                let target = call.target.as_deref();
                let given: Vec<&'t IdedExpr> = target.into_iter().chain(args).collect();
                self.function(node, name, &given, target.is_some())
            }
        }
    }
}

/// Condition and branches of `a ? b : c`.
fn branches(node: &IdedExpr) -> Option<[&IdedExpr; 3]> {
    match &node.expr {
        Node::Call(call) if call.func_name == operators::CONDITIONAL => match call.args.as_slice() {
            [condition, then, otherwise] => Some([condition, then, otherwise]),
            _ => None,
        },
        _ => None,
    }
}
