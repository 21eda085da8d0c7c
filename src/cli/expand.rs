//! `expand`: recurrence rules as JSON lines.

use std::io::{self, BufRead, BufWriter, IsTerminal, Write};
use std::process::ExitCode;

use crate::domain::calendar::HolidayCalendar;
use crate::domain::expand_line::expand_line;

/// Longest line that is read, bytes: an endless line must not fill the memory.
const LONGEST_LINE: u64 = 1024 * 1024;

/// Answers each line of standard input with one line on standard output, in order. One bad line never stops the rest.
///
/// # Errors
/// When standard input cannot be read or standard output cannot be written; a reader that went away is no error.
pub fn run() -> anyhow::Result<ExitCode> {
    let holidays = HolidayCalendar::china();
    let typed = io::stdin().is_terminal();
    let mut input = io::stdin().lock();
    let mut output = BufWriter::new(io::stdout().lock());
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = io::Read::take(&mut input, LONGEST_LINE).read_until(b'\n', &mut line)?;
        if read == 0 {
            break;
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        match writeln!(output, "{}", expand_line(text, holidays)).and_then(|()| {
            // Somebody who types line by line wants each answer at once.
            if typed { output.flush() } else { Ok(()) }
        }) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
            Err(error) => return Err(error.into()),
        }
    }
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}
