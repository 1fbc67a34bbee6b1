//! What all types of the module share: names of methods, arguments, text of fields.

use crate::time::c_int;
use runtime::objects::str::{Str, intern_text};
use runtime::{Args, GilCell, PyResult, Ref, Thread, Value};

/// A name that native code looks up, interned at its first use.
pub struct Name(&'static str, GilCell<Option<Value>>);

impl Name {
    pub const fn new(text: &'static str) -> Name {
        Name(text, GilCell::new(None))
    }
    pub const fn text(&self) -> &'static str {
        self.0
    }
    #[inline]
    pub fn get(&self) -> Value {
        self.1.with(|name| *name.get_or_insert_with(|| intern_text(self.0)))
    }
}

pub static DST: Name = Name::new("dst");
pub static FROMTIMESTAMP: Name = Name::new("fromtimestamp");
pub static FROMUTC: Name = Name::new("fromutc");
pub static ISOFORMAT: Name = Name::new("isoformat");
pub static STRFTIME: Name = Name::new("strftime");
pub static TIMETUPLE: Name = Name::new("timetuple");
pub static TZNAME: Name = Name::new("tzname");
pub static UTCOFFSET: Name = Name::new("utcoffset");
pub static FOLD: Name = Name::new("fold");

/// An argument that C declares `int`; `default` where it was not given.
#[inline]
pub fn int_or(thread: &Thread, v: Value, default: i32) -> PyResult<i32> {
    match v.as_small_int() {
        Some(i) if i as i32 as i64 == i => Ok(i as i32),
        _ if v.is_null() => Ok(default),
        _ => c_int(thread, v),
    }
}

/// As `int_or`, in the words of functions with named arguments.
#[inline]
pub fn named_int_or(thread: &Thread, v: Value, default: i32) -> PyResult<i32> {
    if v.is_null() { Ok(default) } else { runtime::protocol::c_int(thread, v) }
}

/// The arguments of a function that takes exactly `N` and none by name.
pub fn exactly<const N: usize>(thread: &Thread, name: &str, arguments: &Args) -> PyResult<[Value; N]> {
    runtime::types::binding::no_keywords(thread, name, arguments)?;
    crate::time::check_count(thread, name, arguments.count(), N, N)?;
    let mut values = [Value::NULL; N];
    values.copy_from_slice(arguments.positional());
    Ok(values)
}

/// An argument that must be a string.
pub fn text_argument(thread: &Thread, v: Value, name: &str, position: usize) -> PyResult<&'static Str> {
    v.cast::<Str>().ok_or_else(|| wrong_argument(thread, v, name, position, "str"))
}

/// "name() argument 1 must be str, not int"
#[cold]
pub fn wrong_argument(
    thread: &Thread,
    v: Value,
    name: &str,
    position: usize,
    wanted: &str,
) -> runtime::Raised {
    let given = if v.is_none() { "None".into() } else { v.ty().name() };
    thread.type_error(format!("{name}() argument {position} must be {wanted}, not {given}"))
}

/// ASCII text in the making, in a buffer that is long enough for all that the module writes.
pub struct Ascii {
    bytes: [u8; 64],
    length: usize,
}

impl Ascii {
    #[inline]
    pub fn new() -> Ascii {
        Ascii { bytes: [0; 64], length: 0 }
    }
    #[inline]
    pub fn push(&mut self, byte: u8) -> &mut Ascii {
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
        self
    }
    pub fn text(&mut self, text: &str) -> &mut Ascii {
        for byte in text.bytes() {
            self.push(byte);
        }
        self
    }
    /// A number in exactly so many digits; more significant ones are cut off.
    #[inline]
    pub fn digits(&mut self, number: i32, digits: usize) -> &mut Ascii {
        let end = self.length + digits;
        if let Some(places) = self.bytes.get_mut(self.length..end) {
            let mut rest = number.unsigned_abs();
            for place in places.iter_mut().rev() {
                *place = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
            self.length = end;
        }
        self
    }
    #[inline]
    pub fn two(&mut self, number: i32) -> &mut Ascii {
        self.digits(number, 2)
    }
    /// A number in as many digits as it has, and at least so many.
    pub fn at_least(&mut self, number: i32, digits: usize) -> &mut Ascii {
        let own = number.unsigned_abs().checked_ilog10().unwrap_or(0) as usize + 1;
        if number < 0 {
            self.push(b'-');
        }
        self.digits(number, own.max(digits))
    }
    pub fn number(&mut self, number: i32) -> &mut Ascii {
        self.at_least(number, 1)
    }
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or("")
    }
    pub fn string(&self) -> Ref {
        Str::from_ascii(self.as_bytes())
    }
}
