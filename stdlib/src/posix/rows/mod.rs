//! The functions of the module, one row each.

mod descriptors;
mod files;
mod process;

use runtime::MethodDef;

/// How many functions there are.
const COUNT: usize = descriptors::ROWS.len() + files::ROWS.len() + process::ROWS.len();

/// All functions.
pub static FUNCTIONS: [MethodDef; COUNT] = joined(&[descriptors::ROWS, files::ROWS, process::ROWS]);

const fn joined<const N: usize>(groups: &[&[MethodDef]]) -> [MethodDef; N] {
    let mut all = [groups[0][0]; N];
    let (mut group, mut next) = (0, 0);
    while group < groups.len() {
        let mut i = 0;
        while i < groups[group].len() {
            all[next] = groups[group][i];
            next += 1;
            i += 1;
        }
        group += 1;
    }
    all
}
