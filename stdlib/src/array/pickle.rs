//! Pickles of arrays: by their bytes and a number that names the machine's format, so that another machine can read them.

use super::code::Code;
use super::object::{ARRAY, Array, code_letter, new_array};
use runtime::attributes;
use runtime::objects::bytes::Bytes;
use runtime::objects::int;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::slot_fields::receiver;
use runtime::state::import_module;
use runtime::{PyResult, Ref, Thread, Type, Value, names, protocol};

/// The protocol from which on bytes are pickled as such.
const BYTES_PROTOCOL: i64 = 3;

pub(super) fn reduce_ex(thread: &Thread, v: Value, protocol: Value) -> PyResult {
    let array = receiver::<Array>(thread, v)?;
    if !int::is_int(protocol) {
        return Err(thread.type_error("__reduce_ex__ argument should be an integer"));
    }
    let protocol = protocol::index_i64(thread, protocol)?;
    let state = attributes::find(thread, v, names::get().__dict__)?.unwrap_or(Ref::NONE);
    let class = Value::of(v.ty()).to_ref();
    let letter = Str::from_char(array.code.letter().into());
    if protocol < BYTES_PROTOCOL {
        let arguments = Tuple::from_refs(vec![letter, array.list(thread)?]);
        return Ok(Tuple::from_refs(vec![class, arguments, state]));
    }
    let module = import_module(thread, "array")?;
    let reconstructor =
        attributes::get(thread, *module, runtime::objects::str::intern_text("_array_reconstructor"))?;
    let format = int::new(array.code.machine_format());
    let content = array.data.with(|data| Bytes::new(data));
    let arguments = Tuple::from_refs(vec![class, letter, format, content]);
    Ok(Tuple::from_refs(vec![reconstructor, arguments, state]))
}

/// What a format's number says: the code of such items here, and whether they lie big end first.
fn native_code(format: i32) -> Option<(Code, bool)> {
    let code = match format {
        0 => return Some((Code::U8, false)),
        1 => return Some((Code::I8, false)),
        2 | 3 => Code::U16,
        4 | 5 => Code::I16,
        6 | 7 => Code::U32,
        8 | 9 => Code::I32,
        10 | 11 => Code::UnsignedLong,
        12 | 13 => Code::Long,
        14 | 15 => Code::F32,
        16 | 17 => Code::F64,
        _ => return None,
    };
    Some((code, format % 2 == 1))
}

pub(super) fn reconstruct(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let [class, letter, format, content] = a else { return Ok(Ref::NONE) };
    let Some(ty) = class.cast::<Type>() else {
        return Err(thread.type_error(format!(
            "_array_reconstructor() argument 1 must be type, not {}",
            class.ty().name()
        )));
    };
    let letter = code_letter(thread, *letter, "_array_reconstructor", 2)?;
    let format = protocol::c_int(thread, *format)?;
    if !ty.is_subtype(&ARRAY) {
        return Err(thread.type_error(format!("{} is not a subtype of array.array", ty.name())));
    }
    let Some(code) = Code::from_letter(letter) else {
        return Err(thread.value_error("second argument must be a valid type code"));
    };
    if !(0..=21).contains(&format) {
        return Err(thread.value_error("third argument must be a valid machine format code."));
    }
    let Some(bytes) = content.cast::<Bytes>() else {
        let name = content.ty().name();
        return Err(thread.type_error(format!("fourth argument should be bytes, not {name}")));
    };
    let ty: &'static Type = ty;
    let Some((native, big_endian)) = native_code(format) else {
        return reconstruct_text(thread, ty, code, format, *content);
    };
    // The wanted code is kept if its items are of this kind.
    let code = if code.machine_format() == native.machine_format() { code } else { native };
    let mut data = bytes.as_bytes().to_vec();
    if !data.len().is_multiple_of(code.size()) {
        return Err(thread.value_error("bytes length not a multiple of item size"));
    }
    if big_endian {
        data.chunks_exact_mut(code.size()).for_each(<[u8]>::reverse);
    }
    Ok(new_array(ty, code, data))
}

/// Characters in UTF-16 or UTF-32.
fn reconstruct_text(thread: &Thread, ty: &'static Type, code: Code, format: i32, content: Value) -> PyResult {
    let encoding = ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"][(format as usize).clamp(18, 21) - 18];
    let text = runtime::objects::codecs::decode(thread, content, encoding, "strict")?;
    let array = new_array(ty, code, Vec::new());
    if let (Some(array), Some(text)) = (array.cast::<Array>(), text.cast::<Str>()) {
        array.extend_text(thread, text)?;
    }
    Ok(array)
}
