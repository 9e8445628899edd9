//! Source → tree, within limits that keep stack, memory and time of a rule small whatever an author writes.

use std::sync::{Arc, LazyLock};

use cel::common::ast::{EntryExpr, Expr as Node, LiteralValue, SourceInfo, operators};
use cel::{Env, IdedExpr};

use super::{ROOTS, Tree};
use crate::Expr;

/// Longest source, in characters.
pub const MAX_CHARS: usize = 2_000;
/// Deepest nesting of brackets and loops that the parser follows.
const MAX_RECURSION: u16 = 24;
/// Deepest tree: evaluation recurses once per level on the caller's stack.
const MAX_DEPTH: usize = 64;
const MAX_NODES: usize = 500;
/// Loops in one rule, in a row or apart; none stands inside another.
const MAX_LOOPS: usize = 3;
/// How often a chain of loops may copy an element: `x.map(a, a + a)` doubles, and twice in a row quadruples.
const MAX_GROWTH: usize = 64;
/// The parser needs more than 100 KiB of stack per bracket when it is built without optimisation.
const PARSER_STACK: usize = 64 << 20;

pub(super) static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib().with_optional_support(false)));

/// Why a text is no rule. `offset` counts characters from the start of the expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CompileError {
    pub message: String,
    pub offset: usize,
}

impl CompileError {
    fn new(offset: usize, message: impl Into<String>) -> Self {
        CompileError {
            message: message.into(),
            offset,
        }
    }
}

/// Parses `source` and holds it to the limits. Names are not checked here: see [`super::references`].
pub fn compile(source: &str) -> Result<Expr, CompileError> {
    if source.trim().is_empty() {
        return Err(CompileError::new(0, "Hier fehlt ein Ausdruck."));
    }
    let chars = source.chars().count();
    if chars > MAX_CHARS {
        return Err(CompileError::new(
            MAX_CHARS,
            format!("Der Ausdruck hat {chars} Zeichen. Erlaubt sind {MAX_CHARS}."),
        ));
    }
    // A thread of its own for the stack only: parser, limits and the dropping of a refused tree all recurse.
    let tree = std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(PARSER_STACK)
            .spawn_scoped(scope, || parse(source))
            .map_err(|e| CompileError::new(0, format!("Der Ausdruck konnte nicht gelesen werden: {e}.")))?
            .join()
            .unwrap_or_else(|_| Err(CompileError::new(0, "Der Ausdruck konnte nicht gelesen werden.")))
    })?;
    Ok(Expr {
        source: source.to_owned(),
        tree: Arc::new(tree),
    })
}

fn parse(source: &str) -> Result<Tree, CompileError> {
    let parser = ENV.parser().max_recursion_depth(MAX_RECURSION);
    let (expression, source_info) = parser.parse_with_source_info(source).map_err(|all| {
        let first = all.errors.first();
        let offset = first.map_or(0, |e| offset_of(source, e.pos));
        let what = first.map_or("", |e| e.msg.as_str());
        if all.errors.iter().any(|e| e.msg.contains("Recursion limit")) {
            return CompileError::new(
                offset,
                format!("Der Ausdruck ist tiefer geschachtelt als {MAX_RECURSION} Stufen."),
            );
        }
        CompileError::new(offset, words(what))
    })?;
    let calls_ours = Walk {
        info: &source_info,
        nodes: 0,
        loops: 0,
        calls_ours: false,
    }
    .check(&expression)?;
    let names = super::names::find(&expression, &source_info);
    Ok(Tree {
        expression,
        names,
        source_info: Arc::new(source_info),
        calls_ours,
    })
}

/// The parser's English message in our words: they name the token, in quotes.
fn words(message: &str) -> String {
    let token = message.split('\'').nth(1).unwrap_or_default().trim();
    match token {
        "<EOF>" => "Der Ausdruck ist nicht zu Ende.".to_owned(),
        "" => "Der Ausdruck ist hier nicht zu lesen.".to_owned(),
        token => format!("„{token}“ passt hier nicht."),
    }
}

/// Characters from the start for a line and column, both from 1.
fn offset_of(source: &str, (line, column): (isize, isize)) -> usize {
    let before = source
        .split_inclusive('\n')
        .take(usize::try_from(line - 1).unwrap_or(0));
    let chars: usize = before.map(|l| l.chars().count()).sum();
    chars + usize::try_from(column - 1).unwrap_or(0)
}

/// Characters before a node. The parser counts bytes.
pub(super) fn offset_in(info: &SourceInfo, node: &IdedExpr) -> usize {
    let bytes = info.offset_for(node.id).map_or(0, |(start, _)| start as usize);
    info.source.char_indices().take_while(|(at, _)| *at < bytes).count()
}

/// What surrounds a node while walking.
#[derive(Clone, Copy)]
struct Place {
    depth: usize,
    in_loop: bool,
    /// Growth of the loops that run over this node's value.
    growth: usize,
}

struct Walk<'t> {
    info: &'t SourceInfo,
    nodes: usize,
    loops: usize,
    calls_ours: bool,
}

impl Walk<'_> {
    /// Refuses a tree beyond the limits; says whether it calls a function of ours.
    fn check(mut self, root: &IdedExpr) -> Result<bool, CompileError> {
        self.node(
            root,
            Place {
                depth: 1,
                in_loop: false,
                growth: 1,
            },
        )?;
        Ok(self.calls_ours)
    }

    fn fail<T>(&self, node: &IdedExpr, message: impl Into<String>) -> Result<T, CompileError> {
        Err(CompileError::new(offset_in(self.info, node), message))
    }

    fn node(&mut self, node: &IdedExpr, at: Place) -> Result<(), CompileError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return self.fail(
                node,
                format!("Der Ausdruck hat mehr als {MAX_NODES} Teile. Teilen Sie die Regel."),
            );
        }
        if at.depth > MAX_DEPTH {
            return self.fail(
                node,
                format!("Der Ausdruck ist tiefer als {MAX_DEPTH} Stufen. Teilen Sie die Regel."),
            );
        }
        let below = Place {
            depth: at.depth + 1,
            growth: 1,
            ..at
        };
        match &node.expr {
            Node::Ident(name) if matches!(name.as_str(), "answers" | "params" | "law") => self.fail(
                node,
                format!("Nach „{name}“ fehlt ein Name. Beispiel: {name}.club.name"),
            ),
            Node::Ident(_) => Ok(()),
            Node::Literal(LiteralValue::UInt(_)) => {
                self.fail(node, "Zahlen mit u gibt es hier nicht. Schreiben Sie die Zahl ohne u.")
            }
            Node::Literal(LiteralValue::Bytes(_)) => {
                self.fail(node, "Bytes gibt es hier nicht. Schreiben Sie einen Text.")
            }
            Node::Literal(_) => Ok(()),
            Node::Select(select) if select.test => self.fail(
                node,
                "has(…) ist hier immer wahr, denn jede Antwort ist da. Schreiben Sie: answers.x.y != null",
            ),
            // `answers.fire` is the named root, not a bare `answers`.
            Node::Select(select) if matches!(&select.operand.expr, Node::Ident(_)) => {
                self.nodes += 1;
                Ok(())
            }
            Node::Select(select) => self.node(&select.operand, below),
            Node::Call(call) => {
                let own = [
                    "days_between",
                    "weekday",
                    "minutes",
                    "add_days",
                    "add_months",
                    "quiet_day",
                    "holiday",
                ];
                self.calls_ours |= own.contains(&call.func_name.as_str());
                if call.func_name == "matches" && !matches!(call.args.last(), Some(a) if is_text(a)) {
                    return self.fail(node, "matches(…) braucht ein festes Muster in Anführungszeichen.");
                }
                if [operators::OPT_SELECT, operators::OPT_INDEX].contains(&call.func_name.as_str()) {
                    return self.fail(node, "„?.“ gibt es hier nicht. Schreiben Sie: answers.x.y != null");
                }
                call.target.iter().try_for_each(|target| self.node(target, below))?;
                call.args.iter().try_for_each(|arg| self.node(arg, below))
            }
            Node::List(list) => list.elements.iter().try_for_each(|element| self.node(element, below)),
            Node::Map(map) => map.entries.iter().try_for_each(|entry| match &entry.expr {
                EntryExpr::MapEntry(e) => self.node(&e.key, below).and_then(|()| self.node(&e.value, below)),
                EntryExpr::StructField(field) => self.node(&field.value, below),
            }),
            Node::Comprehension(l) => {
                self.loops += 1;
                if at.in_loop {
                    return self.fail(node, "Eine Schleife darf keine zweite enthalten. Teilen Sie die Regel.");
                }
                if self.loops > MAX_LOOPS {
                    return self.fail(node, format!("Eine Regel darf höchstens {MAX_LOOPS} Schleifen haben."));
                }
                if ROOTS.contains(&l.iter_var.as_str()) {
                    return self.fail(
                        node,
                        format!("„{}“ ist schon vergeben. Nehmen Sie einen anderen Namen.", l.iter_var),
                    );
                }
                let growth = at.growth.saturating_mul(uses(&l.loop_step, &l.iter_var).max(1));
                if growth > MAX_GROWTH {
                    return self.fail(
                        node,
                        "Diese Schleifen vervielfachen ihren Inhalt zu stark. Teilen Sie die Regel.",
                    );
                }
                self.node(&l.iter_range, Place { growth, ..below })?;
                let inside = Place { in_loop: true, ..below };
                [&l.accu_init, &l.loop_cond, &l.loop_step, &l.result]
                    .into_iter()
                    .try_for_each(|e| self.node(e, inside))
            }
            Node::Struct(_) => self.fail(node, "Eigene Typen gibt es hier nicht."),
            Node::Unspecified => self.fail(node, "Der Ausdruck ist hier nicht zu lesen."),
        }
    }
}

fn is_text(node: &IdedExpr) -> bool {
    matches!(&node.expr, Node::Literal(LiteralValue::String(_)))
}

/// How often `name` stands in `node`.
fn uses(node: &IdedExpr, name: &str) -> usize {
    match &node.expr {
        Node::Ident(ident) => usize::from(ident == name),
        Node::Select(select) => uses(&select.operand, name),
        Node::Call(call) => call
            .target
            .iter()
            .map(|t| uses(t, name))
            .chain(call.args.iter().map(|a| uses(a, name)))
            .sum(),
        Node::List(list) => list.elements.iter().map(|e| uses(e, name)).sum(),
        Node::Map(map) => map
            .entries
            .iter()
            .map(|entry| match &entry.expr {
                EntryExpr::MapEntry(e) => uses(&e.key, name) + uses(&e.value, name),
                EntryExpr::StructField(field) => uses(&field.value, name),
            })
            .sum(),
        Node::Comprehension(l) => [&l.iter_range, &l.accu_init, &l.loop_cond, &l.loop_step, &l.result]
            .into_iter()
            .map(|e| uses(e, name))
            .sum(),
        Node::Literal(_) | Node::Struct(_) | Node::Unspecified => 0,
    }
}
