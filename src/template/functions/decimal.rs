//! Arithmetic on decimal digits: 0.1 and 0.2 make 0.3 (sprig: its library decimal).

use crate::template::fmt::shortest;

/// Digits after the point of a quotient.
const QUOTIENT: u32 = 16;

/// What is done with two numbers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// The result; `None` is a division by zero.
pub(super) fn apply(operation: Operation, a: f64, b: f64) -> Option<f64> {
    if matches!(operation, Operation::Divide) && b == 0.0 {
        return None;
    }
    Some(exact(operation, a, b).unwrap_or_else(|| match operation {
        Operation::Add => a + b,
        Operation::Subtract => a - b,
        Operation::Multiply => a * b,
        Operation::Divide => a / b,
    }))
}

/// `digits * 10^-scale`.
struct Decimal {
    digits: i128,
    scale: u32,
}

impl Decimal {
    fn new(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        let (digits, point) = shortest(value);
        let number: i128 = digits.parse().ok()?;
        let number = if value < 0.0 { -number } else { number };
        let scale = i32::try_from(digits.len()).ok()? - point;
        match u32::try_from(scale) {
            Ok(scale) => Some(Self { digits: number, scale }),
            Err(_) => Some(Self {
                digits: number.checked_mul(10_i128.checked_pow(scale.unsigned_abs())?)?,
                scale: 0,
            }),
        }
    }

    fn scaled(&self, scale: u32) -> Option<i128> {
        self.digits.checked_mul(10_i128.checked_pow(scale.checked_sub(self.scale)?)?)
    }
}

/// The result by whole numbers, if they are large enough for it.
fn exact(operation: Operation, a: f64, b: f64) -> Option<f64> {
    let (a, b) = (Decimal::new(a)?, Decimal::new(b)?);
    let scale = a.scale.max(b.scale);
    let (digits, scale) = match operation {
        Operation::Add => (a.scaled(scale)?.checked_add(b.scaled(scale)?)?, scale),
        Operation::Subtract => (a.scaled(scale)?.checked_sub(b.scaled(scale)?)?, scale),
        Operation::Multiply => (a.digits.checked_mul(b.digits)?, a.scale + b.scale),
        Operation::Divide => {
            let dividend = a.scaled(scale)?.checked_mul(10_i128.pow(QUOTIENT))?;
            let divisor = b.scaled(scale)?;
            let (quotient, rest) = (dividend / divisor, dividend % divisor);
            // Half and more is rounded away from zero.
            let up = rest.checked_mul(2)?.abs() >= divisor.abs();
            let away = if (dividend < 0) == (divisor < 0) { 1 } else { -1 };
            (quotient + if up { away } else { 0 }, QUOTIENT)
        }
    };
    format!("{digits}e-{scale}").parse().ok()
}
