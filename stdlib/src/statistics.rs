//! `_statistics`: the inverse of the normal distribution.

use runtime::objects::float;
use runtime::objects::module::ModuleSpec;
use runtime::{Effects, NativeFn, PyResult, Thread, Value, method, protocol};

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_statistics",
    doc: "Accelerators for the statistics module.\n",
    functions: &[method(
        "_normal_dist_inv_cdf",
        "($module, p, mu, sigma, /)",
        NativeFn::Bound(normal_dist_inv_cdf),
        "",
    )
    .effects(Effects::PLAIN)],
    init: |_, _| Ok(()),
};

/// `c[0] * r**7 + ... + c[7]`
fn polynomial(c: [f64; 8], r: f64) -> f64 {
    c[1..].iter().fold(c[0], |sum, c| sum * r + c)
}

/// The quantile of the standard normal distribution: algorithm AS 241 of Wichura (1988). The coefficients are the
/// published ones.
fn standard_quantile(p: f64) -> f64 {
    const MIDDLE: ([f64; 8], [f64; 8]) = (
        [
            2.5090809287301226727e+3,
            3.3430575583588128105e+4,
            6.7265770927008700853e+4,
            4.5921953931549871457e+4,
            1.3731693765509461125e+4,
            1.9715909503065514427e+3,
            1.3314166789178437745e+2,
            3.3871328727963666080e+0,
        ],
        [
            5.2264952788528545610e+3,
            2.8729085735721942674e+4,
            3.9307895800092710610e+4,
            2.1213794301586595867e+4,
            5.3941960214247511077e+3,
            6.8718700749205790830e+2,
            4.2313330701600911252e+1,
            1.0,
        ],
    );
    const NEAR: ([f64; 8], [f64; 8]) = (
        [
            7.7454501427834140764e-4,
            2.2723844989269184583e-2,
            2.4178072517745061177e-1,
            1.2704582524523683826e+0,
            3.6478483247632046050e+0,
            5.7694972214606914055e+0,
            4.6303378461565452959e+0,
            1.4234371107496835773e+0,
        ],
        [
            1.0507500716444168432e-9,
            5.4759380849953449460e-4,
            1.5198666563616457197e-2,
            1.4810397642748007459e-1,
            6.8976733498510000455e-1,
            1.6763848301838038494e+0,
            2.0531916266377588219e+0,
            1.0,
        ],
    );
    const FAR: ([f64; 8], [f64; 8]) = (
        [
            2.0103343992922881326e-7,
            2.7115555687434875782e-5,
            1.2426609473880784386e-3,
            2.6532189526576123093e-2,
            2.9656057182850489123e-1,
            1.7848265399172913358e+0,
            5.4637849111641143699e+0,
            6.6579046435011037772e+0,
        ],
        [
            2.0442631033899397856e-15,
            1.4215117583164458887e-7,
            1.8463183175100546818e-5,
            7.8686913114561325910e-4,
            1.4875361290850614852e-2,
            1.3692988092273580531e-1,
            5.9983220655588793769e-1,
            1.0,
        ],
    );
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        return polynomial(MIDDLE.0, r) * q / polynomial(MIDDLE.1, r);
    }
    let tail = if q <= 0.0 { p } else { 1.0 - p };
    let r = (-tail.ln()).sqrt();
    let (r, (numerator, denominator)) = if r <= 5.0 { (r - 1.6, NEAR) } else { (r - 5.0, FAR) };
    let x = polynomial(numerator, r) / polynomial(denominator, r);
    if q < 0.0 { -x } else { x }
}

fn normal_dist_inv_cdf(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let p = protocol::as_f64(thread, a[0])?;
    let mean = protocol::as_f64(thread, a[1])?;
    let deviation = protocol::as_f64(thread, a[2])?;
    if p <= 0.0 || p >= 1.0 {
        return Err(thread.value_error("inv_cdf undefined for these parameters"));
    }
    Ok(float::new(mean + standard_quantile(p) * deviation))
}
