//! The patterns of `match` statements.

use ir::code::Const;

use super::{Failed, Parse, Parser};
use crate::ast::{Expr, ExprContext, ExprKind, Identifier, Operator, Pattern, PatternKind, UnaryOp};
use crate::lexer::{Token, TokenKind};

impl Parser<'_> {
    fn pattern_node(&self, start: &Token, kind: PatternKind) -> Pattern {
        Pattern { kind, span: self.span_from(start) }
    }

    /// `patterns`: a pattern, or a sequence without brackets.
    pub(super) fn patterns(&mut self) -> Parse<Pattern> {
        let start = self.token();
        let first = self.maybe_star_pattern()?;
        let is_star = matches!(first.kind, PatternKind::MatchStar { .. });
        if !self.at(TokenKind::Comma) {
            return if is_star { Err(Failed) } else { Ok(first) };
        }
        let patterns = self.pattern_sequence(first, TokenKind::Colon)?;
        Ok(self.pattern_node(&start, PatternKind::MatchSequence { patterns }))
    }

    /// The patterns after the first one, with an optional comma at the end.
    fn pattern_sequence(&mut self, first: Pattern, end: TokenKind) -> Parse<Vec<Pattern>> {
        let mut patterns = vec![first];
        while self.eat(TokenKind::Comma) {
            if self.at(end) || self.at(TokenKind::If) {
                break;
            }
            match self.attempt(Parser::maybe_star_pattern)? {
                Some(next) => patterns.push(next),
                None => break,
            }
        }
        Ok(patterns)
    }

    fn maybe_star_pattern(&mut self) -> Parse<Pattern> {
        if !self.at(TokenKind::Star) {
            return self.as_pattern();
        }
        let start = self.advance();
        let (name, _) = self.expect_name()?;
        let name = if name.as_str() == "_" { None } else { Some(name) };
        Ok(self.pattern_node(&start, PatternKind::MatchStar { name }))
    }

    /// `pattern`
    pub(super) fn as_pattern(&mut self) -> Parse<Pattern> {
        let start = self.token();
        let inner = self.or_pattern()?;
        if !self.at(TokenKind::As) {
            return Ok(inner);
        }
        let name = self.attempt(|parser| {
            parser.advance();
            parser.capture_target()
        })?;
        let Some(name) = name else {
            if self.diagnosing {
                self.invalid_as_pattern()?;
            }
            return Ok(inner);
        };
        let pattern = Some(Box::new(inner));
        Ok(self.pattern_node(&start, PatternKind::MatchAs { pattern, name: Some(name) }))
    }

    fn capture_target(&mut self) -> Parse<Identifier> {
        if self.at_soft("_") {
            return Err(Failed);
        }
        let (name, _) = self.expect_name()?;
        let is_value = matches!(self.kind(), TokenKind::Dot | TokenKind::LPar | TokenKind::Equal);
        if is_value { Err(Failed) } else { Ok(name) }
    }

    fn or_pattern(&mut self) -> Parse<Pattern> {
        let start = self.token();
        let first = self.closed_pattern()?;
        if !self.at(TokenKind::VBar) {
            return Ok(first);
        }
        let mut patterns = vec![first];
        while self.eat(TokenKind::VBar) {
            patterns.push(self.closed_pattern()?);
        }
        Ok(self.pattern_node(&start, PatternKind::MatchOr { patterns }))
    }

    fn closed_pattern(&mut self) -> Parse<Pattern> {
        let start = self.token();
        match start.kind {
            TokenKind::None => Ok(self.singleton(Const::None)),
            TokenKind::True => Ok(self.singleton(Const::True)),
            TokenKind::False => Ok(self.singleton(Const::False)),
            TokenKind::Number | TokenKind::Minus => {
                let value = Box::new(self.number_pattern()?);
                Ok(self.pattern_node(&start, PatternKind::MatchValue { value }))
            }
            TokenKind::String | TokenKind::FStringStart | TokenKind::TStringStart => {
                let value = Box::new(self.strings()?);
                Ok(self.pattern_node(&start, PatternKind::MatchValue { value }))
            }
            TokenKind::Name => self.name_pattern(),
            TokenKind::LPar => self.bracketed_pattern(TokenKind::RPar),
            TokenKind::LSqb => self.bracketed_pattern(TokenKind::RSqb),
            TokenKind::LBrace => self.mapping_pattern(),
            _ => Err(Failed),
        }
    }

    fn singleton(&mut self, value: Const) -> Pattern {
        let start = self.advance();
        self.pattern_node(&start, PatternKind::MatchSingleton { value })
    }

    /// `signed_number | complex_number`
    fn number_pattern(&mut self) -> Parse<Expr> {
        let start = self.token();
        let left = self.signed_number()?;
        let op = match self.kind() {
            TokenKind::Plus => Operator::Add,
            TokenKind::Minus => Operator::Sub,
            _ => return Ok(left),
        };
        self.advance();
        if !self.at(TokenKind::Number) {
            return Err(Failed);
        }
        let right = self.number()?;
        if is_complex(&left) {
            return self.raise_at(left.span, "real number required in complex literal");
        }
        if !is_complex(&right) {
            return self.raise_at(right.span, "imaginary number required in complex literal");
        }
        Ok(self.expr(&start, ExprKind::BinOp { left: Box::new(left), op, right: Box::new(right) }))
    }

    fn signed_number(&mut self) -> Parse<Expr> {
        let start = self.token();
        let is_negative = self.eat(TokenKind::Minus);
        if !self.at(TokenKind::Number) {
            return Err(Failed);
        }
        let number = self.number()?;
        if !is_negative {
            return Ok(number);
        }
        Ok(self.expr(&start, ExprKind::UnaryOp { op: UnaryOp::USub, operand: Box::new(number) }))
    }

    /// A capture, the wildcard, a dotted value or a class pattern.
    fn name_pattern(&mut self) -> Parse<Pattern> {
        let (id, start) = self.expect_name()?;
        if !matches!(self.kind(), TokenKind::Dot | TokenKind::LPar) {
            let name = if id.as_str() == "_" { None } else { Some(id) };
            if self.at(TokenKind::Equal) {
                return Err(Failed);
            }
            return Ok(self.pattern_node(&start, PatternKind::MatchAs { pattern: None, name }));
        }
        let value = self.dotted_value(id, &start)?;
        if self.at(TokenKind::LPar) {
            return self.class_pattern(&start, value);
        }
        if self.at(TokenKind::Equal) {
            return Err(Failed);
        }
        Ok(self.pattern_node(&start, PatternKind::MatchValue { value: Box::new(value) }))
    }

    fn dotted_value(&mut self, id: Identifier, start: &Token) -> Parse<Expr> {
        let ctx = ExprContext::Load;
        let mut value = self.expr(start, ExprKind::Name { id, ctx });
        let outer = std::mem::take(&mut self.chain_height);
        let mut links = 0;
        while self.eat(TokenKind::Dot) {
            let (attr, _) = self.expect_name()?;
            value = self.expr(start, ExprKind::Attribute { value: Box::new(value), attr, ctx });
            links += 1;
            if links > self.limits().chain {
                break;
            }
        }
        self.grow_chain(outer, links)?;
        Ok(value)
    }

    /// A group or a sequence pattern.
    fn bracketed_pattern(&mut self, end: TokenKind) -> Parse<Pattern> {
        let start = self.advance();
        let mut patterns = Vec::new();
        if !self.at(end) {
            let first = self.maybe_star_pattern()?;
            let is_star = matches!(first.kind, PatternKind::MatchStar { .. });
            if end == TokenKind::RPar && !is_star && self.at(end) {
                self.advance();
                return Ok(first);
            }
            if end == TokenKind::RPar && !self.at(TokenKind::Comma) {
                return Err(Failed);
            }
            patterns = self.pattern_sequence(first, end)?;
        }
        self.expect(end)?;
        Ok(self.pattern_node(&start, PatternKind::MatchSequence { patterns }))
    }

    fn mapping_pattern(&mut self) -> Parse<Pattern> {
        let start = self.advance();
        let (mut keys, mut patterns, mut rest) = (Vec::new(), Vec::new(), None);
        while !self.at(TokenKind::RBrace) && rest.is_none() {
            if self.eat(TokenKind::DoubleStar) {
                rest = Some(self.capture_target()?);
            } else {
                keys.push(self.mapping_key()?);
                self.expect(TokenKind::Colon)?;
                patterns.push(self.as_pattern()?);
            }
            if !self.eat(TokenKind::Comma) {
                break;
            }
        }
        self.expect(TokenKind::RBrace)?;
        Ok(self.pattern_node(&start, PatternKind::MatchMapping { keys, patterns, rest }))
    }

    /// `literal_expr | attr`
    fn mapping_key(&mut self) -> Parse<Expr> {
        match self.kind() {
            TokenKind::Number | TokenKind::Minus => self.number_pattern(),
            TokenKind::Name if self.kind_at(1) == TokenKind::Dot => {
                let (id, start) = self.expect_name()?;
                self.dotted_value(id, &start)
            }
            TokenKind::Name => {
                self.furthest = self.furthest.max(self.pos + 1);
                Err(Failed)
            }
            TokenKind::String
            | TokenKind::FStringStart
            | TokenKind::TStringStart
            | TokenKind::None
            | TokenKind::True
            | TokenKind::False => self.atom(),
            _ => Err(Failed),
        }
    }

    fn class_pattern(&mut self, start: &Token, cls: Expr) -> Parse<Pattern> {
        let mark = self.pos;
        let found = self.attempt(|parser| parser.class_pattern_arguments())?;
        let Some((patterns, kwd_attrs, kwd_patterns)) = found else {
            if self.diagnosing {
                self.pos = mark;
                self.invalid_class_pattern()?;
            }
            return Err(Failed);
        };
        let cls = Box::new(cls);
        Ok(self.pattern_node(start, PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns }))
    }

    fn class_pattern_arguments(&mut self) -> Parse<(Vec<Pattern>, Vec<Identifier>, Vec<Pattern>)> {
        self.expect(TokenKind::LPar)?;
        let (mut patterns, mut attributes, mut keyword_patterns) = (Vec::new(), Vec::new(), Vec::new());
        while !self.at(TokenKind::RPar) {
            if self.at(TokenKind::Name) && self.kind_at(1) == TokenKind::Equal {
                let (name, _) = self.expect_name()?;
                self.advance();
                attributes.push(name);
                keyword_patterns.push(self.as_pattern()?);
            } else if attributes.is_empty() {
                patterns.push(self.as_pattern()?);
            } else {
                return Err(Failed);
            }
            if !self.eat(TokenKind::Comma) {
                break;
            }
        }
        self.expect(TokenKind::RPar)?;
        Ok((patterns, attributes, keyword_patterns))
    }
}

fn is_complex(number: &Expr) -> bool {
    match &number.kind {
        ExprKind::UnaryOp { operand, .. } => is_complex(operand),
        ExprKind::Constant { value, .. } => matches!(value, Const::Complex(..)),
        _ => false,
    }
}
