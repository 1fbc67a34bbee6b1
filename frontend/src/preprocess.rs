//! What `ast.parse(..., optimize=n)` does to a tree: `__debug__` becomes a constant, docstrings go (level 2), `%`
//! formatting of a tuple becomes an f-string, and the numbers of patterns are computed.
//!
//! Compiling to code does the same on its way, from an untouched tree.

use ir::opcode::BinaryOperator;
use ir::wtf8::Wtf8;

use crate::ast::*;
use crate::codegen::{Piece, docstring, percent_format};
use crate::fold::{self, Unary};

/// Rewrites a tree in place.
pub fn tree(tree: &mut Mod, optimize: u8) {
    let pass = Pass { optimize };
    match tree {
        Mod::Module { body, .. } => pass.documented(body),
        Mod::Interactive { body } => pass.body(body),
        Mod::Expression { body } => pass.expr(body),
        Mod::FunctionType { .. } => {}
    }
}

struct Pass {
    optimize: u8,
}

impl Pass {
    /// A body that may start with a docstring.
    fn documented(&self, body: &mut Vec<Stmt>) {
        if self.optimize >= 2 && docstring(body).is_some() {
            let span = body.remove(0).span;
            if body.is_empty() {
                let end_col_offset = span.col_offset + "pass".len() as u32;
                let span = Span { end_lineno: span.lineno, end_col_offset, ..span };
                body.push(Stmt { kind: StmtKind::Pass, span });
            }
        }
        self.body(body);
    }

    fn body(&self, body: &mut [Stmt]) {
        body.iter_mut().for_each(|stmt| self.stmt(stmt));
    }

    fn exprs(&self, exprs: &mut [Expr]) {
        exprs.iter_mut().for_each(|expr| self.expr(expr));
    }

    fn optional(&self, expr: &mut Option<Box<Expr>>) {
        if let Some(expr) = expr {
            self.expr(expr);
        }
    }

    fn keywords(&self, keywords: &mut [Keyword]) {
        keywords.iter_mut().for_each(|keyword| self.expr(&mut keyword.value));
    }

    fn args<'a>(&self, args: impl IntoIterator<Item = &'a mut Arg>) {
        args.into_iter().for_each(|arg| self.optional(&mut arg.annotation));
    }

    fn arguments(&self, arguments: &mut Arguments) {
        self.args(&mut arguments.posonlyargs);
        self.args(&mut arguments.args);
        self.args(arguments.vararg.as_deref_mut());
        self.args(&mut arguments.kwonlyargs);
        self.args(arguments.kwarg.as_deref_mut());
        self.exprs(&mut arguments.defaults);
        arguments.kw_defaults.iter_mut().flatten().for_each(|default| self.expr(default));
    }

    fn type_params(&self, params: &mut [TypeParam]) {
        for param in params {
            match &mut param.kind {
                TypeParamKind::TypeVar { bound, default_value, .. } => {
                    self.optional(bound);
                    self.optional(default_value);
                }
                TypeParamKind::ParamSpec { default_value, .. }
                | TypeParamKind::TypeVarTuple { default_value, .. } => self.optional(default_value),
            }
        }
    }

    fn comprehensions(&self, generators: &mut [Comprehension]) {
        for generator in generators {
            self.expr(&mut generator.target);
            self.expr(&mut generator.iter);
            self.exprs(&mut generator.ifs);
        }
    }

    fn stmt(&self, stmt: &mut Stmt) {
        match &mut stmt.kind {
            StmtKind::FunctionDef(def) | StmtKind::AsyncFunctionDef(def) => {
                self.type_params(&mut def.type_params);
                self.arguments(&mut def.args);
                self.documented(&mut def.body);
                self.exprs(&mut def.decorator_list);
                if let Some(returns) = &mut def.returns {
                    self.expr(returns);
                }
            }
            StmtKind::ClassDef(def) => {
                self.type_params(&mut def.type_params);
                self.exprs(&mut def.bases);
                self.keywords(&mut def.keywords);
                self.documented(&mut def.body);
                self.exprs(&mut def.decorator_list);
            }
            StmtKind::Return { value } => self.optional(value),
            StmtKind::Delete { targets } => self.exprs(targets),
            StmtKind::Assign { targets, value, .. } => {
                self.exprs(targets);
                self.expr(value);
            }
            StmtKind::TypeAlias { name, type_params, value } => {
                self.expr(name);
                self.type_params(type_params);
                self.expr(value);
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.expr(target);
                self.expr(value);
            }
            StmtKind::AnnAssign { target, annotation, value, .. } => {
                self.expr(target);
                self.expr(annotation);
                self.optional(value);
            }
            StmtKind::For(node) | StmtKind::AsyncFor(node) => {
                self.expr(&mut node.target);
                self.expr(&mut node.iter);
                self.body(&mut node.body);
                self.body(&mut node.orelse);
            }
            StmtKind::While { test, body, orelse } | StmtKind::If { test, body, orelse } => {
                self.expr(test);
                self.body(body);
                self.body(orelse);
            }
            StmtKind::With(node) | StmtKind::AsyncWith(node) => {
                for item in &mut node.items {
                    self.expr(&mut item.context_expr);
                    if let Some(target) = &mut item.optional_vars {
                        self.expr(target);
                    }
                }
                self.body(&mut node.body);
            }
            StmtKind::Match { subject, cases } => {
                self.expr(subject);
                for case in cases {
                    self.pattern(&mut case.pattern);
                    if let Some(guard) = &mut case.guard {
                        self.expr(guard);
                    }
                    self.body(&mut case.body);
                }
            }
            StmtKind::Raise { exc, cause } => {
                self.optional(exc);
                self.optional(cause);
            }
            StmtKind::Try(node) | StmtKind::TryStar(node) => {
                self.body(&mut node.body);
                for handler in &mut node.handlers {
                    self.optional(&mut handler.r#type);
                    self.body(&mut handler.body);
                }
                self.body(&mut node.orelse);
                self.body(&mut node.finalbody);
            }
            StmtKind::Assert { test, msg } => {
                self.expr(test);
                self.optional(msg);
            }
            StmtKind::Expr { value } => self.expr(value),
            StmtKind::Import { .. }
            | StmtKind::ImportFrom { .. }
            | StmtKind::Global { .. }
            | StmtKind::Nonlocal { .. }
            | StmtKind::Pass
            | StmtKind::Break
            | StmtKind::Continue => {}
        }
    }

    fn expr(&self, expr: &mut Expr) {
        match &mut expr.kind {
            ExprKind::BoolOp { values, .. }
            | ExprKind::JoinedStr { values }
            | ExprKind::TemplateStr { values } => self.exprs(values),
            ExprKind::NamedExpr { value, .. } => self.expr(value),
            ExprKind::BinOp { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::UnaryOp { operand, .. } => self.expr(operand),
            ExprKind::Lambda { args, body } => {
                self.arguments(args);
                self.expr(body);
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expr(test);
                self.expr(body);
                self.expr(orelse);
            }
            ExprKind::Dict { keys, values } => {
                keys.iter_mut().flatten().for_each(|key| self.expr(key));
                self.exprs(values);
            }
            ExprKind::Set { elts } | ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => {
                self.exprs(elts)
            }
            ExprKind::ListComp { elt, generators }
            | ExprKind::SetComp { elt, generators }
            | ExprKind::GeneratorExp { elt, generators } => {
                self.expr(elt);
                self.comprehensions(generators);
            }
            ExprKind::DictComp { key, value, generators } => {
                self.expr(key);
                self.expr(value);
                self.comprehensions(generators);
            }
            ExprKind::Yield { value } => self.optional(value),
            ExprKind::Await { value }
            | ExprKind::YieldFrom { value }
            | ExprKind::Attribute { value, .. }
            | ExprKind::Starred { value, .. } => self.expr(value),
            ExprKind::Compare { left, comparators, .. } => {
                self.expr(left);
                self.exprs(comparators);
            }
            ExprKind::Call { func, args, keywords } => {
                self.expr(func);
                self.exprs(args);
                self.keywords(keywords);
            }
            ExprKind::FormattedValue { value, format_spec, .. }
            | ExprKind::Interpolation { value, format_spec, .. } => {
                self.expr(value);
                self.optional(format_spec);
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(value);
                self.expr(slice);
            }
            ExprKind::Slice { lower, upper, step } => {
                self.optional(lower);
                self.optional(upper);
                self.optional(step);
            }
            ExprKind::Constant { .. } | ExprKind::Name { .. } => {}
        }
        self.replace(expr);
    }

    fn replace(&self, expr: &mut Expr) {
        let new = match &expr.kind {
            ExprKind::Name { id, ctx: ExprContext::Load } if id.as_str() == "__debug__" => {
                constant(Const::bool(self.optimize == 0))
            }
            ExprKind::BinOp { left, op: Operator::Mod, right } => match format(left, right) {
                Some(values) => ExprKind::JoinedStr { values },
                None => return,
            },
            _ => return,
        };
        expr.kind = new;
    }

    fn pattern(&self, pattern: &mut Pattern) {
        match &mut pattern.kind {
            PatternKind::MatchValue { value } => fold_number(value),
            PatternKind::MatchMapping { keys, patterns, .. } => {
                keys.iter_mut().for_each(fold_number);
                patterns.iter_mut().for_each(|p| self.pattern(p));
            }
            PatternKind::MatchClass { cls, patterns, kwd_patterns, .. } => {
                self.expr(cls);
                patterns.iter_mut().chain(kwd_patterns).for_each(|p| self.pattern(p));
            }
            PatternKind::MatchSequence { patterns } | PatternKind::MatchOr { patterns } => {
                patterns.iter_mut().for_each(|p| self.pattern(p));
            }
            PatternKind::MatchAs { pattern: Some(inner), .. } => self.pattern(inner),
            PatternKind::MatchAs { .. }
            | PatternKind::MatchSingleton { .. }
            | PatternKind::MatchStar { .. } => {}
        }
    }
}

fn constant(value: Const) -> ExprKind {
    ExprKind::Constant { value, kind: None }
}

/// A string that stands nowhere in the source.
fn artificial(text: Wtf8) -> Expr {
    const NOWHERE: u32 = -1i32 as u32;
    let span = Span { lineno: NOWHERE, col_offset: NOWHERE, end_lineno: NOWHERE, end_col_offset: NOWHERE };
    Expr { kind: constant(Const::Str(text)), span }
}

/// The values of the f-string for `format % (a, b)`.
fn format(left: &Expr, right: &Expr) -> Option<Vec<Expr>> {
    let (pieces, arguments) = percent_format(left, right)?;
    let mut arguments = arguments.iter();
    let mut values = Vec::with_capacity(pieces.len());
    for piece in pieces {
        values.push(match piece {
            Piece::Literal(text) => artificial(text),
            Piece::Value(conversion, spec) => {
                let value = arguments.next()?.clone();
                let span = value.span;
                let spec = spec.map(|spec| Box::new(artificial(spec.as_str().into())));
                let kind = ExprKind::FormattedValue { value: Box::new(value), conversion, format_spec: spec };
                Expr { kind, span }
            }
        });
    }
    Some(values)
}

/// Computes `-1` and `1 + 2j` in patterns.
fn fold_number(expr: &mut Expr) {
    let folded = match &mut expr.kind {
        ExprKind::UnaryOp { op: UnaryOp::USub, operand } => match &operand.kind {
            ExprKind::Constant { value, .. } => fold::unary(Unary::Negative, value),
            _ => None,
        },
        ExprKind::BinOp { left, op, right } => {
            fold_number(left);
            let operator = match op {
                Operator::Add => BinaryOperator::NB_ADD,
                Operator::Sub => BinaryOperator::NB_SUBTRACT,
                _ => return,
            };
            match (&left.kind, &right.kind) {
                (ExprKind::Constant { value: a, .. }, ExprKind::Constant { value: b, .. }) => {
                    fold::binary(operator as u32, a, b)
                }
                _ => None,
            }
        }
        _ => None,
    };
    if let Some(value) = folded {
        expr.kind = constant(value);
    }
}
