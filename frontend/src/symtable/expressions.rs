//! Expressions: what they do with names, and where they may not stand.

use super::build::Builder;
use super::flags::*;
use super::*;
use crate::ast::*;
use crate::diagnostic::syntax_error;

impl Builder {
    pub(super) fn exprs(&mut self, list: &[Expr]) -> Result<()> {
        list.iter().try_for_each(|expr| self.expr(expr))
    }

    pub(super) fn optional(&mut self, expr: &Option<Box<Expr>>) -> Result<()> {
        self.maybe(expr.as_deref())
    }

    pub(super) fn maybe(&mut self, expr: Option<&Expr>) -> Result<()> {
        expr.map_or(Ok(()), |expr| self.expr(expr))
    }

    pub(super) fn optional_list(&mut self, list: &[Option<Expr>]) -> Result<()> {
        list.iter().flatten().try_for_each(|expr| self.expr(expr))
    }

    pub(super) fn keywords(&mut self, keywords: &[Keyword]) -> Result<()> {
        for keyword in keywords {
            if let Some(arg) = &keyword.arg {
                self.check_name(arg, keyword.span, ExprContext::Store)?;
            }
        }
        keywords.iter().try_for_each(|keyword| self.expr(&keyword.value))
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Result<()> {
        self.stack_guard.check(expr.span)?;
        self.expr_kind(expr)
    }

    /// Long sums lean to the left; they are walked without recursion.
    pub(super) fn binary_op(&mut self, expr: &Expr) -> Result<()> {
        let mut operands = Vec::new();
        let mut leftmost = expr;
        while let ExprKind::BinOp { left, right, .. } = &leftmost.kind {
            operands.push(&**right);
            leftmost = left;
        }
        self.expr(leftmost)?;
        operands.into_iter().rev().try_for_each(|operand| self.expr(operand))
    }

    pub(super) fn expr_kind(&mut self, expr: &Expr) -> Result<()> {
        let span = expr.span;
        match &expr.kind {
            ExprKind::NamedExpr { target, value } => {
                self.refuse_in_evaluator("named expression", span)?;
                self.named_expr(expr, target, value)
            }
            ExprKind::BoolOp { values, .. } => self.exprs(values),
            ExprKind::BinOp { .. } => self.binary_op(expr),
            ExprKind::UnaryOp { operand, .. } => self.expr(operand),
            ExprKind::Lambda { args, body } => {
                self.exprs(&args.defaults)?;
                self.optional_list(&args.kw_defaults)?;
                self.enter("<lambda>".into(), BlockKind::Function, Some((node_key(expr), Part::Body)), span);
                self.parameters(args)?;
                self.expr(body)?;
                self.exit();
                Ok(())
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expr(test)?;
                self.expr(body)?;
                self.expr(orelse)
            }
            ExprKind::Dict { keys, values } => {
                self.optional_list(keys)?;
                self.exprs(values)
            }
            ExprKind::Set { elts } | ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => {
                self.exprs(elts)
            }
            ExprKind::ListComp { elt, generators } => {
                self.comprehension(expr, "<listcomp>", ComprehensionKind::List, generators, elt, None)
            }
            ExprKind::SetComp { elt, generators } => {
                self.comprehension(expr, "<setcomp>", ComprehensionKind::Set, generators, elt, None)
            }
            ExprKind::DictComp { key, value, generators } => {
                self.comprehension(expr, "<dictcomp>", ComprehensionKind::Dict, generators, key, Some(value))
            }
            ExprKind::GeneratorExp { elt, generators } => {
                self.comprehension(expr, "<genexpr>", ComprehensionKind::Generator, generators, elt, None)
            }
            ExprKind::Yield { value } => {
                self.refuse_in_evaluator("yield expression", span)?;
                self.optional(value)?;
                self.yields(span)
            }
            ExprKind::YieldFrom { value } => {
                self.refuse_in_evaluator("yield expression", span)?;
                self.expr(value)?;
                self.yields(span)
            }
            ExprKind::Await { value } => self.await_expr(span, value),
            ExprKind::Compare { left, comparators, .. } => {
                self.expr(left)?;
                self.exprs(comparators)
            }
            ExprKind::Call { func, args, keywords } => {
                self.expr(func)?;
                self.exprs(args)?;
                self.keywords(keywords)
            }
            ExprKind::FormattedValue { value, format_spec, .. }
            | ExprKind::Interpolation { value, format_spec, .. } => {
                self.expr(value)?;
                self.optional(format_spec)
            }
            ExprKind::JoinedStr { values } | ExprKind::TemplateStr { values } => self.exprs(values),
            ExprKind::Constant { .. } => Ok(()),
            ExprKind::Attribute { value, attr, ctx } => {
                self.check_name(attr, span, *ctx)?;
                self.expr(value)
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(value)?;
                self.expr(slice)
            }
            ExprKind::Starred { value, .. } => self.expr(value),
            ExprKind::Slice { lower, upper, step } => {
                self.optional(lower)?;
                self.optional(upper)?;
                self.optional(step)
            }
            ExprKind::Name { id, ctx } => self.name(id, *ctx, span),
        }
    }

    pub(super) fn name(&mut self, id: &Identifier, ctx: ExprContext, span: Span) -> Result<()> {
        if self.scope().in_unevaluated_annotation {
            return Ok(());
        }
        let load = ctx == ExprContext::Load;
        if load && &**id == "__debug__" {
            return Ok(());
        }
        self.add_in_context(id, if load { USE } else { DEF_LOCAL }, span, ctx)?;
        if load && &**id == "super" && self.scope().is_function_like() {
            self.add_named("__class__", USE, span)?;
        }
        Ok(())
    }

    pub(super) fn refuse_in_evaluator(&mut self, what: &str, span: Span) -> Result<()> {
        let scope = self.scope();
        let place = match scope.kind {
            BlockKind::Annotation => "an annotation",
            BlockKind::TypeVariable => scope.scope_info,
            BlockKind::TypeAlias => "a type alias",
            BlockKind::TypeParameters => "the definition of a generic",
            _ => return Ok(()),
        };
        syntax_error(format!("{what} cannot be used within {place}"), span)
    }

    pub(super) fn yields(&mut self, span: Span) -> Result<()> {
        let scope = self.scope();
        scope.generator = true;
        let place = match scope.comprehension {
            ComprehensionKind::None => return Ok(()),
            ComprehensionKind::List => "list comprehension",
            ComprehensionKind::Set => "set comprehension",
            ComprehensionKind::Dict => "dict comprehension",
            ComprehensionKind::Generator => "generator expression",
        };
        syntax_error(format!("'yield' inside {place}"), span)
    }

    pub(super) fn await_expr(&mut self, span: Span, value: &Expr) -> Result<()> {
        self.refuse_in_evaluator("await expression", span)?;
        if !self.may_await_at_top_level() {
            let scope = self.scope();
            if !scope.is_function_like() {
                return syntax_error("'await' outside function", span);
            }
            if !scope.is_async_def && scope.comprehension == ComprehensionKind::None {
                return syntax_error("'await' outside async function", span);
            }
        }
        self.expr(value)?;
        self.scope().coroutine = true;
        Ok(())
    }

    /// The current block is a module that may await.
    pub(super) fn may_await_at_top_level(&mut self) -> bool {
        self.options.top_level_await && self.scope().kind == BlockKind::Module
    }

    pub(super) fn named_expr(&mut self, expr: &Expr, target: &Expr, value: &Expr) -> Result<()> {
        let scope = self.scope();
        if scope.comp_iter_expr > 0 {
            let message = "assignment expression cannot be used in a comprehension iterable expression";
            return syntax_error(message, expr.span);
        }
        if scope.comprehension != ComprehensionKind::None
            && let ExprKind::Name { id, .. } = &target.kind
        {
            self.extend_named_expr_scope(id, target.span)?;
        }
        self.expr(value)?;
        self.expr(target)
    }

    /// An assignment expression in a comprehension binds in the block around the comprehension.
    pub(super) fn extend_named_expr_scope(&mut self, name: &Identifier, span: Span) -> Result<()> {
        let mangled = self.mangled(name);
        for at in (0..self.stack.len()).rev() {
            let id = self.stack[at];
            let scope = self.table.scope(id);
            let known = scope.flags_of(&mangled);
            if scope.comprehension != ComprehensionKind::None {
                if known & DEF_COMP_ITER != 0 && known & (DEF_LOCAL | DEF_GLOBAL) != 0 {
                    let message = format!(
                        "assignment expression cannot rebind comprehension iteration variable '{name}'"
                    );
                    return syntax_error(message, span);
                }
                continue;
            }
            let place = match scope.kind {
                BlockKind::Function => {
                    let flag = if known & DEF_GLOBAL != 0 { DEF_GLOBAL } else { DEF_NONLOCAL };
                    self.add(name, flag, span)?;
                    self.scope().directives.push((mangled, span));
                    return self.add_to(id, name, DEF_LOCAL, span);
                }
                BlockKind::Module => {
                    self.add(name, DEF_GLOBAL, span)?;
                    self.scope().directives.push((mangled, span));
                    return self.add_to(id, name, DEF_GLOBAL, span);
                }
                BlockKind::Class => "in a class body",
                BlockKind::TypeParameters => "within the definition of a generic",
                BlockKind::TypeAlias => "in a type alias",
                BlockKind::TypeVariable => "in a TypeVar bound",
                BlockKind::Annotation => continue,
            };
            let message = format!("assignment expression within a comprehension cannot be used {place}");
            return syntax_error(message, span);
        }
        Ok(())
    }

    pub(super) fn comprehension(
        &mut self,
        expr: &Expr,
        name: &str,
        kind: ComprehensionKind,
        generators: &[Comprehension],
        elt: &Expr,
        value: Option<&Expr>,
    ) -> Result<()> {
        let Some((outermost, rest)) = generators.split_first() else { return Ok(()) };
        self.iterable(&outermost.iter)?;
        self.enter(name.into(), BlockKind::Function, Some((node_key(expr), Part::Body)), expr.span);
        self.scope().comprehension = kind;
        self.scope().coroutine |= outermost.is_async;
        self.add_named(".0", DEF_PARAM, expr.span)?;
        self.iteration_target(&outermost.target)?;
        self.exprs(&outermost.ifs)?;
        for generator in rest {
            self.iteration_target(&generator.target)?;
            self.iterable(&generator.iter)?;
            self.exprs(&generator.ifs)?;
            self.scope().coroutine |= generator.is_async;
        }
        self.maybe(value)?;
        self.expr(elt)?;
        let is_generator = kind == ComprehensionKind::Generator;
        self.scope().generator = is_generator;
        let is_async = self.scope().coroutine && !is_generator;
        self.exit();
        if !is_async {
            return Ok(());
        }
        let top_level_await = self.may_await_at_top_level();
        let scope = self.scope();
        if !scope.is_async_def && scope.comprehension == ComprehensionKind::None && !top_level_await {
            let message = "asynchronous comprehension outside of an asynchronous function";
            return syntax_error(message, expr.span);
        }
        scope.coroutine = true;
        Ok(())
    }

    pub(super) fn iterable(&mut self, iter: &Expr) -> Result<()> {
        self.scope().comp_iter_expr += 1;
        self.expr(iter)?;
        self.scope().comp_iter_expr -= 1;
        Ok(())
    }

    pub(super) fn iteration_target(&mut self, target: &Expr) -> Result<()> {
        self.scope().comp_iter_target = true;
        self.expr(target)?;
        self.scope().comp_iter_target = false;
        Ok(())
    }
}
