//! The program itself as a process, over the database of a [`TestApp`]: to be killed, watched and started again.

use std::net::TcpListener;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use jiff::civil::DateTime;
use tokio::process::{Child, Command};
use xianglao::domain::id::{ResidentId, SessionId};

use super::app::{TestApp, TestClock};
use super::door::{plan, resident};
use super::seed::PASSWORD;

/// How often a server that is starting is asked whether it is there.
const ASK: Duration = Duration::from_millis(3);

/// A running `xianglao serve`, or a `xianglao worker` that answers.
pub struct Server {
    child: Child,
    /// `http://127.0.0.1:PORT`.
    pub address: String,
}

impl Server {
    /// Starts it and waits until it answers. The process is killed when this is dropped.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(app: &TestApp, flags: &[&str]) -> Self {
        Self::launch(app, "serve", flags).await
    }

    /// The same with a worker alone.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_worker(app: &TestApp) -> Self {
        Self::launch(app, "worker", &[]).await
    }

    async fn launch(app: &TestApp, command: &str, flags: &[&str]) -> Self {
        // A port that is free now may be taken by another test a moment later; then the program says so and ends.
        for _ in 0..20 {
            let port = {
                let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
                free.local_addr().expect("a bound socket has an address").port()
            };
            let listen = format!("127.0.0.1:{port}");
            let child = Command::new(env!("CARGO_BIN_EXE_xianglao"))
                .args([command, "--listen", &listen])
                .args(flags)
                .env_clear()
                .env("XIANGLAO_DATA_DIR", app.data_dir())
                .env("DATABASE_URL", app.ctx.settings.database_url.reveal())
                .current_dir(app.data_dir())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .kill_on_drop(true)
                .spawn()
                .expect("the program starts");
            let mut server = Self {
                child,
                address: format!("http://{listen}"),
            };
            if server.answers().await {
                return server;
            }
        }
        panic!("the program ended twenty times instead of serving");
    }

    /// Whether it answers; not when it has ended.
    async fn answers(&mut self) -> bool {
        let http = client();
        let health = format!("{}/healthz", self.address);
        loop {
            if http
                .get(&health)
                .send()
                .await
                .is_ok_and(|answer| answer.status().is_success())
            {
                return true;
            }
            if self.child.try_wait().expect("a child").is_some() {
                return false;
            }
            tokio::time::sleep(ASK).await;
        }
    }

    /// The number of the process.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// Kills it as `kill -9` does: it gets no chance to do anything more.
    pub async fn kill(&mut self) -> ExitStatus {
        self.child.start_kill().expect("it runs");
        self.child.wait().await.expect("it ends")
    }
}

/// A client that does not wait for ever, and goes to no proxy.
pub fn client() -> reqwest::Client {
    xianglao::notify::prepare_tls();
    reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(20))
        .build()
        .expect("a client")
}

/// A bearer token of the staff account.
pub async fn token(address: &str) -> String {
    let body = serde_json::json!({"username": "yunliang", "password": PASSWORD});
    let answer = client()
        .post(format!("{address}/api/v1/tokens"))
        .json(&body)
        .send()
        .await;
    let answer: serde_json::Value = answer.expect("it answers").json().await.expect("JSON");
    answer["token"].as_str().expect("a token").to_owned()
}

/// Sessions long past, and residents who can be checked in to them: the program has the clock of the machine, whatever it says.
pub async fn classes(app: &TestApp, sessions: usize, residents: usize) -> (Vec<SessionId>, Vec<ResidentId>) {
    let starts: DateTime = "2024-03-04T09:00:00".parse().expect("a time");
    set_back(&app.clock);
    let rule = format!("FREQ=DAILY;COUNT={sessions}");
    let planned = plan(app, "老年反诈课", &starts.to_string(), Some(&rule)).await.sessions;
    assert_eq!(planned.len(), sessions);
    let mut people = Vec::with_capacity(residents);
    for n in 0..residents {
        people.push(resident(app, "薛秀英", &format!("139{n:08}"), Some(1950)).await);
    }
    (planned, people)
}

fn set_back(clock: &TestClock) {
    clock.set("2024-03-01T08:00:00+08:00");
}
