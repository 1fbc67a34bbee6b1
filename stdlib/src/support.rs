//! What several native modules need: exception classes of their own, and arguments that are bytes.

use crate::io::support;
use runtime::buffer::BufferView;
use runtime::objects::bytes::Bytes;
use runtime::objects::dict::Dict;
use runtime::objects::module;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::types::registry::TYPE;
use runtime::{GilCell, PyResult, Raised, Ref, Thread, Type, Value};

pub use support::{ByteSource, byte_source};

/// An exception class that belongs to a module and is made with it.
pub struct ErrorClass(GilCell<Option<Ref>>);

impl ErrorClass {
    pub const fn new() -> ErrorClass {
        ErrorClass(GilCell::new(None))
    }
    /// Makes the class and adds it to the module. `name` says which module it shows: `"struct.error"`.
    pub fn add(&self, thread: &Thread, module: Value, name: &str, base: &'static Type) -> PyResult<()> {
        let (home, short) = name.rsplit_once('.').unwrap_or(("builtins", name));
        // The module may be made anew; what its functions raise is still this.
        if let Some(class) = self.class() {
            module::add(module, short, Value::of(class));
            return Ok(());
        }
        let namespace = Dict::new();
        if let Some(dict) = namespace.cast::<Dict>() {
            dict.set_str("__module__", *Str::new(home));
        }
        let bases = Tuple::from_values(&[Value::of(base)]);
        let class = thread.call(Value::of(&TYPE), &[*Str::new(short), *bases, *namespace])?;
        module::add(module, short, *class);
        drop(self.0.replace(Some(class)));
        Ok(())
    }
    /// The class, once its module was made.
    pub fn class(&self) -> Option<&'static Type> {
        self.0.with(|c| c.clone())?.cast::<Type>()
    }
    /// An exception of this class with a message.
    #[cold]
    pub fn raise(&self, thread: &Thread, message: impl AsRef<str>) -> Raised {
        let class = self.0.with(|c| c.clone());
        match class.as_ref().and_then(|c| c.cast::<Type>()) {
            Some(class) => thread.error(class, message),
            None => thread.value_error(message),
        }
    }
}

/// A view of the bytes of an argument that may be written to.
pub fn writable(thread: &Thread, v: Value) -> PyResult<BufferView> {
    const WRITABLE: i32 = 1;
    let refused = || {
        let message = format!("argument must be read-write bytes-like object, not {}", v.ty().name());
        thread.type_error(message)
    };
    if v.cast::<Bytes>().is_some() {
        return Err(refused());
    }
    let Some(buffer) = v.ty().slots().buffer else { return Err(refused()) };
    let mut view = buffer(thread, v, WRITABLE)?;
    if view.bytes_mut().is_none() { Err(refused()) } else { Ok(view) }
}
