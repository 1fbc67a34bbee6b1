//! Targets of assignments, loops, `with` and `del`: expressions of certain forms in another context.

use super::{Failed, Parse, Parser};
use crate::ast::{Expr, ExprContext, ExprKind};
use crate::lexer::TokenKind;

/// Turns an expression into a target, if its form allows; `Starred` only within a tuple or list or
/// where `starred` says so.
pub(super) fn set_context(expr: &mut Expr, context: ExprContext, starred: bool) -> bool {
    match &mut expr.kind {
        ExprKind::Name { ctx, .. } | ExprKind::Attribute { ctx, .. } | ExprKind::Subscript { ctx, .. } => {
            *ctx = context;
            true
        }
        ExprKind::Starred { value, ctx } if starred && context == ExprContext::Store => {
            *ctx = context;
            set_context(value, context, false)
        }
        ExprKind::Tuple { elts, ctx } | ExprKind::List { elts, ctx } => {
            *ctx = context;
            elts.iter_mut().all(|elt| set_context(elt, context, true))
        }
        _ => false,
    }
}

impl Parser<'_> {
    /// `star_targets`
    pub(super) fn star_targets(&mut self) -> Parse<Expr> {
        let start = self.token();
        let first = self.star_target()?;
        if !self.at(TokenKind::Comma) {
            return Ok(first);
        }
        let elts = self.comma_separated(first, Parser::star_target)?;
        Ok(self.expr(&start, ExprKind::Tuple { elts, ctx: ExprContext::Store }))
    }

    /// `star_target`
    pub(super) fn star_target(&mut self) -> Parse<Expr> {
        if !self.at(TokenKind::Star) {
            return self.target(ExprContext::Store);
        }
        let start = self.advance();
        let value = Box::new(self.target(ExprContext::Store)?);
        Ok(self.expr(&start, ExprKind::Starred { value, ctx: ExprContext::Store }))
    }

    /// A target without a star.
    fn target(&mut self, context: ExprContext) -> Parse<Expr> {
        let mut target = self.primary()?;
        if set_context(&mut target, context, false) { Ok(target) } else { Err(Failed) }
    }

    /// `single_target`: a name, attribute or subscript, in parentheses or not.
    pub(super) fn single_target(&mut self) -> Parse<Expr> {
        let target = self.target(ExprContext::Store)?;
        match target.kind {
            ExprKind::Tuple { .. } | ExprKind::List { .. } => Err(Failed),
            _ => Ok(target),
        }
    }

    /// `del_targets`
    pub(super) fn del_targets(&mut self) -> Parse<Vec<Expr>> {
        let del_target: fn(&mut Self) -> Parse<Expr> = |parser| parser.target(ExprContext::Del);
        let first = del_target(self)?;
        self.comma_separated(first, del_target)
    }
}
