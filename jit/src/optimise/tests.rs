//! The optimiser on text: recorded traces in, optimised ones out.

use super::{Passes, optimise};
use crate::ir::text::parse;
use crate::ir::verify::{Form, verify};
use expect_test::{Expect, expect};

fn check(recorded: &str, optimised: Expect) {
    let recorded = parse(recorded).expect("the test's text parses");
    let trace = optimise(&recorded, Passes::ALL).expect("it can be optimised");
    verify(&trace, Form::Optimised).expect("what comes out is well formed");
    optimised.assert_eq(&trace.to_string());
}

/// `while i < n: i += 1` with i in slot 0 and n in slot 1.
#[test]
fn a_counting_loop_keeps_raw_ints() {
    check(
        "\
At 0
%1: value = GetSlot 0
%2: value = GetSlot 1
GuardInt %1
%4: int = UnboxInt %1
GuardInt %2
%6: int = UnboxInt %2
%7: bool = LtInt %4 %6
GuardTrue %7
At 3
%10: value = GetSlot 0
GuardInt %10
%12: int = UnboxInt %10
%13: int = AddInt %12 1
CheckInt %13
SetSlot 0 %13
At 5
GuardPoll
Repeat 0
window code=#None base=0 size=2 locals=2 return=0 call=0
",
        expect![[""]],
    );
}

/// The old value of a local is dropped once, in the preamble; a value that memory lends is not counted while nothing drops
/// it.
#[test]
fn items_of_a_list_are_borrowed() {
    check(
        "\
At 2
%1: value = GetSlot 2
GuardType %1 @0x1000
%3: pointer = Address %1
%4: int = LoadField ListIteratorIndex %3
%5: value = LoadField ListIteratorList %3
GuardIsNot %5 #NULL
%7: pointer = Address %5
%8: int = LoadField ListLength %7
%9: bool = LtUnsigned %4 %8
GuardTrue %9
%11: pointer = LoadField ListItems %7
%12: value = LoadItem ListItem %11 %4
%13: int = AddInt %4 1
StoreField ListIteratorIndex %3 %13
SetSlot 1 %12
At 6
GuardPoll
Repeat 2
window code=#None base=0 size=3 locals=2 return=0 call=0
",
        expect![[""]],
    );
}
