//! Trees and errors as text, in the form of `ast.dump(tree, include_attributes=True)` with strings in
//! ASCII: shared by the tests and by the example that compares whole libraries.

use std::fmt::Write as _;

use frontend::ast::*;
use frontend::errors::SyntaxError;

/// The error as `Class(msg, lineno, offset, end_lineno, end_offset, text)`.
pub fn dump_error(error: &SyntaxError) -> String {
    let mut text = format!("{}({}", error.kind.class_name(), ascii(&error.msg));
    if let Some(at) = &error.location {
        let _ = write!(text, ", {}, {}, {}, {}, ", at.lineno, at.offset, at.end_lineno, at.end_offset);
        match &at.text {
            Some(line) => text.push_str(&ascii(line)),
            None => text.push_str("None"),
        }
    }
    text.push(')');
    text
}

fn ascii(text: &str) -> String {
    ascii_points(text.chars().map(|c| c as u32), text.contains('\'') && !text.contains('"'))
}

fn ascii_points(points: impl Iterator<Item = u32>, double: bool) -> String {
    let quote = if double { '"' } else { '\'' };
    let mut out = String::from(quote);
    for point in points {
        let _ = match point {
            10 => write!(out, "\\n"),
            13 => write!(out, "\\r"),
            9 => write!(out, "\\t"),
            92 => write!(out, "\\\\"),
            39 if !double => write!(out, "\\'"),
            32..=126 => write!(out, "{}", point as u8 as char),
            0..=255 => write!(out, "\\x{point:02x}"),
            256..=0xffff => write!(out, "\\u{point:04x}"),
            _ => write!(out, "\\U{point:08x}"),
        };
    }
    out.push(quote);
    out
}

fn float(value: f64) -> String {
    if value.is_infinite() {
        return "inf".to_owned();
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{value}");
        return if plain.contains('.') { plain } else { plain + ".0" };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

fn constant(value: &Const) -> String {
    match value {
        Const::None => "None".to_owned(),
        Const::True => "True".to_owned(),
        Const::False => "False".to_owned(),
        Const::Ellipsis => "Ellipsis".to_owned(),
        Const::Int(value) => value.to_string(),
        Const::Float(value) => float(*value),
        Const::Complex(_, imaginary) => {
            let text = float(*imaginary);
            format!("{}j", text.strip_suffix(".0").unwrap_or(&text))
        }
        Const::Str(text) => {
            let has = |wanted: u32| text.code_points().any(|point| point == wanted);
            ascii_points(text.code_points(), has(39) && !has(34))
        }
        Const::Bytes(bytes) => {
            let double = bytes.contains(&b'\'') && !bytes.contains(&b'"');
            format!("b{}", ascii_points(bytes.iter().map(|&byte| byte as u32), double))
        }
        _ => "?".to_owned(),
    }
}

/// A node under construction.
struct Node {
    text: String,
    first: bool,
}

impl Node {
    fn new(name: &str) -> Node {
        Node { text: format!("{name}("), first: true }
    }

    fn field(mut self, name: &str, value: impl AsRef<str>) -> Node {
        if !self.first {
            self.text.push_str(", ");
        }
        self.first = false;
        self.text.push_str(name);
        self.text.push('=');
        self.text.push_str(value.as_ref());
        self
    }

    fn optional(self, name: &str, value: Option<String>) -> Node {
        match value {
            Some(value) => self.field(name, value),
            None => self,
        }
    }

    fn list<T>(self, name: &str, items: &[T], dump: impl Fn(&T) -> String) -> Node {
        if items.is_empty() {
            return self;
        }
        let items: Vec<String> = items.iter().map(dump).collect();
        self.field(name, format!("[{}]", items.join(", ")))
    }

    fn end(mut self) -> String {
        self.text.push(')');
        self.text
    }

    fn at(self, span: Span) -> String {
        self.field("lineno", span.lineno.to_string())
            .field("col_offset", span.col_offset.to_string())
            .field("end_lineno", span.end_lineno.to_string())
            .field("end_col_offset", span.end_col_offset.to_string())
            .end()
    }
}

/// The dump of a whole tree.
pub fn dump_module(tree: &Mod) -> String {
    match tree {
        Mod::Module { body, .. } => Node::new("Module").list("body", body, stmt).end(),
        Mod::Interactive { body } => Node::new("Interactive").list("body", body, stmt).end(),
        Mod::Expression { body } => Node::new("Expression").field("body", expr(body)).end(),
        Mod::FunctionType { argtypes, returns } => {
            Node::new("FunctionType").list("argtypes", argtypes, expr).field("returns", expr(returns)).end()
        }
    }
}

fn name(name: &Identifier) -> String {
    ascii(name)
}

fn boxed(value: &Option<Box<Expr>>) -> Option<String> {
    value.as_ref().map(|value| expr(value))
}

fn stmt(stmt: &Stmt) -> String {
    let node = match &stmt.kind {
        StmtKind::FunctionDef(def) => function("FunctionDef", def),
        StmtKind::AsyncFunctionDef(def) => function("AsyncFunctionDef", def),
        StmtKind::ClassDef(def) => Node::new("ClassDef")
            .field("name", name(&def.name))
            .list("bases", &def.bases, expr)
            .list("keywords", &def.keywords, keyword)
            .list("body", &def.body, self::stmt)
            .list("decorator_list", &def.decorator_list, expr)
            .list("type_params", &def.type_params, type_param),
        StmtKind::Return { value } => Node::new("Return").optional("value", boxed(value)),
        StmtKind::Delete { targets } => Node::new("Delete").list("targets", targets, expr),
        StmtKind::Assign { targets, value, .. } => {
            Node::new("Assign").list("targets", targets, expr).field("value", expr(value))
        }
        StmtKind::TypeAlias { name, type_params, value } => Node::new("TypeAlias")
            .field("name", expr(name))
            .list("type_params", type_params, type_param)
            .field("value", expr(value)),
        StmtKind::AugAssign { target, op, value } => Node::new("AugAssign")
            .field("target", expr(target))
            .field("op", format!("{op:?}()"))
            .field("value", expr(value)),
        StmtKind::AnnAssign { target, annotation, value, simple } => Node::new("AnnAssign")
            .field("target", expr(target))
            .field("annotation", expr(annotation))
            .optional("value", boxed(value))
            .field("simple", (*simple as u8).to_string()),
        StmtKind::For(node) => for_loop("For", node),
        StmtKind::AsyncFor(node) => for_loop("AsyncFor", node),
        StmtKind::While { test, body, orelse } => Node::new("While")
            .field("test", expr(test))
            .list("body", body, self::stmt)
            .list("orelse", orelse, self::stmt),
        StmtKind::If { test, body, orelse } => Node::new("If")
            .field("test", expr(test))
            .list("body", body, self::stmt)
            .list("orelse", orelse, self::stmt),
        StmtKind::With(node) => with("With", node),
        StmtKind::AsyncWith(node) => with("AsyncWith", node),
        StmtKind::Match { subject, cases } => {
            Node::new("Match").field("subject", expr(subject)).list("cases", cases, match_case)
        }
        StmtKind::Raise { exc, cause } => {
            Node::new("Raise").optional("exc", boxed(exc)).optional("cause", boxed(cause))
        }
        StmtKind::Try(node) => try_statement("Try", node),
        StmtKind::TryStar(node) => try_statement("TryStar", node),
        StmtKind::Assert { test, msg } => {
            Node::new("Assert").field("test", expr(test)).optional("msg", boxed(msg))
        }
        StmtKind::Import { names } => Node::new("Import").list("names", names, alias),
        StmtKind::ImportFrom { module, names, level } => Node::new("ImportFrom")
            .optional("module", module.as_ref().map(name))
            .list("names", names, alias)
            .field("level", level.to_string()),
        StmtKind::Global { names } => Node::new("Global").list("names", names, name),
        StmtKind::Nonlocal { names } => Node::new("Nonlocal").list("names", names, name),
        StmtKind::Expr { value } => Node::new("Expr").field("value", expr(value)),
        StmtKind::Pass => Node::new("Pass"),
        StmtKind::Break => Node::new("Break"),
        StmtKind::Continue => Node::new("Continue"),
    };
    node.at(stmt.span)
}

fn function(kind: &str, def: &FunctionDef) -> Node {
    Node::new(kind)
        .field("name", name(&def.name))
        .field("args", arguments(&def.args))
        .list("body", &def.body, stmt)
        .list("decorator_list", &def.decorator_list, expr)
        .optional("returns", def.returns.as_ref().map(expr))
        .list("type_params", &def.type_params, type_param)
}

fn for_loop(kind: &str, node: &For) -> Node {
    Node::new(kind)
        .field("target", expr(&node.target))
        .field("iter", expr(&node.iter))
        .list("body", &node.body, stmt)
        .list("orelse", &node.orelse, stmt)
}

fn with(kind: &str, node: &With) -> Node {
    let item = |item: &WithItem| {
        Node::new("withitem")
            .field("context_expr", expr(&item.context_expr))
            .optional("optional_vars", item.optional_vars.as_ref().map(expr))
            .end()
    };
    Node::new(kind).list("items", &node.items, item).list("body", &node.body, stmt)
}

fn try_statement(kind: &str, node: &Try) -> Node {
    let handler = |handler: &ExceptHandler| {
        Node::new("ExceptHandler")
            .optional("type", boxed(&handler.r#type))
            .optional("name", handler.name.as_ref().map(name))
            .list("body", &handler.body, stmt)
            .at(handler.span)
    };
    Node::new(kind)
        .list("body", &node.body, stmt)
        .list("handlers", &node.handlers, handler)
        .list("orelse", &node.orelse, stmt)
        .list("finalbody", &node.finalbody, stmt)
}

fn match_case(case: &MatchCase) -> String {
    Node::new("match_case")
        .field("pattern", pattern(&case.pattern))
        .optional("guard", case.guard.as_ref().map(expr))
        .list("body", &case.body, stmt)
        .end()
}

fn pattern(node: &Pattern) -> String {
    let text = match &node.kind {
        PatternKind::MatchValue { value } => Node::new("MatchValue").field("value", expr(value)),
        PatternKind::MatchSingleton { value } => Node::new("MatchSingleton").field("value", constant(value)),
        PatternKind::MatchSequence { patterns } => {
            Node::new("MatchSequence").list("patterns", patterns, pattern)
        }
        PatternKind::MatchMapping { keys, patterns, rest } => Node::new("MatchMapping")
            .list("keys", keys, expr)
            .list("patterns", patterns, pattern)
            .optional("rest", rest.as_ref().map(name)),
        PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => Node::new("MatchClass")
            .field("cls", expr(cls))
            .list("patterns", patterns, pattern)
            .list("kwd_attrs", kwd_attrs, name)
            .list("kwd_patterns", kwd_patterns, pattern),
        PatternKind::MatchStar { name } => {
            Node::new("MatchStar").optional("name", name.as_ref().map(self::name))
        }
        PatternKind::MatchAs { pattern, name } => Node::new("MatchAs")
            .optional("pattern", pattern.as_ref().map(|inner| self::pattern(inner)))
            .optional("name", name.as_ref().map(self::name)),
        PatternKind::MatchOr { patterns } => Node::new("MatchOr").list("patterns", patterns, pattern),
    };
    text.at(node.span)
}

fn type_param(node: &TypeParam) -> String {
    let text = match &node.kind {
        TypeParamKind::TypeVar { name, bound, default_value } => Node::new("TypeVar")
            .field("name", self::name(name))
            .optional("bound", boxed(bound))
            .optional("default_value", boxed(default_value)),
        TypeParamKind::ParamSpec { name, default_value } => Node::new("ParamSpec")
            .field("name", self::name(name))
            .optional("default_value", boxed(default_value)),
        TypeParamKind::TypeVarTuple { name, default_value } => Node::new("TypeVarTuple")
            .field("name", self::name(name))
            .optional("default_value", boxed(default_value)),
    };
    text.at(node.span)
}

fn arguments(node: &Arguments) -> String {
    let default = |default: &Option<Expr>| default.as_ref().map_or("None".to_owned(), expr);
    Node::new("arguments")
        .list("posonlyargs", &node.posonlyargs, arg)
        .list("args", &node.args, arg)
        .optional("vararg", node.vararg.as_ref().map(|node| arg(node)))
        .list("kwonlyargs", &node.kwonlyargs, arg)
        .list("kw_defaults", &node.kw_defaults, default)
        .optional("kwarg", node.kwarg.as_ref().map(|node| arg(node)))
        .list("defaults", &node.defaults, expr)
        .end()
}

fn arg(node: &Arg) -> String {
    Node::new("arg")
        .field("arg", name(&node.arg))
        .optional("annotation", boxed(&node.annotation))
        .at(node.span)
}

fn keyword(node: &Keyword) -> String {
    Node::new("keyword")
        .optional("arg", node.arg.as_ref().map(name))
        .field("value", expr(&node.value))
        .at(node.span)
}

fn alias(node: &Alias) -> String {
    Node::new("alias")
        .field("name", name(&node.name))
        .optional("asname", node.asname.as_ref().map(name))
        .at(node.span)
}

fn comprehension(node: &Comprehension) -> String {
    Node::new("comprehension")
        .field("target", expr(&node.target))
        .field("iter", expr(&node.iter))
        .list("ifs", &node.ifs, expr)
        .field("is_async", (node.is_async as u8).to_string())
        .end()
}

fn expr(node: &Expr) -> String {
    let context = |ctx: &ExprContext| format!("{ctx:?}()");
    let text = match &node.kind {
        ExprKind::BoolOp { op, values } => {
            Node::new("BoolOp").field("op", format!("{op:?}()")).list("values", values, expr)
        }
        ExprKind::NamedExpr { target, value } => {
            Node::new("NamedExpr").field("target", expr(target)).field("value", expr(value))
        }
        ExprKind::BinOp { left, op, right } => Node::new("BinOp")
            .field("left", expr(left))
            .field("op", format!("{op:?}()"))
            .field("right", expr(right)),
        ExprKind::UnaryOp { op, operand } => {
            Node::new("UnaryOp").field("op", format!("{op:?}()")).field("operand", expr(operand))
        }
        ExprKind::Lambda { args, body } => {
            Node::new("Lambda").field("args", arguments(args)).field("body", expr(body))
        }
        ExprKind::IfExp { test, body, orelse } => Node::new("IfExp")
            .field("test", expr(test))
            .field("body", expr(body))
            .field("orelse", expr(orelse)),
        ExprKind::Dict { keys, values } => {
            let key = |key: &Option<Expr>| key.as_ref().map_or("None".to_owned(), expr);
            Node::new("Dict").list("keys", keys, key).list("values", values, expr)
        }
        ExprKind::Set { elts } => Node::new("Set").list("elts", elts, expr),
        ExprKind::ListComp { elt, generators } => {
            Node::new("ListComp").field("elt", expr(elt)).list("generators", generators, comprehension)
        }
        ExprKind::SetComp { elt, generators } => {
            Node::new("SetComp").field("elt", expr(elt)).list("generators", generators, comprehension)
        }
        ExprKind::DictComp { key, value, generators } => Node::new("DictComp")
            .field("key", expr(key))
            .field("value", expr(value))
            .list("generators", generators, comprehension),
        ExprKind::GeneratorExp { elt, generators } => {
            Node::new("GeneratorExp").field("elt", expr(elt)).list("generators", generators, comprehension)
        }
        ExprKind::Await { value } => Node::new("Await").field("value", expr(value)),
        ExprKind::Yield { value } => Node::new("Yield").optional("value", boxed(value)),
        ExprKind::YieldFrom { value } => Node::new("YieldFrom").field("value", expr(value)),
        ExprKind::Compare { left, ops, comparators } => Node::new("Compare")
            .field("left", expr(left))
            .list("ops", ops, |op| format!("{op:?}()"))
            .list("comparators", comparators, expr),
        ExprKind::Call { func, args, keywords } => Node::new("Call")
            .field("func", expr(func))
            .list("args", args, expr)
            .list("keywords", keywords, keyword),
        ExprKind::FormattedValue { value, conversion, format_spec } => Node::new("FormattedValue")
            .field("value", expr(value))
            .field("conversion", (*conversion as i8).to_string())
            .optional("format_spec", boxed(format_spec)),
        ExprKind::Interpolation { value, str, conversion, format_spec } => Node::new("Interpolation")
            .field("value", expr(value))
            .field("str", constant(str))
            .field("conversion", (*conversion as i8).to_string())
            .optional("format_spec", boxed(format_spec)),
        ExprKind::JoinedStr { values } => Node::new("JoinedStr").list("values", values, expr),
        ExprKind::TemplateStr { values } => Node::new("TemplateStr").list("values", values, expr),
        ExprKind::Constant { value, kind } => Node::new("Constant")
            .field("value", constant(value))
            .optional("kind", kind.as_ref().map(|_| "'u'".to_owned())),
        ExprKind::Attribute { value, attr, ctx } => Node::new("Attribute")
            .field("value", expr(value))
            .field("attr", name(attr))
            .field("ctx", context(ctx)),
        ExprKind::Subscript { value, slice, ctx } => Node::new("Subscript")
            .field("value", expr(value))
            .field("slice", expr(slice))
            .field("ctx", context(ctx)),
        ExprKind::Starred { value, ctx } => {
            Node::new("Starred").field("value", expr(value)).field("ctx", context(ctx))
        }
        ExprKind::Name { id, ctx } => Node::new("Name").field("id", name(id)).field("ctx", context(ctx)),
        ExprKind::List { elts, ctx } => Node::new("List").list("elts", elts, expr).field("ctx", context(ctx)),
        ExprKind::Tuple { elts, ctx } => {
            Node::new("Tuple").list("elts", elts, expr).field("ctx", context(ctx))
        }
        ExprKind::Slice { lower, upper, step } => Node::new("Slice")
            .optional("lower", boxed(lower))
            .optional("upper", boxed(upper))
            .optional("step", boxed(step)),
    };
    text.at(node.span)
}
