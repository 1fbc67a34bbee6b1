//! The node classes as Python sees them, made once from the rows of the table.

use super::node::AST;
use super::table::{Attributes, Class, Field, ROWS, Row};
use runtime::objects::dict::Dict;
use runtime::objects::int;
use runtime::objects::object::new_bare;
use runtime::objects::str::{self, Str};
use runtime::objects::tuple::Tuple;
use runtime::types::registry::{INT, LIST, OBJECT, STR, TYPE, ready};
use runtime::{GilCell, PyResult, Ref, Thread, Type, Value, names, protocol};
use std::collections::HashMap;

/// The classes, their field names, and the operators that exist once.
pub struct Classes {
    objects: Vec<Ref>,
    field_names: Vec<Vec<Value>>,
    singletons: Vec<Option<Ref>>,
    by_type: HashMap<u64, Class>,
    /// `lineno`, `col_offset`, `end_lineno`, `end_col_offset`
    pub position_names: [Value; 4],
}

static CLASSES: GilCell<Option<&'static Classes>> = GilCell::new(None);

const POSITION: [&str; 4] = ["lineno", "col_offset", "end_lineno", "end_col_offset"];

/// The classes, which are made at the first call and live for ever.
pub fn get(thread: &Thread) -> PyResult<&'static Classes> {
    if let Some(classes) = CLASSES.with(|c| *c) {
        return Ok(classes);
    }
    let classes: &'static Classes = Box::leak(Box::new(make(thread)?));
    CLASSES.with(|c| *c = Some(classes));
    Ok(classes)
}

impl Classes {
    /// The class object.
    pub fn object(&self, class: Class) -> Value {
        *self.objects[class as usize]
    }
    pub fn field_names(&self, class: Class) -> &[Value] {
        &self.field_names[class as usize]
    }
    /// The class that an object is a direct instance of.
    pub fn class_of(&self, object: Value) -> Option<Class> {
        self.by_type.get(&Value::of(object.ty()).bits()).copied()
    }
    /// The only instance of an operator's or context's class, or a new one of any other class.
    pub fn instance(&self, class: Class) -> Ref {
        if let Some(known) = &self.singletons[class as usize] {
            return known.clone();
        }
        self.objects[class as usize].cast::<Type>().map_or(Ref::NONE, new_bare)
    }
    /// All names with their classes.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, Value)> + '_ {
        ROWS.iter().zip(&self.objects).map(|(row, object)| (row.name, **object))
    }
}

/// Field names as a tuple.
fn tuple_of<'a>(texts: impl Iterator<Item = &'a str>) -> Ref {
    Tuple::from_refs(texts.map(|text| str::intern_text(text).to_ref()).collect())
}

/// The signature of a class as its doc shows it.
fn signature(row: &Row) -> String {
    let fields: Vec<String> = row.fields.iter().map(|f| format!("{} {}", f.kind, f.name)).collect();
    if fields.is_empty() { row.name.to_string() } else { format!("{}({})", row.name, fields.join(", ")) }
}

fn doc(row: &'static Row) -> String {
    let signatures: Vec<String> = constructors(row).iter().map(signature).collect();
    if signatures.is_empty() {
        return signature(row);
    }
    let separator = match constructors(row).iter().all(|c| c.fields.is_empty()) {
        true => " | ".to_string(),
        false => format!("\n{}| ", " ".repeat(row.name.len() + 1)),
    };
    format!("{} = {}", row.name, signatures.join(&separator))
}

fn constructors(row: &'static Row) -> &'static [Row] {
    let first = row.class as usize + 1;
    &ROWS[first..first + row.constructors]
}

fn new_class(thread: &Thread, row: &'static Row, base: Value) -> PyResult {
    let namespace = Dict::new();
    let Some(dict) = namespace.cast::<Dict>() else { return Ok(namespace) };
    let fields = tuple_of(row.fields.iter().map(|f| f.name));
    dict.set_str("_fields", *fields);
    dict.set_str("__match_args__", *fields);
    dict.set_str("__module__", *Str::new("ast"));
    dict.set_str("__doc__", *Str::new(&doc(row)));
    if row.base.is_none() {
        let has_position = row.attributes != Attributes::None;
        let attributes = if has_position { &POSITION[..] } else { &[] };
        dict.set_str("_attributes", *tuple_of(attributes.iter().copied()));
    }
    for field in row.fields.iter().filter(|f| f.is_optional()) {
        dict.set_str(field.name, Value::NONE);
    }
    if row.attributes == Attributes::OpenEnd {
        dict.set_str("end_lineno", Value::NONE);
        dict.set_str("end_col_offset", Value::NONE);
    }
    let bases = Tuple::from_values(&[base]);
    thread.call(Value::of(&TYPE), &[*Str::new(row.name), *bases, *namespace])
}

fn make(thread: &Thread) -> PyResult<Classes> {
    ready(&AST);
    set_base_fields();
    let mut objects: Vec<Ref> = Vec::with_capacity(ROWS.len());
    for row in ROWS {
        let base = row.base.map_or(Value::of(&AST), |base| *objects[base as usize]);
        objects.push(new_class(thread, row, base)?);
    }
    for (row, object) in ROWS.iter().zip(&objects) {
        if row.constructors == 0 {
            set_field_types(thread, row, object, &objects)?;
        }
    }
    let by_type = ROWS.iter().zip(&objects).map(|(row, object)| (object.bits(), row.class)).collect();
    let singletons = ROWS.iter().zip(&objects).map(|(row, object)| {
        let base = row.base.map(Class::row)?;
        let exists_once =
            base.attributes == Attributes::None && constructors(base).iter().all(|c| c.fields.is_empty());
        exists_once.then(|| object.cast::<Type>().map(new_bare)).flatten()
    });
    let singletons = singletons.collect();
    let names = |row: &Row| row.fields.iter().map(|f| str::intern_text(f.name)).collect();
    let field_names = ROWS.iter().map(names).collect();
    let position_names = POSITION.map(str::intern_text);
    Ok(Classes { objects, field_names, singletons, by_type, position_names })
}

/// `AST` itself has neither fields nor attributes.
fn set_base_fields() {
    let namespace = AST.dict.get();
    let Some(dict) = namespace.cast::<Dict>() else { return };
    for name in ["_fields", "__match_args__", "_attributes"] {
        dict.set_str(name, *Tuple::empty());
    }
    AST.modified();
}

/// Sets `_field_types`, which are the annotations too.
fn set_field_types(thread: &Thread, row: &Row, class: &Ref, objects: &[Ref]) -> PyResult<()> {
    let types = Dict::new();
    for field in row.fields {
        let ty = field_type(thread, *field, objects)?;
        if let Some(types) = types.cast::<Dict>() {
            types.set_str(field.name, *ty);
        }
    }
    let Some(class) = class.cast::<Type>() else { return Ok(()) };
    let namespace = class.dict.get();
    if let Some(dict) = namespace.cast::<Dict>() {
        dict.set_str("_field_types", *types);
        dict.insert_interned(names::get().__annotations_cache__, *types);
    }
    class.modified();
    Ok(())
}

fn field_type(thread: &Thread, field: Field, objects: &[Ref]) -> PyResult {
    let plain = match field.type_name() {
        "identifier" | "string" => Value::of(&STR),
        "int" => Value::of(&INT),
        "constant" => Value::of(&OBJECT),
        name => ROWS.iter().position(|row| row.name == name).map_or(Value::NONE, |i| *objects[i]),
    };
    if field.is_list() {
        return protocol::get_item(thread, Value::of(&LIST), plain);
    }
    if field.is_optional() {
        return protocol::binary_operation(thread, ir::opcode::BinaryOperator::NB_OR, plain, Value::NONE);
    }
    Ok(plain.to_ref())
}

/// What the module has beside classes: the flags of `compile`.
pub fn flags() -> impl Iterator<Item = (&'static str, Ref)> {
    let flags = [
        ("PyCF_ALLOW_TOP_LEVEL_AWAIT", 0x2000),
        ("PyCF_ONLY_AST", 0x400),
        ("PyCF_TYPE_COMMENTS", 0x1000),
        ("PyCF_OPTIMIZED_AST", 0x8400),
    ];
    flags.into_iter().map(|(name, flag)| (name, int::new(flag)))
}
