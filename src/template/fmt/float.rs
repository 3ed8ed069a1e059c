//! Numbers with a fraction (Go: `strconv.FormatFloat`).

/// The shortest decimal digits that stand for a number (without a point), and the place of the point: 1.5 is `15`, 1.
pub(in crate::template) fn shortest(value: f64) -> (String, i32) {
    let written = format!("{:e}", value.abs());
    let (digits, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    (digits.replace('.', ""), exponent + 1)
}

/// A number by one of the formats `e`, `f` and `g` (and their upper-case forms), with so many digits after the point
/// (for `g` in all), or with as many as are needed to tell it from its neighbours.
pub(in crate::template) fn go_float(value: f64, format: char, precision: Option<usize>) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value.is_infinite() {
        return format!("{}Inf", if sign.is_empty() { "+" } else { sign });
    }
    let size = value.abs();
    let text = match format.to_ascii_lowercase() {
        'f' => match precision {
            Some(precision) => format!("{size:.precision$}"),
            None => format!("{size}"),
        },
        'e' => scientific(size, precision),
        _ => general(size, precision),
    };
    let text = format!("{sign}{text}");
    if format.is_ascii_uppercase() { text.to_uppercase() } else { text }
}

/// `1.5e+06`.
fn scientific(size: f64, precision: Option<usize>) -> String {
    let written = match precision {
        Some(precision) => format!("{size:.precision$e}"),
        None => format!("{size:e}"),
    };
    let (digits, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{exponent:0>2}")
}

/// As `f`, but as `e` where the exponent is below -4 or the number has more digits before the point than are shown.
fn general(size: f64, precision: Option<usize>) -> String {
    let (digits, exponent) = if let Some(precision) = precision {
        let rounded = format!("{size:.*e}", precision.max(1) - 1);
        let (digits, exponent) = rounded.split_once('e').unwrap_or((&rounded, "0"));
        let shown = digits.replace('.', "");
        (shown.trim_end_matches('0').len().max(1), exponent.parse().unwrap_or(0))
    } else {
        let (digits, point) = shortest(size);
        (digits.len(), point - 1)
    };
    let most = match precision {
        // As many as there are where none are cut: `%.3g` of 100 is 100.
        Some(precision) => {
            let precision = i32::try_from(precision.max(1)).unwrap_or(i32::MAX);
            let shown = i32::try_from(digits).unwrap_or(i32::MAX);
            if precision > shown && shown > exponent { shown } else { precision }
        }
        // Go shows six digits before the point, whatever the number needs.
        None => 6,
    };
    if exponent < -4 || exponent >= most {
        return scientific(size, precision.map(|_| digits - 1));
    }
    if precision.is_none() {
        return format!("{size}");
    }
    let decimals = i32::try_from(digits).unwrap_or(0) - 1 - exponent;
    let decimals = usize::try_from(decimals).unwrap_or(0);
    format!("{size:.decimals$}")
}
