//! Types (sprig: reflection).

use super::{Function, function};

pub(super) const FUNCTIONS: &[Function] = &[
    function("typeOf", "a", |c| Ok(c.value(0).type_name().into())),
    function("typeIs", "sa", |c| Ok((c.text(0) == c.value(1).type_name()).into())),
    function("typeIsLike", "sa", |c| {
        let name = c.value(1).type_name();
        Ok((c.text(0) == name || name.strip_prefix('*') == Some(c.text(0))).into())
    }),
    function("kindOf", "a", |c| Ok(c.value(0).kind_name().into())),
    function("kindIs", "sa", |c| Ok((c.text(0) == c.value(1).kind_name()).into())),
    function("deepEqual", "aa", |c| Ok(c.value(0).equals(c.value(1)).into())),
];
