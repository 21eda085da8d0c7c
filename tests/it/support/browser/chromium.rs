//! The one chromium of this process: started by the first test that wants a page, gone when the process is.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use tempfile::TempDir;

use crate::support::watchdog::Watchdog;

/// Where the running chromium listens for the DevTools protocol, as a WebSocket URL; started when it is not running.
///
/// # Panics
/// When chromium is not installed or does not start.
pub(super) fn address() -> &'static str {
    static CHROMIUM: OnceLock<Chromium> = OnceLock::new();
    &CHROMIUM.get_or_init(Chromium::start).address
}

pub(super) struct Chromium {
    pub address: String,
    process: Child,
    _watchdog: Watchdog,
}

const FLAGS: &[&str] = &[
    "--headless=new",
    // Debian's sandbox wants rights a container does not give; the pages are ours.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--disable-features=MediaRouter,OptimizationHints,Translate",
    "--no-proxy-server",
    // A page that asks another host for something is to fail here as it would in an office without internet.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--password-store=basic",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--lang=zh-CN",
    "--accept-lang=zh-CN,zh",
    "--remote-debugging-port=0",
];

impl Chromium {
    fn start() -> Self {
        // The watchdog removes the folder, after chromium has left it.
        let folder = TempDir::with_prefix("xianglao-chromium-")
            .expect("a temporary directory")
            .keep();
        Self::start_in(&folder, |process| Watchdog::over(process, &folder))
    }

    /// One that keeps what it knows in `folder`, which is the caller's.
    pub fn with_profile(folder: &Path) -> Self {
        let kill = |process: &Child| {
            let group = process.id().to_string();
            Watchdog::start(r#"kill -s KILL -- "-$1""#, &[&group])
        };
        Self::start_in(folder, kill)
    }

    /// Waits until it has gone by itself.
    pub fn wait(mut self) {
        self.process.wait().expect("it ends");
    }

    fn start_in(folder: &Path, watch: impl FnOnce(&Child) -> Watchdog) -> Self {
        let program = std::env::var("XIANGLAO_TEST_CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
        let mut process = Command::new(&program)
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", folder.display()))
            .arg("about:blank")
            // Crash reports would otherwise go to the person's own configuration.
            .env("XDG_CONFIG_HOME", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            // Its own group, so that it can be ended with all its children.
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{program} cannot be started ({error}): run tests/run once"));
        let watchdog = watch(&process);
        let stderr = process.stderr.take().expect("stderr is piped");
        let (sender, receiver) = mpsc::channel();
        // It complains all its life long and must find somebody who listens.
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if let Some(address) = line.strip_prefix("DevTools listening on ") {
                    let _ = sender.send(address.to_owned());
                }
            }
        });
        let address = receiver
            .recv_timeout(Duration::from_mins(1))
            .expect("chromium says where it listens");
        Self {
            address,
            process,
            _watchdog: watchdog,
        }
    }
}
