//! What a tree must fulfil that the parser has not made: programs build trees by hand and compile them.
//!
//! The walk is recursive; the caller has bounded the depth of the tree.

use crate::ast::*;

/// Why a tree is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// A `TypeError`, else a `ValueError`.
    pub is_type_error: bool,
    pub message: String,
}

type Valid = Result<(), Box<Invalid>>;

fn invalid(message: impl Into<String>) -> Valid {
    Err(Box::new(Invalid { is_type_error: false, message: message.into() }))
}

fn wrong_type(message: &str) -> Valid {
    Err(Box::new(Invalid { is_type_error: true, message: message.into() }))
}

/// Checks a whole tree.
pub fn tree(tree: &Mod) -> Valid {
    match tree {
        Mod::Module { body, .. } | Mod::Interactive { body } => statements(body),
        Mod::Expression { body } => load(body),
        Mod::FunctionType { argtypes, returns } => {
            all(argtypes, ExprContext::Load)?;
            load(returns)
        }
    }
}

// Parts that several nodes share.

fn position(span: Span) -> Valid {
    let [line, column, end_line, end_column] =
        [span.lineno, span.col_offset, span.end_lineno, span.end_col_offset].map(|n| n as i32);
    if line > end_line {
        return invalid(format!("AST node line range ({line}, {end_line}) is not valid"));
    }
    if (line < 0 && end_line != line) || (column < 0 && column != end_column) {
        return invalid(format!(
            "AST node column range ({column}, {end_column}) for line range ({line}, {end_line}) is not valid"
        ));
    }
    if line == end_line && column > end_column {
        return invalid(format!("line {line}, column {column}-{end_column} is not a valid range"));
    }
    Ok(())
}

fn name(name: &Identifier) -> Valid {
    if matches!(name.as_str(), "None" | "True" | "False") {
        return invalid(format!("identifier field can't represent '{name}' constant"));
    }
    Ok(())
}

fn not_empty<T>(items: &[T], what: &str, owner: &str) -> Valid {
    if items.is_empty() { invalid(format!("empty {what} on {owner}")) } else { Ok(()) }
}

fn body(statements_: &[Stmt], owner: &str) -> Valid {
    not_empty(statements_, "body", owner)?;
    statements(statements_)
}

fn statements(statements: &[Stmt]) -> Valid {
    statements.iter().try_for_each(statement)
}

fn load(expression: &Expr) -> Valid {
    expr(expression, ExprContext::Load)
}

fn optional<'e>(expression: impl Into<Option<&'e Expr>>) -> Valid {
    expression.into().map_or(Ok(()), load)
}

fn all(expressions: &[Expr], context: ExprContext) -> Valid {
    expressions.iter().try_for_each(|e| expr(e, context))
}

fn targets(expressions: &[Expr], context: ExprContext, owner: &str) -> Valid {
    not_empty(expressions, "targets", owner)?;
    all(expressions, context)
}

fn keywords(keywords: &[Keyword]) -> Valid {
    keywords.iter().try_for_each(|keyword| load(&keyword.value))
}

fn comprehensions(generators: &[Comprehension]) -> Valid {
    if generators.is_empty() {
        return invalid("comprehension with no generators");
    }
    for generator in generators {
        expr(&generator.target, ExprContext::Store)?;
        load(&generator.iter)?;
        all(&generator.ifs, ExprContext::Load)?;
    }
    Ok(())
}

fn args(args: &[Arg]) -> Valid {
    for arg in args {
        position(arg.span)?;
        optional(arg.annotation.as_deref())?;
    }
    Ok(())
}

fn arguments(a: &Arguments) -> Valid {
    args(&a.posonlyargs)?;
    args(&a.args)?;
    if let Some(annotation) = a.vararg.as_ref().and_then(|arg| arg.annotation.as_ref()) {
        load(annotation)?;
    }
    args(&a.kwonlyargs)?;
    if let Some(annotation) = a.kwarg.as_ref().and_then(|arg| arg.annotation.as_ref()) {
        load(annotation)?;
    }
    if a.defaults.len() > a.posonlyargs.len() + a.args.len() {
        return invalid("more positional defaults than args on arguments");
    }
    if a.kw_defaults.len() != a.kwonlyargs.len() {
        return invalid("length of kwonlyargs is not the same as kw_defaults on arguments");
    }
    all(&a.defaults, ExprContext::Load)?;
    a.kw_defaults.iter().try_for_each(|default| optional(default.as_ref()))
}

fn type_params(params: &[TypeParam]) -> Valid {
    for param in params {
        position(param.span)?;
        match &param.kind {
            TypeParamKind::TypeVar { name: id, bound, default_value } => {
                name(id)?;
                optional(bound.as_deref())?;
                optional(default_value.as_deref())?;
            }
            TypeParamKind::ParamSpec { name: id, default_value }
            | TypeParamKind::TypeVarTuple { name: id, default_value } => {
                name(id)?;
                optional(default_value.as_deref())?;
            }
        }
    }
    Ok(())
}

// Statements.

fn function(def: &FunctionDef, owner: &str) -> Valid {
    body(&def.body, owner)?;
    type_params(&def.type_params)?;
    arguments(&def.args)?;
    all(&def.decorator_list, ExprContext::Load)?;
    optional(def.returns.as_ref())
}

fn for_loop(node: &For, owner: &str) -> Valid {
    expr(&node.target, ExprContext::Store)?;
    load(&node.iter)?;
    body(&node.body, owner)?;
    statements(&node.orelse)
}

fn with(node: &With, owner: &str) -> Valid {
    not_empty(&node.items, "items", owner)?;
    for item in &node.items {
        load(&item.context_expr)?;
        if let Some(target) = &item.optional_vars {
            expr(target, ExprContext::Store)?;
        }
    }
    body(&node.body, owner)
}

fn try_statement(node: &Try, owner: &str) -> Valid {
    body(&node.body, owner)?;
    if node.handlers.is_empty() && node.finalbody.is_empty() {
        return invalid(format!("{owner} has neither except handlers nor finalbody"));
    }
    if node.handlers.is_empty() && !node.orelse.is_empty() {
        return invalid(format!("{owner} has orelse but no except handlers"));
    }
    for handler in &node.handlers {
        position(handler.span)?;
        optional(handler.r#type.as_deref())?;
        body(&handler.body, "ExceptHandler")?;
    }
    statements(&node.finalbody)?;
    statements(&node.orelse)
}

fn statement(statement: &Stmt) -> Valid {
    position(statement.span)?;
    match &statement.kind {
        StmtKind::FunctionDef(def) => function(def, "FunctionDef"),
        StmtKind::AsyncFunctionDef(def) => function(def, "AsyncFunctionDef"),
        StmtKind::ClassDef(def) => {
            body(&def.body, "ClassDef")?;
            type_params(&def.type_params)?;
            all(&def.bases, ExprContext::Load)?;
            keywords(&def.keywords)?;
            all(&def.decorator_list, ExprContext::Load)
        }
        StmtKind::Return { value } => optional(value.as_deref()),
        StmtKind::Delete { targets: t } => targets(t, ExprContext::Del, "Delete"),
        StmtKind::Assign { targets: t, value, .. } => {
            targets(t, ExprContext::Store, "Assign")?;
            load(value)
        }
        StmtKind::TypeAlias { name, type_params: params, value } => {
            if !matches!(name.kind, ExprKind::Name { .. }) {
                return wrong_type("TypeAlias with non-Name name");
            }
            expr(name, ExprContext::Store)?;
            type_params(params)?;
            load(value)
        }
        StmtKind::AugAssign { target, value, .. } => {
            expr(target, ExprContext::Store)?;
            load(value)
        }
        StmtKind::AnnAssign { target, annotation, value, simple } => {
            if *simple && !matches!(target.kind, ExprKind::Name { .. }) {
                return wrong_type("AnnAssign with simple non-Name target");
            }
            expr(target, ExprContext::Store)?;
            optional(value.as_deref())?;
            load(annotation)
        }
        StmtKind::For(node) => for_loop(node, "For"),
        StmtKind::AsyncFor(node) => for_loop(node, "AsyncFor"),
        StmtKind::While { test, body: b, orelse } => {
            load(test)?;
            body(b, "While")?;
            statements(orelse)
        }
        StmtKind::If { test, body: b, orelse } => {
            load(test)?;
            body(b, "If")?;
            statements(orelse)
        }
        StmtKind::With(node) => with(node, "With"),
        StmtKind::AsyncWith(node) => with(node, "AsyncWith"),
        StmtKind::Match { subject, cases } => {
            load(subject)?;
            not_empty(cases, "cases", "Match")?;
            for case in cases {
                pattern(&case.pattern, false)?;
                optional(case.guard.as_ref())?;
                body(&case.body, "match_case")?;
            }
            Ok(())
        }
        StmtKind::Raise { exc, cause } => {
            if let Some(exc) = exc {
                load(exc)?;
                return optional(cause.as_deref());
            }
            if cause.is_some() { invalid("Raise with cause but no exception") } else { Ok(()) }
        }
        StmtKind::Try(node) => try_statement(node, "Try"),
        StmtKind::TryStar(node) => try_statement(node, "TryStar"),
        StmtKind::Assert { test, msg } => {
            load(test)?;
            optional(msg.as_deref())
        }
        StmtKind::Import { names } => not_empty(names, "names", "Import"),
        StmtKind::ImportFrom { names, .. } => not_empty(names, "names", "ImportFrom"),
        StmtKind::Global { names } => not_empty(names, "names", "Global"),
        StmtKind::Nonlocal { names } => not_empty(names, "names", "Nonlocal"),
        StmtKind::Expr { value } => load(value),
        StmtKind::Pass | StmtKind::Break | StmtKind::Continue => Ok(()),
    }
}

// Expressions.

fn context_name(context: ExprContext) -> &'static str {
    match context {
        ExprContext::Load => "Load",
        ExprContext::Store => "Store",
        ExprContext::Del => "Del",
    }
}

/// The context of a node that has one.
fn context_of(kind: &ExprKind) -> Option<ExprContext> {
    match kind {
        ExprKind::Attribute { ctx, .. }
        | ExprKind::Subscript { ctx, .. }
        | ExprKind::Starred { ctx, .. }
        | ExprKind::Name { ctx, .. }
        | ExprKind::List { ctx, .. }
        | ExprKind::Tuple { ctx, .. } => Some(*ctx),
        _ => None,
    }
}

fn context(kind: &ExprKind, wanted: ExprContext) -> Valid {
    if let ExprKind::Name { id, .. } = kind {
        name(id)?;
    }
    let expected = context_name(wanted);
    match context_of(kind) {
        None if wanted != ExprContext::Load => {
            invalid(format!("expression which can't be assigned to in {expected} context"))
        }
        Some(found) if found != wanted => {
            let found = context_name(found);
            invalid(format!("expression must have {expected} context but has {found} instead"))
        }
        _ => Ok(()),
    }
}

fn expr(expression: &Expr, wanted: ExprContext) -> Valid {
    position(expression.span)?;
    context(&expression.kind, wanted)?;
    match &expression.kind {
        ExprKind::BoolOp { values, .. } => {
            if values.len() < 2 {
                return invalid("BoolOp with less than 2 values");
            }
            all(values, ExprContext::Load)
        }
        ExprKind::NamedExpr { target, value } => {
            if !matches!(target.kind, ExprKind::Name { .. }) {
                return wrong_type("NamedExpr target must be a Name");
            }
            load(value)
        }
        ExprKind::BinOp { left, right, .. } => {
            load(left)?;
            load(right)
        }
        ExprKind::UnaryOp { operand, .. } => load(operand),
        ExprKind::Lambda { args, body } => {
            arguments(args)?;
            load(body)
        }
        ExprKind::IfExp { test, body, orelse } => {
            load(test)?;
            load(body)?;
            load(orelse)
        }
        ExprKind::Dict { keys, values } => {
            if keys.len() != values.len() {
                return invalid("Dict doesn't have the same number of keys as values");
            }
            keys.iter().try_for_each(|key| optional(key.as_ref()))?;
            all(values, ExprContext::Load)
        }
        ExprKind::Set { elts } => all(elts, ExprContext::Load),
        ExprKind::ListComp { elt, generators }
        | ExprKind::SetComp { elt, generators }
        | ExprKind::GeneratorExp { elt, generators } => {
            comprehensions(generators)?;
            load(elt)
        }
        ExprKind::DictComp { key, value, generators } => {
            comprehensions(generators)?;
            load(key)?;
            load(value)
        }
        ExprKind::Yield { value } => optional(value.as_deref()),
        ExprKind::YieldFrom { value } | ExprKind::Await { value } => load(value),
        ExprKind::Compare { left, ops, comparators } => {
            if comparators.is_empty() {
                return invalid("Compare with no comparators");
            }
            if comparators.len() != ops.len() {
                return invalid("Compare has a different number of comparators and operands");
            }
            all(comparators, ExprContext::Load)?;
            load(left)
        }
        ExprKind::Call { func, args, keywords: k } => {
            load(func)?;
            all(args, ExprContext::Load)?;
            keywords(k)
        }
        ExprKind::FormattedValue { value, format_spec, .. } => {
            load(value)?;
            optional(format_spec.as_deref())
        }
        ExprKind::Interpolation { value, format_spec, .. } => {
            load(value)?;
            optional(format_spec.as_deref())
        }
        ExprKind::JoinedStr { values } | ExprKind::TemplateStr { values } => all(values, ExprContext::Load),
        ExprKind::Attribute { value, .. } => load(value),
        ExprKind::Subscript { value, slice, .. } => {
            load(slice)?;
            load(value)
        }
        ExprKind::Starred { value, ctx } => expr(value, *ctx),
        ExprKind::List { elts, ctx } | ExprKind::Tuple { elts, ctx } => all(elts, *ctx),
        ExprKind::Slice { lower, upper, step } => {
            optional(lower.as_deref())?;
            optional(upper.as_deref())?;
            optional(step.as_deref())
        }
        ExprKind::Constant { .. } | ExprKind::Name { .. } => Ok(()),
    }
}

// Patterns.

fn capture(id: &Identifier) -> Valid {
    if id.as_str() == "_" {
        return invalid("can't capture name '_' in patterns");
    }
    name(id)
}

fn is_number(expression: &Expr, complex: bool, signed: bool) -> bool {
    match &expression.kind {
        ExprKind::Constant { value: Const::Complex(..), .. } => complex,
        ExprKind::Constant { value: Const::Int(_) | Const::Float(_), .. } => !complex,
        ExprKind::UnaryOp { op: UnaryOp::USub, operand } if signed => is_number(operand, complex, false),
        _ => false,
    }
}

/// What a pattern may compare with.
fn pattern_value(expression: &Expr) -> Valid {
    load(expression)?;
    let is_fine = match &expression.kind {
        ExprKind::Constant { value, .. } => {
            return match value {
                Const::Int(_) | Const::Float(_) | Const::Complex(..) | Const::Str(_) | Const::Bytes(_) => {
                    Ok(())
                }
                _ => invalid("unexpected constant inside of a literal pattern"),
            };
        }
        ExprKind::UnaryOp { .. } => is_number(expression, false, true) || is_number(expression, true, true),
        ExprKind::BinOp { left, op: Operator::Add | Operator::Sub, right } => {
            is_number(left, false, true) && is_number(right, true, false)
        }
        // Found by the code generator, which knows the attribute lookups that are allowed.
        ExprKind::Attribute { .. } | ExprKind::JoinedStr { .. } | ExprKind::TemplateStr { .. } => true,
        _ => false,
    };
    if is_fine { Ok(()) } else { invalid("patterns may only match literals and attribute lookups") }
}

fn patterns(patterns: &[Pattern], star_ok: bool) -> Valid {
    patterns.iter().try_for_each(|p| pattern(p, star_ok))
}

fn pattern(p: &Pattern, star_ok: bool) -> Valid {
    position(p.span)?;
    match &p.kind {
        PatternKind::MatchValue { value } => pattern_value(value),
        PatternKind::MatchSingleton { value } => match value {
            Const::None | Const::True | Const::False => Ok(()),
            _ => invalid("MatchSingleton can only contain True, False and None"),
        },
        PatternKind::MatchSequence { patterns: items } => patterns(items, true),
        PatternKind::MatchMapping { keys, patterns: items, rest } => {
            if keys.len() != items.len() {
                return invalid("MatchMapping doesn't have the same number of keys as patterns");
            }
            rest.as_ref().map_or(Ok(()), capture)?;
            for key in keys {
                let is_singleton = matches!(
                    key.kind,
                    ExprKind::Constant { value: Const::None | Const::True | Const::False, .. }
                );
                if !is_singleton {
                    pattern_value(key)?;
                }
            }
            patterns(items, false)
        }
        PatternKind::MatchClass { cls, patterns: items, kwd_attrs, kwd_patterns } => {
            if kwd_attrs.len() != kwd_patterns.len() {
                return invalid("MatchClass doesn't have the same number of keyword attributes as patterns");
            }
            load(cls)?;
            let mut root = &**cls;
            while let ExprKind::Attribute { value, .. } = &root.kind {
                root = value;
            }
            if !matches!(root.kind, ExprKind::Name { .. }) {
                return invalid("MatchClass cls field can only contain Name or Attribute nodes.");
            }
            kwd_attrs.iter().try_for_each(name)?;
            patterns(items, false)?;
            patterns(kwd_patterns, false)
        }
        PatternKind::MatchStar { name } => {
            if !star_ok {
                return invalid("can't use MatchStar here");
            }
            name.as_ref().map_or(Ok(()), capture)
        }
        PatternKind::MatchAs { pattern: inner, name } => {
            name.as_ref().map_or(Ok(()), capture)?;
            match inner {
                None => Ok(()),
                Some(_) if name.is_none() => {
                    invalid("MatchAs must specify a target name if a pattern is given")
                }
                Some(inner) => pattern(inner, false),
            }
        }
        PatternKind::MatchOr { patterns: items } => {
            if items.len() < 2 {
                return invalid("MatchOr requires at least 2 patterns");
            }
            patterns(items, false)
        }
    }
}
