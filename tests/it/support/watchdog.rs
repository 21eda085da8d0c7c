//! Cleaning up after this process, however it ends.
//!
//! A test process can end by a panic, by Ctrl-C or by SIGKILL, and statics are never dropped. So a shell waits beside
//! it on a pipe whose other end only we hold: when we are gone, whatever the way, the pipe closes and the shell runs
//! its last words.

use std::os::unix::process::CommandExt;
use std::path::Path;
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
        let shell = Command::new("sh")
            .arg("-c")
            .arg(format!("cat >/dev/null\n{last_words}"))
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

    /// Ends a process that leads a process group, with its whole group, and then removes the folder they worked in.
    ///
    /// # Panics
    /// When no shell can be started.
    pub fn over(leader: &Child, folder: &Path) -> Self {
        Self::start(
            r#"kill -s KILL -- "-$1"
            for _ in 1 2 3 4 5; do rm -rf "$2" && break; sleep 0.2; done"#,
            &[&leader.id().to_string(), &folder.to_string_lossy()],
        )
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn what_is_watched_over_goes_with_its_children_and_its_folder() {
        let folder = tempfile::tempdir().unwrap().keep();
        let mut leader = Command::new("sh")
            .args(["-c", "sleep 1000 & echo started; wait"])
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut stdout = leader.stdout.take().unwrap();
        let mut started = [0; 8];
        stdout.read_exact(&mut started).unwrap();
        drop(Watchdog::over(&leader, &folder));
        assert_eq!(leader.wait().unwrap().signal(), Some(9));
        // The child held the other end of this pipe.
        assert_eq!(stdout.read(&mut started).unwrap(), 0);
        assert!(!folder.exists());
    }
}
