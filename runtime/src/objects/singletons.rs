//! `None`, `Ellipsis`, `NotImplemented`: values in the word; here are their types.

use crate::types::{Type, TypeSpec};

pub static NONE_TYPE: Type = Type::new_static(&TypeSpec { name: "NoneType", ..TypeSpec::EMPTY });
pub static ELLIPSIS_TYPE: Type = Type::new_static(&TypeSpec { name: "ellipsis", ..TypeSpec::EMPTY });
pub static NOT_IMPLEMENTED_TYPE: Type =
    Type::new_static(&TypeSpec { name: "NotImplementedType", ..TypeSpec::EMPTY });
