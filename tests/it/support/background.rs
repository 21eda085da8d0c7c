//! `xianglao worker` as a process over the database of a [`TestApp`]: to be killed, held and let go on while it sends.

use std::fs::File;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};

use super::app::TestApp;
use super::smtp::SmtpServer;

/// How patient a worker is with the mail server, in seconds, for each of its waits.
#[derive(Clone, Copy, Debug)]
pub struct Patience(pub u64);

/// With this, nothing that a busy machine does looks like a mail server that does not answer.
pub const PATIENT: Patience = Patience(30);

/// A running `xianglao worker`.
pub struct Background {
    child: Child,
}

impl Background {
    /// Starts it. The process is killed when this is dropped; what it logs is in `worker.log` in the data folder.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(app: &TestApp, mail: Option<&SmtpServer>, patience: Patience) -> Self {
        let folder = app.data_dir();
        let Patience(seconds) = patience;
        let mut settings = "max_connections = 4\n".to_owned();
        if !app.ctx.settings.outgoing.allow.is_empty() {
            settings += &format!("[outgoing]\nallow = {:?}\n", app.ctx.settings.outgoing.allow);
        }
        if let Some(mail) = mail {
            settings += &format!(
                "[smtp]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nfrom = \"noreply@example.org\"\n\
                 connect_timeout_seconds = {seconds}\ncommand_timeout_seconds = {seconds}\n\
                 final_dot_timeout_seconds = {seconds}\n",
                mail.port()
            );
        }
        std::fs::write(folder.join("xianglao.toml"), settings).expect("the settings are written");
        let log = File::options()
            .create(true)
            .append(true)
            .open(folder.join("worker.log"))
            .expect("the log can be written");
        let child = Command::new(env!("CARGO_BIN_EXE_xianglao"))
            .arg("worker")
            .env_clear()
            .env("RUST_LOG", "warn")
            .env("XIANGLAO_DATA_DIR", &folder)
            .env("DATABASE_URL", app.ctx.settings.database_url.reveal())
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the log can be written"))
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        Self { child }
    }

    /// Kills it as `kill -9` does: it gets no chance to do anything more.
    pub async fn kill(&mut self) -> ExitStatus {
        self.child.start_kill().expect("it can be killed");
        self.child.wait().await.expect("it ends")
    }

    /// Asks it to stop, waits until it has ended, and says whether it ended well: in good order, or by the signal itself when it had only just
    /// been started.
    pub async fn stop(&mut self) -> bool {
        self.signal("TERM").await;
        let status = self.ended().await;
        status.success() || status.signal() == Some(15)
    }

    /// Waits until it has ended.
    ///
    /// # Panics
    /// When it has not after a minute.
    pub async fn ended(&mut self) -> ExitStatus {
        let ended = tokio::time::timeout(Duration::from_mins(1), self.child.wait()).await;
        ended.expect("it ends").expect("it can be waited for")
    }

    /// The ports from which it is connected to anything but the port `besides`: another connection of the machine may have the same port.
    pub fn ports(&self, besides: u16) -> Vec<u16> {
        let pid = self.child.id().expect("it runs");
        let open = std::fs::read_dir(format!("/proc/{pid}/fd")).expect("/proc is mounted");
        let sockets: Vec<String> = open
            .filter_map(|file| std::fs::read_link(file.ok()?.path()).ok())
            .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
            .collect();
        let table = std::fs::read_to_string(format!("/proc/{pid}/net/tcp")).expect("/proc is mounted");
        let port = |address: &str| u16::from_str_radix(address.split_once(':')?.1, 16).ok();
        let of_ours = |line: &str| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (local, remote, inode) = (fields.get(1)?, fields.get(2)?, fields.get(9)?);
            let ours = sockets.iter().any(|socket| socket == inode) && port(remote)? != besides;
            port(local).filter(|_| ours)
        };
        table.lines().filter_map(of_ours).collect()
    }

    /// Sends it a signal: `TERM`, `STOP`, `CONT`.
    pub async fn signal(&self, name: &str) {
        let pid = self.child.id().expect("it runs").to_string();
        let sent = Command::new("sh")
            .args(["-c", r#"kill -s "$1" "$2""#, "signal", name, &pid])
            .status()
            .await
            .expect("a shell runs");
        assert!(sent.success(), "SIG{name} to {pid}");
    }
}

/// What the workers of an app have logged, the last of it: for whoever reads why a test failed.
pub fn logged(app: &TestApp) -> String {
    let log = std::fs::read_to_string(app.data_dir().join("worker.log")).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
