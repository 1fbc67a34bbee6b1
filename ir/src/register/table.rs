//! The register instructions, one row each.
//!
//! `instructions!` expands to the enum and to the data that the printer, parser, verifier, interpreter dispatch and
//! recorder read. A generic row is followed by its family in braces: the specialised forms that the interpreter writes
//! over the operation byte when it has seen what the operands are. A specialised form has the operands and words of
//! its generic row, checks what it assumes, and behaves as the generic row when that doesn't hold; its effects are
//! those of the path on which its assumption holds.
//!
//! A row reads: name, roles of the fields a, b, c, the further words, effects, text form, meaning. A specialised row
//! reads: name, operand form, effects, meaning.
//!
//! Dropping a value (the old value of a local that is written, an operand that dies) may run a finaliser; that is true of
//! every row with such an operand, and isn't repeated in its effects.

/// What a 16-bit field of an instruction means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Nothing; the field is 0.
    Unused,
    /// A register that receives the result. A stack register is dead before (or is an operand that dies here).
    Def,
    /// An operand: a local (borrowed), a stack register (which dies here if its flag says so), or a constant.
    Use,
    /// A register that is read and stays as it is; never a constant.
    Peek,
    /// A register whose value is moved out; it holds NULL afterwards.
    Take,
    /// A register that is read and written in place.
    Update,
    /// The first of several consecutive stack registers that receive results.
    Defines(Extent),
    /// The first of several consecutive stack registers that are consumed.
    Consumes(Extent),
    /// The first of several consecutive stack registers that are read and stay.
    Peeks(Extent),
    /// A number that sizes a window of registers.
    Count,
    /// A number.
    Immediate,
    /// Half of a 32-bit number: b holds the low half, c the high half.
    Half,
    /// A comparison in the low three bits; `TEST_UNLESS` is set when the jump is taken if it fails.
    Test,
}

/// Set in a [`Role::Test`] field when the jump is taken if the comparison is false.
pub const TEST_UNLESS: u16 = 8;

/// Numbers of [`Operation::LoadFixed`] above those of the common constants.
pub mod fixed_value {
    /// The locals mapping.
    pub const LOCALS: u16 = 0x100;
    /// The function that `class` statements call.
    pub const BUILD_CLASS: u16 = 0x101;
}

/// Kinds of [`Operation::Extend`].
pub mod extend {
    /// `LIST_EXTEND`
    pub const LIST: u16 = 0;
    /// `SET_UPDATE`
    pub const SET: u16 = 1;
    /// `DICT_UPDATE`
    pub const DICT: u16 = 2;
}

/// How many registers a window has: a fixed number and a multiple of the instruction's count field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Extent {
    fixed: u32,
    scale: u32,
}

impl Extent {
    /// The number of registers for this count.
    pub fn length(self, count: u32) -> u32 {
        self.fixed.saturating_add(self.scale.saturating_mul(count))
    }
}

const fn fixed(fixed: u32) -> Extent {
    Extent { fixed, scale: 0 }
}

const fn counted(fixed: u32, scale: u32) -> Extent {
    Extent { fixed, scale }
}

/// A word that follows an instruction. All but `Cache` have the payload in the low 32 bits and, above it, 32 bits that
/// start as 0 and are the interpreter's: a 16-bit quickening counter and 16 spare bits, or a 32-bit heat counter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WordKind {
    /// No payload; only counters.
    Counter,
    /// An index into `co_names`.
    Name,
    /// The word index to jump to.
    Target,
    /// An index into the constant pool.
    Constant,
    /// A number.
    Number,
    /// The number of a [`BinaryOperator`](crate::opcode::BinaryOperator).
    Operator,
    /// The number of a [`Comparison`](crate::opcode::Comparison), with `COMPARE_TO_BOOL` when the result must be a bool.
    Comparison,
    /// 64 bits that start as 0 and are the interpreter's.
    Cache,
}

/// What executing an instruction may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Effects(u16);

impl Effects {
    /// Only registers change.
    pub const PURE: Effects = Effects(0);
    /// May raise an exception.
    pub const RAISES: Effects = Effects(1);
    /// May run Python code, and therefore do anything that Python code can, raising included.
    pub const RUNS: Effects = Effects(2 | 1);
    /// Reads objects.
    pub const READS: Effects = Effects(4);
    /// Writes or makes objects, or changes the thread state.
    pub const WRITES: Effects = Effects(8);
    /// Pushes, leaves or suspends a frame.
    pub const FRAMES: Effects = Effects(16);
    /// Never goes on to the next instruction.
    pub const ENDS: Effects = Effects(32);
    /// May continue at its target.
    pub const JUMPS: Effects = Effects(64);
    /// Polls the eval breaker.
    pub const POLLS: Effects = Effects(128);

    /// True when every effect of `other` is in `self`.
    pub const fn contains(self, other: Effects) -> bool {
        self.0 & other.0 == other.0
    }

    const fn union(self, other: Effects) -> Effects {
        Effects(self.0 | other.0)
    }
}

/// Which operands a specialised form expects in b and c.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Whatever the flags say: decode the base (registers or constants) by a select, then load.
    Flags,
    /// Both are registers.
    Registers,
    /// b is a register, c a constant.
    Constant,
}

/// What the table says about one instruction.
#[derive(Debug)]
pub struct Row {
    /// The name.
    pub name: &'static str,
    /// Roles of the fields a, b and c.
    pub roles: [Role; 3],
    /// The words that follow.
    pub words: &'static [WordKind],
    /// What it may do.
    pub effects: Effects,
    /// The text form after the name; `{a}` and its like stand for fields and payloads.
    pub text: &'static str,
    /// The register-transfer line.
    pub meaning: &'static str,
    /// The generic instruction of its family; itself if it is generic.
    pub family: Operation,
    /// The operands it expects.
    pub form: Form,
}

macro_rules! instructions {
    ($dollar:tt $(
        $generic:ident ($a:expr, $b:expr, $c:expr) $words:tt {$($effect:ident)+} $text:literal $meaning:literal
        $({$(
            $special:ident $form:ident {$($special_effect:ident)+} $special_meaning:literal
        )+})?
    )+) => {
        /// A register instruction's operation.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum Operation {
            $(
                #[doc = $meaning]
                $generic,
                $($(
                    #[doc = $special_meaning]
                    $special,
                )+)?
            )+
        }

        impl Operation {
            /// Every operation, by its number.
            pub const ALL: &'static [Operation] = &[$(
                Operation::$generic,
                $($(Operation::$special,)+)?
            )+];

            /// The operation's row.
            pub fn row(self) -> &'static Row {
                &ROWS[self as usize]
            }
        }

        static ROWS: &[Row] = {
            use Role::*;
            use WordKind::*;
            &[$(
                Row {
                    name: stringify!($generic),
                    roles: [$a, $b, $c],
                    words: &$words,
                    effects: Effects::PURE$(.union(Effects::$effect))+,
                    text: $text,
                    meaning: $meaning,
                    family: Operation::$generic,
                    form: Form::Flags,
                },
                $($(
                    Row {
                        name: stringify!($special),
                        roles: [$a, $b, $c],
                        words: &$words,
                        effects: Effects::PURE$(.union(Effects::$special_effect))+,
                        text: $text,
                        meaning: $special_meaning,
                        family: Operation::$generic,
                        form: Form::$form,
                    },
                )+)?
            )+]
        };

        /// Calls the macro `callback` with the names of all operations, for tables that must leave none out.
        #[macro_export]
        macro_rules! for_each_operation {
            ($dollar callback:ident) => {
                $dollar callback! { $($generic $($($special)+)?)+ }
            };
        }
    };
}

instructions! { $
    // Moves and constants.

    Wide (Immediate, Immediate, Immediate) [] {PURE} "{a} {b} {c}"
        "prefix: a, b, c are the high halves of the next instruction's register fields; the pair is one instruction"
    Nop (Unused, Unused, Unused) [] {PURE} ""
        "nothing; keeps a bytecode offset visible in precise code"
    Copy (Def, Peek, Unused) [] {PURE} "{a} := {b}"
        "a := b, with a count of its own"
    Copy2 (Defines(fixed(2)), Use, Use) [] {PURE} "{a} := {b}, {c}"
        "a := b; a+1 := c, each with a count of its own (b and c are locals or constants)"
    CopyCallable (Defines(fixed(2)), Use, Unused) [] {PURE} "{a} := {b}, null"
        "a := b, with a count of its own; a+1 := NULL: a callable without a self"
    Move (Def, Take, Unused) [] {PURE} "{a} := {b}"
        "a := b; b := NULL; the value may be NULL"
    LoadConst (Def, Half, Half) [] {PURE} "{a} := {const}"
        "a := constant pool [b + c << 16], with a count of its own"
    LoadNull (Def, Unused, Unused) [] {PURE} "{a} := null"
        "a := NULL"
    Swap (Update, Update, Unused) [] {PURE} "{a} <=> {b}"
        "a and b exchange their values"
    Drop (Unused, Take, Unused) [] {PURE} "{b}"
        "the value of b is dropped; b := NULL; the value may be NULL"
    CheckBound (Unused, Peek, Unused) [] {RAISES} "{b}"
        "UnboundLocalError if the local b is NULL (NameError for a free variable)"
    DeleteFast (Update, Unused, Unused) [] {RAISES} "{a}"
        "UnboundLocalError if the local a is NULL; a := NULL"

    // Cells.

    MakeCell (Update, Unused, Unused) [] {WRITES} "{a}"
        "a := a new cell that holds a's old value, which may be NULL"
    CopyFreeVars (Unused, Immediate, Unused) [] {READS} "{b}"
        "the last b locals := the cells of the running function's closure"
    LoadDeref (Def, Peek, Unused) [] {READS RAISES} "{a} := cell {b}"
        "a := content of the cell in local b; NameError or UnboundLocalError if it is empty"
    StoreDeref (Unused, Peek, Use) [] {WRITES} "cell {b} := {c}"
        "content of the cell in local b := c"
    DeleteDeref (Unused, Peek, Unused) [] {WRITES RAISES} "cell {b}"
        "the cell in local b becomes empty; NameError or UnboundLocalError if it was"
    LoadFromDictOrDeref (Def, Use, Peek) [] {READS RUNS} "{a} := {b} or cell {c}"
        "a := the mapping b's item named as the local c, or else the content of the cell in local c"

    // Names.

    LoadGlobal (Def, Unused, Unused) [Name, Cache, Cache] {READS RUNS} "{a} := {name}"
        "a := globals[name], or else builtins[name]; NameError"
    {
        LoadGlobalModule Flags {READS} "globals' keys are as cached: a := the cached slot of globals"
        LoadGlobalBuiltin Flags {READS} "globals' and builtins' keys are as cached: a := the cached slot of builtins"
    }
    LoadGlobalCallable (Defines(fixed(2)), Unused, Unused) [Name, Cache, Cache] {READS RUNS} "{a} := {name}, null"
        "a := globals[name], or else builtins[name]; a+1 := NULL; NameError"
    {
        LoadGlobalCallableModule Flags {READS} "as LoadGlobalModule; a+1 := NULL"
        LoadGlobalCallableBuiltin Flags {READS} "as LoadGlobalBuiltin; a+1 := NULL"
    }
    StoreGlobal (Unused, Use, Unused) [Name, Cache, Cache] {WRITES RUNS} "{name} := {b}"
        "globals[name] := b"
    {
        StoreGlobalModule Flags {WRITES} "globals' keys are as cached: the cached slot := b"
    }
    DeleteGlobal (Unused, Unused, Unused) [Name] {WRITES RUNS} "{name}"
        "del globals[name]; NameError"
    LoadName (Def, Unused, Unused) [Name, Cache, Cache] {READS RUNS} "{a} := {name}"
        "a := locals mapping [name], or else globals, or else builtins; NameError"
    {
        LoadNameModule Flags {READS} "the locals mapping is globals and its keys are as cached: a := the cached slot"
        LoadNameBuiltin Flags {READS}
            "the locals mapping is globals, its and builtins' keys are as cached: a := the cached slot of builtins"
    }
    StoreName (Unused, Use, Unused) [Name, Cache, Cache] {WRITES RUNS} "{name} := {b}"
        "locals mapping [name] := b"
    {
        StoreNameModule Flags {WRITES} "the locals mapping is a dict whose keys are as cached: the cached slot := b"
    }
    DeleteName (Unused, Unused, Unused) [Name] {WRITES RUNS} "{name}"
        "del locals mapping [name]; NameError"
    LoadFromDictOrGlobals (Def, Use, Unused) [Name] {READS RUNS} "{a} := {b} or {name}"
        "a := the mapping b's item name, or else globals[name], or else builtins[name]; NameError"
    LoadFixed (Def, Immediate, Unused) [] {READS RUNS} "{a} := fixed {b}"
        "a := the b-th CommonConstant; the locals mapping if b is `fixed_value::LOCALS`; builtins['__build_class__'] (NameError) \
         if b is `fixed_value::BUILD_CLASS`"
    SetupAnnotations (Unused, Unused, Unused) [] {WRITES RUNS} ""
        "locals mapping ['__annotations__'] := {} if there is none"
    ImportName (Def, Use, Use) [Name] {RUNS} "{a} := import {name} level {b} from {c}"
        "a := __import__(name, globals, locals, fromlist c, level b)"
    ImportFrom (Def, Peek, Unused) [Name] {RUNS} "{a} := from {b} import {name}"
        "a := attribute name of the module b; ImportError"

    // Attributes.

    LoadAttr (Def, Use, Unused) [Name, Cache, Cache] {READS RUNS} "{a} := {b}.{name}"
        "a := getattr(b, name)"
    {
        LoadAttrSlot Flags {READS} "b has the cached shape: a := the cached slot of the instance"
        LoadAttrMember Flags {READS} "b has the cached type: a := the cached __slots__ member; generic if it is empty"
        LoadAttrDict Flags {READS} "b has the cached type and a dict: a := the entry at the cached index of that dict"
        LoadAttrModule Flags {READS} "b is a module whose dict's keys are as cached: a := the cached slot"
        LoadAttrClass Flags {READS} "b is a type object with the cached version: a := the cached value"
        LoadAttrClassCell Flags {READS} "b is a type object with the cached version: a := the cached place of a namespace"
        LoadAttrValue Flags {READS} "b has the cached type and shape without the name: a := the class attribute cached"
        LoadAttrCell Flags {READS} "b has the cached type and shape without the name: a := the cached place of a namespace"
        LoadAttrProperty Flags {FRAMES RUNS} "b has the cached type: calls the cached property's Python getter with b"
        LoadAttrGetAttribute Flags {FRAMES RUNS} "b has the cached type: calls its Python __getattribute__ or __getattr__"
    }
    LoadMethod (Defines(fixed(2)), Use, Unused) [Name, Cache, Cache] {READS RUNS} "{a} := {b}.{name}()"
        "a := the function and a+1 := b if name is a method of b, else a := getattr(b, name) and a+1 := NULL"
    {
        LoadMethodInstance Flags {READS} "b has the cached shape without the name: a := the cached function; a+1 := b"
        LoadMethodBuiltin Flags {READS} "b has the cached type, without instance attributes: a := cached; a+1 := b"
        LoadMethodSlot Flags {READS} "b has the cached shape: a := the cached slot of the instance; a+1 := NULL"
        LoadMethodModule Flags {READS} "b is a module whose dict's keys are as cached: a := the slot; a+1 := NULL"
        LoadMethodClass Flags {READS} "b is a type object with the cached version: a := the cached value; a+1 := NULL"
        LoadMethodBound Flags {READS} "b is a type object with the cached version: a := the cached function; a+1 := b"
    }
    StoreAttr (Unused, Use, Use) [Name, Cache, Cache] {WRITES RUNS} "{b}.{name} := {c}"
        "setattr(b, name, c)"
    {
        StoreAttrSlot Flags {WRITES} "b has the cached shape: the cached slot := c"
        StoreAttrNewSlot Flags {WRITES} "b has the cached shape: it becomes the cached next shape, whose new slot := c"
        StoreAttrMember Flags {WRITES} "b has the cached type: the cached __slots__ member := c"
        StoreAttrDict Flags {WRITES} "b has the cached type and a dict: the entry at the cached index := c"
        StoreAttrClassCell Flags {WRITES} "b is a type object with the cached version, c no descriptor: the cached place := c"
    }
    DeleteAttr (Unused, Use, Unused) [Name] {WRITES RUNS} "{b}.{name}"
        "delattr(b, name)"
    LoadSuperAttr (Def, Consumes(fixed(3)), Immediate) [Name, Cache] {READS RUNS} "{a} := super {b}.{name} explicit {c}"
        "a := b(b+1, b+2).name, where b is `super`; called without arguments if c is 0"
    LoadSuperMethod (Defines(fixed(2)), Consumes(fixed(3)), Immediate) [Name, Cache] {READS RUNS}
        "{a} := super {b}.{name}() explicit {c}"
        "as LoadSuperAttr, with the function in a and self in a+1 if it is a method, else a+1 := NULL"
    LoadSpecial (Defines(fixed(2)), Use, Immediate) [Counter, Cache] {READS RUNS} "{a} := {b} special {c}"
        "a := the c-th SpecialMethod of b's type and a+1 := b, or bound and a+1 := NULL; TypeError"

    // Operators.

    BinaryOp (Def, Use, Use) [Operator] {RUNS} "{a} := {b} {op} {c}"
        "a := b op c"
    {
        AddInt Registers {PURE} "small ints: a := b + c"
        AddIntConst Constant {PURE} "small ints: a := b + c"
        SubtractInt Registers {PURE} "small ints: a := b - c"
        SubtractIntConst Constant {PURE} "small ints: a := b - c"
        MultiplyInt Registers {PURE} "small ints: a := b * c"
        MultiplyIntConst Constant {PURE} "small ints: a := b * c"
        FloorDivideInt Flags {PURE} "small ints, c not 0: a := b // c"
        RemainderInt Flags {PURE} "small ints, c not 0: a := b % c"
        AndInt Flags {PURE} "small ints: a := b & c"
        OrInt Flags {PURE} "small ints: a := b | c"
        XorInt Flags {PURE} "small ints: a := b ^ c"
        LeftShiftInt Flags {PURE} "small ints, c in range and nothing lost: a := b << c"
        RightShiftInt Flags {PURE} "small ints, c not negative: a := b >> c"
        PowerInt Flags {PURE} "small ints, c not negative and the result small: a := b ** c"
        TrueDivideInt Flags {PURE} "small ints of at most 53 bits, c not 0: a := b / c"
        AddFloat Flags {PURE} "floats, or a float and a small int: a := b + c"
        SubtractFloat Flags {PURE} "floats, or a float and a small int: a := b - c"
        MultiplyFloat Flags {PURE} "floats, or a float and a small int: a := b * c"
        TrueDivideFloat Flags {PURE} "floats, or a float and a small int, c not 0: a := b / c"
        AddStr Flags {READS WRITES RAISES} "strs: a := b + c, in place if b is held by nothing else (or only by a)"
    }
    Subscript (Def, Use, Use) [Counter, Cache] {READS RUNS} "{a} := {b}[{c}]"
        "a := b[c]"
    {
        SubscriptListInt Flags {READS} "list and small int in range, also negative: a := b[c]"
        SubscriptTupleInt Flags {READS} "tuple and small int in range, also negative: a := b[c]"
        SubscriptStrInt Flags {READS} "str and small int in range, also negative: a := b[c]"
        SubscriptBytesInt Flags {READS} "bytes or bytearray and small int in range: a := b[c]"
        SubscriptDict Flags {READS RUNS} "exact dict: a := b[c]; KeyError"
        SubscriptDictStr Flags {READS} "exact dict whose keys are all str, c a str: a := b[c]; generic if absent"
        SubscriptGetItem Flags {FRAMES RUNS} "b has the cached type: calls its Python __getitem__"
    }
    StoreSubscript (Use, Use, Use) [Counter, Cache] {WRITES RUNS} "{b}[{c}] := {a}"
        "b[c] := a"
    {
        StoreSubscriptListInt Flags {WRITES} "list and small int in range, also negative: b[c] := a"
        StoreSubscriptDict Flags {WRITES RUNS} "exact dict: b[c] := a"
        StoreSubscriptBytesInt Flags {WRITES} "bytearray and small int in range, a from 0 to 255: b[c] := a"
    }
    DeleteSubscript (Unused, Use, Use) [] {WRITES RUNS} "{b}[{c}]"
        "del b[c]"
    BinarySlice (Def, Consumes(fixed(3)), Unused) [] {READS RUNS} "{a} := slice {b}"
        "a := b[b+1 : b+2]"
    StoreSlice (Unused, Consumes(fixed(4)), Unused) [] {WRITES RUNS} "slice {b}"
        "(b+1)[b+2 : b+3] := b"
    Negative (Def, Use, Unused) [] {RUNS} "{a} := -{b}"
        "a := -b"
    Invert (Def, Use, Unused) [] {RUNS} "{a} := ~{b}"
        "a := ~b"
    Not (Def, Use, Unused) [] {RUNS} "{a} := not {b}"
        "a := not b, with b's truth tested"
    ToBool (Def, Use, Unused) [] {RUNS} "{a} := bool {b}"
        "a := b's truth"
    Is (Def, Use, Use) [] {PURE} "{a} := {b} is {c}"
        "a := b is c"
    IsNot (Def, Use, Use) [] {PURE} "{a} := {b} is not {c}"
        "a := b is not c"
    Contains (Def, Use, Use) [] {RUNS} "{a} := {b} in {c}"
        "a := b in c"
    NotContains (Def, Use, Use) [] {RUNS} "{a} := {b} not in {c}"
        "a := b not in c"
    Compare (Def, Use, Use) [Comparison] {RUNS} "{a} := {b} {cmp} {c}"
        "a := b cmp c; its truth if the word says so"
    {
        CompareInt Flags {PURE} "small ints: a := b cmp c"
        CompareFloat Flags {PURE} "floats: a := b cmp c"
        CompareStr Flags {READS} "strs: a := b cmp c"
    }

    // Jumps.

    Jump (Unused, Unused, Unused) [Target] {ENDS JUMPS} "{target}"
        "goto target"
    JumpBackward (Unused, Unused, Unused) [Target, Cache] {ENDS JUMPS POLLS RUNS} "{target}"
        "poll the eval breaker, count heat in the word's upper half, goto target"
    JumpIfTrue (Unused, Use, Unused) [Target, Cache] {JUMPS RUNS} "{b} goto {target}"
        "goto target if b is true"
    {
        JumpIfTrueBool Flags {JUMPS} "b is a bool: goto target if it is True"
        JumpIfTrueInt Flags {JUMPS} "b is a small int: goto target if it isn't 0"
        JumpIfTrueSized Flags {JUMPS READS} "b is a str, list, tuple, dict or set: goto target if it isn't empty"
        JumpIfTrueObject Flags {JUMPS READS} "b is None (false) or has the cached type, always true: goto target if true"
    }
    JumpIfFalse (Unused, Use, Unused) [Target, Cache] {JUMPS RUNS} "{b} goto {target}"
        "goto target if b is false"
    {
        JumpIfFalseBool Flags {JUMPS} "b is a bool: goto target if it is False"
        JumpIfFalseInt Flags {JUMPS} "b is a small int: goto target if it is 0"
        JumpIfFalseSized Flags {JUMPS READS} "b is a str, list, tuple, dict or set: goto target if it is empty"
        JumpIfFalseObject Flags {JUMPS READS} "b is None (false) or has the cached type, always true: goto target if false"
    }
    JumpIfNone (Unused, Use, Unused) [Target] {JUMPS} "{b} goto {target}"
        "goto target if b is None"
    JumpIfNotNone (Unused, Use, Unused) [Target] {JUMPS} "{b} goto {target}"
        "goto target if b is not None"
    JumpIfIs (Unused, Use, Use) [Target] {JUMPS} "{b} is {c} goto {target}"
        "goto target if b is c"
    JumpIfIsNot (Unused, Use, Use) [Target] {JUMPS} "{b} is not {c} goto {target}"
        "goto target if b is not c"
    JumpIfContains (Unused, Use, Use) [Target] {JUMPS RUNS} "{b} in {c} goto {target}"
        "goto target if b in c"
    {
        JumpIfContainsDict Flags {JUMPS READS RUNS} "c is an exact dict: goto target if b in c"
        JumpIfContainsSet Flags {JUMPS READS RUNS} "c is an exact set or frozenset: goto target if b in c"
    }
    JumpIfNotContains (Unused, Use, Use) [Target] {JUMPS RUNS} "{b} not in {c} goto {target}"
        "goto target if b not in c"
    {
        JumpIfNotContainsDict Flags {JUMPS READS RUNS} "c is an exact dict: goto target if b not in c"
        JumpIfNotContainsSet Flags {JUMPS READS RUNS} "c is an exact set or frozenset: goto target if b not in c"
    }
    JumpCompare (Test, Use, Use) [Target] {JUMPS RUNS} "{if} {b} {cmp} {c} goto {target}"
        "goto target if the truth of b cmp c is as the test a says"
    {
        JumpLessInt Registers {JUMPS} "small ints: goto target if b < c (or unless b >= c)"
        JumpLessIntConst Constant {JUMPS} "small ints: goto target if b < c (or unless b >= c)"
        JumpLessEqualInt Registers {JUMPS} "small ints: goto target if b <= c (or unless b > c)"
        JumpLessEqualIntConst Constant {JUMPS} "small ints: goto target if b <= c (or unless b > c)"
        JumpEqualInt Registers {JUMPS} "small ints: goto target if b == c (or unless b != c)"
        JumpEqualIntConst Constant {JUMPS} "small ints: goto target if b == c (or unless b != c)"
        JumpNotEqualInt Registers {JUMPS} "small ints: goto target if b != c (or unless b == c)"
        JumpNotEqualIntConst Constant {JUMPS} "small ints: goto target if b != c (or unless b == c)"
        JumpGreaterInt Registers {JUMPS} "small ints: goto target if b > c (or unless b <= c)"
        JumpGreaterIntConst Constant {JUMPS} "small ints: goto target if b > c (or unless b <= c)"
        JumpGreaterEqualInt Registers {JUMPS} "small ints: goto target if b >= c (or unless b < c)"
        JumpGreaterEqualIntConst Constant {JUMPS} "small ints: goto target if b >= c (or unless b < c)"
        JumpLessFloat Flags {JUMPS} "floats: goto target if b < c, or unless it, as the test a says"
        JumpLessEqualFloat Flags {JUMPS} "floats: goto target if b <= c, or unless it, as the test a says"
        JumpGreaterFloat Flags {JUMPS} "floats: goto target if b > c, or unless it, as the test a says"
        JumpGreaterEqualFloat Flags {JUMPS} "floats: goto target if b >= c, or unless it, as the test a says"
        JumpEqualFloat Flags {JUMPS} "floats: goto target if b == c or if b != c, as the test a says"
        JumpEqualStr Flags {JUMPS READS} "strs: goto target if b == c or if b != c, as the test a says"
    }

    // Iteration and unpacking.

    GetIter (Def, Use, Unused) [] {RUNS} "{a} := iter {b}"
        "a := iter(b)"
    ForIter (Def, Peek, Unused) [Target, Cache] {JUMPS RUNS} "{a} := next {b} or goto {target}"
        "a := next(b); goto target if b is exhausted, with a as it was"
    {
        ForIterList Flags {JUMPS READS WRITES} "b is a list iterator"
        ForIterTuple Flags {JUMPS READS WRITES} "b is a tuple iterator"
        ForIterRange Flags {JUMPS WRITES} "b is an iterator over a range of small ints"
        ForIterDict Flags {JUMPS READS WRITES RAISES} "b is an iterator over a dict's keys, values or items"
        ForIterNative Flags {JUMPS RUNS} "b has the cached native type: calls its next function directly"
        ForIterGenerator Flags {JUMPS FRAMES RUNS} "b is a suspended generator: its frame is resumed with None"
    }
    GetLen (Def, Peek, Unused) [] {RUNS} "{a} := len {b}"
        "a := len(b)"
    UnpackPair (Def, Use, Def) [Counter] {RUNS} "{a}, {c} := {b}"
        "a, c := the two items of b; ValueError"
    {
        UnpackPairExact Flags {READS} "b is a tuple or list of two items"
    }
    UnpackSequence (Defines(counted(0, 1)), Use, Count) [Counter] {RUNS} "{a} := {c} items of {b}"
        "a+c-1, ..., a+1, a := the items of b, the first in a+c-1; ValueError"
    {
        UnpackSequenceExact Flags {READS} "b is a tuple or list of c items"
    }
    UnpackEx (Defines(counted(0, 1)), Use, Count) [Number] {RUNS} "{a} := {c} parts of {b} arrangement {number}"
        "a+c-1, ..., a := the items of b, the first in a+c-1; number & 255 before the list of the rest, number >> 8 after"
    GetAiter (Def, Use, Unused) [] {RUNS} "{a} := aiter {b}"
        "a := b.__aiter__(), checked; TypeError"
    GetAnext (Def, Peek, Unused) [] {RUNS} "{a} := anext {b}"
        "a := the awaitable of b.__anext__(); TypeError"
    GetAwaitable (Def, Use, Immediate) [] {RUNS} "{a} := awaitable {b} for {c}"
        "a := the iterator to await b; c is 1 for __aenter__, 2 for __aexit__ (for the message); TypeError, RuntimeError"
    GetYieldFromIter (Def, Use, Unused) [] {RUNS} "{a} := yield from iter {b}"
        "a := b if it is a generator, or a coroutine where that is allowed, else iter(b); TypeError"

    // Pattern matching.

    MatchFlag (Def, Peek, Immediate) [] {READS} "{a} := {b} kind {c}"
        "a := b's type has the flag of a sequence (c is 0) or of a mapping (c is 1)"
    MatchKeys (Def, Peek, Peek) [] {RUNS} "{a} := {b} at keys {c}"
        "a := a tuple of b's values for the tuple of keys c, or None if one is missing"
    MatchClass (Def, Consumes(fixed(3)), Immediate) [] {RUNS} "{a} := match class {b} positional {c}"
        "subject b, class b+1, tuple of names b+2: a := a tuple of the attributes, c of them positional, or None"

    // Building objects.

    BuildTuple (Def, Consumes(counted(0, 1)), Count) [] {WRITES RAISES} "{a} := {c} from {b}"
        "a := (b, ..., b+c-1)"
    BuildTuple2 (Def, Use, Use) [] {WRITES RAISES} "{a} := {b}, {c}"
        "a := (b, c)"
    BuildList (Def, Consumes(counted(0, 1)), Count) [] {WRITES RAISES} "{a} := {c} from {b}"
        "a := [b, ..., b+c-1]"
    BuildSet (Def, Consumes(counted(0, 1)), Count) [] {WRITES RUNS} "{a} := {c} from {b}"
        "a := {b, ..., b+c-1}"
    BuildMap (Def, Consumes(counted(0, 2)), Count) [] {WRITES RUNS} "{a} := {c} from {b}"
        "a := {b: b+1, ...} of c pairs"
    BuildSlice2 (Def, Use, Use) [] {WRITES RAISES} "{a} := {b}, {c}"
        "a := slice(b, c)"
    BuildSlice3 (Def, Consumes(fixed(3)), Unused) [] {WRITES RAISES} "{a} := {b}"
        "a := slice(b, b+1, b+2)"
    BuildString (Def, Consumes(counted(0, 1)), Count) [] {READS WRITES RAISES} "{a} := {c} from {b}"
        "a := the concatenation of the strs b, ..., b+c-1"
    BuildTemplate (Def, Use, Use) [] {WRITES RAISES} "{a} := strings {b} interpolations {c}"
        "a := a Template of the tuples b and c"
    BuildInterpolation (Def, Consumes(counted(0, 1)), Count) [Number] {WRITES RAISES}
        "{a} := {c} from {b} conversion {number}"
        "a := an Interpolation of value b, expression text b+1 and, if c is 3, format spec b+2; conversion number >> 2"
    ListAppend (Unused, Peek, Use) [] {WRITES RAISES} "{b} {c}"
        "list b gets the item c"
    Extend (Immediate, Peek, Use) [] {WRITES RUNS} "{b} {c} kind {a}"
        "container b (list, set, dict as `extend` numbers a) gets the items of c; TypeError"
    SetAdd (Unused, Peek, Use) [] {WRITES RUNS} "{b} {c}"
        "set b gets the item c"
    MapAdd (Peek, Use, Use) [] {WRITES RUNS} "{a}[{b}] := {c}"
        "dict a: a[b] := c"
    DictMerge (Peek, Peek, Use) [] {WRITES RUNS} "{b} {c} for {a}"
        "dict b gets the items of the mapping c; TypeError, naming the callable a, for a key that is there already"
    MakeFunction (Def, Use, Unused) [] {WRITES RAISES} "{a} := {b}"
        "a := a function with code b and the frame's globals"
    SetFunctionAttribute (Def, Use, Use) [Number] {WRITES} "{a} := {c} with {number} {b}"
        "the attribute number (opcode::function_attribute) of the function c := b; a := c"
    FormatSimple (Def, Use, Unused) [] {RUNS} "{a} := {b}"
        "a := format(b, '')"
    FormatWithSpec (Def, Use, Use) [] {RUNS} "{a} := {b} spec {c}"
        "a := format(b, c)"
    ConvertValue (Def, Use, Immediate) [] {RUNS} "{a} := {b} conversion {c}"
        "a := str, repr or ascii of b: the c-th Conversion"

    // Calls. The window is the callable b, self or NULL b+1, and the arguments from b+2, as on CPython's stack.

    Call (Def, Consumes(counted(2, 1)), Count) [Counter, Cache, Cache] {FRAMES RUNS} "{a} := {b} with {c}"
        "a := the result of calling b with self b+1 (unless NULL) and the c arguments from b+2"
    {
        CallPython Flags {FRAMES RUNS} "b is a Python function with the cached version that takes just these arguments"
        CallPythonGeneral Flags {FRAMES RUNS} "b is a Python function: arguments are matched to parameters"
        CallBoundMethod Flags {FRAMES RUNS} "b is a method object of a Python function that takes just these arguments"
        CallBoundMethodGeneral Flags {FRAMES RUNS} "b is a method object: its self and function replace b+1 and b"
        CallClass Flags {FRAMES RUNS} "b is a type with the cached version: makes an instance, calls the Python __init__"
        CallType Flags {RUNS} "b is a type object: calls its native constructor"
        CallType1 Flags {READS} "type(x)"
        CallStr1 Flags {RUNS} "str(x)"
        CallResume Flags {FRAMES RUNS} "b is the cached native function that resumes a generator or coroutine"
        CallNative0 Flags {RUNS} "b is the cached native function without parameters"
        CallNative1 Flags {RUNS} "b is the cached native function of one parameter"
        CallNative2 Flags {RUNS} "b is the cached native function of two parameters"
        CallNativeFast Flags {RUNS} "b is a native function that takes an array of arguments"
        CallNativeMethod0 Flags {RUNS} "b is the cached method of a native type, without parameters but self"
        CallNativeMethod1 Flags {RUNS} "b is the cached method of a native type, with self and one parameter"
        CallNativeMethodFast Flags {RUNS} "b is a method of a native type that takes an array of arguments"
        CallLen Flags {RUNS} "len(x)"
        CallIsInstance Flags {RUNS} "isinstance(x, y)"
        CallListAppend Flags {WRITES RAISES} "list.append(x) on an exact list"
    }
    CallKw (Def, Consumes(counted(2, 1)), Count) [Constant, Cache, Cache] {FRAMES RUNS} "{a} := {b} with {c} names {const}"
        "as Call; the last of the c arguments are named by the tuple in the constant pool"
    {
        CallKwPython Flags {FRAMES RUNS} "b is a Python function with the cached version"
        CallKwBoundMethod Flags {FRAMES RUNS} "b is a method object of a Python function with the cached version"
        CallKwNative Flags {RUNS} "b isn't a Python function or method"
    }
    CallKwDynamic (Def, Consumes(counted(3, 1)), Count) [] {FRAMES RUNS} "{a} := {b} with {c} names"
        "as CallKw; the tuple of names is in the register b+2+c"
    CallEx (Def, Consumes(fixed(4)), Unused) [Counter, Cache] {FRAMES RUNS} "{a} := {b}"
        "a := the result of calling b with the arguments of the iterable b+2 and the mapping b+3 (unless NULL); b+1 is NULL"
    CallIntrinsic1 (Def, Use, Immediate) [] {RUNS} "{a} := {c}({b})"
        "a := the c-th Intrinsic1 of b"
    CallIntrinsic2 (Def, Use, Use) [Number] {RUNS} "{a} := {number}({b}, {c})"
        "a := the Intrinsic2 number of b and c"

    // Exceptions.

    PushExcInfo (Defines(fixed(2)), Take, Unused) [] {WRITES} "{a} := {b}"
        "a+1 := the exception b; a := the exception being handled (or None), which from now on is a+1"
    PopExcept (Unused, Use, Unused) [] {WRITES} "{b}"
        "the exception being handled := b (none if b is None)"
    CheckExcMatch (Def, Peek, Use) [] {RUNS} "{a} := {b} matches {c}"
        "a := the exception b matches the class or tuple of classes c; TypeError"
    CheckEgMatch (Defines(fixed(2)), Use, Use) [] {RUNS} "{a} := {b} matches group {c}"
        "a := the rest of b that c doesn't match or None, a+1 := the part that it matches or None; TypeError"
    Raise (Unused, Unused, Unused) [] {RUNS ENDS} ""
        "raise the exception being handled; RuntimeError if there is none"
    RaiseException (Unused, Use, Unused) [] {RUNS ENDS} "{b}"
        "raise b"
    RaiseFrom (Unused, Use, Use) [] {RUNS ENDS} "{b} from {c}"
        "raise b from c"
    Reraise (Unused, Use, Unused) [] {RAISES ENDS} "{b}"
        "b is raised again with its traceback"
    ReraiseLasti (Unused, Use, Peek) [] {RAISES ENDS} "{b} at {c}"
        "as Reraise, with the frame's last instruction set to the int c"
    WithExceptStart (Def, Peeks(fixed(5)), Unused) [] {RUNS} "{a} := {b}"
        "a := the result of calling the exit function b with self b+1 (unless NULL), type, value and traceback of b+4"
    EndAsyncFor (Unused, Use, Use) [] {RAISES} "{b} {c}"
        "c is raised again unless it is a StopAsyncIteration; b is the awaitable"
    CleanupThrow (Defines(fixed(2)), Consumes(fixed(3)), Unused) [] {RAISES} "{a} := {b}"
        "if b+2 is a StopIteration, a := None and a+1 := its value; else it is raised again"

    // Frames.

    Resume (Unused, Immediate, Unused) [Counter, Cache] {POLLS RUNS} "{b}"
        "the frame starts or goes on (b: opcode::resume): poll the eval breaker, count heat in the word's upper half"
    Return (Unused, Use, Unused) [] {FRAMES ENDS} "{b}"
        "leave the frame with the result b; in a generator, it is finished"
    Yield (Def, Use, Immediate) [] {FRAMES RUNS} "{a} := {b} in {c}"
        "suspend the frame with the value b; resumed at the next instruction, a := the value sent; c is 1 in yield from; an \
         exception thrown in is raised here, after a := None"
    Send (Def, Peek, Use) [Target] {JUMPS FRAMES RUNS} "{a} := {b} {c} done {target}"
        "a := what b yields when c is sent to it; goto target when it has finished, with a := its result"
    {
        SendGenerator Flags {JUMPS FRAMES RUNS} "b is a suspended generator or coroutine: its frame is resumed"
    }
    EndSend (Def, Use, Use) [] {PURE} "{a} := {c} dropping {b}"
        "a := c; b is dropped"
    ReturnGenerator (Def, Unused, Unused) [] {FRAMES WRITES RAISES} "{a}"
        "leave the frame with a new generator that owns it; first resumed at the next instruction, a := the value sent"
}

impl Operation {
    /// The operation with this number.
    pub fn from_number(number: u8) -> Option<Operation> {
        Operation::ALL.get(usize::from(number)).copied()
    }

    /// The operation with this name.
    pub fn from_name(name: &str) -> Option<Operation> {
        Operation::ALL.iter().copied().find(|operation| operation.row().name == name)
    }

    /// The name.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The generic operation of the family.
    pub fn family(self) -> Operation {
        self.row().family
    }

    /// Its operands, given by place, with the flags that say that they die, in the order in which CPython drops them: the
    /// last first, but binary operators.
    pub fn in_dying_order(self, [a, b, c]: [usize; 3]) -> [(u8, usize); 3] {
        use super::flags::{A_DIES, B_DIES, C_DIES};
        match self.family() {
            Operation::BinaryOp => [(A_DIES, a), (B_DIES, b), (C_DIES, c)],
            _ => [(C_DIES, c), (B_DIES, b), (A_DIES, a)],
        }
    }

    /// Words that the instruction takes up, its first included.
    pub fn length(self) -> usize {
        1 + self.row().words.len()
    }

    /// True for calls, whose result may be discarded by a flag.
    pub fn is_call(self) -> bool {
        let family = self.family();
        matches!(family, Operation::Call | Operation::CallKw | Operation::CallKwDynamic | Operation::CallEx)
    }

    /// True when it may do this.
    pub fn has(self, effect: Effects) -> bool {
        self.row().effects.contains(effect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_numbers_fit() {
        for (number, &operation) in Operation::ALL.iter().enumerate() {
            assert_eq!(operation as usize, number);
            assert_eq!(Operation::from_name(operation.name()), Some(operation));
        }
        let bytes = usize::from(u8::MAX) + 1;
        assert!(Operation::ALL.len() <= bytes, "{} operations, numbered by bytes", Operation::ALL.len());
    }

    #[test]
    fn rows_are_consistent() {
        for operation in Operation::ALL {
            let row = operation.row();
            let has_target = row.words.contains(&WordKind::Target);
            assert_eq!(has_target, row.effects.contains(Effects::JUMPS), "{}", row.name);
            assert_eq!(row.roles, row.family.row().roles, "{}", row.name);
            let halves = row.roles.iter().filter(|&&role| role == Role::Half).count();
            assert!(halves == 0 || row.roles[1..] == [Role::Half, Role::Half], "{}", row.name);
        }
    }
}
