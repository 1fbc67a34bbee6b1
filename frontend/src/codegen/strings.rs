//! f-strings, t-strings, and `%` formats that are as good as f-strings.

use ir::code::Const;
use ir::locations::Location;
use ir::opcode::Opcode::*;
use ir::wtf8::{Wtf8, Wtf8Builder};

use super::{Compiler, STACK_USE_GUIDELINE, loc};
use crate::ast::*;
use crate::diagnostic::Result;

/// One piece of a `%` format.
pub enum Piece {
    Literal(Wtf8),
    /// Conversion and format specification of an argument.
    Value(Conversion, Option<String>),
}

fn convert_arg(conversion: Conversion) -> u32 {
    match conversion {
        Conversion::None => 0,
        Conversion::Str => 1,
        Conversion::Repr => 2,
        Conversion::Ascii => 3,
    }
}

impl<'t> Compiler<'t> {
    pub(super) fn joined_str(&mut self, at: Location, values: &'t [Expr]) -> Result<()> {
        self.joined(at, values.len(), |compiler, i| compiler.expr(&values[i]))
    }

    /// Joins `count` strings, each pushed by `piece`.
    fn joined(
        &mut self,
        at: Location,
        count: usize,
        mut piece: impl FnMut(&mut Self, usize) -> Result<()>,
    ) -> Result<()> {
        if count > STACK_USE_GUIDELINE {
            self.load_str(at, "");
            let index = self.unit().names.add(&"join".into());
            self.op_arg(at, LOAD_ATTR, (index << 1) | 1);
            self.op_arg(at, BUILD_LIST, 0);
            for i in 0..count {
                piece(self, i)?;
                self.op_arg(at, LIST_APPEND, 1);
            }
            self.op_arg(at, CALL, 1);
            return Ok(());
        }
        for i in 0..count {
            piece(self, i)?;
        }
        match count {
            0 => self.load_str(at, ""),
            1 => {}
            _ => self.op_arg(at, BUILD_STRING, count as u32),
        }
        Ok(())
    }

    pub(super) fn formatted_value(
        &mut self,
        at: Location,
        value: &'t Expr,
        conversion: Conversion,
        spec: Option<&'t Expr>,
    ) -> Result<()> {
        self.expr(value)?;
        if conversion != Conversion::None {
            self.op_arg(at, CONVERT_VALUE, convert_arg(conversion));
        }
        match spec {
            Some(spec) => {
                self.expr(spec)?;
                self.op(at, FORMAT_WITH_SPEC);
            }
            None => self.op(at, FORMAT_SIMPLE),
        }
        Ok(())
    }

    /// Strings and interpolations alternate, beginning and ending with a string.
    pub(super) fn template_str(&mut self, at: Location, values: &'t [Expr]) -> Result<()> {
        let is_interpolation = |value: &Expr| matches!(value.kind, ExprKind::Interpolation { .. });
        let mut strings = 0;
        let mut after_interpolation = true;
        for value in values {
            if !is_interpolation(value) {
                self.expr(value)?;
                strings += 1;
                after_interpolation = false;
            } else {
                if after_interpolation {
                    self.load_str(at, "");
                    strings += 1;
                }
                after_interpolation = true;
            }
        }
        if after_interpolation {
            self.load_str(at, "");
            strings += 1;
        }
        self.op_arg(at, BUILD_TUPLE, strings);
        let mut interpolations = 0;
        for value in values.iter().filter(|value| is_interpolation(value)) {
            self.expr(value)?;
            interpolations += 1;
        }
        self.op_arg(at, BUILD_TUPLE, interpolations);
        self.op(at, BUILD_TEMPLATE);
        Ok(())
    }

    pub(super) fn interpolation(
        &mut self,
        at: Location,
        value: &'t Expr,
        text: &Const,
        conversion: Conversion,
        spec: Option<&'t Expr>,
    ) -> Result<()> {
        self.expr(value)?;
        self.load_const(at, text.clone());
        let mut arg = 2 | (convert_arg(conversion) << 2);
        if let Some(spec) = spec {
            self.expr(spec)?;
            arg |= 1;
        }
        self.op_arg(at, BUILD_INTERPOLATION, arg);
        Ok(())
    }

    /// A `%` format as an f-string.
    pub(super) fn formatted(&mut self, at: Location, pieces: &[Piece], arguments: &'t [Expr]) -> Result<()> {
        let mut arguments = arguments.iter();
        self.joined(at, pieces.len(), |compiler, i| {
            match &pieces[i] {
                Piece::Literal(text) => compiler.load_const(Location::NONE, Const::Str(text.clone())),
                Piece::Value(conversion, spec) => {
                    let Some(argument) = arguments.next() else { return Ok(()) };
                    let value_at = loc(argument.span);
                    compiler.expr(argument)?;
                    compiler.op_arg(value_at, CONVERT_VALUE, convert_arg(*conversion));
                    match spec {
                        Some(spec) => {
                            compiler.load_str(value_at, spec);
                            compiler.op(value_at, FORMAT_WITH_SPEC);
                        }
                        None => compiler.op(value_at, FORMAT_SIMPLE),
                    }
                }
            }
            Ok(())
        })
    }
}

/// Pieces and arguments of `"...%s..." % (a, b)`, if the format is simple enough for an f-string.
pub fn percent_format<'t>(left: &Expr, right: &'t Expr) -> Option<(Vec<Piece>, &'t [Expr])> {
    let ExprKind::Constant { value: Const::Str(format), .. } = &left.kind else { return None };
    let ExprKind::Tuple { elts, .. } = &right.kind else { return None };
    if elts.iter().any(|elt| matches!(elt.kind, ExprKind::Starred { .. })) {
        return None;
    }
    let pieces = parse_percent_format(format)?;
    let values = pieces.iter().filter(|piece| matches!(piece, Piece::Value(..))).count();
    (values == elts.len()).then_some((pieces, elts))
}

/// The pieces of a format that knows `%s`, `%r`, `%a` and `%%` only; widths and precisions have up to two digits.
fn parse_percent_format(format: &Wtf8) -> Option<Vec<Piece>> {
    let points: Vec<u32> = format.code_points().collect();
    let mut pieces = Vec::new();
    let mut literal = Wtf8Builder::new();
    let mut at = 0;
    while at < points.len() {
        if points[at] != u32::from('%') {
            literal.push_code_point(points[at])?;
            at += 1;
            continue;
        }
        at += 1;
        if points.get(at) == Some(&u32::from('%')) {
            literal.push_str("%");
            at += 1;
            continue;
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal).finish()));
        }
        pieces.push(parse_value(&points, &mut at)?);
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal.finish()));
    }
    Some(pieces)
}

fn parse_value(points: &[u32], at: &mut usize) -> Option<Piece> {
    let peek = |at: usize| points.get(at).and_then(|&point| char::from_u32(point));
    let mut left = false;
    while let Some(flag @ ('-' | '+' | ' ' | '#' | '0')) = peek(*at) {
        left |= flag == '-';
        *at += 1;
    }
    let number = |at: &mut usize| {
        let mut digits = String::new();
        while let Some(digit @ '0'..='9') = peek(*at) {
            digits.push(digit);
            *at += 1;
        }
        (digits.len() <= 2).then(|| digits.parse::<u32>().ok())
    };
    let width = number(at)?;
    let mut precision = None;
    if peek(*at) == Some('.') {
        *at += 1;
        precision = Some(number(at)?.unwrap_or(0));
    }
    let conversion = match peek(*at)? {
        's' => Conversion::Str,
        'r' => Conversion::Repr,
        'a' => Conversion::Ascii,
        _ => return None,
    };
    *at += 1;
    let mut spec = String::new();
    if let Some(width) = width {
        if !left && width > 0 {
            spec.push('>');
        }
        spec.push_str(&width.to_string());
    }
    if let Some(precision) = precision {
        spec.push_str(&format!(".{precision}"));
    }
    Some(Piece::Value(conversion, (!spec.is_empty()).then_some(spec)))
}
