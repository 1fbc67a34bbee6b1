//! The optimiser on text: recorded traces in, optimised ones out.

use super::{Node, Outcome, Passes, optimise, optimise_tree};
use crate::ir::text::parse;
use crate::ir::trace::Origin;
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
        expect![[r#"
            %0: value = LoadSlot 0
            %1: value = LoadSlot 1
            GuardInt %0 !0
            %3: int = UnboxInt %0
            GuardInt %1 !0
            %5: int = UnboxInt %1
            %6: bool = LtInt %3 %5
            GuardTrue %6 !0
            %8: int = AddInt %3 1
            GuardPoll !1
            Loop
            %11: int = Phi %8 %15
            %12: bool = LtInt %11 %5
            GuardBelow 1 %11 %5 !2
            GuardTrue %12 !2
            %15: int = AddInt %11 1
            Repeat
            window code=#None base=0 size=2 locals=2 return=0 call=0
            snapshot pc 0
            snapshot pc 5 slots 0=%8
            snapshot pc 0 slots 0=%11
        "#]],
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
        expect![[r#"
            %0: value = LoadSlot 2
            GuardType %0 @0x1000 !0
            %2: pointer = Address %0
            %3: int = LoadField ListIteratorIndex %2
            %4: value = LoadField ListIteratorList %2
            GuardIsNot %4 #NULL !0
            %6: pointer = Address %4
            %7: int = LoadField ListLength %6
            %8: bool = LtUnsigned %3 %7
            GuardTrue %8 !0
            %10: pointer = LoadField ListItems %6
            %11: value = LoadItem ListItem %10 %3
            %12: int = AddInt %3 1
            StoreField ListIteratorIndex %2 %12
            %14: value = LoadSlot 1
            StoreSlot 1 #NULL
            IncRef %11
            DecRef %14 !1
            GuardPoll !1
            Loop
            %20: value = Phi %11 %24
            %21: int = Phi %12 %25
            %22: bool = LtUnsigned %21 %7
            GuardTrue %22 !2
            %24: value = LoadItem ListItem %10 %21
            %25: int = AddInt %21 1
            StoreField ListIteratorIndex %2 %25
            IncRef %24
            DecRef %20 !3
            GuardPoll !3
            Repeat
            window code=#None base=0 size=3 locals=2 return=0 call=0
            snapshot pc 2
            snapshot pc 6 slots 1=+%11
            snapshot pc 2 slots 1=+%20
            snapshot pc 6 slots 1=+%24
        "#]],
    );
}

fn check_tree(recorded: &[(&str, Origin)], optimised: Expect) {
    let traces: Vec<_> = recorded.iter().map(|r| parse(r.0).expect("the test's text parses")).collect();
    let node = |(recorded, side): (_, &(&str, Origin))| Node { recorded, parent: side.1, leaves_loop: false };
    let nodes: Vec<Node> = traces.iter().zip(recorded).map(node).collect();
    let Outcome { trace, merged } = optimise_tree(nodes, None, Passes::ALL).expect("it can be optimised");
    verify(&trace, Form::Optimised).unwrap_or_else(|e| panic!("{e}\n{trace}"));
    assert_eq!(merged, vec![true; merged.len()]);
    optimised.assert_eq(&trace.to_string());
}

/// `while True: if i < 100: i += 1 else: i = j` with i in slot 0 and j, which only the side looks at, in slot 1. The side's
/// condition is known to be false; it gives the loop's phi its value.
#[test]
fn a_side_gives_its_values_to_the_loop() {
    check_tree(
        &[
            (
                "\
At 0
%1: value = GetSlot 0
GuardInt %1
%4: int = UnboxInt %1
%3: bool = LtInt %4 100
GuardTrue %3
%6: int = AddInt %4 1
CheckInt %6
SetSlot 0 %6
At 5
GuardPoll
Repeat 0
window code=#None base=0 size=2 locals=2 return=0 call=0
",
                Origin::START,
            ),
            (
                "\
%0: int = Import 0
InitSlot 0 %0
At 0
%3: value = GetSlot 0
GuardInt %3
%5: int = UnboxInt %3
%6: bool = LtInt %5 100
GuardFalse %6
At 8
%9: value = GetSlot 1
GuardInt %9
SetSlot 0 %9
At 9
GuardPoll
Repeat 0
window code=#None base=0 size=2 locals=2 return=0 call=0
",
                Origin { node: 0, index: 5, looped: true },
            ),
        ],
        expect![[r#"
            %0: value = LoadSlot 0
            GuardInt %0 !0
            %2: int = UnboxInt %0
            %3: bool = LtInt %2 100
            GuardTrue %3 !0
            %5: int = AddInt %2 1
            GuardPoll !1
            Loop
            %8: int = Phi %5 %11
            %9: bool = LtInt %8 100
            GuardTrue %9
            %11: int = AddInt %8 1
            GuardPoll !2
            Repeat
            Side 10
            %15: value = LoadSlot 1
            GuardInt %15 !3
            GuardPoll !4
            %18: int = UnboxInt %15
            Rejoin %18
            window code=#None base=0 size=2 locals=2 return=0 call=0
            snapshot pc 0
            snapshot pc 5 slots 0=%5
            snapshot pc 5 slots 0=%11
            snapshot pc 8 slots 0=%8
            snapshot pc 9 slots 0=%15
        "#]],
    );
}

/// `t = (t[1], i)` with i in slot 0 and t in slot 1: the loop carries the tuple's items and makes none.
#[test]
fn a_tuple_that_comes_round_is_its_items() {
    check(
        "\
At 0
%1: value = GetSlot 0
GuardInt %1
%3: int = UnboxInt %1
%4: value = Call BuildTuple %3 %3
SetSlot 1 %4
At 2
%7: value = GetSlot 1
GuardType %7 @0x1000
%9: pointer = Address %7
%10: int = LoadField TupleLength %9
%11: bool = EqInt %10 2
GuardTrue %11
%13: value = LoadItem TupleItem %9 1
GuardInt %13
%15: int = UnboxInt %13
%16: int = AddInt %15 1
CheckInt %16
SetSlot 0 %16
At 5
GuardPoll
Repeat 0
window code=#None base=0 size=2 locals=2 return=0 call=0
"
        .replace("@0x1000", &format!("@{:#x}", &raw const runtime::objects::tuple::TUPLE as usize))
        .as_str(),
        expect![[r#"
            %0: value = LoadSlot 0
            GuardInt %0 !0
            %2: int = UnboxInt %0
            %3: value = Virtual
            %4: value = LoadSlot 1
            StoreSlot 1 #NULL
            DecRef %4 !1
            %7: int = AddInt %2 1
            CheckInt %7 !1
            GuardPoll !2
            Loop
            %11: int = Phi %7 %13
            %12: value = Virtual
            %13: int = AddInt %11 1
            CheckInt %13 !3
            GuardPoll !4
            Repeat
            window code=#None base=0 size=2 locals=2 return=0 call=0
            snapshot pc 0
            snapshot pc 2 slots 1=+%3 virtuals %3=tuple[0=%2,1=%2]
            snapshot pc 5 slots 0=%7 1=+%3 virtuals %3=tuple[0=%2,1=%2]
            snapshot pc 2 slots 0=%11 1=+%12 virtuals %12=tuple[0=%11,1=%11]
            snapshot pc 5 slots 0=%13 1=+%12 virtuals %12=tuple[0=%11,1=%11]
        "#]],
    );
}

/// `def f(n): return n if n < 2 else f(n - 1)`, with what `before` does in front of the call.
fn recursion(before: &str) -> String {
    let recorded = format!(
        "\
At 3
GuardRoom 1
At 3
%n: value = GetSlot 0
GuardInt %n
%raw: int = UnboxInt %n
%small: bool = LtInt %raw 2
GuardFalse %small
{before}At 4
%less: int = SubInt %raw 1
CheckInt %less
Enter 1 #None
SetSlot 3 %less
At 0
GuardPoll
Sync
%result: value = CallTrace 4294967295 3
Leave
SetSlot 1 %result
At 5
%again: value = GetSlot 1
DropSlot 1
DropSlot 0
Return %again
window code=#None base=0 size=3 locals=1 return=0 call=0
window code=#None base=3 size=3 locals=1 return=1 call=4
"
    );
    let trace = optimise(&parse(&recorded).expect("it parses"), Passes::ALL).expect("it can be optimised");
    verify(&trace, Form::Optimised).expect("what comes out is well formed");
    trace.to_string()
}

#[test]
fn frames_of_a_function_that_calls_itself_are_made_only_for_what_may_look_at_them() {
    let quiet = recursion("");
    assert!(quiet.contains("CallItself") && !quiet.contains("PushFrame"), "{quiet}");
    let looked_at = recursion("At 4\nSync\nStep 4 5\n");
    assert!(looked_at.contains("CallTrace") && looked_at.contains("PushFrame"), "{looked_at}");
}
