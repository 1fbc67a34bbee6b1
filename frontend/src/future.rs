//! `from __future__ import ...`: which features a module asks for.

use ir::code::{Const, co_flags};

use crate::ast::{Alias, ExprKind, Mod, Stmt, StmtKind};
use crate::diagnostic::{Result, syntax_error};

/// The features in force and where they were imported.
#[derive(Clone, Copy, Debug, Default)]
pub struct FutureFeatures {
    /// `co_flags` bits.
    pub flags: u32,
    /// The line of the last import of features; 0 if there is none.
    pub last_line: u32,
}

/// Looks for the imports of features at the start of a module.
pub fn features(tree: &Mod) -> Result<FutureFeatures> {
    let (Mod::Module { body, .. } | Mod::Interactive { body }) = tree else {
        return Ok(FutureFeatures::default());
    };
    let mut found = FutureFeatures::default();
    let mut done = false;
    let mut previous_line = 0;
    for (i, stmt) in body.iter().enumerate() {
        if done && stmt.span.lineno > previous_line {
            break;
        }
        previous_line = stmt.span.lineno;
        match future_import(stmt) {
            Some(_) if done => {
                return syntax_error(
                    "from __future__ imports must occur at the beginning of the file",
                    stmt.span,
                );
            }
            Some(names) => {
                for alias in names {
                    found.flags |= feature(alias)?;
                }
                found.last_line = stmt.span.lineno;
            }
            None => done |= i > 0 || !is_string(stmt),
        }
    }
    Ok(found)
}

fn future_import(stmt: &Stmt) -> Option<&[Alias]> {
    match &stmt.kind {
        StmtKind::ImportFrom { module: Some(module), names, level: 0 } if &**module == "__future__" => {
            Some(names)
        }
        _ => None,
    }
}

fn is_string(stmt: &Stmt) -> bool {
    let StmtKind::Expr { value } = &stmt.kind else { return false };
    matches!(value.kind, ExprKind::Constant { value: Const::Str(_), .. })
}

fn feature(alias: &Alias) -> Result<u32> {
    match &*alias.name {
        "nested_scopes" | "generators" | "division" | "absolute_import" | "with_statement"
        | "print_function" | "unicode_literals" | "generator_stop" => Ok(0),
        "barry_as_FLUFL" => Ok(co_flags::FUTURE_BARRY_AS_BDFL),
        "annotations" => Ok(co_flags::FUTURE_ANNOTATIONS),
        "braces" => syntax_error("not a chance", alias.span),
        name => syntax_error(format!("future feature {name} is not defined"), alias.span),
    }
}
