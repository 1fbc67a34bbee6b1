//! The trace instructions, one row each: name, operand roles a, b, c, immediate, result type, kind, meaning.
//!
//! `Op`, the printer, the parser, the verifier and the optimiser's defaults expand from the rows.

/// The type of an instruction's result.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Type {
    /// No result.
    None,
    /// A raw 64-bit integer. Those that stand for Python ints lie within 63 bits.
    Int,
    /// A raw double.
    Float,
    /// A raw truth value, 0 or 1.
    Bool,
    /// A value word.
    Value,
    /// A raw address.
    Pointer,
}

impl Type {
    pub const ALL: [Type; 6] = [Type::None, Type::Int, Type::Float, Type::Bool, Type::Value, Type::Pointer];

    /// The name in the text form.
    pub fn name(self) -> &'static str {
        match self {
            Type::None => "none",
            Type::Int => "int",
            Type::Float => "float",
            Type::Bool => "bool",
            Type::Value => "value",
            Type::Pointer => "pointer",
        }
    }
}

/// What an operand or immediate field means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    Unused,
    /// An operand of this type.
    Use(Type),
    /// An operand of this type that may be missing.
    Maybe(Type),
    /// An operand of any type.
    Any,
    /// Immediate: a slot.
    Slot,
    /// Immediate: a field of `runtime::trace_interface::Field`.
    Field,
    /// Immediate: a byte offset.
    Offset,
    /// Immediate: a helper of `runtime::trace_interface::Helper`; its arguments are in the trace's argument list
    /// (a: first, b: count, raw numbers).
    Helper,
    /// Immediate: a word index into the running window's register code.
    Pc,
    /// Immediate: an index into the trace's windows.
    Window,
    /// Immediate: a number.
    Number,
    /// Immediate: the number of a trace.
    Trace,
    /// Immediate: the index of an instruction.
    Instruction,
}

/// What an instruction does beyond its result; decides what the optimiser may do with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The result depends on the operands alone.
    Pure,
    /// Reads an object's memory.
    Load,
    /// Writes an object's memory.
    Store,
    /// Goes on only if what it checks holds, else leaves through its snapshot. Has no other effect.
    Guard,
    /// Calls a helper: effects by the helper's row.
    Call,
    /// Changes reference counts.
    Count,
    /// Reads or writes frames.
    Frame,
    /// Structure of the trace.
    Control,
    /// Only in recorded traces.
    Recorded,
}

/// What the table says about one instruction.
#[derive(Debug)]
pub struct Row {
    pub name: &'static str,
    pub operands: [Role; 3],
    pub immediate: Role,
    pub result: Type,
    pub kind: Kind,
    pub meaning: &'static str,
}

macro_rules! instructions {
    ($( $name:ident ($a:expr, $b:expr, $c:expr; $immediate:expr) $result:ident $kind:ident $meaning:literal )+) => {
        /// A trace instruction's operation.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum Op {
            $( #[doc = $meaning] $name, )+
        }

        impl Op {
            /// Every operation, by its number.
            pub const ALL: &'static [Op] = &[$( Op::$name, )+];
        }

        static ROWS: &[Row] = {
            use Role::*;
            const INT: Role = Use(Type::Int);
            const FLOAT: Role = Use(Type::Float);
            const BOOL: Role = Use(Type::Bool);
            const VALUE: Role = Use(Type::Value);
            const POINTER: Role = Use(Type::Pointer);
            &[$( Row {
                name: stringify!($name),
                operands: [$a, $b, $c],
                immediate: $immediate,
                result: Type::$result,
                kind: Kind::$kind,
                meaning: $meaning,
            }, )+]
        };
    };
}

instructions! {
    // Integers. Additions of Python ints can't leave 64 bits; `CheckInt` keeps them within 63.
    AddInt (INT, INT, Unused; Unused) Int Pure "a + b, wrapping"
    SubInt (INT, INT, Unused; Unused) Int Pure "a - b, wrapping"
    AndInt (INT, INT, Unused; Unused) Int Pure "a & b"
    OrInt (INT, INT, Unused; Unused) Int Pure "a | b"
    XorInt (INT, INT, Unused; Unused) Int Pure "a ^ b"
    ShiftLeft (INT, INT, Unused; Unused) Int Pure "a << b, wrapping; 0 <= b < 64"
    ShiftRight (INT, INT, Unused; Unused) Int Pure "a >> min(b, 63), arithmetic; 0 <= b"
    FloorDivide (INT, INT, Unused; Unused) Int Pure "floor(a / b); b is not 0; a and b within 63 bits"
    Modulo (INT, INT, Unused; Unused) Int Pure "a - b * floor(a / b); b is not 0; a and b within 63 bits"
    MulChecked (INT, INT, Unused; Unused) Int Guard "a * b; leaves if it doesn't fit 63 bits"
    CheckInt (INT, Unused, Unused; Unused) None Guard "leaves unless a fits 63 bits"
    CheckShift (INT, INT, Unused; Unused) None Guard "leaves unless 0 <= b < 63 and a << b fits 63 bits"
    MinInt (INT, INT, Unused; Unused) Int Pure "the smaller"
    MaxInt (INT, INT, Unused; Unused) Int Pure "the greater"

    // Comparisons.
    EqInt (INT, INT, Unused; Unused) Bool Pure "a == b"
    NeInt (INT, INT, Unused; Unused) Bool Pure "a != b"
    LtInt (INT, INT, Unused; Unused) Bool Pure "a < b"
    LeInt (INT, INT, Unused; Unused) Bool Pure "a <= b"
    LtUnsigned (INT, INT, Unused; Unused) Bool Pure "a < b as unsigned numbers"
    EqFloat (FLOAT, FLOAT, Unused; Unused) Bool Pure "a == b"
    NeFloat (FLOAT, FLOAT, Unused; Unused) Bool Pure "a != b"
    LtFloat (FLOAT, FLOAT, Unused; Unused) Bool Pure "a < b"
    LeFloat (FLOAT, FLOAT, Unused; Unused) Bool Pure "a <= b"
    EqValue (VALUE, VALUE, Unused; Unused) Bool Pure "a is b: the words are equal"
    EqPointer (POINTER, POINTER, Unused; Unused) Bool Pure "a and b are the same address"
    NotBool (BOOL, Unused, Unused; Unused) Bool Pure "not a"

    // Floats.
    AddFloat (FLOAT, FLOAT, Unused; Unused) Float Pure "a + b"
    SubFloat (FLOAT, FLOAT, Unused; Unused) Float Pure "a - b"
    MulFloat (FLOAT, FLOAT, Unused; Unused) Float Pure "a * b"
    DivFloat (FLOAT, FLOAT, Unused; Unused) Float Pure "a / b, as IEEE says; Python's check for 0 is a guard before it"
    NegFloat (FLOAT, Unused, Unused; Unused) Float Pure "-a"
    AbsFloat (FLOAT, Unused, Unused; Unused) Float Pure "|a|"
    SqrtFloat (FLOAT, Unused, Unused; Unused) Float Pure "square root of a"
    FloorFloat (FLOAT, Unused, Unused; Unused) Float Pure "the greatest whole number not above a"
    CeilFloat (FLOAT, Unused, Unused; Unused) Float Pure "the smallest whole number not below a"
    TruncFloat (FLOAT, Unused, Unused; Unused) Float Pure "a without its fraction"
    IntToFloat (INT, Unused, Unused; Unused) Float Pure "a rounded to the nearest double"
    FloatToInt (FLOAT, Unused, Unused; Unused) Int Guard "a, a whole number, as an int; leaves unless |a| < 2**62"

    // Between words and raw values.
    BoxInt (INT, Unused, Unused; Unused) Value Pure "the word of an int of 63 bits"
    BoxFloat (FLOAT, Unused, Unused; Unused) Value Pure "the word of a float; owned (a heap object where it isn't self-tagged)"
    BoxBool (BOOL, Unused, Unused; Unused) Value Pure "True or False"
    UnboxInt (VALUE, Unused, Unused; Unused) Int Pure "the int of a small int's word"
    UnboxFloat (VALUE, Unused, Unused; Unused) Float Pure "the double of a float's word or static box"
    UnboxBool (VALUE, Unused, Unused; Unused) Bool Pure "a is True, for a word that is True or False"
    Address (VALUE, Unused, Unused; Unused) Pointer Pure "the address of a heap object"

    IntOfBool (BOOL, Unused, Unused; Unused) Int Pure "1 if a, else 0"

    // Guards.
    GuardTrue (BOOL, Unused, Unused; Unused) None Guard "leaves unless a is true"
    GuardFalse (BOOL, Unused, Unused; Unused) None Guard "leaves if a is true"
    GuardInt (VALUE, Unused, Unused; Unused) None Guard "leaves unless a is a small int"
    GuardAnyInt (VALUE, Unused, Unused; Unused) None Guard "leaves unless a is an int of any size, of exactly that type"
    GuardFloat (VALUE, Unused, Unused; Unused) None Guard "leaves unless a is a float of exactly that type, in the word or boxed"
    GuardBool (VALUE, Unused, Unused; Unused) None Guard "leaves unless a is True or False"
    GuardType (VALUE, POINTER, Unused; Unused) None Guard "leaves unless a is a heap object of exactly the type b, a constant"
    GuardIs (VALUE, VALUE, Unused; Unused) None Guard "leaves unless a is b, a constant"
    GuardIsNot (VALUE, VALUE, Unused; Unused) None Guard "leaves if a is b, a constant"
    GuardBelow (INT, INT, Unused; Number) None Guard "leaves unless a < b, but not where the GuardTrue or GuardFalse that follows leaves: a loop's counter and its limit (which it rises to, or a falls to). With a number, that by which it changes, it does the loop's polls, too"
    GuardPoll (Unused, Unused, Unused; Unused) None Guard "leaves if the eval breaker is set"
    GuardRoom (Unused, Unused, Unused; Number) None Guard "leaves unless so many more frames are within the recursion limit, and there is room for the trace's windows and on the machine stack"
    GuardUnseen (Unused, Unused, Unused; Unused) None Guard "leaves if the innermost real frame has a frame object"

    // Memory.
    LoadField (POINTER, Unused, Unused; Field) None Load "the field of the struct at a; its type is the field's"
    StoreField (POINTER, Any, Unused; Field) None Store "the field of the struct at a := b"
    LoadItem (POINTER, INT, Unused; Field) Value Load "word b of the array at a + the field's offset; the field is the array's alias class"
    StoreItem (POINTER, INT, Any; Field) None Store "word b of the array at a + the field's offset := c (a value word in optimised traces)"
    LoadNumber (POINTER, INT, Unused; Field) Int Load "number b, of the field's element, of the array at a + the field's offset"
    StoreNumber (POINTER, INT, INT; Field) None Store "number b, of the field's element, of that array := the low bits of c"
    LoadReal (POINTER, INT, Unused; Field) Float Load "the same where elements are floats"
    StoreReal (POINTER, INT, FLOAT; Field) None Store "the same where elements are floats"
    LoadOffset (POINTER, Unused, Unused; Offset) Value Load "the attribute word at a + offset"
    StoreOffset (POINTER, Any, Unused; Offset) None Store "the attribute word at a + offset := b (a value word in optimised traces)"
    LoadAddress (POINTER, Unused, Unused; Offset) Pointer Load "the address at a + offset (an object's shape)"
    StoreAddress (POINTER, POINTER, Unused; Offset) None Store "the address at a + offset := b"

    // Reference counts.
    IncRef (VALUE, Unused, Unused; Unused) None Count "one count more, if a is counted"
    DecRef (VALUE, Unused, Unused; Unused) None Count "one count less, if a is counted; the last one releases (`Helper::Release`), and if that says that the death was observable, leaves through the snapshot, which is of the state after it"

    // Calls.
    Call (Unused, Unused, Unused; Helper) None Call "calls the helper; NULL from one that may raise leaves through the snapshot, to unwind (with c it is a result, and the exception pending)"

    // Frames, in optimised traces.
    LoadSlot (Unused, Unused, Unused; Slot) Value Frame "the word in the frame's memory, borrowed from it"
    RootGenerator (Unused, Unused, Unused; Unused) Value Frame "the generator whose frame is the innermost one, borrowed from it; at the start of traces"
    Virtual (Unused, Unused, Unused; Unused) Value Pure "an object that the trace has not made: only snapshots name it, and describe it"
    Import (Unused, Unused, Unused; Number) None Frame "raw word of the exit buffer, of the instruction's type; at the start of side traces"
    StoreSlot (VALUE, Unused, Unused; Slot) None Frame "the word in the frame's memory := a; what was there is not dropped"
    PushFrame (VALUE, Maybe(Type::Value), Maybe(Type::Pointer); Window) None Frame "makes the window a real frame of the function a; b is the instance, if it is an __init__ that a class calls (both owned, they move to it); the caller's pc := its call; c, a constant, is that word's address, if it is known"
    PopFrame (Maybe(Type::Int), Unused, Unused; Window) None Frame "takes the innermost frame, whose slots are cleared, away; a, a constant, is the slot behind the caller's registers, if these are on the register stack"
    CallTrace (INT, Maybe(Type::Int), Unused; Trace) Value Frame "calls another trace, on the innermost frame, which is real and whose registers begin a slots above the base; what that frame returns, owned; it is to be popped, and its slots hold nothing. Leaves, with memory saying it all, if the frame doesn't return that way; with b also if it returns anything but None"
    CallItself (INT, INT, INT; Number) Value Frame "calls this very trace for a window whose frame, like those of all a windows that the trace has open, is not made; the callee's registers, which are in memory, begin at slot b and end in front of slot c; what it returns, owned. If the callee leaves, its callers leave after it, each through its snapshot, which is of the state during the call"
    PushGenerator (VALUE, Unused, Unused; Window) None Frame "makes the frame of the suspended generator a, whose window it is, the innermost real one"
    PopGenerator (POINTER, INT, Unused; Unused) None Frame "suspends the innermost frame, a generator's, at the instruction a; b: packed `Suspension`"
    FinishGenerator (Unused, Unused, Unused; Window) None Frame "ends the innermost frame, a generator's, whose slots are cleared"
    SavePc (Maybe(Type::Pointer), Unused, Unused; Pc) None Frame "the innermost real frame's pc := the word index; a, a constant, is that word's address, if it is known"
    Traceback (VALUE, Unused, Unused; Pc) None Frame "the innermost frame, at the word index, is added to the traceback of the exception a"
    Unwind (VALUE, Unused, Unused; Pc) None Frame "the innermost window, a frame with its pc at the word index, ends, whatever it holds: by the exception a, which isn't pending, or returning a"
    Step (INT, Maybe(Type::Int), Unused; Pc) None Guard "the interpreter runs the innermost frame's instruction at the word index, calls included; leaves, with memory saying it all, unless that brings the frame (with b: by an exception, the one so many frames outwards) to the word index a"

    // Structure.
    Loop (Unused, Unused, Unused; Unused) None Control "the loop starts here; `Phi`s follow"
    Phi (Any, Any, Unused; Unused) None Control "a at first, then b; of their type"
    Repeat (Unused, Unused, Unused; Unused) None Control "back to Loop"
    Side (Unused, Unused, Unused; Instruction) None Control "what follows is where the guard at that index leads to if it fails: it needs no snapshot. What was defined in front of the guard is defined here"
    Rejoin (Unused, Unused, Unused; Unused) None Control "back to Loop at the end of a side; what the phis get is in the trace's argument list (a: first, b: count, raw numbers)"
    Link (INT, Unused, Unused; Trace) None Control "goes on in another trace's entry with a slots added to the base; all slots are in memory"
    Exit (Unused, Unused, Unused; Unused) None Control "leaves through the snapshot"
    Return (VALUE, Unused, Unused; Unused) None Control "the innermost frame, which is real and whose slots are cleared, returns a (owned, it moves to who entered the trace), and is to be popped"

    // Recorded traces only.
    At (Unused, Unused, Unused; Pc) None Recorded "what follows belongs to the innermost window's instruction at the word index"
    Behind (Unused, Unused, Unused; Pc) None Recorded "the instruction has been done and came to the word index: what leaves from here goes on there"
    GetSlot (Unused, Unused, Unused; Slot) Value Recorded "the value in the slot, borrowed from it"
    SetSlot (Any, Unused, Unused; Slot) None Recorded "the slot := a with a count of its own; the old value is dropped"
    DropSlot (Unused, Unused, Unused; Slot) None Recorded "the slot's value is dropped; it holds NULL"
    InitSlot (Any, Unused, Unused; Slot) None Recorded "the slot holds a, as the trace starts"
    LentBy (VALUE, Unused, Unused; Slot) None Recorded "the slot's memory holds a, as the trace starts"
    KnownInt (INT, Unused, Unused; Unused) Int Recorded "a, which is known to fit 63 bits"
    KnownType (VALUE, POINTER, Unused; Unused) None Recorded "a is known to be of exactly the built-in type b, a constant"
    Sole (Unused, Unused, Unused; Slot) None Recorded "nothing but the slot held its value, an iterator over a range, as the trace was recorded"
    Clear (Unused, Unused, Unused; Slot) None Recorded "what the innermost window's slots from this one on hold is dropped"
    Own (VALUE, Unused, Unused; Unused) None Recorded "the trace takes over a count of a, which what held it gave up"
    Enter (VALUE, Maybe(Type::Value), Maybe(Type::Int); Window) None Recorded "the window of a call of the function a opens; the caller's slots stay; b is the instance, if it is an __init__ that a class calls; with c it is a real frame already"
    Depart (Any, Unused, Unused; Pc) None Recorded "the innermost window, which somebody may see as a frame object, returns a at the word index and closes, whatever its slots hold"
    Leave (Unused, Unused, Unused; Unused) None Recorded "the innermost window, whose slots are dropped, closes"
    Resume (VALUE, POINTER, INT; Window) None Recorded "leaves unless the generator a is suspended at the instruction b (a constant) with the packed `Suspension` c; then its window opens"
    Create (VALUE, Unused, Unused; Window) None Recorded "the window of the generator a opens, which was just made: its registers hold NULL, and memory says that it is executing"
    Suspend (POINTER, INT, Unused; Pc) None Recorded "the innermost window, a generator's, closes: suspended at the instruction a with the packed `Suspension` b"
    Suspended (VALUE, POINTER, INT; Window) None Recorded "as the trace starts, the generator a, whose window it is, is suspended as b and c say, which memory doesn't know"
    Finish (Unused, Unused, Unused; Unused) None Recorded "the innermost window, a generator's whose slots are dropped, closes for good"
    Sync (Unused, Unused, Unused; Unused) None Recorded "frames and slots are brought to memory: what follows may look at them"
    Forget (Unused, Unused, Unused; Slot) None Recorded "the slot was written in memory behind the trace's back"
}

impl Op {
    /// The operation's row.
    pub fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }
    pub fn name(self) -> &'static str {
        self.row().name
    }
    pub fn kind(self) -> Kind {
        self.row().kind
    }
    pub fn from_name(name: &str) -> Option<Op> {
        Op::ALL.iter().copied().find(|op| op.name() == name)
    }
    /// Whether it can leave the trace before it has any effect, and so has a snapshot. (`DecRef`, `Exit` and calls whose
    /// helper may raise have one too.)
    pub fn is_guard(self) -> bool {
        self.kind() == Kind::Guard
    }
    /// Whether it ends the trace or a side of it.
    pub fn is_end(self) -> bool {
        matches!(self, Op::Repeat | Op::Rejoin | Op::Link | Op::Exit | Op::Return)
    }
    /// Whether its operands are in the trace's argument list.
    pub fn has_list(self) -> bool {
        matches!(self, Op::Call | Op::Rejoin)
    }
    /// Whether a and b can be exchanged.
    pub fn is_commutative(self) -> bool {
        use Op::*;
        matches!(
            self,
            AddInt
                | AndInt
                | OrInt
                | XorInt
                | MulChecked
                | MinInt
                | MaxInt
                | EqInt
                | NeInt
                | EqFloat
                | NeFloat
                | AddFloat
                | MulFloat
                | EqValue
                | EqPointer
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        for (number, &op) in Op::ALL.iter().enumerate() {
            assert_eq!(op as usize, number);
            assert_eq!(Op::from_name(op.name()), Some(op));
        }
    }
}
