//! The opcodes of pickles, each one row: name, byte, and what it does to the unpickler's stack.

macro_rules! opcodes {
    ($($name:ident = $byte:literal, $meaning:literal;)*) => {
        $(#[doc = $meaning] pub(super) const $name: u8 = $byte;)*
    };
}

opcodes! {
    MARK = b'(', "marks := marks + stack height";
    STOP = b'.', "result := pop";
    POP = b'0', "pop, or the topmost mark if nothing lies above it";
    POP_MARK = b'1', "pop down to the topmost mark";
    DUP = b'2', "push top";
    FLOAT = b'F', "push float; a line of text";
    BINFLOAT = b'G', "push float; 8 bytes, big-endian";
    INT = b'I', "push int or bool; a line of text";
    BININT = b'J', "push int; 4 bytes, signed";
    BININT1 = b'K', "push int; 1 byte";
    BININT2 = b'M', "push int; 2 bytes";
    LONG = b'L', "push int; a line of text";
    LONG1 = 0x8a, "push int; 1 byte of length, two's complement";
    LONG4 = 0x8b, "push int; 4 bytes of length, two's complement";
    NONE = b'N', "push None";
    NEWTRUE = 0x88, "push True";
    NEWFALSE = 0x89, "push False";
    PERSID = b'P', "push persistent_load(line)";
    BINPERSID = b'Q', "push persistent_load(pop)";
    REDUCE = b'R', "arguments := pop; top := top(*arguments)";
    STRING = b'S', "push an 8-bit string; a quoted line with escapes";
    BINSTRING = b'T', "push an 8-bit string; 4 bytes of length, signed";
    SHORT_BINSTRING = b'U', "push an 8-bit string; 1 byte of length";
    UNICODE = b'V', "push str; a line, raw-unicode-escaped";
    BINUNICODE = b'X', "push str; 4 bytes of length, UTF-8";
    SHORT_BINUNICODE = 0x8c, "push str; 1 byte of length, UTF-8";
    BINUNICODE8 = 0x8d, "push str; 8 bytes of length, UTF-8";
    BINBYTES = b'B', "push bytes; 4 bytes of length";
    SHORT_BINBYTES = b'C', "push bytes; 1 byte of length";
    BINBYTES8 = 0x8e, "push bytes; 8 bytes of length";
    BYTEARRAY8 = 0x96, "push bytearray; 8 bytes of length";
    APPEND = b'a', "item := pop; top.append(item)";
    APPENDS = b'e', "items := pop to mark; top.extend(items)";
    BUILD = b'b', "state := pop; top.__setstate__(state), or its attributes := state";
    GLOBAL = b'c', "push find_class(line, line)";
    STACK_GLOBAL = 0x93, "name := pop; module := pop; push find_class(module, name)";
    DICT = b'd', "items := pop to mark; push dict of pairs";
    EMPTY_DICT = b'}', "push {}";
    LIST = b'l', "items := pop to mark; push list";
    EMPTY_LIST = b']', "push []";
    TUPLE = b't', "items := pop to mark; push tuple";
    EMPTY_TUPLE = b')', "push ()";
    TUPLE1 = 0x85, "push tuple of pop";
    TUPLE2 = 0x86, "push tuple of 2 popped";
    TUPLE3 = 0x87, "push tuple of 3 popped";
    EMPTY_SET = 0x8f, "push set()";
    ADDITEMS = 0x90, "items := pop to mark; top.update(items)";
    FROZENSET = 0x91, "items := pop to mark; push frozenset";
    SETITEM = b's', "value := pop; key := pop; top[key] := value";
    SETITEMS = b'u', "pairs := pop to mark; top[key] := value for each";
    INST = b'i', "class := find_class(line, line); arguments := pop to mark; push class(*arguments)";
    OBJ = b'o', "class and arguments := pop to mark; push class(*arguments)";
    NEWOBJ = 0x81, "arguments := pop; class := pop; push class.__new__(class, *arguments)";
    NEWOBJ_EX = 0x92, "keywords := pop; arguments := pop; class := pop; push class.__new__(class, ...)";
    GET = b'g', "push memo[line]";
    BINGET = b'h', "push memo[1 byte]";
    LONG_BINGET = b'j', "push memo[4 bytes]";
    PUT = b'p', "memo[line] := top";
    BINPUT = b'q', "memo[1 byte] := top";
    LONG_BINPUT = b'r', "memo[4 bytes] := top";
    MEMOIZE = 0x94, "memo[size of memo] := top";
    EXT1 = 0x82, "push the object registered under 1 byte";
    EXT2 = 0x83, "push the object registered under 2 bytes";
    EXT4 = 0x84, "push the object registered under 4 bytes, signed";
    PROTO = 0x80, "protocol := 1 byte";
    FRAME = 0x95, "a frame of so many bytes (8) follows";
    NEXT_BUFFER = 0x97, "push next(buffers)";
    READONLY_BUFFER = 0x98, "top := a read-only view of top";
}

/// The highest protocol there is.
pub(super) const HIGHEST_PROTOCOL: u8 = 5;
/// The protocol written where none is asked for.
pub(super) const DEFAULT_PROTOCOL: u8 = 5;
