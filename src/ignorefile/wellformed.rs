//! Which patterns moby refuses when it reads them: those for which matching the name `.` is an error in Go
//! (`filepath.Match`). Go looks at a pattern from star to star and stops where the name can no longer match, so what is
//! wrong behind that place is not seen.

/// The only name that is tried.
const NAME: &[u8] = b".";

/// What is wrong with a pattern.
pub(super) fn check(pattern: &[u8]) -> Result<(), &'static str> {
    let (mut pattern, mut name) = (pattern, NAME);
    'pieces: while !pattern.is_empty() {
        let (star, piece, rest) = piece(pattern);
        pattern = rest;
        if star && piece.is_empty() {
            return Ok(());
        }
        // A star takes nothing first, then ever more of the name. The last piece must reach its end.
        for taken in 0..=if star { name.len() } else { 0 } {
            if let Some(left) = matched(piece, &name[taken..])?
                && (left.is_empty() || !pattern.is_empty())
            {
                name = left;
                continue 'pieces;
            }
        }
        return Ok(());
    }
    Ok(())
}

/// Whether stars lead a pattern, what follows them up to the next star, and the rest.
fn piece(pattern: &[u8]) -> (bool, &[u8], &[u8]) {
    let stars = pattern.iter().take_while(|b| **b == b'*').count();
    let pattern = &pattern[stars..];
    let (mut at, mut in_set) = (0, false);
    while at < pattern.len() {
        match pattern[at] {
            b'\\' => at += 1,
            b'[' => in_set = true,
            b']' => in_set = false,
            b'*' if !in_set => break,
            _ => {}
        }
        at += 1;
    }
    let (piece, rest) = pattern.split_at(at.min(pattern.len()));
    (stars > 0, piece, rest)
}

/// What is left of a name behind a piece; `None` where it does not match. The whole piece is checked either way.
fn matched<'n>(mut piece: &[u8], name: &'n [u8]) -> Result<Option<&'n [u8]>, &'static str> {
    let mut left = Some(name);
    while let Some((first, rest)) = piece.split_first() {
        let next = left.and_then(<[u8]>::split_first);
        let fits;
        (fits, piece) = match first {
            b'[' => set(rest, next.map(|(byte, _)| char::from(*byte)))?,
            b'?' => (next.is_some_and(|(byte, _)| *byte != b'/'), rest),
            b'\\' => {
                let (escaped, rest) = rest.split_first().ok_or("nothing follows the last `\\`")?;
                (next.is_some_and(|(byte, _)| byte == escaped), rest)
            }
            literal => (next.is_some_and(|(byte, _)| byte == literal), rest),
        };
        left = next.filter(|_| fits).map(|(_, left)| left);
    }
    Ok(left)
}

/// Whether a set, of which the `[` is read, holds a character, and what follows it.
fn set(mut pattern: &[u8], sought: Option<char>) -> Result<(bool, &[u8]), &'static str> {
    let negated = pattern.first() == Some(&b'^');
    if negated {
        pattern = &pattern[1..];
    }
    let (mut found, mut ranges) = (false, 0);
    loop {
        if ranges > 0
            && let Some(rest) = pattern.strip_prefix(b"]")
        {
            return Ok((sought.is_some() && found != negated, rest));
        }
        let (low, rest) = member(pattern)?;
        let (high, rest) = if rest[0] == b'-' { member(&rest[1..])? } else { (low, rest) };
        pattern = rest;
        found |= sought.is_some_and(|sought| (low..=high).contains(&sought));
        ranges += 1;
    }
}

/// A character of a set, and what follows: at least one byte.
fn member(pattern: &[u8]) -> Result<(char, &[u8]), &'static str> {
    const OPEN: &str = "a `[` is not closed";
    let pattern = match pattern {
        [] => return Err(OPEN),
        [b'-' | b']', ..] => return Err("a `-` or `]` in `[…]` needs a `\\` before it"),
        [b'\\', escaped @ ..] => escaped,
        pattern => pattern,
    };
    let mut chunks = pattern.utf8_chunks();
    let character =
        chunks.next().ok_or(OPEN)?.valid().chars().next().ok_or("`[…]` holds what is not UTF-8")?;
    match &pattern[character.len_utf8()..] {
        [] => Err(OPEN),
        rest => Ok((character, rest)),
    }
}
