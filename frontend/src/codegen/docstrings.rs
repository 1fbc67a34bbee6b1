//! Docstrings, and the `repr` of constants in messages.

use ir::code::Const;
use ir::locations::Location;
use ir::wtf8::Wtf8;

use crate::ast::{ExprKind, Span, Stmt, StmtKind};

/// The tab width of `str.expandtabs`.
const TAB: usize = 8;

/// The string that a body starts with, and its place.
pub fn docstring(body: &[Stmt]) -> Option<(&Wtf8, Span)> {
    let StmtKind::Expr { value } = &body.first()?.kind else { return None };
    let ExprKind::Constant { value: Const::Str(text), .. } = &value.kind else { return None };
    Some((text, value.span))
}

/// Where the `pass` stands that takes the place of a docstring left out, if nothing follows it.
pub fn pass_location(docstring: Span) -> Location {
    let (line, column) = (docstring.lineno as i32, docstring.col_offset as i32);
    Location::line_only(line).with_columns(column, column + "pass".len() as i32)
}

/// A docstring without the indentation that its lines share. The first line only loses its leading blanks.
pub fn clean(docstring: &Wtf8) -> Wtf8 {
    let expanded = expand_tabs(docstring.as_bytes());
    let mut lines = expanded.split(|&byte| byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let indent = |line: &[u8]| line.iter().take_while(|&&byte| byte == b' ').count();
    let margin = lines.clone().filter(|line| indent(line) < line.len()).map(indent).min().unwrap_or(0);
    let mut cleaned = first[indent(first)..].to_vec();
    for line in lines {
        cleaned.push(b'\n');
        cleaned.extend_from_slice(&line[indent(line).min(margin)..]);
    }
    Wtf8::from_bytes(&cleaned).unwrap_or_else(|| docstring.clone())
}

fn expand_tabs(text: &[u8]) -> Vec<u8> {
    let mut expanded = Vec::with_capacity(text.len());
    let mut column = 0;
    for &byte in text {
        match byte {
            b'\t' => {
                let width = TAB - column % TAB;
                expanded.extend(std::iter::repeat_n(b' ', width));
                column += width;
                continue;
            }
            b'\n' | b'\r' => column = 0,
            // Bytes inside a character don't start a column.
            0x80..=0xBF => {}
            _ => column += 1,
        }
        expanded.push(byte);
    }
    expanded
}

/// `repr` of a constant that can be a key in a pattern.
pub fn repr_of_const(value: &Const) -> String {
    super::unparse::constant_text(value).to_string_lossy().into_owned()
}
