//! Expressions back to source text, as `from __future__ import annotations` stores annotations.

use ir::code::Const;
use ir::wtf8::{Wtf8, Wtf8Builder};

use crate::ast::*;
use crate::diagnostic::{Result, StackGuard};

/// Binding strength, weakest first. An operand weaker than its place asks for is put in parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Tuple,
    Test,
    Or,
    And,
    Not,
    Compare,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Arithmetic,
    Term,
    Factor,
    Power,
    Await,
    Atom,
}

use Level::*;

impl Level {
    fn next(self) -> Level {
        const ORDER: [Level; 16] = [
            Tuple, Test, Or, And, Not, Compare, BitOr, BitXor, BitAnd, Shift, Arithmetic, Term, Factor,
            Power, Await, Atom,
        ];
        ORDER[(self as usize + 1).min(ORDER.len() - 1)]
    }
}

/// The text of an expression.
pub fn unparse(expr: &Expr, stack: StackGuard) -> Result<Wtf8> {
    let mut writer = Writer { text: Wtf8Builder::new(), stack };
    writer.expr(expr, Test)?;
    Ok(writer.text.finish())
}

/// `repr` of a constant; infinities are written as overflowing literals.
pub fn constant_text(value: &Const) -> Wtf8 {
    let mut text = Wtf8Builder::new();
    push_constant(&mut text, value);
    text.finish()
}

struct Writer {
    text: Wtf8Builder,
    stack: StackGuard,
}

impl Writer {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn expr(&mut self, expr: &Expr, level: Level) -> Result<()> {
        self.stack.check(expr.span)?;
        let own = own_level(expr);
        let wrapped = own.is_some_and(|own| level > own);
        if wrapped {
            self.push("(");
        }
        self.kind(expr, own.unwrap_or(Atom))?;
        if wrapped {
            self.push(")");
        }
        Ok(())
    }

    fn list(&mut self, list: &[Expr], level: Level) -> Result<()> {
        for (i, item) in list.iter().enumerate() {
            if i > 0 {
                self.push(", ");
            }
            self.expr(item, level)?;
        }
        Ok(())
    }

    fn enclosed(&mut self, brackets: [&str; 2], write: impl FnOnce(&mut Writer) -> Result<()>) -> Result<()> {
        self.push(brackets[0]);
        write(self)?;
        self.push(brackets[1]);
        Ok(())
    }

    fn kind(&mut self, expr: &Expr, own: Level) -> Result<()> {
        match &expr.kind {
            ExprKind::BoolOp { op, values } => {
                for (i, value) in values.iter().enumerate() {
                    if i > 0 {
                        self.push(if *op == BoolOp::And { " and " } else { " or " });
                    }
                    self.expr(value, own.next())?;
                }
                Ok(())
            }
            ExprKind::BinOp { left, op, right } => {
                let to_right = *op == Operator::Pow;
                self.expr(left, if to_right { own.next() } else { own })?;
                self.push(operator_text(*op));
                self.expr(right, if to_right { own } else { own.next() })
            }
            ExprKind::UnaryOp { op, operand } => {
                self.push(match op {
                    UnaryOp::Invert => "~",
                    UnaryOp::Not => "not ",
                    UnaryOp::UAdd => "+",
                    UnaryOp::USub => "-",
                });
                self.expr(operand, own)
            }
            ExprKind::Lambda { args, body } => {
                self.push("lambda");
                self.arguments(args)?;
                self.push(": ");
                self.expr(body, Test)
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expr(body, Test.next())?;
                self.push(" if ");
                self.expr(test, Test.next())?;
                self.push(" else ");
                self.expr(orelse, Test)
            }
            ExprKind::Dict { keys, values } => self.enclosed(["{", "}"], |writer| {
                for (i, (key, value)) in keys.iter().zip(values).enumerate() {
                    if i > 0 {
                        writer.push(", ");
                    }
                    match key {
                        Some(key) => {
                            writer.expr(key, Test)?;
                            writer.push(": ");
                            writer.expr(value, Test)?;
                        }
                        None => {
                            writer.push("**");
                            writer.expr(value, BitOr)?;
                        }
                    }
                }
                Ok(())
            }),
            ExprKind::Set { elts } => self.enclosed(["{", "}"], |writer| writer.list(elts, Test)),
            ExprKind::ListComp { elt, generators } => self.comprehension(["[", "]"], elt, None, generators),
            ExprKind::SetComp { elt, generators } => self.comprehension(["{", "}"], elt, None, generators),
            ExprKind::GeneratorExp { elt, generators } => {
                self.comprehension(["(", ")"], elt, None, generators)
            }
            ExprKind::DictComp { key, value, generators } => {
                self.comprehension(["{", "}"], key, Some(value), generators)
            }
            ExprKind::Yield { value: None } => {
                self.push("(yield)");
                Ok(())
            }
            ExprKind::Yield { value: Some(value) } => {
                self.enclosed(["(yield ", ")"], |w| w.expr(value, Test))
            }
            ExprKind::YieldFrom { value } => self.enclosed(["(yield from ", ")"], |w| w.expr(value, Test)),
            ExprKind::Await { value } => {
                self.push("await ");
                self.expr(value, Atom)
            }
            ExprKind::Compare { left, ops, comparators } => {
                self.expr(left, own.next())?;
                for (op, comparator) in ops.iter().zip(comparators) {
                    self.push(comparison_text(*op));
                    self.expr(comparator, own.next())?;
                }
                Ok(())
            }
            ExprKind::Call { func, args, keywords } => self.call(func, args, keywords),
            ExprKind::JoinedStr { values } | ExprKind::TemplateStr { values } => {
                let prefix = if matches!(expr.kind, ExprKind::JoinedStr { .. }) { "f" } else { "t" };
                let mut body = Writer { text: Wtf8Builder::new(), stack: self.stack };
                values.iter().try_for_each(|value| body.string_part(value))?;
                self.push(prefix);
                push_str_repr(&mut self.text, &body.text.finish());
                Ok(())
            }
            ExprKind::FormattedValue { .. } | ExprKind::Interpolation { .. } => self.string_part(expr),
            ExprKind::Constant { value, kind } => {
                if kind.is_some() {
                    self.push("u");
                }
                push_constant(&mut self.text, value);
                Ok(())
            }
            ExprKind::Attribute { value, attr, .. } => {
                self.expr(value, Atom)?;
                let is_int = matches!(value.kind, ExprKind::Constant { value: Const::Int(_), .. });
                self.push(if is_int { " ." } else { "." });
                self.push(attr);
                Ok(())
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(value, Atom)?;
                self.enclosed(["[", "]"], |writer| writer.expr(slice, Tuple))
            }
            ExprKind::Starred { value, .. } => {
                self.push("*");
                self.expr(value, BitOr)
            }
            ExprKind::Name { id, .. } => {
                self.push(id);
                Ok(())
            }
            ExprKind::List { elts, .. } => self.enclosed(["[", "]"], |writer| writer.list(elts, Test)),
            ExprKind::Tuple { elts, .. } => {
                if elts.is_empty() {
                    self.push("()");
                    return Ok(());
                }
                self.list(elts, Test)?;
                if elts.len() == 1 {
                    self.push(",");
                }
                Ok(())
            }
            ExprKind::Slice { lower, upper, step } => {
                if let Some(lower) = lower {
                    self.expr(lower, Test)?;
                }
                self.push(":");
                if let Some(upper) = upper {
                    self.expr(upper, Test)?;
                }
                if let Some(step) = step {
                    self.push(":");
                    self.expr(step, Test)?;
                }
                Ok(())
            }
            ExprKind::NamedExpr { target, value } => {
                self.expr(target, Atom)?;
                self.push(" := ");
                self.expr(value, Atom)
            }
        }
    }

    fn arguments(&mut self, args: &Arguments) -> Result<()> {
        let mut separator = " ";
        let positional = args.posonlyargs.len() + args.args.len();
        for (i, arg) in args.posonlyargs.iter().chain(&args.args).enumerate() {
            self.push(std::mem::replace(&mut separator, ", "));
            self.push(&arg.arg);
            if let Some(at) = (i + args.defaults.len()).checked_sub(positional) {
                self.push("=");
                self.expr(&args.defaults[at], Test)?;
            }
            if i + 1 == args.posonlyargs.len() {
                self.push(", /");
            }
        }
        if args.vararg.is_some() || !args.kwonlyargs.is_empty() {
            self.push(std::mem::replace(&mut separator, ", "));
            self.push("*");
            if let Some(vararg) = &args.vararg {
                self.push(&vararg.arg);
            }
        }
        for (arg, default) in args.kwonlyargs.iter().zip(&args.kw_defaults) {
            self.push(std::mem::replace(&mut separator, ", "));
            self.push(&arg.arg);
            if let Some(default) = default {
                self.push("=");
                self.expr(default, Test)?;
            }
        }
        if let Some(kwarg) = &args.kwarg {
            self.push(separator);
            self.push("**");
            self.push(&kwarg.arg);
        }
        Ok(())
    }

    fn comprehension(
        &mut self,
        brackets: [&str; 2],
        elt: &Expr,
        value: Option<&Expr>,
        generators: &[Comprehension],
    ) -> Result<()> {
        self.push(brackets[0]);
        self.expr(elt, Test)?;
        if let Some(value) = value {
            self.push(": ");
            self.expr(value, Test)?;
        }
        for generator in generators {
            self.push(if generator.is_async { " async for " } else { " for " });
            self.expr(&generator.target, Tuple)?;
            self.push(" in ");
            self.expr(&generator.iter, Test.next())?;
            for condition in &generator.ifs {
                self.push(" if ");
                self.expr(condition, Test.next())?;
            }
        }
        self.push(brackets[1]);
        Ok(())
    }

    fn call(&mut self, func: &Expr, args: &[Expr], keywords: &[Keyword]) -> Result<()> {
        self.expr(func, Atom)?;
        if let ([generator], []) = (args, keywords)
            && matches!(generator.kind, ExprKind::GeneratorExp { .. })
        {
            return self.expr(generator, Atom);
        }
        self.push("(");
        self.list(args, Test)?;
        for (i, keyword) in keywords.iter().enumerate() {
            if i > 0 || !args.is_empty() {
                self.push(", ");
            }
            match &keyword.arg {
                Some(name) => {
                    self.push(name);
                    self.push("=");
                }
                None => self.push("**"),
            }
            self.expr(&keyword.value, Test)?;
        }
        self.push(")");
        Ok(())
    }

    /// A piece of an f-string, unquoted.
    fn string_part(&mut self, part: &Expr) -> Result<()> {
        match &part.kind {
            ExprKind::Constant { value: Const::Str(text), .. } => {
                for point in text.code_points() {
                    match char::from_u32(point) {
                        Some('{') => self.push("{{"),
                        Some('}') => self.push("}}"),
                        _ => drop(self.text.push_code_point(point)),
                    }
                }
                Ok(())
            }
            ExprKind::JoinedStr { values } => values.iter().try_for_each(|value| self.string_part(value)),
            ExprKind::FormattedValue { value, conversion, format_spec }
            | ExprKind::Interpolation { value, conversion, format_spec, .. } => {
                let inner = {
                    let mut writer = Writer { text: Wtf8Builder::new(), stack: self.stack };
                    writer.expr(value, Test.next())?;
                    writer.text.finish()
                };
                self.push(if inner.as_bytes().first() == Some(&b'{') { "{ " } else { "{" });
                self.text.push(&inner);
                self.push(match conversion {
                    Conversion::None => "",
                    Conversion::Str => "!s",
                    Conversion::Repr => "!r",
                    Conversion::Ascii => "!a",
                });
                if let Some(spec) = format_spec {
                    self.push(":");
                    self.string_part(spec)?;
                }
                self.push("}");
                Ok(())
            }
            _ => self.expr(part, Test),
        }
    }
}

/// How strongly an expression binds; `None` if it never needs parentheses.
fn own_level(expr: &Expr) -> Option<Level> {
    Some(match &expr.kind {
        ExprKind::BoolOp { op: BoolOp::And, .. } => And,
        ExprKind::BoolOp { op: BoolOp::Or, .. } => Or,
        ExprKind::BinOp { op, .. } => match op {
            Operator::Add | Operator::Sub => Arithmetic,
            Operator::Mult | Operator::MatMult | Operator::Div | Operator::Mod | Operator::FloorDiv => Term,
            Operator::LShift | Operator::RShift => Shift,
            Operator::BitOr => BitOr,
            Operator::BitXor => BitXor,
            Operator::BitAnd => BitAnd,
            Operator::Pow => Power,
        },
        ExprKind::UnaryOp { op: UnaryOp::Not, .. } => Not,
        ExprKind::UnaryOp { .. } => Factor,
        ExprKind::Lambda { .. } | ExprKind::IfExp { .. } => Test,
        ExprKind::Compare { .. } => Compare,
        ExprKind::Await { .. } => Await,
        ExprKind::Tuple { elts, .. } if !elts.is_empty() => Tuple,
        ExprKind::NamedExpr { .. } => Tuple,
        _ => return None,
    })
}

fn operator_text(op: Operator) -> &'static str {
    match op {
        Operator::Add => " + ",
        Operator::Sub => " - ",
        Operator::Mult => " * ",
        Operator::MatMult => " @ ",
        Operator::Div => " / ",
        Operator::Mod => " % ",
        Operator::LShift => " << ",
        Operator::RShift => " >> ",
        Operator::BitOr => " | ",
        Operator::BitXor => " ^ ",
        Operator::BitAnd => " & ",
        Operator::FloorDiv => " // ",
        Operator::Pow => " ** ",
    }
}

fn comparison_text(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Eq => " == ",
        CmpOp::NotEq => " != ",
        CmpOp::Lt => " < ",
        CmpOp::LtE => " <= ",
        CmpOp::Gt => " > ",
        CmpOp::GtE => " >= ",
        CmpOp::Is => " is ",
        CmpOp::IsNot => " is not ",
        CmpOp::In => " in ",
        CmpOp::NotIn => " not in ",
    }
}

fn push_constant(text: &mut Wtf8Builder, value: &Const) {
    match value {
        Const::None => text.push_str("None"),
        Const::True => text.push_str("True"),
        Const::False => text.push_str("False"),
        Const::Ellipsis => text.push_str("..."),
        Const::Int(value) => text.push_str(&value.to_string()),
        Const::Float(value) => text.push_str(&float_text(*value, true)),
        Const::Complex(real, imaginary) => {
            let part = |value: f64| float_text(value, false);
            if *real == 0.0 && real.is_sign_positive() {
                text.push_str(&format!("{}j", part(*imaginary)));
            } else {
                let sign = if imaginary.is_sign_negative() { "" } else { "+" };
                text.push_str(&format!("({}{sign}{}j)", part(*real), part(*imaginary)));
            }
        }
        Const::Str(value) => push_str_repr(text, value),
        Const::Bytes(bytes) => text.push_str(&bytes_repr(bytes)),
        Const::Tuple(items) => {
            text.push_str("(");
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    text.push_str(", ");
                }
                push_constant(text, item);
            }
            text.push_str(if items.len() == 1 { ",)" } else { ")" });
        }
        other => text.push_str(&format!("{other:?}")),
    }
}

/// Python's shortest text of a float; an infinity as a literal that overflows.
fn float_text(value: f64, point: bool) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "1e309".into() } else { "-1e309".into() };
    }
    let scientific = nearest(value, format!("{value:e}"));
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..16).contains(&exponent) {
        return format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs());
    }
    let plain = if exponent < 0 { positional(digits, exponent) } else { format!("{value}") };
    if point && !plain.contains('.') { plain + ".0" } else { plain }
}

fn bytes_repr(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut text = format!("b{quote}");
    for &byte in bytes {
        match byte {
            b'\\' => text.push_str("\\\\"),
            b'\t' => text.push_str("\\t"),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b' '..=b'~' if byte as char == quote => {
                text.push('\\');
                text.push(quote);
            }
            b' '..=b'~' => text.push(byte as char),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text.push(quote);
    text
}

fn push_str_repr(text: &mut Wtf8Builder, value: &Wtf8) {
    let bytes = value.as_bytes();
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { "\"" } else { "'" };
    text.push_str(quote);
    for point in value.code_points() {
        match char::from_u32(point) {
            Some('\\') => text.push_str("\\\\"),
            Some('\t') => text.push_str("\\t"),
            Some('\n') => text.push_str("\\n"),
            Some('\r') => text.push_str("\\r"),
            Some(c) if c.is_ascii() && quote.starts_with(c) => {
                text.push_str("\\");
                text.push_str(quote);
            }
            Some(' '..='~') => drop(text.push_code_point(point)),
            Some(_) if point >= 0xa0 && ir::unicode::is_printable(point) => drop(text.push_code_point(point)),
            _ if point < 0x100 => text.push_str(&format!("\\x{point:02x}")),
            _ if point < 0x10000 => text.push_str(&format!("\\u{point:04x}")),
            _ => text.push_str(&format!("\\U{point:08x}")),
        }
    }
    text.push_str(quote);
}

/// Of the shortest texts, the one nearest to the value (a tie goes to the even digit).
fn nearest(value: f64, shortest: String) -> String {
    let mantissa = shortest.split('e').next().unwrap_or_default();
    let decimals = mantissa.split('.').nth(1).map_or(0, str::len);
    let rounded = format!("{value:.decimals$e}");
    if rounded.parse() == Ok(value) { rounded } else { shortest }
}

/// `d.ddd` times ten to a small negative power, without an exponent.
fn positional(digits: &str, exponent: i32) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let zeros = "0".repeat((-exponent - 1).max(0) as usize);
    format!("{sign}0.{zeros}{}", digits.replace('.', ""))
}
