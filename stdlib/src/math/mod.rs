//! Module `math`.

mod integers;
mod real;
mod sums;
#[cfg(test)]
mod tests;

use runtime::objects::float;
use runtime::objects::module::{ModuleSpec, add};
use runtime::types::Effects;
use runtime::{MethodDef, NativeFn, method};
use std::f64::consts;

pub static MATH: ModuleSpec = ModuleSpec {
    name: "math",
    doc: "This module provides access to the mathematical functions\ndefined by the C standard.",
    functions: FUNCTIONS,
    init: |_, module| {
        let constants = [
            ("pi", consts::PI),
            ("e", consts::E),
            ("tau", consts::TAU),
            ("inf", f64::INFINITY),
            ("nan", f64::NAN),
        ];
        for (name, value) in constants {
            add(module, name, *float::new(value));
        }
        Ok(())
    },
};

const FUNCTIONS: &[MethodDef] = &[
    method(
        "acos",
        "($module, x, /)",
        NativeFn::One(real::acos),
        "Return the arc cosine (measured in radians) of x.\n\nThe result is between 0 and pi.",
    ).effects(Effects::PLAIN),
    method(
        "acosh",
        "($module, x, /)",
        NativeFn::One(real::acosh),
        "Return the inverse hyperbolic cosine of x.",
    ).effects(Effects::PLAIN),
    method(
        "asin",
        "($module, x, /)",
        NativeFn::One(real::asin),
        "Return the arc sine (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2.",
    ).effects(Effects::PLAIN),
    method(
        "asinh",
        "($module, x, /)",
        NativeFn::One(real::asinh),
        "Return the inverse hyperbolic sine of x.",
    ).effects(Effects::PLAIN),
    method(
        "atan",
        "($module, x, /)",
        NativeFn::One(real::atan),
        "Return the arc tangent (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2.",
    ).effects(Effects::PLAIN),
    method(
        "atan2",
        "($module, y, x, /)",
        NativeFn::Bound(real::atan2),
        "Return the arc tangent (measured in radians) of y/x.\n\nUnlike atan(y/x), the signs of both x and y are considered.",
    ).effects(Effects::PLAIN),
    method(
        "atanh",
        "($module, x, /)",
        NativeFn::One(real::atanh),
        "Return the inverse hyperbolic tangent of x.",
    ).effects(Effects::PLAIN),
    method("cbrt", "($module, x, /)", NativeFn::One(real::cbrt), "Return the cube root of x.").effects(Effects::PLAIN),
    method(
        "ceil",
        "($module, x, /)",
        NativeFn::One(real::ceil),
        "Return the ceiling of x as an Integral.\n\nThis is the smallest integer >= x.",
    ).effects(Effects::PLAIN),
    method(
        "comb",
        "($module, n, k, /)",
        NativeFn::Bound(integers::comb),
        "Number of ways to choose k items from n items without repetition and without order.\n\nEvaluates to n! / (k! * (n - k)!) when k <= n and evaluates\nto zero when k > n.\n\nAlso called the binomial coefficient because it is equivalent\nto the coefficient of k-th term in polynomial expansion of the\nexpression (1 + x)**n.\n\nRaises TypeError if either of the arguments are not integers.\nRaises ValueError if either of the arguments are negative.",
    ).effects(Effects::PLAIN),
    method(
        "copysign",
        "($module, x, y, /)",
        NativeFn::Bound(real::copysign),
        "Return a float with the magnitude (absolute value) of x but the sign of y.\n\nOn platforms that support signed zeros, copysign(1.0, -0.0)\nreturns -1.0.\n",
    ).effects(Effects::PLAIN),
    method(
        "cos",
        "($module, x, /)",
        NativeFn::One(real::cos),
        "Return the cosine of x (measured in radians).",
    ).effects(Effects::PLAIN),
    method("cosh", "($module, x, /)", NativeFn::One(real::cosh), "Return the hyperbolic cosine of x.").effects(Effects::PLAIN),
    method(
        "degrees",
        "($module, x, /)",
        NativeFn::One(real::degrees),
        "Convert angle x from radians to degrees.",
    ).effects(Effects::PLAIN),
    method(
        "dist",
        "($module, p, q, /)",
        NativeFn::Bound(sums::dist),
        "Return the Euclidean distance between two points p and q.\n\nThe points should be specified as sequences (or iterables) of\ncoordinates.  Both inputs must have the same dimension.\n\nRoughly equivalent to:\n    sqrt(sum((px - qx) ** 2.0 for px, qx in zip(p, q)))",
    ).effects(Effects::PLAIN),
    method("erf", "($module, x, /)", NativeFn::One(real::erf), "Error function at x.").effects(Effects::PLAIN),
    method("erfc", "($module, x, /)", NativeFn::One(real::erfc), "Complementary error function at x.").effects(Effects::PLAIN),
    method("exp", "($module, x, /)", NativeFn::One(real::exp), "Return e raised to the power of x.").effects(Effects::PLAIN),
    method("exp2", "($module, x, /)", NativeFn::One(real::exp2), "Return 2 raised to the power of x.").effects(Effects::PLAIN),
    method(
        "expm1",
        "($module, x, /)",
        NativeFn::One(real::expm1),
        "Return exp(x)-1.\n\nThis function avoids the loss of precision involved in the direct evaluation of exp(x)-1 for small x.",
    ).effects(Effects::PLAIN),
    method("fabs", "($module, x, /)", NativeFn::One(real::fabs), "Return the absolute value of the float x.").effects(Effects::PLAIN),
    method("factorial", "($module, n, /)", NativeFn::One(integers::factorial), "Find n!.").effects(Effects::PLAIN),
    method(
        "floor",
        "($module, x, /)",
        NativeFn::One(real::floor),
        "Return the floor of x as an Integral.\n\nThis is the largest integer <= x.",
    ).effects(Effects::PLAIN),
    method(
        "fma",
        "($module, x, y, z, /)",
        NativeFn::Bound(real::fma),
        "Fused multiply-add operation.\n\nCompute (x * y) + z with a single round.",
    ).effects(Effects::PLAIN),
    method(
        "fmod",
        "($module, x, y, /)",
        NativeFn::Bound(real::fmod),
        "Return fmod(x, y), according to platform C.\n\nx % y may differ.",
    ).effects(Effects::PLAIN),
    method(
        "frexp",
        "($module, x, /)",
        NativeFn::One(real::frexp),
        "Return the mantissa and exponent of x, as pair (m, e).\n\nIf x is a finite nonzero number, then m is a float with\n0.5 <= abs(m) < 1.0 and an integer e is such that\nx == m * 2**e exactly.  Else, return (x, 0).",
    ).effects(Effects::PLAIN),
    method(
        "fsum",
        "($module, seq, /)",
        NativeFn::One(sums::fsum),
        "Return an accurate floating-point sum of values in the iterable seq.\n\nAssumes IEEE-754 floating-point arithmetic.",
    ).effects(Effects::PLAIN),
    method("gamma", "($module, x, /)", NativeFn::One(real::gamma), "Gamma function at x.").effects(Effects::PLAIN),
    method("gcd", "($module, /, *integers)", NativeFn::Bound(integers::gcd), "Greatest Common Divisor.").effects(Effects::PLAIN),
    method(
        "hypot",
        "($module, /, *coordinates)",
        NativeFn::Bound(sums::hypot),
        "Multidimensional Euclidean distance from the origin to a point.\n\nRoughly equivalent to:\n    sqrt(sum(x**2 for x in coordinates))\n\nFor a two dimensional point (x, y), gives the hypotenuse\nusing the Pythagorean theorem:  sqrt(x*x + y*y).\n\nFor example, the hypotenuse of a 3/4/5 right triangle is:\n\n    >>> hypot(3.0, 4.0)\n    5.0",
    ).effects(Effects::PLAIN),
    method(
        "isclose",
        "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)",
        NativeFn::Bound(real::isclose),
        "Determine whether two floating-point numbers are close in value.\n\n  rel_tol\n    maximum difference for being considered \"close\", relative to the\n    magnitude of the input values\n  abs_tol\n    maximum difference for being considered \"close\", regardless of the\n    magnitude of the input values\n\nReturn True if a is close in value to b, and False otherwise.\n\nFor the values to be considered close, the difference between them\nmust be smaller than at least one of the tolerances.\n\n-inf, inf and NaN behave similarly to the IEEE 754 Standard.  That\nis, NaN is not close to anything, even itself.  inf and -inf are\nonly close to themselves.",
    ).effects(Effects::PLAIN),
    method(
        "isfinite",
        "($module, x, /)",
        NativeFn::One(real::isfinite),
        "Return True if x is neither an infinity nor a NaN, and False otherwise.",
    ).effects(Effects::PLAIN),
    method(
        "isinf",
        "($module, x, /)",
        NativeFn::One(real::isinf),
        "Return True if x is a positive or negative infinity, and False otherwise.",
    ).effects(Effects::PLAIN),
    method(
        "isnan",
        "($module, x, /)",
        NativeFn::One(real::isnan),
        "Return True if x is a NaN (not a number), and False otherwise.",
    ).effects(Effects::PLAIN),
    method(
        "isqrt",
        "($module, n, /)",
        NativeFn::One(integers::isqrt),
        "Return the integer part of the square root of the input.",
    ).effects(Effects::PLAIN),
    method("lcm", "($module, /, *integers)", NativeFn::Bound(integers::lcm), "Least Common Multiple.").effects(Effects::PLAIN),
    method(
        "ldexp",
        "($module, x, i, /)",
        NativeFn::Bound(real::ldexp),
        "Return x * (2**i).\n\nThis is essentially the inverse of frexp().",
    ).effects(Effects::PLAIN),
    method(
        "lgamma",
        "($module, x, /)",
        NativeFn::One(real::lgamma),
        "Natural logarithm of absolute value of Gamma function at x.",
    ).effects(Effects::PLAIN),
    method(
        "log",
        "?",
        NativeFn::Raw(real::log),
        "log(x, [base=math.e])\nReturn the logarithm of x to the given base.\n\nIf the base is not specified, returns the natural logarithm (base e) of x.",
    ).effects(Effects::PLAIN),
    method("log10", "($module, x, /)", NativeFn::One(real::log10), "Return the base 10 logarithm of x.").effects(Effects::PLAIN),
    method(
        "log1p",
        "($module, x, /)",
        NativeFn::One(real::log1p),
        "Return the natural logarithm of 1+x (base e).\n\nThe result is computed in a way which is accurate for x near zero.",
    ).effects(Effects::PLAIN),
    method("log2", "($module, x, /)", NativeFn::One(real::log2), "Return the base 2 logarithm of x.").effects(Effects::PLAIN),
    method(
        "modf",
        "($module, x, /)",
        NativeFn::One(real::modf),
        "Return the fractional and integer parts of x.\n\nBoth results carry the sign of x and are floats.",
    ).effects(Effects::PLAIN),
    method(
        "nextafter",
        "($module, x, y, /, *, steps=None)",
        NativeFn::Bound(real::nextafter),
        "Return the floating-point value the given number of steps after x towards y.\n\nIf steps is not specified or is None, it defaults to 1.\n\nRaises a TypeError, if x or y is not a double, or if steps is not\nan integer.  Raises ValueError if steps is negative.",
    ).effects(Effects::PLAIN),
    method(
        "perm",
        "($module, n, k=None, /)",
        NativeFn::Bound(integers::perm),
        "Number of ways to choose k items from n items without repetition and with order.\n\nEvaluates to n! / (n - k)! when k <= n and evaluates\nto zero when k > n.\n\nIf k is not specified or is None, then k defaults to n\nand the function returns n!.\n\nRaises TypeError if either of the arguments are not integers.\nRaises ValueError if either of the arguments are negative.",
    ).effects(Effects::PLAIN),
    method("pow", "($module, x, y, /)", NativeFn::Bound(real::pow), "Return x**y (x to the power of y).").effects(Effects::PLAIN),
    method(
        "prod",
        "($module, iterable, /, *, start=1)",
        NativeFn::Bound(sums::prod),
        "Calculate the product of all the elements in the input iterable.\n\nThe default start value for the product is 1.\n\nWhen the iterable is empty, return the start value.  This function is\nintended specifically for use with numeric values and may reject\nnon-numeric types.",
    ).effects(Effects::PLAIN),
    method(
        "radians",
        "($module, x, /)",
        NativeFn::One(real::radians),
        "Convert angle x from degrees to radians.",
    ).effects(Effects::PLAIN),
    method(
        "remainder",
        "($module, x, y, /)",
        NativeFn::Bound(real::remainder),
        "Difference between x and the closest integer multiple of y.\n\nReturn x - n*y where n*y is the closest integer multiple of y.\nIn the case where x is exactly halfway between two multiples of\ny, the nearest even value of n is used. The result is always exact.",
    ).effects(Effects::PLAIN),
    method("sin", "($module, x, /)", NativeFn::One(real::sin), "Return the sine of x (measured in radians).").effects(Effects::PLAIN),
    method("sinh", "($module, x, /)", NativeFn::One(real::sinh), "Return the hyperbolic sine of x.").effects(Effects::PLAIN),
    method("sqrt", "($module, x, /)", NativeFn::One(real::sqrt), "Return the square root of x.").effects(Effects::PLAIN),
    method(
        "sumprod",
        "($module, p, q, /)",
        NativeFn::Bound(sums::sumprod),
        "Return the sum of products of values from two iterables p and q.\n\nRoughly equivalent to:\n\n    sum(map(operator.mul, p, q, strict=True))\n\nFor float and mixed int/float inputs, the intermediate products\nand sums are computed with extended precision.",
    ).effects(Effects::PLAIN),
    method(
        "tan",
        "($module, x, /)",
        NativeFn::One(real::tan),
        "Return the tangent of x (measured in radians).",
    ).effects(Effects::PLAIN),
    method("tanh", "($module, x, /)", NativeFn::One(real::tanh), "Return the hyperbolic tangent of x.").effects(Effects::PLAIN),
    method(
        "trunc",
        "($module, x, /)",
        NativeFn::One(real::trunc),
        "Truncates the Real x to the nearest Integral toward 0.\n\nUses the __trunc__ magic method.",
    ).effects(Effects::PLAIN),
    method(
        "ulp",
        "($module, x, /)",
        NativeFn::One(real::ulp),
        "Return the value of the least significant bit of the float x.",
    ).effects(Effects::PLAIN),
];
