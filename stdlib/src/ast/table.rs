//! The table of node classes: one row a class, from which the classes, their docs and the conversion of trees both ways
//! expand.
//!
//! A row of a sum type: how the Rust tree holds the constructor (`inline` in the enum, `boxed` in a struct of its own,
//! `bare` without fields), its name, its fields with their kinds. Kinds are written as in the docs of the classes: a
//! type's name, then `?` (may be None), `*` (a list) or `?*` (a list that may hold None).

use super::convert::{FieldValue, Maker, Node, Place, Reader};
use frontend::ast::*;
use runtime::{PyResult, Value};

/// A field of a node class.
#[derive(Clone, Copy)]
pub struct Field {
    pub name: &'static str,
    pub kind: &'static str,
}

impl Field {
    /// The kind without its quantifier.
    pub fn type_name(self) -> &'static str {
        self.kind.trim_end_matches(['?', '*'])
    }
    pub fn is_list(self) -> bool {
        self.kind.ends_with('*')
    }
    pub fn is_optional(self) -> bool {
        self.kind.ends_with('?')
    }
}

/// The attributes (position) that a class has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Attributes {
    None,
    /// The end may be left out.
    OpenEnd,
    All,
}

/// A node class.
pub struct Row {
    pub class: Class,
    pub name: &'static str,
    /// For constructors of a sum type: that type.
    pub base: Option<Class>,
    pub fields: &'static [Field],
    /// What the class itself declares; constructors inherit.
    pub attributes: Attributes,
    /// For sum types: the number of constructors, whose rows follow.
    pub constructors: usize,
}

/// Field names may be Rust keywords.
const fn plain(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', ..] => name.split_at(2).1,
        _ => name,
    }
}

macro_rules! field {
    ($name:ident, $kind:literal) => {
        Field { name: plain(stringify!($name)), kind: $kind }
    };
}

macro_rules! attributes {
    (none) => {
        Attributes::None
    };
    (open) => {
        Attributes::OpenEnd
    };
    (all) => {
        Attributes::All
    };
}

/// Makes the object of a node from expressions for the fields.
macro_rules! make {
    ($maker:ident, $class:ident, $($field:ident)*) => {{
        let node = $maker.new_node(Class::$class);
        let mut names = $maker.field_names(Class::$class).iter();
        $( $maker.set(&node, names.next(), $field.make_field($maker)?)?; )*
        let _ = &mut names;
        node
    }};
}

/// Reads the field of an object.
macro_rules! read {
    ($reader:ident, $object:ident, $class:ident, $field:ident, $kind:literal) => {{
        const PLACE: Place = Place { class: plain(stringify!($class)), field: field!($field, $kind) };
        FieldValue::read_field($reader, $reader.find($object, PLACE.field.name)?, &PLACE)?
    }};
}

macro_rules! pattern {
    (bare [] $inner:ident, $kinds:ident, $name:ident,) => { $kinds::$name };
    (inline [] $inner:ident, $kinds:ident, $name:ident, $($field:ident)*) => { $kinds::$name { $($field),* } };
    (boxed [$struct:ident] $inner:ident, $kinds:ident, $name:ident, $($field:ident)*) => { $kinds::$name($inner) };
}

/// Takes the struct behind a boxed constructor apart.
macro_rules! unbox {
    (boxed [$struct:ident] $inner:ident, $($field:ident)*) => { let $struct { $($field),* } = &**$inner; };
    ($form:ident [] $inner:ident, $($field:ident)*) => {};
}

macro_rules! build {
    (bare [] $kinds:ident, $name:ident,) => { $kinds::$name };
    (inline [] $kinds:ident, $name:ident, $($field:ident)*) => { $kinds::$name { $($field),* } };
    (boxed [$struct:ident] $kinds:ident, $name:ident, $($field:ident)*) => {
        $kinds::$name(Box::new($struct { $($field),* }))
    };
}

/// Whether a node stands around the enum of constructors, with a position.
macro_rules! sum_node {
    (located, $base:ident, $rust:ident, $kinds:ident, $attributes:ident) => {
        impl Node for $rust {
            fn make(&self, maker: &Maker) -> PyResult {
                let node = self.kind.make(maker)?;
                maker.set_span(&node, self.span)?;
                Ok(node)
            }
            fn read(reader: &Reader, object: Value) -> PyResult<Option<$rust>> {
                if object.is_none() {
                    return Ok(None);
                }
                let span = reader.span(object, stringify!($base), attributes!($attributes))?;
                Ok(<$kinds as Node>::read(reader, object)?.map(|kind| $rust { kind, span }))
            }
            const NONE_IN_LIST: &'static str = none_in_list(stringify!($base));
        }
    };
    (plain, $base:ident, $rust:ident, $kinds:ident, $attributes:ident) => {};
}

const fn none_in_list(base: &'static str) -> &'static str {
    match base.as_bytes() {
        b"stmt" => "None disallowed in statement list",
        b"expr" => "None disallowed in expression list",
        _ => "None disallowed in list",
    }
}

macro_rules! nodes {
    (
        sums { $(
            $shape:ident $base:ident [$attributes:ident] $rust:ident $kinds:ident {
                $( $form:ident($($struct:ident)?) $name:ident($($field:ident: $kind:literal),*) )*
            }
        )* }
        singles { $(
            $single_base:ident [$single_attributes:ident] $single:ident
            ($($single_field:ident: $single_kind:literal),*) $(@ $single_span:ident)?
        )* }
        products { $(
            $product:ident [$product_attributes:ident] $product_rust:ident
            ($($product_field:ident: $product_kind:literal),*) $(@ $span:ident)?
        )* }
    ) => {
        /// The node classes.
        #[allow(non_camel_case_types, reason = "CPython's names")]
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Class {
            $( $base, $( $name, )* )*
            $( $single_base, $single, )*
            $( $product, )*
        }

        /// All rows, indexed by `Class`.
        pub static ROWS: &[Row] = &[
            $(
                Row {
                    class: Class::$base,
                    name: plain(stringify!($base)),
                    base: None,
                    fields: &[],
                    attributes: attributes!($attributes),
                    constructors: [$(stringify!($name)),*].len(),
                },
                $( Row {
                    class: Class::$name,
                    name: stringify!($name),
                    base: Some(Class::$base),
                    fields: &[$(field!($field, $kind)),*],
                    attributes: Attributes::None,
                    constructors: 0,
                }, )*
            )*
            $(
                Row {
                    class: Class::$single_base,
                    name: stringify!($single_base),
                    base: None,
                    fields: &[],
                    attributes: attributes!($single_attributes),
                    constructors: 1,
                },
                Row {
                    class: Class::$single,
                    name: stringify!($single),
                    base: Some(Class::$single_base),
                    fields: &[$(field!($single_field, $single_kind)),*],
                    attributes: Attributes::None,
                    constructors: 0,
                },
            )*
            $( Row {
                class: Class::$product,
                name: plain(stringify!($product)),
                base: None,
                fields: &[$(field!($product_field, $product_kind)),*],
                attributes: attributes!($product_attributes),
                constructors: 0,
            }, )*
        ];

        $(
            sum_node!($shape, $base, $rust, $kinds, $attributes);

            impl Node for $kinds {
                #[allow(unused_variables, unused_mut, reason = "for constructors without fields")]
                fn make(&self, maker: &Maker) -> PyResult {
                    match self {
                        $( pattern!($form [$($struct)?] inner, $kinds, $name, $($field)*) => {
                            unbox!($form [$($struct)?] inner, $($field)*);
                            Ok(make!(maker, $name, $($field)*))
                        } )*
                    }
                }
                fn read(reader: &Reader, object: Value) -> PyResult<Option<$kinds>> {
                    match reader.constructor(object, Class::$base)? {
                        $( Class::$name => {
                            $( let $field = read!(reader, object, $name, $field, $kind); )*
                            Ok(Some(build!($form [$($struct)?] $kinds, $name, $($field)*)))
                        } )*
                        _ => Ok(None),
                    }
                }
            }
        )*

        $(
            impl Node for $single {
                fn make(&self, maker: &Maker) -> PyResult {
                    let $single { $($single_field,)* $($single_span,)? } = self;
                    let node = make!(maker, $single, $($single_field)*);
                    $( maker.set_span(&node, *$single_span)?; )?
                    Ok(node)
                }
                fn read(reader: &Reader, object: Value) -> PyResult<Option<$single>> {
                    if object.is_none() {
                        return Ok(None);
                    }
                    $( let $single_span =
                        reader.span(object, stringify!($single_base), attributes!($single_attributes))?; )?
                    reader.constructor(object, Class::$single_base)?;
                    $( let $single_field = read!(reader, object, $single, $single_field, $single_kind); )*
                    Ok(Some($single { $($single_field,)* $($single_span,)? }))
                }
            }
        )*

        $(
            impl Node for $product_rust {
                fn make(&self, maker: &Maker) -> PyResult {
                    let $product_rust { $($product_field,)* $($span,)? } = self;
                    let node = make!(maker, $product, $($product_field)*);
                    $( maker.set_span(&node, *$span)?; )?
                    Ok(node)
                }
                fn read(reader: &Reader, object: Value) -> PyResult<Option<$product_rust>> {
                    $( let $product_field = read!(reader, object, $product, $product_field, $product_kind); )*
                    $( let $span = reader.span(object, stringify!($product), attributes!($product_attributes))?; )?
                    Ok(Some($product_rust { $($product_field,)* $($span,)? }))
                }
            }
        )*
    };
}

nodes! {
    sums {
        plain r#mod [none] Mod Mod {
            inline() Module(body: "stmt*", type_ignores: "type_ignore*")
            inline() Interactive(body: "stmt*")
            inline() Expression(body: "expr")
            inline() FunctionType(argtypes: "expr*", returns: "expr")
        }
        located stmt [open] Stmt StmtKind {
            boxed(FunctionDef) FunctionDef(name: "identifier", args: "arguments", body: "stmt*", decorator_list: "expr*", returns: "expr?", type_comment: "string?", type_params: "type_param*")
            boxed(FunctionDef) AsyncFunctionDef(name: "identifier", args: "arguments", body: "stmt*", decorator_list: "expr*", returns: "expr?", type_comment: "string?", type_params: "type_param*")
            boxed(ClassDef) ClassDef(name: "identifier", bases: "expr*", keywords: "keyword*", body: "stmt*", decorator_list: "expr*", type_params: "type_param*")
            inline() Return(value: "expr?")
            inline() Delete(targets: "expr*")
            inline() Assign(targets: "expr*", value: "expr", type_comment: "string?")
            inline() TypeAlias(name: "expr", type_params: "type_param*", value: "expr")
            inline() AugAssign(target: "expr", op: "operator", value: "expr")
            inline() AnnAssign(target: "expr", annotation: "expr", value: "expr?", simple: "int")
            boxed(For) For(target: "expr", iter: "expr", body: "stmt*", orelse: "stmt*", type_comment: "string?")
            boxed(For) AsyncFor(target: "expr", iter: "expr", body: "stmt*", orelse: "stmt*", type_comment: "string?")
            inline() While(test: "expr", body: "stmt*", orelse: "stmt*")
            inline() If(test: "expr", body: "stmt*", orelse: "stmt*")
            boxed(With) With(items: "withitem*", body: "stmt*", type_comment: "string?")
            boxed(With) AsyncWith(items: "withitem*", body: "stmt*", type_comment: "string?")
            inline() Match(subject: "expr", cases: "match_case*")
            inline() Raise(exc: "expr?", cause: "expr?")
            boxed(Try) Try(body: "stmt*", handlers: "excepthandler*", orelse: "stmt*", finalbody: "stmt*")
            boxed(Try) TryStar(body: "stmt*", handlers: "excepthandler*", orelse: "stmt*", finalbody: "stmt*")
            inline() Assert(test: "expr", msg: "expr?")
            inline() Import(names: "alias*")
            inline() ImportFrom(module: "identifier?", names: "alias*", level: "int?")
            inline() Global(names: "identifier*")
            inline() Nonlocal(names: "identifier*")
            inline() Expr(value: "expr")
            bare() Pass()
            bare() Break()
            bare() Continue()
        }
        located expr [open] Expr ExprKind {
            inline() BoolOp(op: "boolop", values: "expr*")
            inline() NamedExpr(target: "expr", value: "expr")
            inline() BinOp(left: "expr", op: "operator", right: "expr")
            inline() UnaryOp(op: "unaryop", operand: "expr")
            inline() Lambda(args: "arguments", body: "expr")
            inline() IfExp(test: "expr", body: "expr", orelse: "expr")
            inline() Dict(keys: "expr?*", values: "expr*")
            inline() Set(elts: "expr*")
            inline() ListComp(elt: "expr", generators: "comprehension*")
            inline() SetComp(elt: "expr", generators: "comprehension*")
            inline() DictComp(key: "expr", value: "expr", generators: "comprehension*")
            inline() GeneratorExp(elt: "expr", generators: "comprehension*")
            inline() Await(value: "expr")
            inline() Yield(value: "expr?")
            inline() YieldFrom(value: "expr")
            inline() Compare(left: "expr", ops: "cmpop*", comparators: "expr*")
            inline() Call(func: "expr", args: "expr*", keywords: "keyword*")
            inline() FormattedValue(value: "expr", conversion: "int", format_spec: "expr?")
            inline() Interpolation(value: "expr", str: "constant", conversion: "int", format_spec: "expr?")
            inline() JoinedStr(values: "expr*")
            inline() TemplateStr(values: "expr*")
            inline() Constant(value: "constant", kind: "string?")
            inline() Attribute(value: "expr", attr: "identifier", ctx: "expr_context")
            inline() Subscript(value: "expr", slice: "expr", ctx: "expr_context")
            inline() Starred(value: "expr", ctx: "expr_context")
            inline() Name(id: "identifier", ctx: "expr_context")
            inline() List(elts: "expr*", ctx: "expr_context")
            inline() Tuple(elts: "expr*", ctx: "expr_context")
            inline() Slice(lower: "expr?", upper: "expr?", step: "expr?")
        }
        plain expr_context [none] ExprContext ExprContext {
            bare() Load()
            bare() Store()
            bare() Del()
        }
        plain boolop [none] BoolOp BoolOp {
            bare() And()
            bare() Or()
        }
        plain operator [none] Operator Operator {
            bare() Add()
            bare() Sub()
            bare() Mult()
            bare() MatMult()
            bare() Div()
            bare() Mod()
            bare() Pow()
            bare() LShift()
            bare() RShift()
            bare() BitOr()
            bare() BitXor()
            bare() BitAnd()
            bare() FloorDiv()
        }
        plain unaryop [none] UnaryOp UnaryOp {
            bare() Invert()
            bare() Not()
            bare() UAdd()
            bare() USub()
        }
        plain cmpop [none] CmpOp CmpOp {
            bare() Eq()
            bare() NotEq()
            bare() Lt()
            bare() LtE()
            bare() Gt()
            bare() GtE()
            bare() Is()
            bare() IsNot()
            bare() In()
            bare() NotIn()
        }
        located pattern [all] Pattern PatternKind {
            inline() MatchValue(value: "expr")
            inline() MatchSingleton(value: "constant")
            inline() MatchSequence(patterns: "pattern*")
            inline() MatchMapping(keys: "expr*", patterns: "pattern*", rest: "identifier?")
            inline() MatchClass(cls: "expr", patterns: "pattern*", kwd_attrs: "identifier*", kwd_patterns: "pattern*")
            inline() MatchStar(name: "identifier?")
            inline() MatchAs(pattern: "pattern?", name: "identifier?")
            inline() MatchOr(patterns: "pattern*")
        }
        located type_param [all] TypeParam TypeParamKind {
            inline() TypeVar(name: "identifier", bound: "expr?", default_value: "expr?")
            inline() ParamSpec(name: "identifier", default_value: "expr?")
            inline() TypeVarTuple(name: "identifier", default_value: "expr?")
        }
    }
    singles {
        excepthandler [open] ExceptHandler(r#type: "expr?", name: "identifier?", body: "stmt*") @span
        type_ignore [none] TypeIgnore(lineno: "int", tag: "string")
    }
    products {
        comprehension [none] Comprehension(target: "expr", iter: "expr", ifs: "expr*", is_async: "int")
        arguments [none] Arguments(posonlyargs: "arg*", args: "arg*", vararg: "arg?", kwonlyargs: "arg*", kw_defaults: "expr?*", kwarg: "arg?", defaults: "expr*")
        arg [open] Arg(arg: "identifier", annotation: "expr?", type_comment: "string?") @span
        keyword [open] Keyword(arg: "identifier?", value: "expr") @span
        alias [open] Alias(name: "identifier", asname: "identifier?") @span
        withitem [none] WithItem(context_expr: "expr", optional_vars: "expr?")
        match_case [none] MatchCase(pattern: "pattern", guard: "expr?", body: "stmt*")
    }
}
