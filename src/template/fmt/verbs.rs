//! `printf` (Go: `fmt.Sprintf`).

use super::show::show;
use super::{Flags, bounded};
use crate::template::functions::Wrong;
use crate::template::functions::call::LONGEST;
use crate::template::value::Value;

/// Widths and precisions Go takes.
const WIDEST: usize = 1_000_000;

/// The format with its verbs replaced by the values. What does not fit is said inside of the text, as Go does.
///
/// # Errors
/// The text would be too long.
pub(in crate::template) fn printf(format: &str, args: &[Value]) -> Result<String, Wrong> {
    let mut printer =
        Printer { rest: format, args, next: 0, reordered: false, good: true, out: String::new() };
    while !printer.rest.is_empty() {
        let plain = printer.rest.find('%').unwrap_or(printer.rest.len());
        printer.out.push_str(&printer.rest[..plain]);
        printer.rest = &printer.rest[plain..];
        if let Some(rest) = printer.rest.strip_prefix('%') {
            printer.rest = rest;
            printer.verb()?;
        }
        bounded(&printer.out)?;
    }
    if !printer.reordered && printer.next < args.len() {
        printer.extra()?;
    }
    bounded(&printer.out)?;
    Ok(printer.out)
}

struct Printer<'a> {
    rest: &'a str,
    args: &'a [Value],
    /// The argument that is next.
    next: usize,
    /// An argument was chosen by number: then all need not be used.
    reordered: bool,
    /// The last number of an argument was one.
    good: bool,
    out: String,
}

impl Printer<'_> {
    fn verb(&mut self) -> Result<(), Wrong> {
        let mut flags = Flags::default();
        self.good = true;
        let mut chosen_here = false;
        while let Some(c) = self.rest.chars().next() {
            match c {
                '#' => flags.sharp = true,
                '0' => flags.zero = true,
                '+' => flags.plus = true,
                '-' => flags.minus = true,
                ' ' => flags.space = true,
                _ => break,
            }
            self.rest = &self.rest[1..];
        }
        self.choose(&mut chosen_here);
        if self.take('*') {
            match self.star() {
                Some(width) => {
                    flags.minus |= width < 0;
                    flags.width = usize::try_from(width.unsigned_abs()).ok();
                }
                None => self.out.push_str("%!(BADWIDTH)"),
            }
            chosen_here = false;
        } else {
            flags.width = self.number();
            if chosen_here && flags.width.is_some() {
                self.good = false;
            }
        }
        if self.take('.') {
            if chosen_here {
                self.good = false;
            }
            self.choose(&mut chosen_here);
            if self.take('*') {
                match self.star() {
                    Some(precision @ 0..) => flags.precision = usize::try_from(precision).ok(),
                    _ => self.out.push_str("%!(BADPREC)"),
                }
                chosen_here = false;
            } else {
                flags.precision = Some(self.number().unwrap_or(0));
            }
        }
        if !chosen_here {
            self.choose(&mut chosen_here);
        }
        let Some(verb) = self.rest.chars().next() else {
            self.out.push_str("%!(NOVERB)");
            return Ok(());
        };
        self.rest = &self.rest[verb.len_utf8()..];
        let value = self.args.get(self.next);
        match value {
            _ if verb == '%' => self.out.push('%'),
            _ if !self.good => self.note(verb, "(BADINDEX)"),
            None => self.note(verb, "(MISSING)"),
            Some(value) => {
                self.next += 1;
                if flags.width.unwrap_or(0).max(flags.precision.unwrap_or(0)) > LONGEST {
                    return Err(crate::template::functions::call::too_long());
                }
                show(&mut self.out, value, verb, flags)?;
            }
        }
        Ok(())
    }

    fn note(&mut self, verb: char, what: &str) {
        self.out.extend(["%!", verb.encode_utf8(&mut [0; 4]), what]);
    }

    fn take(&mut self, c: char) -> bool {
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn number(&mut self) -> Option<usize> {
        let length = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(length);
        if digits.is_empty() {
            return None;
        }
        self.rest = rest;
        Some(digits.parse().unwrap_or(usize::MAX))
    }

    /// `[n]`: the argument that is next.
    fn choose(&mut self, chosen: &mut bool) {
        let Some(inside) = self.rest.strip_prefix('[') else { return };
        self.reordered = true;
        *chosen = true;
        let Some(length) = inside.find(']') else {
            self.rest = inside;
            self.good = false;
            return;
        };
        let number = inside[..length].parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        self.rest = &inside[length + 1..];
        match number {
            Some(index) if index < self.args.len() => self.next = index,
            _ => self.good = false,
        }
    }

    /// The argument that a `*` stands for.
    fn star(&mut self) -> Option<i64> {
        let value = self.args.get(self.next);
        self.next += usize::from(value.is_some());
        match value {
            Some(Value::Int(value, _)) if value.unsigned_abs() <= WIDEST as u64 => Some(*value),
            _ => None,
        }
    }

    fn extra(&mut self) -> Result<(), Wrong> {
        self.out.push_str("%!(EXTRA ");
        for (index, value) in self.args.iter().enumerate().skip(self.next) {
            if index > self.next {
                self.out.push_str(", ");
            }
            if value.is_nil() {
                self.out.push_str("<nil>");
            } else {
                self.out.extend([value.type_name(), "="]);
                show(&mut self.out, value, 'v', Flags::default())?;
            }
            bounded(&self.out)?;
        }
        self.out.push(')');
        Ok(())
    }
}
