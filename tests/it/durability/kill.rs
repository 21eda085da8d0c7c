//! Two hundred times the server is killed in the middle of a burst of check-ins. Its clients send what was not answered again, under
//! the same ids. In the end nothing that was answered is missing, and nobody is counted twice.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use entities::{attendance, session};
use sea_orm::EntityTrait as _;
use serde_json::json;
use tokio::sync::watch;
use uuid::Uuid;
use xianglao::domain::id::{ResidentId, SessionId};

use crate::support::app::{TestApp, on_both};
use crate::support::server::{Server, classes, client, token};

const KILLS: usize = 200;
const CALLERS: usize = 8;
const SESSIONS: usize = 24;
const RESIDENTS: usize = 400;
/// Before one kill and the next, at least one and at most so many are answered.
const ANSWERED: usize = 30;
/// A client whose server is gone asks again after so long.
const AGAIN: Duration = Duration::from_millis(2);

/// What the callers share.
struct Burst {
    sessions: Vec<SessionId>,
    residents: Vec<ResidentId>,
    token: String,
    http: reqwest::Client,
    /// Where the server is to be found at present.
    address: watch::Receiver<String>,
    next: AtomicUsize,
    /// The ids that were answered, with whether the server knew them already.
    answered: Mutex<HashMap<Uuid, bool>>,
    count: watch::Sender<usize>,
    over: AtomicBool,
}

impl Burst {
    /// Checks people in one after the other until the burst is over; what was begun is brought to its end.
    async fn call(self: Arc<Self>) {
        while !self.over.load(Ordering::SeqCst) {
            let n = self.next.fetch_add(1, Ordering::SeqCst);
            assert!(n < SESSIONS * RESIDENTS, "nobody is left to be checked in");
            let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | n as u128);
            let body = json!({"client_id": id, "resident_id": self.residents[n / SESSIONS]});
            let known = self.send(self.sessions[n % SESSIONS], &body).await;
            self.answered.lock().unwrap().insert(id, known);
            self.count.send_modify(|count| *count += 1);
        }
    }

    /// Sends one entry until it is answered: whether it was known already.
    async fn send(&self, session: SessionId, body: &serde_json::Value) -> bool {
        let path = format!("/api/v1/communities/yunliang/sessions/{session}/attendance");
        loop {
            let url = format!("{}{path}", *self.address.borrow());
            let sent = self.http.post(url).bearer_auth(&self.token).json(body).send().await;
            let Ok(answer) = sent else {
                tokio::time::sleep(AGAIN).await;
                continue;
            };
            let status = answer.status();
            let Ok(outcome) = answer.json::<serde_json::Value>().await else {
                continue;
            };
            match (status.as_u16(), outcome["status"].as_str()) {
                (201, Some("created")) => return false,
                (200, Some("duplicate")) => return true,
                other => panic!("an answer that is none: {other:?}"),
            }
        }
    }
}

on_both!(
    killed_two_hundred_times_it_loses_nothing_and_counts_nobody_twice,
    async |app| {
        let (sessions, residents) = classes(&app, SESSIONS, RESIDENTS).await;
        let mut server = Server::start(&app, &[]).await;
        let token = token(&server.address).await;
        let (moved, address) = watch::channel(server.address.clone());
        let (count, mut counted) = watch::channel(0);
        let burst = Arc::new(Burst {
            sessions,
            residents,
            token,
            http: client(),
            address,
            next: AtomicUsize::new(0),
            answered: Mutex::default(),
            count,
            over: AtomicBool::new(false),
        });
        let callers: Vec<_> = (0..CALLERS).map(|_| tokio::spawn(burst.clone().call())).collect();
        for kill in 0..KILLS {
            // A different number each time, so that the blow falls into every part of what the server does.
            let goal = *counted.borrow() + 1 + kill * 7 % ANSWERED;
            counted.wait_for(|count| *count >= goal).await.expect("they call");
            assert!(!server.kill().await.success());
            server = Server::start(&app, &[]).await;
            moved.send_replace(server.address.clone());
        }
        burst.over.store(true, Ordering::SeqCst);
        for caller in callers {
            caller.await.expect("a caller comes to its end");
        }
        server.kill().await;
        let answered = std::mem::take(&mut *burst.answered.lock().unwrap());
        look(&app, &answered).await;
    }
);

/// Rows and counters against what was answered.
async fn look(app: &TestApp, answered: &HashMap<Uuid, bool>) {
    let rows = attendance::Entity::find().all(app.db()).await.unwrap();
    let mut per_session: HashMap<Uuid, i32> = HashMap::new();
    for row in &rows {
        assert!(
            answered.contains_key(&row.id),
            "stored, and nobody was told: {}",
            row.id
        );
        assert!(row.withdrawn_at.is_none());
        *per_session.entry(row.session_id).or_default() += 1;
    }
    assert_eq!(rows.len(), answered.len(), "answered, and not stored");
    for session in session::Entity::find().all(app.db()).await.unwrap() {
        let counted = per_session.get(&session.id).copied().unwrap_or_default();
        assert_eq!(session.named, counted, "the counter of {}", session.id);
    }
    // The blow fell at least once between storing and answering, or the test has shown nothing.
    assert!(answered.values().any(|known| *known), "no entry was ever sent twice");
}
