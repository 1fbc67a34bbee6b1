//! Trees as Python objects, and Python objects as trees: what the rows of the table expand to.
//!
//! Reading checks what the classes promise (required fields, lists, types of leaves); what a tree as a whole must fulfil
//! is `frontend::validate`'s subject. Reading calls Python code (attributes may be computed), so no reference into an
//! object is held across it.

use super::classes::{self, Classes};
use super::table::{Attributes, Class, Field, ROWS, Row};
use frontend::ast::{Const, Conversion, Identifier, Span};
use runtime::objects::code::{constant_from_ir, constant_to_ir};
use runtime::objects::exceptions as exc;
use runtime::objects::int;
use runtime::objects::list::List;
use runtime::objects::set;
use runtime::objects::str::{self, Str};
use runtime::objects::tuple::Tuple;
use runtime::types::instance_check::isinstance;
use runtime::types::registry::{BYTES, COMPLEX, FLOAT, FROZENSET, INT, STR};
use runtime::{PyResult, Ref, Thread, Value, attributes, protocol};
use std::rc::Rc;

/// A part of a tree that is an object of its own.
pub trait Node: Sized {
    fn make(&self, maker: &Maker) -> PyResult;
    /// `Ok(None)` for None where CPython lets it stand for a missing node.
    fn read(reader: &Reader, object: Value) -> PyResult<Option<Self>>;
    const NONE_IN_LIST: &'static str = "None disallowed in list";
}

/// The value of a field.
pub trait FieldValue: Sized {
    fn make_field(&self, maker: &Maker) -> PyResult;
    /// `found` is missing if the object has no such attribute.
    fn read_field(reader: &Reader, found: Option<Ref>, place: &Place) -> PyResult<Self>;
}

/// Where a field stands, for messages.
pub struct Place {
    pub class: &'static str,
    pub field: Field,
}

/// Makes objects of a tree.
pub struct Maker<'t> {
    pub thread: &'t Thread,
    classes: &'static Classes,
}

impl<'t> Maker<'t> {
    pub fn new(thread: &'t Thread) -> PyResult<Maker<'t>> {
        Ok(Maker { thread, classes: classes::get(thread)? })
    }
    /// An instance without fields; for operators and contexts the only one.
    pub fn new_node(&self, class: Class) -> Ref {
        self.classes.instance(class)
    }
    pub fn field_names(&self, class: Class) -> &'static [Value] {
        self.classes.field_names(class)
    }
    pub fn set(&self, node: &Ref, name: Option<&Value>, value: Ref) -> PyResult<()> {
        let Some(name) = name else { return Ok(()) };
        attributes::generic_set(self.thread, **node, *name, *value)
    }
    pub fn set_span(&self, node: &Ref, span: Span) -> PyResult<()> {
        let numbers = [span.lineno, span.col_offset, span.end_lineno, span.end_col_offset];
        for (name, number) in self.classes.position_names.iter().zip(numbers) {
            let number = Value::small_int(i64::from(number as i32));
            attributes::generic_set(self.thread, **node, *name, number)?;
        }
        Ok(())
    }
}

/// Reads trees from objects.
pub struct Reader<'t> {
    pub thread: &'t Thread,
    classes: &'static Classes,
}

impl<'t> Reader<'t> {
    pub fn new(thread: &'t Thread) -> PyResult<Reader<'t>> {
        Ok(Reader { thread, classes: classes::get(thread)? })
    }

    /// The class object of a row.
    pub fn class_object(&self, class: Class) -> Value {
        self.classes.object(class)
    }

    /// An attribute, or `None` if there is none.
    pub fn find(&self, object: Value, name: &str) -> PyResult<Option<Ref>> {
        attributes::find(self.thread, object, str::intern_text(name))
    }

    /// Which constructor of a sum type the object is.
    pub fn constructor(&self, object: Value, base: Class) -> PyResult<Class> {
        self.thread.check_native_stack()?;
        if let Some(class) = self.classes.class_of(object)
            && class.row().base == Some(base)
        {
            return Ok(class);
        }
        for row in base.constructors() {
            if isinstance(self.thread, object, self.classes.object(row.class))? {
                return Ok(row.class);
            }
        }
        let shown = protocol::repr(self.thread, object)?;
        let message = format!("expected some sort of {}, but got {}", base.row().name, str::display(*shown));
        Err(self.thread.type_error(message))
    }

    fn missing(&self, field: &str, class: &str) -> runtime::Raised {
        self.thread.type_error(format!("required field \"{field}\" missing from {class}"))
    }

    fn c_int(&self, value: Value) -> PyResult<i32> {
        if !int::is_int(value) {
            let shown = protocol::repr(self.thread, value)?;
            return Err(self.thread.value_error(format!("invalid integer value: {}", str::display(*shown))));
        }
        protocol::c_int(self.thread, value)
    }

    /// The position attributes.
    pub fn span(&self, object: Value, class: &'static str, kind: Attributes) -> PyResult<Span> {
        let [lineno, col_offset, end_lineno, end_col_offset] = self.classes.position_names;
        let required = |name: Value| match attributes::find(self.thread, object, name)? {
            Some(value) => self.c_int(*value),
            None => Err(self.missing(&str::display(name), class)),
        };
        let end = |name: Value, start: i32| {
            if kind == Attributes::All {
                return required(name);
            }
            match attributes::find(self.thread, object, name)? {
                Some(value) if !value.is_none() => self.c_int(*value),
                _ => Ok(start),
            }
        };
        let lineno = required(lineno)?;
        let col_offset = required(col_offset)?;
        let end_lineno = end(end_lineno, lineno)?;
        let end_col_offset = end(end_col_offset, col_offset)?;
        Ok(Span {
            lineno: lineno as u32,
            col_offset: col_offset as u32,
            end_lineno: end_lineno as u32,
            end_col_offset: end_col_offset as u32,
        })
    }

    /// Refuses what can't be a constant.
    fn check_constant(&self, value: Value) -> PyResult<()> {
        let is_plain = matches!(value, Value::NONE | Value::TRUE | Value::FALSE | Value::ELLIPSIS)
            || [&INT, &FLOAT, &STR, &BYTES, &COMPLEX].into_iter().any(|ty| value.is_exact(ty));
        if is_plain {
            return Ok(());
        }
        self.thread.check_native_stack()?;
        if let Some(tuple) = value.cast_exact::<Tuple>() {
            return tuple.items().iter().try_for_each(|item| self.check_constant(*item));
        }
        if value.is_exact(&FROZENSET) {
            let members = set::set_of(value).map(|s| s.members()).unwrap_or_default();
            return members.iter().try_for_each(|(member, _)| self.check_constant(**member));
        }
        let name = value.ty().name();
        Err(self.thread.type_error(format!("got an invalid type in Constant: {name}")))
    }

    fn text(&self, value: Value, what: &str) -> PyResult<Rc<str>> {
        let Some(text) = value.cast_exact::<Str>() else {
            return Err(self.thread.type_error(format!("AST {what} must be of type str")));
        };
        match text.to_text() {
            Some(text) => Ok(Rc::from(&*text)),
            None => Err(crate::source::surrogates_not_allowed(self.thread, text)),
        }
    }
}

impl Class {
    pub fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }
    /// The rows of a sum type's constructors.
    fn constructors(self) -> &'static [Row] {
        let first = self as usize + 1;
        &ROWS[first..first + self.row().constructors]
    }
}

// Fields that hold nodes.

impl<T: Node> FieldValue for T {
    fn make_field(&self, maker: &Maker) -> PyResult {
        maker.thread.check_native_stack()?;
        Node::make(self, maker)
    }
    fn read_field(reader: &Reader, found: Option<Ref>, place: &Place) -> PyResult<T> {
        let Some(value) = found else { return Err(reader.missing(place.field.name, place.class)) };
        reader.thread.check_native_stack()?;
        match Node::read(reader, *value)? {
            Some(node) => Ok(node),
            None => {
                let message = format!("field '{}' is required for {}", place.field.name, place.class);
                Err(reader.thread.value_error(message))
            }
        }
    }
}

impl<T: Node> Node for Box<T> {
    fn make(&self, maker: &Maker) -> PyResult {
        Node::make(&**self, maker)
    }
    fn read(reader: &Reader, object: Value) -> PyResult<Option<Box<T>>> {
        Ok(T::read(reader, object)?.map(Box::new))
    }
}

impl<T: Node> FieldValue for Option<T> {
    fn make_field(&self, maker: &Maker) -> PyResult {
        match self {
            Some(node) => FieldValue::make_field(node, maker),
            None => Ok(Ref::NONE),
        }
    }
    fn read_field(reader: &Reader, found: Option<Ref>, _: &Place) -> PyResult<Option<T>> {
        reader.thread.check_native_stack()?;
        match found {
            Some(value) if !value.is_none() => T::read(reader, *value),
            _ => Ok(None),
        }
    }
}

/// What may stand in a list.
trait Item: Sized {
    fn make_item(&self, maker: &Maker) -> PyResult;
    fn read_item(reader: &Reader, object: Value) -> PyResult<Self>;
}

impl<T: Node> Item for T {
    fn make_item(&self, maker: &Maker) -> PyResult {
        FieldValue::make_field(self, maker)
    }
    fn read_item(reader: &Reader, object: Value) -> PyResult<T> {
        match T::read(reader, object)? {
            Some(node) => Ok(node),
            None => Err(reader.thread.value_error(T::NONE_IN_LIST)),
        }
    }
}

impl<T: Node> Item for Option<T> {
    fn make_item(&self, maker: &Maker) -> PyResult {
        FieldValue::make_field(self, maker)
    }
    fn read_item(reader: &Reader, object: Value) -> PyResult<Option<T>> {
        T::read(reader, object)
    }
}

impl<T: Item> FieldValue for Vec<T> {
    fn make_field(&self, maker: &Maker) -> PyResult {
        let items: PyResult<Vec<Ref>> = self.iter().map(|item| item.make_item(maker)).collect();
        Ok(List::from_refs(items?))
    }
    fn read_field(reader: &Reader, found: Option<Ref>, place: &Place) -> PyResult<Vec<T>> {
        let Some(value) = found else { return Ok(Vec::new()) };
        let (class, field) = (place.class, place.field.name);
        let Some(list) = value.cast::<List>() else {
            let name = value.ty().name();
            let message = format!("{class} field \"{field}\" must be a list, not a {name}");
            return Err(reader.thread.type_error(message));
        };
        reader.thread.check_native_stack()?;
        let length = list.len();
        let mut items = Vec::with_capacity(length);
        for i in 0..length {
            if let Some(item) = list.get(i) {
                items.push(T::read_item(reader, *item)?);
            }
            if list.len() != length {
                let message = format!("{class} field \"{field}\" changed size during iteration");
                return Err(reader.thread.runtime_error(message));
            }
        }
        Ok(items)
    }
}

// Leaves.

impl Node for Identifier {
    fn make(&self, _: &Maker) -> PyResult {
        Ok(str::intern_text(self.as_str()).to_ref())
    }
    fn read(reader: &Reader, object: Value) -> PyResult<Option<Identifier>> {
        if object.is_none() {
            return Ok(None);
        }
        Ok(Some(Identifier::new(&reader.text(object, "identifier")?)))
    }
}

impl Node for Rc<str> {
    fn make(&self, _: &Maker) -> PyResult {
        Ok(Str::new(self))
    }
    fn read(reader: &Reader, object: Value) -> PyResult<Option<Rc<str>>> {
        if object.is_none() { Ok(None) } else { reader.text(object, "string").map(Some) }
    }
}

impl Node for Const {
    fn make(&self, maker: &Maker) -> PyResult {
        constant_from_ir(maker.thread, self)
    }
    fn read(reader: &Reader, object: Value) -> PyResult<Option<Const>> {
        reader.check_constant(object)?;
        match constant_to_ir(object) {
            Some(constant) => Ok(Some(constant)),
            None => Err(reader.thread.value_error("constant that can't be compiled")),
        }
    }
}

/// The level of a relative import, the line of a `type: ignore`.
impl FieldValue for u32 {
    fn make_field(&self, _: &Maker) -> PyResult {
        Ok(int::new(i64::from(*self)))
    }
    fn read_field(reader: &Reader, found: Option<Ref>, place: &Place) -> PyResult<u32> {
        let value = match found {
            Some(value) if !(place.field.is_optional() && value.is_none()) => value,
            None if !place.field.is_optional() => return Err(reader.missing(place.field.name, place.class)),
            _ => return Ok(0),
        };
        let number = reader.c_int(*value)?;
        if place.field.is_optional() && number < 0 {
            return Err(reader.thread.value_error(format!("Negative {} {}", place.class, place.field.name)));
        }
        Ok(number as u32)
    }
}

/// An `int` used as a flag.
impl FieldValue for bool {
    fn make_field(&self, _: &Maker) -> PyResult {
        Ok(int::new(i64::from(*self)))
    }
    fn read_field(reader: &Reader, found: Option<Ref>, place: &Place) -> PyResult<bool> {
        match found {
            Some(value) => Ok(reader.c_int(*value)? != 0),
            None => Err(reader.missing(place.field.name, place.class)),
        }
    }
}

impl FieldValue for Conversion {
    fn make_field(&self, _: &Maker) -> PyResult {
        Ok(int::new(*self as i64))
    }
    fn read_field(reader: &Reader, found: Option<Ref>, place: &Place) -> PyResult<Conversion> {
        let Some(value) = found else { return Err(reader.missing(place.field.name, place.class)) };
        let all = [Conversion::None, Conversion::Str, Conversion::Repr, Conversion::Ascii];
        let number = reader.c_int(*value)?;
        match all.into_iter().find(|conversion| *conversion as i32 == number) {
            Some(conversion) => Ok(conversion),
            None => {
                let message = format!("Unrecognized conversion character {number}");
                Err(reader.thread.error(&exc::SYSTEM_ERROR, message))
            }
        }
    }
}
