//! Cleaning up after this process, however it ends.
//!
//! A test process can end by a panic, by Ctrl-C or by SIGKILL, and statics are never dropped. So a shell waits beside
//! it on a pipe whose other end only we hold: when we are gone, whatever the way, the pipe closes and the shell runs
//! its last words.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// A shell that runs a script when this value is dropped or this process ends.
pub struct Watchdog {
    shell: Child,
}

impl Watchdog {
    /// Starts the shell. `last_words` is a POSIX shell script which sees `args` as `$1`, `$2`, ….
    ///
    /// # Panics
    /// When no shell can be started.
    pub fn start(last_words: &str, args: &[&str]) -> Self {
        Self::start_with("", last_words, args)
    }

    /// Like [`Watchdog::start`], running `first_words` before it waits.
    ///
    /// # Panics
    /// When no shell can be started.
    pub fn start_with(first_words: &str, last_words: &str, args: &[&str]) -> Self {
        let shell = Command::new("sh")
            .arg("-c")
            .arg(format!("{first_words}\ncat >/dev/null\n{last_words}"))
            .arg("watchdog")
            .args(args)
            .stdin(Stdio::piped())
            // Whoever reads our output waits until the last holder closes it: the shell must not be one.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C goes to our process group; the shell has work to do after it.
            .process_group(0)
            .spawn()
            .expect("a shell can be started");
        Self { shell }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}
