//! The stack bytecode of CPython 3.14: one table of opcodes, and the small tables its arguments index.
//!
//! `opcodes!` has one row per opcode: name, number, inline cache code units, the properties that `dis.hasarg` and its
//! like list, and the net stack effect as an expression over the argument `n`. `Opcode` holds the opcodes that a code
//! object may contain and the pseudo opcodes of the compiler; specialised and instrumented opcodes, which only ever
//! appear in a running CPython's adaptive code, have tables of their own that say which opcode they stand for.

/// `importlib.util.MAGIC_NUMBER` as the 16-bit number that starts a `.pyc` file; `\r\n` follows it.
pub const MAGIC_NUMBER: u16 = 3627;

/// Opcodes above this one take an argument.
pub const HAVE_ARGUMENT: u16 = 43;

/// Opcodes from this one to 255 are instrumented.
pub const MIN_INSTRUMENTED_OPCODE: u16 = 234;

/// Properties of an opcode: the sets that `dis` and `_opcode` publish.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct OpcodeFlags(u8);

impl OpcodeFlags {
    /// No property.
    pub const NONE: OpcodeFlags = OpcodeFlags(0);
    /// The argument means something.
    pub const ARG: OpcodeFlags = OpcodeFlags(1);
    /// The argument indexes `co_consts`.
    pub const CONST: OpcodeFlags = OpcodeFlags(2);
    /// The argument indexes `co_names` (possibly shifted).
    pub const NAME: OpcodeFlags = OpcodeFlags(4);
    /// The argument is a jump distance.
    pub const JUMP: OpcodeFlags = OpcodeFlags(8);
    /// The argument indexes the local variables.
    pub const LOCAL: OpcodeFlags = OpcodeFlags(16);
    /// The argument indexes the cells and free variables among the locals.
    pub const FREE: OpcodeFlags = OpcodeFlags(32);
    /// A pseudo opcode that enters an exception handler's range.
    pub const EXC: OpcodeFlags = OpcodeFlags(64);
    /// The instruction polls the eval breaker.
    pub const EVAL_BREAK: OpcodeFlags = OpcodeFlags(128);

    /// True when every property of `other` is in `self`.
    pub const fn contains(self, other: OpcodeFlags) -> bool {
        self.0 & other.0 == other.0
    }

    const fn union(self, other: OpcodeFlags) -> OpcodeFlags {
        OpcodeFlags(self.0 | other.0)
    }
}

/// What the table says about one opcode.
#[derive(Clone, Copy, Debug)]
pub struct OpcodeInfo {
    /// CPython's name.
    pub name: &'static str,
    /// CPython's number.
    pub number: u16,
    /// Inline cache code units that follow the instruction.
    pub caches: u8,
    /// The sets it belongs to.
    pub flags: OpcodeFlags,
    effect: fn(i64) -> i64,
}

macro_rules! info {
    ($name:ident = $number:literal, $caches:literal, [$($flag:ident)|+], $n:ident, $effect:expr) => {
        OpcodeInfo {
            name: stringify!($name),
            number: $number,
            caches: $caches,
            flags: OpcodeFlags::NONE$(.union(OpcodeFlags::$flag))+,
            effect: |$n| {
                let _ = $n;
                $effect
            },
        }
    };
}

macro_rules! opcodes {
    (|$n:ident| $($name:ident = $number:literal, $caches:literal, [$($flag:ident)|+], $effect:expr;)+) => {
        /// An opcode of code objects, or one of the compiler's pseudo opcodes (256 and up).
        #[allow(non_camel_case_types, missing_docs)]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u16)]
        pub enum Opcode {
            $($name = $number,)+
        }

        impl Opcode {
            /// Every opcode, by ascending number.
            pub const ALL: &'static [Opcode] = &[$(Opcode::$name,)+];

            /// The opcode with this number, if it is one of the table's.
            pub const fn from_number(number: u16) -> Option<Opcode> {
                match number {
                    $($number => Some(Opcode::$name),)+
                    _ => None,
                }
            }

            /// The opcode's row.
            pub fn info(self) -> &'static OpcodeInfo {
                match self {
                    $(Opcode::$name => {
                        const INFO: OpcodeInfo = info!($name = $number, $caches, [$($flag)|+], $n, $effect);
                        &INFO
                    })+
                }
            }
        }
    };
}

opcodes! { |n|
    CACHE = 0, 0, [NONE], 0;
    BINARY_SLICE = 1, 0, [NONE], -2;
    BUILD_TEMPLATE = 2, 0, [NONE], -1;
    CALL_FUNCTION_EX = 4, 0, [EVAL_BREAK], -3;
    CHECK_EG_MATCH = 5, 0, [NONE], 0;
    CHECK_EXC_MATCH = 6, 0, [NONE], 0;
    CLEANUP_THROW = 7, 0, [NONE], -1;
    DELETE_SUBSCR = 8, 0, [NONE], -2;
    END_FOR = 9, 0, [NONE], -1;
    END_SEND = 10, 0, [NONE], -1;
    EXIT_INIT_CHECK = 11, 0, [NONE], -1;
    FORMAT_SIMPLE = 12, 0, [NONE], 0;
    FORMAT_WITH_SPEC = 13, 0, [NONE], -1;
    GET_AITER = 14, 0, [NONE], 0;
    GET_ANEXT = 15, 0, [NONE], 1;
    GET_ITER = 16, 0, [NONE], 0;
    RESERVED = 17, 0, [NONE], 0;
    GET_LEN = 18, 0, [NONE], 1;
    GET_YIELD_FROM_ITER = 19, 0, [NONE], 0;
    INTERPRETER_EXIT = 20, 0, [NONE], -1;
    LOAD_BUILD_CLASS = 21, 0, [NONE], 1;
    LOAD_LOCALS = 22, 0, [NONE], 1;
    MAKE_FUNCTION = 23, 0, [NONE], 0;
    MATCH_KEYS = 24, 0, [NONE], 1;
    MATCH_MAPPING = 25, 0, [NONE], 1;
    MATCH_SEQUENCE = 26, 0, [NONE], 1;
    NOP = 27, 0, [NONE], 0;
    NOT_TAKEN = 28, 0, [NONE], 0;
    POP_EXCEPT = 29, 0, [NONE], -1;
    POP_ITER = 30, 0, [NONE], -1;
    POP_TOP = 31, 0, [NONE], -1;
    PUSH_EXC_INFO = 32, 0, [NONE], 1;
    PUSH_NULL = 33, 0, [NONE], 1;
    RETURN_GENERATOR = 34, 0, [NONE], 1;
    RETURN_VALUE = 35, 0, [NONE], 0;
    SETUP_ANNOTATIONS = 36, 0, [NONE], 0;
    STORE_SLICE = 37, 0, [NONE], -4;
    STORE_SUBSCR = 38, 1, [NONE], -3;
    TO_BOOL = 39, 3, [NONE], 0;
    UNARY_INVERT = 40, 0, [NONE], 0;
    UNARY_NEGATIVE = 41, 0, [NONE], 0;
    UNARY_NOT = 42, 0, [NONE], 0;
    WITH_EXCEPT_START = 43, 0, [NONE], 1;
    BINARY_OP = 44, 5, [ARG], -1;
    BUILD_INTERPOLATION = 45, 0, [ARG], -1 - (n & 1);
    BUILD_LIST = 46, 0, [ARG], 1 - n;
    BUILD_MAP = 47, 0, [ARG], 1 - 2 * n;
    BUILD_SET = 48, 0, [ARG], 1 - n;
    BUILD_SLICE = 49, 0, [ARG], 1 - n;
    BUILD_STRING = 50, 0, [ARG], 1 - n;
    BUILD_TUPLE = 51, 0, [ARG], 1 - n;
    CALL = 52, 3, [ARG | EVAL_BREAK], -1 - n;
    CALL_INTRINSIC_1 = 53, 0, [ARG], 0;
    CALL_INTRINSIC_2 = 54, 0, [ARG], -1;
    CALL_KW = 55, 3, [ARG | EVAL_BREAK], -2 - n;
    COMPARE_OP = 56, 1, [ARG], -1;
    CONTAINS_OP = 57, 1, [ARG], -1;
    CONVERT_VALUE = 58, 0, [ARG], 0;
    COPY = 59, 0, [ARG], 1;
    COPY_FREE_VARS = 60, 0, [ARG], 0;
    DELETE_ATTR = 61, 0, [ARG | NAME], -1;
    DELETE_DEREF = 62, 0, [ARG | FREE], 0;
    DELETE_FAST = 63, 0, [ARG | LOCAL], 0;
    DELETE_GLOBAL = 64, 0, [ARG | NAME], 0;
    DELETE_NAME = 65, 0, [ARG | NAME], 0;
    DICT_MERGE = 66, 0, [ARG], -1;
    DICT_UPDATE = 67, 0, [ARG], -1;
    END_ASYNC_FOR = 68, 0, [ARG | JUMP], -2;
    EXTENDED_ARG = 69, 0, [ARG], 0;
    FOR_ITER = 70, 1, [ARG | JUMP], 1;
    GET_AWAITABLE = 71, 0, [ARG], 0;
    IMPORT_FROM = 72, 0, [ARG | NAME], 1;
    IMPORT_NAME = 73, 0, [ARG | NAME], -1;
    IS_OP = 74, 0, [ARG], -1;
    JUMP_BACKWARD = 75, 1, [ARG | JUMP | EVAL_BREAK], 0;
    JUMP_BACKWARD_NO_INTERRUPT = 76, 0, [ARG | JUMP], 0;
    JUMP_FORWARD = 77, 0, [ARG | JUMP], 0;
    LIST_APPEND = 78, 0, [ARG], -1;
    LIST_EXTEND = 79, 0, [ARG], -1;
    LOAD_ATTR = 80, 9, [ARG | NAME], n & 1;
    LOAD_COMMON_CONSTANT = 81, 0, [ARG], 1;
    LOAD_CONST = 82, 0, [ARG | CONST], 1;
    LOAD_DEREF = 83, 0, [ARG | LOCAL], 1;
    LOAD_FAST = 84, 0, [ARG | LOCAL], 1;
    LOAD_FAST_AND_CLEAR = 85, 0, [ARG | LOCAL], 1;
    LOAD_FAST_BORROW = 86, 0, [ARG | LOCAL], 1;
    LOAD_FAST_BORROW_LOAD_FAST_BORROW = 87, 0, [ARG | LOCAL], 2;
    LOAD_FAST_CHECK = 88, 0, [ARG | LOCAL], 1;
    LOAD_FAST_LOAD_FAST = 89, 0, [ARG | LOCAL], 2;
    LOAD_FROM_DICT_OR_DEREF = 90, 0, [ARG | FREE], 0;
    LOAD_FROM_DICT_OR_GLOBALS = 91, 0, [ARG | NAME], 0;
    LOAD_GLOBAL = 92, 4, [ARG | NAME], 1 + (n & 1);
    LOAD_NAME = 93, 0, [ARG | NAME], 1;
    LOAD_SMALL_INT = 94, 0, [ARG], 1;
    LOAD_SPECIAL = 95, 0, [ARG], 1;
    LOAD_SUPER_ATTR = 96, 1, [ARG | NAME], (n & 1) - 2;
    MAKE_CELL = 97, 0, [ARG | FREE], 0;
    MAP_ADD = 98, 0, [ARG], -2;
    MATCH_CLASS = 99, 0, [ARG], -2;
    POP_JUMP_IF_FALSE = 100, 1, [ARG | JUMP], -1;
    POP_JUMP_IF_NONE = 101, 1, [ARG | JUMP], -1;
    POP_JUMP_IF_NOT_NONE = 102, 1, [ARG | JUMP], -1;
    POP_JUMP_IF_TRUE = 103, 1, [ARG | JUMP], -1;
    RAISE_VARARGS = 104, 0, [ARG], -n;
    RERAISE = 105, 0, [ARG], -1;
    SEND = 106, 1, [ARG | JUMP], 0;
    SET_ADD = 107, 0, [ARG], -1;
    SET_FUNCTION_ATTRIBUTE = 108, 0, [ARG], -1;
    SET_UPDATE = 109, 0, [ARG], -1;
    STORE_ATTR = 110, 4, [ARG | NAME], -2;
    STORE_DEREF = 111, 0, [ARG | FREE], -1;
    STORE_FAST = 112, 0, [ARG | LOCAL], -1;
    STORE_FAST_LOAD_FAST = 113, 0, [ARG | LOCAL], 0;
    STORE_FAST_STORE_FAST = 114, 0, [ARG | LOCAL], -2;
    STORE_GLOBAL = 115, 0, [ARG | NAME], -1;
    STORE_NAME = 116, 0, [ARG | NAME], -1;
    SWAP = 117, 0, [ARG], 0;
    UNPACK_EX = 118, 0, [ARG], (n & 0xFF) + (n >> 8);
    UNPACK_SEQUENCE = 119, 1, [ARG], n - 1;
    YIELD_VALUE = 120, 0, [ARG], 0;
    RESUME = 128, 0, [ARG | EVAL_BREAK], 0;
    ANNOTATIONS_PLACEHOLDER = 256, 0, [NONE], 0;
    JUMP = 257, 0, [ARG | JUMP | EVAL_BREAK], 0;
    JUMP_IF_FALSE = 258, 0, [ARG | JUMP], 0;
    JUMP_IF_TRUE = 259, 0, [ARG | JUMP], 0;
    JUMP_NO_INTERRUPT = 260, 0, [ARG | JUMP], 0;
    LOAD_CLOSURE = 261, 0, [ARG | LOCAL], 1;
    POP_BLOCK = 262, 0, [NONE], 0;
    SETUP_CLEANUP = 263, 0, [ARG | EXC], 2;
    SETUP_FINALLY = 264, 0, [ARG | EXC], 1;
    SETUP_WITH = 265, 0, [ARG | EXC], 1;
    STORE_FAST_MAYBE_NULL = 266, 0, [ARG | LOCAL], -1;
}

impl Opcode {
    /// CPython's number of the opcode.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// CPython's name of the opcode.
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// The opcode with this name.
    pub fn from_name(name: &str) -> Option<Opcode> {
        Opcode::ALL.iter().copied().find(|opcode| opcode.name() == name)
    }

    /// Inline cache code units that follow the instruction.
    pub fn caches(self) -> usize {
        usize::from(self.info().caches)
    }

    /// True when the opcode has the property.
    pub fn has(self, flag: OpcodeFlags) -> bool {
        self.info().flags.contains(flag)
    }

    /// True for the compiler's pseudo opcodes, which no code object contains.
    pub const fn is_pseudo(self) -> bool {
        self.number() >= 256
    }

    /// Net change of the stack's depth on the way to the next instruction (`jump` false) or to the target (`jump` true).
    pub fn stack_effect(self, oparg: u32, jump: bool) -> i64 {
        if !jump && self.has(OpcodeFlags::EXC) {
            return 0;
        }
        (self.info().effect)(i64::from(oparg))
    }
}

macro_rules! specialized {
    ($($name:ident = $number:literal, $base:ident;)+) => {
        /// CPython's specialised opcodes: name, number, and the opcode that each one stands for.
        pub const SPECIALIZED: &[(&str, u16, Opcode)] = &[$((stringify!($name), $number, Opcode::$base),)+];
    };
}

specialized! {
    BINARY_OP_INPLACE_ADD_UNICODE = 3, BINARY_OP;
    BINARY_OP_ADD_FLOAT = 129, BINARY_OP;
    BINARY_OP_ADD_INT = 130, BINARY_OP;
    BINARY_OP_ADD_UNICODE = 131, BINARY_OP;
    BINARY_OP_EXTEND = 132, BINARY_OP;
    BINARY_OP_MULTIPLY_FLOAT = 133, BINARY_OP;
    BINARY_OP_MULTIPLY_INT = 134, BINARY_OP;
    BINARY_OP_SUBSCR_DICT = 135, BINARY_OP;
    BINARY_OP_SUBSCR_GETITEM = 136, BINARY_OP;
    BINARY_OP_SUBSCR_LIST_INT = 137, BINARY_OP;
    BINARY_OP_SUBSCR_LIST_SLICE = 138, BINARY_OP;
    BINARY_OP_SUBSCR_STR_INT = 139, BINARY_OP;
    BINARY_OP_SUBSCR_TUPLE_INT = 140, BINARY_OP;
    BINARY_OP_SUBTRACT_FLOAT = 141, BINARY_OP;
    BINARY_OP_SUBTRACT_INT = 142, BINARY_OP;
    CALL_ALLOC_AND_ENTER_INIT = 143, CALL;
    CALL_BOUND_METHOD_EXACT_ARGS = 144, CALL;
    CALL_BOUND_METHOD_GENERAL = 145, CALL;
    CALL_BUILTIN_CLASS = 146, CALL;
    CALL_BUILTIN_FAST = 147, CALL;
    CALL_BUILTIN_FAST_WITH_KEYWORDS = 148, CALL;
    CALL_BUILTIN_O = 149, CALL;
    CALL_ISINSTANCE = 150, CALL;
    CALL_KW_BOUND_METHOD = 151, CALL_KW;
    CALL_KW_NON_PY = 152, CALL_KW;
    CALL_KW_PY = 153, CALL_KW;
    CALL_LEN = 154, CALL;
    CALL_LIST_APPEND = 155, CALL;
    CALL_METHOD_DESCRIPTOR_FAST = 156, CALL;
    CALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS = 157, CALL;
    CALL_METHOD_DESCRIPTOR_NOARGS = 158, CALL;
    CALL_METHOD_DESCRIPTOR_O = 159, CALL;
    CALL_NON_PY_GENERAL = 160, CALL;
    CALL_PY_EXACT_ARGS = 161, CALL;
    CALL_PY_GENERAL = 162, CALL;
    CALL_STR_1 = 163, CALL;
    CALL_TUPLE_1 = 164, CALL;
    CALL_TYPE_1 = 165, CALL;
    COMPARE_OP_FLOAT = 166, COMPARE_OP;
    COMPARE_OP_INT = 167, COMPARE_OP;
    COMPARE_OP_STR = 168, COMPARE_OP;
    CONTAINS_OP_DICT = 169, CONTAINS_OP;
    CONTAINS_OP_SET = 170, CONTAINS_OP;
    FOR_ITER_GEN = 171, FOR_ITER;
    FOR_ITER_LIST = 172, FOR_ITER;
    FOR_ITER_RANGE = 173, FOR_ITER;
    FOR_ITER_TUPLE = 174, FOR_ITER;
    JUMP_BACKWARD_JIT = 175, JUMP_BACKWARD;
    JUMP_BACKWARD_NO_JIT = 176, JUMP_BACKWARD;
    LOAD_ATTR_CLASS = 177, LOAD_ATTR;
    LOAD_ATTR_CLASS_WITH_METACLASS_CHECK = 178, LOAD_ATTR;
    LOAD_ATTR_GETATTRIBUTE_OVERRIDDEN = 179, LOAD_ATTR;
    LOAD_ATTR_INSTANCE_VALUE = 180, LOAD_ATTR;
    LOAD_ATTR_METHOD_LAZY_DICT = 181, LOAD_ATTR;
    LOAD_ATTR_METHOD_NO_DICT = 182, LOAD_ATTR;
    LOAD_ATTR_METHOD_WITH_VALUES = 183, LOAD_ATTR;
    LOAD_ATTR_MODULE = 184, LOAD_ATTR;
    LOAD_ATTR_NONDESCRIPTOR_NO_DICT = 185, LOAD_ATTR;
    LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES = 186, LOAD_ATTR;
    LOAD_ATTR_PROPERTY = 187, LOAD_ATTR;
    LOAD_ATTR_SLOT = 188, LOAD_ATTR;
    LOAD_ATTR_WITH_HINT = 189, LOAD_ATTR;
    LOAD_CONST_IMMORTAL = 190, LOAD_CONST;
    LOAD_CONST_MORTAL = 191, LOAD_CONST;
    LOAD_GLOBAL_BUILTIN = 192, LOAD_GLOBAL;
    LOAD_GLOBAL_MODULE = 193, LOAD_GLOBAL;
    LOAD_SUPER_ATTR_ATTR = 194, LOAD_SUPER_ATTR;
    LOAD_SUPER_ATTR_METHOD = 195, LOAD_SUPER_ATTR;
    RESUME_CHECK = 196, RESUME;
    SEND_GEN = 197, SEND;
    STORE_ATTR_INSTANCE_VALUE = 198, STORE_ATTR;
    STORE_ATTR_SLOT = 199, STORE_ATTR;
    STORE_ATTR_WITH_HINT = 200, STORE_ATTR;
    STORE_SUBSCR_DICT = 201, STORE_SUBSCR;
    STORE_SUBSCR_LIST_INT = 202, STORE_SUBSCR;
    TO_BOOL_ALWAYS_TRUE = 203, TO_BOOL;
    TO_BOOL_BOOL = 204, TO_BOOL;
    TO_BOOL_INT = 205, TO_BOOL;
    TO_BOOL_LIST = 206, TO_BOOL;
    TO_BOOL_NONE = 207, TO_BOOL;
    TO_BOOL_STR = 208, TO_BOOL;
    UNPACK_SEQUENCE_LIST = 209, UNPACK_SEQUENCE;
    UNPACK_SEQUENCE_TUPLE = 210, UNPACK_SEQUENCE;
    UNPACK_SEQUENCE_TWO_TUPLE = 211, UNPACK_SEQUENCE;
}

macro_rules! instrumented {
    (|$n:ident| $($name:ident = $number:literal, $caches:literal, [$($flag:ident)|+], $effect:expr;)+) => {
        /// CPython's instrumented opcodes and `ENTER_EXECUTOR`, by ascending number.
        pub const INSTRUMENTED: &[OpcodeInfo] = &[$(info!($name = $number, $caches, [$($flag)|+], $n, $effect),)+];
    };
}

instrumented! { |n|
    INSTRUMENTED_END_FOR = 234, 0, [NONE], -1;
    INSTRUMENTED_POP_ITER = 235, 0, [NONE], -1;
    INSTRUMENTED_END_SEND = 236, 0, [NONE], -1;
    INSTRUMENTED_FOR_ITER = 237, 1, [ARG | JUMP], 1;
    INSTRUMENTED_INSTRUCTION = 238, 0, [NONE], 0;
    INSTRUMENTED_JUMP_FORWARD = 239, 0, [ARG], 0;
    INSTRUMENTED_NOT_TAKEN = 240, 0, [NONE], 0;
    INSTRUMENTED_POP_JUMP_IF_TRUE = 241, 1, [ARG], -1;
    INSTRUMENTED_POP_JUMP_IF_FALSE = 242, 1, [ARG], -1;
    INSTRUMENTED_POP_JUMP_IF_NONE = 243, 1, [ARG], -1;
    INSTRUMENTED_POP_JUMP_IF_NOT_NONE = 244, 1, [ARG], -1;
    INSTRUMENTED_RESUME = 245, 0, [ARG | EVAL_BREAK], 0;
    INSTRUMENTED_RETURN_VALUE = 246, 0, [NONE], 0;
    INSTRUMENTED_YIELD_VALUE = 247, 0, [ARG], 0;
    INSTRUMENTED_END_ASYNC_FOR = 248, 0, [ARG | JUMP], -2;
    INSTRUMENTED_LOAD_SUPER_ATTR = 249, 1, [ARG | NAME], (n & 1) - 2;
    INSTRUMENTED_CALL = 250, 3, [ARG | EVAL_BREAK], -1 - n;
    INSTRUMENTED_CALL_KW = 251, 3, [ARG | EVAL_BREAK], -2 - n;
    INSTRUMENTED_CALL_FUNCTION_EX = 252, 0, [EVAL_BREAK], -3;
    INSTRUMENTED_JUMP_BACKWARD = 253, 1, [ARG | EVAL_BREAK], 0;
    INSTRUMENTED_LINE = 254, 0, [NONE], 0;
    ENTER_EXECUTOR = 255, 0, [ARG], 0;
}

/// The row of any opcode number below 256 or pseudo opcode, specialised ones excepted.
pub fn opcode_info(number: u16) -> Option<&'static OpcodeInfo> {
    match Opcode::from_number(number) {
        Some(opcode) => Some(opcode.info()),
        None => INSTRUMENTED.iter().find(|info| info.number == number),
    }
}

/// The opcode that a number found in bytecode stands for: itself, or the base of a specialised or instrumented opcode.
///
/// `INSTRUMENTED_LINE`, `INSTRUMENTED_INSTRUCTION` and `ENTER_EXECUTOR` hide their base elsewhere, and have none here.
pub fn deoptimize(number: u16) -> Option<Opcode> {
    if let Some(opcode) = Opcode::from_number(number) {
        return Some(opcode);
    }
    if let Some(row) = SPECIALIZED.iter().find(|row| row.1 == number) {
        return Some(row.2);
    }
    let info = INSTRUMENTED.iter().find(|info| info.number == number)?;
    Opcode::from_name(info.name.strip_prefix("INSTRUMENTED_")?)
}

/// Net stack effect as `_opcode.stack_effect` answers it; with `jump` unknown, the larger of the two ways.
pub fn stack_effect(number: u16, oparg: u32, jump: Option<bool>) -> Option<i64> {
    if let Some(opcode) = Opcode::from_number(number) {
        return Some(match jump {
            Some(jump) => opcode.stack_effect(oparg, jump),
            None => opcode.stack_effect(oparg, false).max(opcode.stack_effect(oparg, true)),
        });
    }
    opcode_info(number).map(|info| (info.effect)(i64::from(oparg)))
}

macro_rules! binary_operators {
    ($($name:ident $symbol:literal;)+) => {
        /// The argument of `BINARY_OP`.
        #[allow(non_camel_case_types, missing_docs)]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum BinaryOperator {
            $($name,)+
        }

        impl BinaryOperator {
            /// Every operator, by its number.
            pub const ALL: &'static [BinaryOperator] = &[$(BinaryOperator::$name,)+];

            /// CPython's name (`NB_ADD`).
            pub const fn name(self) -> &'static str {
                match self {
                    $(BinaryOperator::$name => stringify!($name),)+
                }
            }

            /// The operator as it is written (`+`, `+=`, `[]`).
            pub const fn symbol(self) -> &'static str {
                match self {
                    $(BinaryOperator::$name => $symbol,)+
                }
            }
        }
    };
}

binary_operators! {
    NB_ADD "+";
    NB_AND "&";
    NB_FLOOR_DIVIDE "//";
    NB_LSHIFT "<<";
    NB_MATRIX_MULTIPLY "@";
    NB_MULTIPLY "*";
    NB_REMAINDER "%";
    NB_OR "|";
    NB_POWER "**";
    NB_RSHIFT ">>";
    NB_SUBTRACT "-";
    NB_TRUE_DIVIDE "/";
    NB_XOR "^";
    NB_INPLACE_ADD "+=";
    NB_INPLACE_AND "&=";
    NB_INPLACE_FLOOR_DIVIDE "//=";
    NB_INPLACE_LSHIFT "<<=";
    NB_INPLACE_MATRIX_MULTIPLY "@=";
    NB_INPLACE_MULTIPLY "*=";
    NB_INPLACE_REMAINDER "%=";
    NB_INPLACE_OR "|=";
    NB_INPLACE_POWER "**=";
    NB_INPLACE_RSHIFT ">>=";
    NB_INPLACE_SUBTRACT "-=";
    NB_INPLACE_TRUE_DIVIDE "/=";
    NB_INPLACE_XOR "^=";
    NB_SUBSCR "[]";
}

impl BinaryOperator {
    /// The operator with this number.
    pub fn from_number(number: u32) -> Option<BinaryOperator> {
        BinaryOperator::ALL.get(usize::try_from(number).ok()?).copied()
    }

    /// The operator without the `INPLACE`: `+` for `+=`.
    pub fn plain(self) -> BinaryOperator {
        let number = self as usize;
        if (BinaryOperator::NB_INPLACE_ADD as usize..=BinaryOperator::NB_INPLACE_XOR as usize)
            .contains(&number)
        {
            return BinaryOperator::ALL[number - BinaryOperator::NB_INPLACE_ADD as usize];
        }
        self
    }

    /// True for `+=` and its like.
    pub fn is_inplace(self) -> bool {
        self.plain() != self
    }
}

/// A rich comparison; the number is `Py_LT` to `Py_GE`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
}

/// Set in a `COMPARE_OP` argument when the result must be a `bool` (a jump follows).
pub const COMPARE_TO_BOOL: u32 = 16;

impl Comparison {
    /// Every comparison, by its number.
    pub const ALL: [Comparison; 6] = [
        Comparison::Less,
        Comparison::LessEqual,
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Greater,
        Comparison::GreaterEqual,
    ];

    /// `opcode.cmp_op`: the operators as they are written.
    pub const SYMBOLS: [&'static str; 6] = ["<", "<=", "==", "!=", ">", ">="];

    /// The comparison with this number.
    pub fn from_number(number: u32) -> Option<Comparison> {
        Comparison::ALL.get(usize::try_from(number).ok()?).copied()
    }

    /// The comparison that a `COMPARE_OP` argument encodes in its bits from 5 up.
    pub fn from_oparg(oparg: u32) -> Option<Comparison> {
        Comparison::from_number(oparg >> 5)
    }

    /// The outcomes that satisfy the comparison: unordered 1, less 2, greater 4, equal 8.
    pub const fn mask(self) -> u32 {
        match self {
            Comparison::Less => 2,
            Comparison::LessEqual => 2 | 8,
            Comparison::Equal => 8,
            Comparison::NotEqual => 1 | 2 | 4,
            Comparison::Greater => 4,
            Comparison::GreaterEqual => 4 | 8,
        }
    }

    /// The `COMPARE_OP` argument: number, the flag for a `bool` result, and the mask of outcomes.
    pub const fn oparg(self, to_bool: bool) -> u32 {
        let flag = if to_bool { COMPARE_TO_BOOL } else { 0 };
        ((self as u32) << 5) | flag | self.mask()
    }

    /// The operator as it is written.
    pub const fn symbol(self) -> &'static str {
        Comparison::SYMBOLS[self as usize]
    }

    /// The comparison with its operands exchanged: `>` for `<`.
    pub const fn swapped(self) -> Comparison {
        match self {
            Comparison::Less => Comparison::Greater,
            Comparison::LessEqual => Comparison::GreaterEqual,
            Comparison::Greater => Comparison::Less,
            Comparison::GreaterEqual => Comparison::LessEqual,
            symmetric => symmetric,
        }
    }
}

macro_rules! numbered {
    ($(#[$attribute:meta])* $type:ident { $($name:ident $text:literal;)+ }) => {
        $(#[$attribute])*
        #[allow(non_camel_case_types, missing_docs)]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum $type {
            $($name,)+
        }

        impl $type {
            /// Every member, by its number.
            pub const ALL: &'static [$type] = &[$($type::$name,)+];

            /// The name that CPython gives it.
            pub const fn name(self) -> &'static str {
                match self {
                    $($type::$name => $text,)+
                }
            }

            /// The member with this number.
            pub fn from_number(number: u32) -> Option<$type> {
                $type::ALL.get(usize::try_from(number).ok()?).copied()
            }
        }
    };
}

numbered! {
    /// The argument of `CALL_INTRINSIC_1`.
    Intrinsic1 {
        Invalid "INTRINSIC_1_INVALID";
        Print "INTRINSIC_PRINT";
        ImportStar "INTRINSIC_IMPORT_STAR";
        StopIterationError "INTRINSIC_STOPITERATION_ERROR";
        AsyncGenWrap "INTRINSIC_ASYNC_GEN_WRAP";
        UnaryPositive "INTRINSIC_UNARY_POSITIVE";
        ListToTuple "INTRINSIC_LIST_TO_TUPLE";
        TypeVar "INTRINSIC_TYPEVAR";
        ParamSpec "INTRINSIC_PARAMSPEC";
        TypeVarTuple "INTRINSIC_TYPEVARTUPLE";
        SubscriptGeneric "INTRINSIC_SUBSCRIPT_GENERIC";
        TypeAlias "INTRINSIC_TYPEALIAS";
    }
}

numbered! {
    /// The argument of `CALL_INTRINSIC_2`.
    Intrinsic2 {
        Invalid "INTRINSIC_2_INVALID";
        PrepReraiseStar "INTRINSIC_PREP_RERAISE_STAR";
        TypeVarWithBound "INTRINSIC_TYPEVAR_WITH_BOUND";
        TypeVarWithConstraints "INTRINSIC_TYPEVAR_WITH_CONSTRAINTS";
        SetFunctionTypeParams "INTRINSIC_SET_FUNCTION_TYPE_PARAMS";
        SetTypeParamDefault "INTRINSIC_SET_TYPEPARAM_DEFAULT";
    }
}

numbered! {
    /// The argument of `LOAD_COMMON_CONSTANT`.
    CommonConstant {
        AssertionError "AssertionError";
        NotImplementedError "NotImplementedError";
        BuiltinTuple "tuple";
        BuiltinAll "all";
        BuiltinAny "any";
    }
}

numbered! {
    /// The argument of `LOAD_SPECIAL`.
    SpecialMethod {
        Enter "__enter__";
        Exit "__exit__";
        AsyncEnter "__aenter__";
        AsyncExit "__aexit__";
    }
}

numbered! {
    /// The argument of `CONVERT_VALUE`: the conversion of a replacement field (`!s`, `!r`, `!a`).
    Conversion {
        None "";
        Str "str";
        Repr "repr";
        Ascii "ascii";
    }
}

/// `RESUME` arguments: where the frame is resumed, in the low two bits.
pub mod resume {
    /// At the start of a function.
    pub const AT_FUNC_START: u32 = 0;
    /// After a `yield`.
    pub const AFTER_YIELD: u32 = 1;
    /// After a `yield from`.
    pub const AFTER_YIELD_FROM: u32 = 2;
    /// After an `await`.
    pub const AFTER_AWAIT: u32 = 3;
    /// The bits that hold the location.
    pub const LOCATION_MASK: u32 = 3;
    /// Set when the instruction is at depth one of exception handlers.
    pub const DEPTH1_MASK: u32 = 4;
}

/// `SET_FUNCTION_ATTRIBUTE` arguments.
pub mod function_attribute {
    /// A tuple of default values of positional parameters.
    pub const DEFAULTS: u32 = 1;
    /// A dict of default values of keyword-only parameters.
    pub const KW_DEFAULTS: u32 = 2;
    /// A tuple or dict of annotations.
    pub const ANNOTATIONS: u32 = 4;
    /// A tuple of cells for the free variables.
    pub const CLOSURE: u32 = 8;
    /// The function that evaluates the annotations.
    pub const ANNOTATE: u32 = 16;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparison_arguments_are_cpythons() {
        let plain: Vec<u32> = Comparison::ALL.iter().map(|c| c.oparg(false)).collect();
        assert_eq!(plain, [2, 42, 72, 103, 132, 172]);
        let to_bool: Vec<u32> = Comparison::ALL.iter().map(|c| c.oparg(true)).collect();
        assert_eq!(to_bool, [18, 58, 88, 119, 148, 188]);
    }

    #[test]
    fn numbers_round_trip() {
        for &opcode in Opcode::ALL {
            assert_eq!(Opcode::from_number(opcode.number()), Some(opcode));
            assert_eq!(opcode.info().number, opcode.number());
        }
        assert_eq!(deoptimize(250), Some(Opcode::CALL));
        assert_eq!(deoptimize(167), Some(Opcode::COMPARE_OP));
        assert_eq!(deoptimize(254), None);
    }

    #[test]
    fn inplace_operators_have_plain_forms() {
        for &operator in BinaryOperator::ALL {
            let symbol = operator.symbol();
            if operator.is_inplace() {
                assert_eq!(format!("{}=", operator.plain().symbol()), symbol);
            }
        }
    }
}
