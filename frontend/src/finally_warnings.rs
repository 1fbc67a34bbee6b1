//! Warns of `return`, `break` and `continue` that leave a `finally` block (PEP 765).

use crate::ast::{Span, Stmt, StmtKind};
use crate::diagnostic::Warning;

/// Where a statement stands.
#[derive(Clone, Copy, Default)]
struct Place {
    in_finally: bool,
    /// In a loop that is inside the `finally` block.
    in_loop: bool,
}

/// Collects the warnings of a module's statements, in order.
pub fn collect(body: &[Stmt], warnings: &mut Vec<Warning>) {
    statements(body, Place::default(), warnings);
}

fn warn(what: &str, span: Span, warnings: &mut Vec<Warning>) {
    warnings.push(Warning { message: format!("'{what}' in a 'finally' block"), span });
}

fn statements(body: &[Stmt], place: Place, warnings: &mut Vec<Warning>) {
    for stmt in body {
        statement(stmt, place, warnings);
    }
}

fn statement(stmt: &Stmt, place: Place, warnings: &mut Vec<Warning>) {
    let in_loop = Place { in_loop: true, ..place };
    match &stmt.kind {
        StmtKind::Return { .. } if place.in_finally => warn("return", stmt.span, warnings),
        StmtKind::Break if place.in_finally && !place.in_loop => warn("break", stmt.span, warnings),
        StmtKind::Continue if place.in_finally && !place.in_loop => warn("continue", stmt.span, warnings),
        StmtKind::FunctionDef(def) | StmtKind::AsyncFunctionDef(def) => {
            statements(&def.body, Place::default(), warnings);
        }
        StmtKind::ClassDef(def) => statements(&def.body, place, warnings),
        StmtKind::For(def) | StmtKind::AsyncFor(def) => {
            statements(&def.body, in_loop, warnings);
            statements(&def.orelse, place, warnings);
        }
        StmtKind::While { body, orelse, .. } => {
            statements(body, in_loop, warnings);
            statements(orelse, place, warnings);
        }
        StmtKind::If { .. } => if_chain(stmt, place, warnings),
        StmtKind::With(def) | StmtKind::AsyncWith(def) => statements(&def.body, place, warnings),
        StmtKind::Match { cases, .. } => {
            for case in cases {
                statements(&case.body, place, warnings);
            }
        }
        StmtKind::Try(def) | StmtKind::TryStar(def) => {
            statements(&def.body, place, warnings);
            for handler in &def.handlers {
                statements(&handler.body, place, warnings);
            }
            statements(&def.orelse, place, warnings);
            statements(&def.finalbody, Place { in_finally: true, in_loop: false }, warnings);
        }
        _ => {}
    }
}

/// `if` with all its `elif`s, without recursion.
fn if_chain(stmt: &Stmt, place: Place, warnings: &mut Vec<Warning>) {
    let mut stmt = stmt;
    while let StmtKind::If { body, orelse, .. } = &stmt.kind {
        statements(body, place, warnings);
        match &orelse[..] {
            [next @ Stmt { kind: StmtKind::If { .. }, .. }] => stmt = next,
            _ => return statements(orelse, place, warnings),
        }
    }
}
