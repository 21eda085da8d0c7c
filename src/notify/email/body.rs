//! The body and its final dot on their way to the server.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The body is written in pieces of this many octets; each must get through within the command time-out.
const PIECE_OCTETS: usize = 64 * 1024;

/// What certainly fits into the buffers between us and the server, in octets: it cannot get stuck in the middle.
const SMALL_OCTETS: usize = 8 * 1024;

/// A letter small enough to be written at once, with its dots doubled (RFC 5321 §4.5.2) and its final dot; larger ones leave piece by piece. lettre
/// would write the dot by itself, and each write wakes the server.
pub(super) fn whole(octets: &[u8]) -> Option<String> {
    let letter = (octets.len() <= SMALL_OCTETS)
        .then(|| std::str::from_utf8(octets).ok())
        .flatten()?;
    let mut written = String::with_capacity(letter.len() + 64);
    for line in letter.split_inclusive("\r\n") {
        if line.starts_with('.') {
            written.push('.');
        }
        written.push_str(line);
    }
    if !letter.ends_with("\r\n") {
        written.push_str("\r\n");
    }
    written.push_str(".\r\n");
    Some(written)
}

/// How much of a body has been written, as seen by the iterator lettre takes it from: asking for the next piece means
/// that the one before is out, and finding no more means that the final dot comes next.
#[derive(Default)]
pub(super) struct Progress {
    written: AtomicUsize,
    complete: AtomicBool,
}

impl Progress {
    /// The octets in pieces, as lettre asks for them.
    pub fn pieces<'a>(&'a self, octets: &'a [u8]) -> impl Iterator<Item = &'a [u8]> + Send {
        let mut pieces = octets.chunks(PIECE_OCTETS);
        std::iter::from_fn(move || {
            let piece = pieces.next();
            match piece {
                Some(_) => {
                    self.written.fetch_add(1, Ordering::Relaxed);
                }
                None => self.complete(),
            }
            piece
        })
    }

    /// From now on the final dot may be on its way.
    pub fn complete(&self) {
        self.complete.store(true, Ordering::Relaxed);
    }

    /// How many pieces lettre has taken.
    pub fn written(&self) -> usize {
        self.written.load(Ordering::Relaxed)
    }

    /// Whether the final dot may be on its way.
    pub fn is_complete(&self) -> bool {
        self.complete.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_letter_is_written_with_its_dots_doubled_and_its_end() {
        let written = |letter: &str| whole(letter.as_bytes()).expect("it is small");
        assert_eq!(written("a\r\n.b\r\n..\r\n"), "a\r\n..b\r\n...\r\n.\r\n");
        assert_eq!(written(".a"), "..a\r\n.\r\n");
        assert_eq!(written("a\n.b\r\n"), "a\n.b\r\n.\r\n");
        assert!(whole("慢".repeat(SMALL_OCTETS / 3 + 1).as_bytes()).is_none());
        assert!(whole(&[0xFF]).is_none());
    }
}
