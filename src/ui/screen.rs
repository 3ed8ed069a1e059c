//! The lines at the bottom of a terminal that are drawn over and over, and the lines that scroll away above them.

use std::io::{self, Write};

use super::text::{columns, cut};

/// How large a terminal is, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) rows: usize,
    pub(super) columns: usize,
}

/// Remembers what it drew, so that the next drawing covers it exactly.
#[derive(Debug, Default)]
pub(super) struct Screen {
    drawn: Vec<String>,
}

impl Screen {
    /// Lets `above` scroll away and puts `lines` under it, in place of what was drawn before; in one write and
    /// without clearing first, so nothing flickers. Nothing is written when nothing changed.
    ///
    /// A terminal that became narrower has wrapped the old lines: they are counted at the present width. Lines end
    /// in a newline and never reach the last column, so a terminal has no reason to join or wrap them itself.
    pub(super) fn draw(
        &mut self,
        out: &mut dyn Write,
        above: &[String],
        lines: &[String],
        size: Size,
    ) -> io::Result<()> {
        let room = size.columns.saturating_sub(1).max(1);
        let lines: Vec<String> = lines.iter().map(|line| cut(line, room).into_owned()).collect();
        if above.is_empty() && lines == self.drawn {
            return Ok(());
        }
        let rows: usize =
            self.drawn.iter().map(|line| columns(line).div_ceil(size.columns.max(1)).max(1)).sum();
        let rows = rows.min(size.rows.saturating_sub(1));
        let mut text = if rows > 0 { format!("\x1b[{rows}A\r") } else { "\r".to_owned() };
        for line in above.iter().chain(&lines) {
            text.push_str(line);
            text.push_str("\x1b[K\n");
        }
        text.push_str("\x1b[J");
        self.drawn = lines;
        out.write_all(text.as_bytes())?;
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Terminal(vt100::Parser, Size);

    impl Terminal {
        fn new(rows: u16, columns: u16) -> Self {
            let size = Size { rows: rows.into(), columns: columns.into() };
            Self(vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 100), size)
        }

        fn draw(&mut self, screen: &mut Screen, above: &[&str], lines: &[&str]) -> String {
            let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
            let mut bytes = vec![];
            screen.draw(&mut bytes, &owned(above), &owned(lines), self.1).unwrap();
            // a terminal's line discipline turns a newline into carriage return and newline
            self.0.process(String::from_utf8(bytes).unwrap().replace('\n', "\r\n").as_bytes());
            self.0.screen().contents()
        }
    }

    #[test]
    fn lines_are_replaced_and_what_is_above_stays() {
        let (mut terminal, mut screen) = (Terminal::new(10, 20), Screen::default());
        assert_eq!(terminal.draw(&mut screen, &["first"], &["a 1s", "b 1s"]), "first\na 1s\nb 1s");
        assert_eq!(terminal.draw(&mut screen, &[], &["a 2s", "b", "c"]), "first\na 2s\nb\nc");
        assert_eq!(
            terminal.draw(&mut screen, &["second, a long line beyond"], &["c 3s"]),
            "first\nsecond, a long line beyond\nc 3s"
        );
        assert_eq!(terminal.draw(&mut screen, &["third"], &[]), "first\nsecond, a long line beyond\nthird");
    }

    #[test]
    fn long_lines_are_cut_before_the_last_column() {
        let (mut terminal, mut screen) = (Terminal::new(10, 10), Screen::default());
        assert_eq!(
            terminal.draw(&mut screen, &[], &["0123456789abc", "日本語日本語"]),
            "01234567…\n日本語日…"
        );
        assert_eq!(terminal.draw(&mut screen, &[], &["x"]), "x");
    }

    #[test]
    fn what_a_narrower_terminal_wrapped_is_covered() {
        let mut screen = Screen::default();
        let mut bytes = vec![];
        let line = ["0123456789012345".to_owned(), "x".to_owned()];
        screen.draw(&mut bytes, &[], &line, Size { rows: 10, columns: 20 }).unwrap();
        bytes.clear();
        screen.draw(&mut bytes, &[], &["y".to_owned()], Size { rows: 10, columns: 8 }).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), "\x1b[3A\ry\x1b[K\n\x1b[J");
    }

    #[test]
    fn the_same_lines_are_not_written_again() {
        let (size, mut screen, mut bytes) = (Size { rows: 9, columns: 9 }, Screen::default(), vec![]);
        screen.draw(&mut bytes, &[], &["a".to_owned()], size).unwrap();
        bytes.clear();
        screen.draw(&mut bytes, &[], &["a".to_owned()], size).unwrap();
        assert!(bytes.is_empty());
    }
}
