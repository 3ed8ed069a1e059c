//! How values read: times, sizes, cut-off text, colours. Pure.

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anstyle::{AnsiColor, Style};

/// What went well.
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
/// What went wrong.
pub(super) const BAD: Style = AnsiColor::BrightRed.on_default().bold();
/// What deserves a look.
pub(super) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// Work that was spared.
pub(super) const SPARED: Style = AnsiColor::Cyan.on_default();
/// Names of images.
pub(super) const NAME: Style = Style::new().bold();
/// What only helps to find one's way.
pub(super) const DIM: Style = Style::new().dimmed();

/// Puts styles on text, or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Paint {
    pub(super) colour: bool,
}

impl Paint {
    pub(super) fn on(self, style: Style, text: &str) -> String {
        if self.colour && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// A measured time: `0.3s`, `12.3s`, `2m05s`, `1h02m`.
pub(super) fn time(time: Duration) -> String {
    if time < Duration::from_millis(59_950) {
        format!("{:.1}s", time.as_secs_f64())
    } else {
        clock(time + Duration::from_millis(500))
    }
}

/// A time that still runs, in whole seconds: `3s`, `2m05s`, `1h02m`.
pub(super) fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A number of bytes in decimal units, three digits at most: `512 B`, `3.4 MB`, `120 MB`.
pub(super) fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if count < 1000 {
        return format!("{count} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut value = count as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(value < 99.95);
    format!("{value:.digits$} {}", UNITS[unit])
}

/// `1 image`, `2 images`.
pub(super) fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// `text` in one line, white space collapsed, at most `width` columns wide, its end cut off with `…`.
pub(super) fn head(text: &str, width: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    cut(&line, width).into_owned()
}

/// `text` (may hold styles) at most `width` columns wide, its end cut off with `…`.
pub(super) fn cut(text: &str, width: usize) -> Cow<'_, str> {
    console::truncate_str(text, width, "…")
}

/// `text` at most `width` columns wide, its middle cut out with `…`: names differ at both ends.
pub(super) fn middle(text: &str, width: usize) -> Cow<'_, str> {
    if columns(text) <= width {
        return Cow::Borrowed(text);
    }
    let keep = width.saturating_sub(1);
    let mut front = console::truncate_str(text, keep.div_ceil(2), "").into_owned();
    let mut back = String::new();
    for (start, _) in text.char_indices().rev() {
        let end = &text[start..];
        if columns(end) > keep / 2 {
            break;
        }
        end.clone_into(&mut back);
    }
    front.push('…');
    front.push_str(&back);
    Cow::Owned(front)
}

/// The columns a text takes on a terminal; escape sequences take none.
pub(super) fn columns(text: &str) -> usize {
    console::measure_text_width(text)
}

/// A digest as people compare it: the algorithm and 12 digits.
pub(super) fn short_digest(digest: &str) -> &str {
    match digest.split_once(':') {
        Some((algorithm, hex)) => digest.get(..algorithm.len() + 1 + hex.len().min(12)).unwrap_or(digest),
        None => digest,
    }
}

/// A moment as `2026-01-31T23:59:59Z`.
pub(super) fn timestamp(moment: SystemTime) -> String {
    let seconds = moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Year, month and day of the day so many days after 1970-01-01 (Gregorian; years that begin in March make the
/// leap day the last of its year).
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let cases = [
            (0, "0.0s", "0s"),
            (340, "0.3s", "0s"),
            (9_960, "10.0s", "9s"),
            (59_949, "59.9s", "59s"),
            (59_950, "1m00s", "59s"),
            (125_000, "2m05s", "2m05s"),
            (3_725_000, "1h02m", "1h02m"),
        ];
        for (millis, measured, running) in cases {
            let duration = Duration::from_millis(millis);
            assert_eq!((time(duration).as_str(), clock(duration).as_str()), (measured, running), "{millis}");
        }
    }

    #[test]
    fn sizes() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (34_250, "34.2 kB"),
            (99_949, "99.9 kB"),
            (120_400, "120 kB"),
            (999_600, "1.0 MB"),
            (34_200_000, "34.2 MB"),
            (5_300_000_000, "5.3 GB"),
            (u64::MAX, "18447 PB"),
        ];
        for (count, expected) in cases {
            assert_eq!(bytes(count), expected);
        }
    }

    #[test]
    fn cutting() {
        assert_eq!(head("RUN a \\\n    && b", 80), "RUN a \\ && b");
        assert_eq!(head("RUN make everything", 10), "RUN make …");
        assert_eq!(middle("registry.example.com/team/app:v1", 20), "registry.e…am/app:v1");
        assert_eq!(middle("日本語日本語", 7), "日…語");
        assert_eq!(middle("short", 5), "short");
        assert_eq!(columns("日本\x1b[1mx\x1b[0m"), 5);
        assert_eq!(short_digest("sha256:0123456789abcdef0123"), "sha256:0123456789ab");
        assert_eq!(short_digest("sha256:01"), "sha256:01");
    }

    #[test]
    fn timestamps() {
        let cases = [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_767_225_600, "2026-01-01T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(timestamp(UNIX_EPOCH + Duration::from_secs(seconds)), expected);
        }
    }
}
