//! Two workers, processes of their own, share many messages on one PostgreSQL, and one of them is killed, or held for longer than its lease and
//! then let go on. Everything is sent, and nothing twice but what was leaving at that moment.
//!
//! Time passes as it does in tests: the leases of the one that is gone are set back. With `XIANGLAO_TEST_TRUE_TIME` set, nothing is set back, there
//! are ten thousand messages, whoever is held is held for two minutes, and it is said how long everything took.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use entities::delivery;
use jiff::SignedDuration;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, Statement};
use uuid::Uuid;
use xianglao::domain::id::DeliveryId;
use xianglao::services::{Clock as _, SystemClock};
use xianglao::storage::to_db;

use crate::support::app::TestApp;
use crate::support::background::{Background, PATIENT, logged};
use crate::support::outbox::{Class, Told, a_class_of_these_days, write_down};
use crate::support::smtp::SmtpServer;

/// How many messages there are when time passes as in tests.
const MESSAGES: usize = 4_000;
/// And when it passes truly.
const TRULY: usize = 10_000;
/// How many are written down afterwards: more than one round of each of a worker's two senders takes up.
const MORE: usize = 600;
/// How many one worker may have handed to a connection at one moment: eight for each of its two senders.
const ON_THE_WIRE: usize = 16;
/// How long whatever is waited for may take.
const PATIENCE: Duration = Duration::from_mins(10);

/// Two workers in the middle of their work.
struct Scene {
    app: TestApp,
    class: Class,
    mail: SmtpServer,
    ids: HashSet<DeliveryId>,
    truly: bool,
    /// The one to whom something happens.
    one: Background,
    /// The names under which it holds messages.
    owners: Vec<Uuid>,
    /// The one that goes on.
    other: Background,
}

/// Both at work, a fifth of the messages sent.
async fn in_the_middle() -> Scene {
    let truly = std::env::var_os("XIANGLAO_TEST_TRUE_TIME").is_some();
    let app = TestApp::postgres().await;
    let class = a_class_of_these_days(&app).await;
    let count = if truly { TRULY } else { MESSAGES };
    let ids = write_down(&app, class.community, &Told::promoted(&class), count).await;
    let mail = SmtpServer::start().await;
    let one = Background::start(&app, Some(&mail), PATIENT);
    // While it is alone, everything that is held is held by it.
    let mut owners = HashSet::new();
    wait(&app, async || {
        owners.extend(held(&app).await.into_iter().filter_map(|row| row.lease_owner));
        owners.len() == 2
    })
    .await;
    let other = Background::start(&app, Some(&mail), PATIENT);
    wait(&app, async || {
        let all = held(&app).await.into_iter().filter_map(|row| row.lease_owner);
        let both: HashSet<Uuid> = all.collect();
        mail.count() >= count / 5 && both.len() > 2
    })
    .await;
    Scene {
        app,
        class,
        mail,
        ids: ids.into_iter().collect(),
        truly,
        one,
        owners: owners.into_iter().collect(),
        other,
    }
}

async fn wait(app: &TestApp, mut is_so: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < PATIENCE, "it never came: {}", logged(app));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// What is in somebody's hands.
async fn held(app: &TestApp) -> Vec<delivery::Model> {
    delivery::Entity::find()
        .filter(delivery::Column::Status.is_in(["leased", "sending"]))
        .all(app.db())
        .await
        .unwrap()
}

impl Scene {
    /// What is in the hands of the one: everything, and what is leaving.
    async fn in_its_hands(&self) -> (HashSet<Uuid>, HashSet<Uuid>) {
        let mut rows = held(&self.app).await;
        rows.retain(|row| row.lease_owner.is_some_and(|owner| self.owners.contains(&owner)));
        let leaving = rows.iter().filter(|row| row.status == "sending");
        (
            rows.iter().map(|row| row.id).collect(),
            leaving.map(|row| row.id).collect(),
        )
    }

    /// Stops the one when some messages are leaving and others wait in its hands; so long the other is stopped too. Gives what is in its hands,
    /// and what is leaving.
    async fn hold(&self) -> (HashSet<Uuid>, HashSet<Uuid>) {
        self.other.signal("STOP").await;
        let found = loop {
            self.one.signal("STOP").await;
            let its = self.sessions();
            // The database ends what it was asked for last.
            let active = format!("{its} AND state = 'active' AND wait_event_type IS DISTINCT FROM 'Lock'");
            wait(&self.app, async || self.pids(&active).await.is_empty()).await;
            let (hands, leaving) = self.in_its_hands().await;
            if !leaving.is_empty() && leaving.len() < hands.len() {
                break (hands, leaving);
            }
            assert!(self.mail.count() < self.ids.len(), "it was never in the middle");
            self.one.signal("CONT").await;
            tokio::time::sleep(Duration::from_millis(7)).await;
        };
        if !self.truly {
            // What it left open would stay so for a minute.
            let open = format!("{} AND state LIKE 'idle in transaction%'", self.sessions());
            for pid in self.pids(&open).await {
                let end = format!("SELECT pg_terminate_backend({pid})");
                self.app.db().execute_unprepared(&end).await.unwrap();
            }
            wait(&self.app, async || self.pids(&open).await.is_empty()).await;
        }
        self.other.signal("CONT").await;
        found
    }

    /// What tells the sessions of the one from the others of the database.
    fn sessions(&self) -> String {
        let ports: Vec<String> = self
            .one
            .ports(self.mail.port())
            .iter()
            .map(ToString::to_string)
            .collect();
        format!(
            "datname = current_database() AND client_port IN (0, {})",
            ports.join(", ")
        )
    }

    /// The sessions that are like that.
    async fn pids(&self, like: &str) -> Vec<i32> {
        let ask = format!("SELECT pid FROM pg_stat_activity WHERE {like}");
        let rows = self
            .app
            .db()
            .query_all_raw(Statement::from_string(DbBackend::Postgres, ask))
            .await
            .unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    /// Writes more messages down.
    async fn write_down_more(&mut self) {
        let more = write_down(&self.app, self.class.community, &Told::promoted(&self.class), MORE).await;
        self.ids.extend(more);
    }

    /// Lets its leases run out.
    async fn let_leases_run_out(&self) {
        if self.truly {
            return;
        }
        let past = SystemClock.now() - SignedDuration::from_secs(1);
        delivery::Entity::update_many()
            .col_expr(delivery::Column::LeaseUntil, Expr::value(to_db(past)))
            .filter(delivery::Column::Status.is_in(["leased", "sending"]))
            .filter(delivery::Column::LeaseOwner.is_in(self.owners.iter().copied()))
            .exec(self.app.db())
            .await
            .unwrap();
    }

    /// How many messages stand as sent, of some or of all.
    async fn sent(&self, of: Option<&HashSet<Uuid>>) -> usize {
        let all = delivery::Entity::find().filter(delivery::Column::Status.eq("sent"));
        let sent = match of {
            Some(ids) => all.filter(delivery::Column::Id.is_in(ids.iter().copied())),
            None => all,
        };
        usize::try_from(sent.count(self.app.db()).await.unwrap()).unwrap()
    }

    /// Waits until everything is sent. Gives how long it took until what the one had was, and until all was, since `since`.
    async fn all_sent(&self, hands: &HashSet<Uuid>, since: Instant) -> (Duration, Duration) {
        wait(&self.app, async || self.sent(Some(hands)).await == hands.len()).await;
        let its = since.elapsed();
        wait(&self.app, async || self.sent(None).await == self.ids.len()).await;
        (its, since.elapsed())
    }

    /// The messages of which there is more than one copy. None is missing, and of none there are more than two.
    fn doubled(&self) -> HashSet<Uuid> {
        let mut copies: HashMap<String, usize> = HashMap::new();
        for message in self.mail.messages() {
            *copies.entry(message.message_id()).or_default() += 1;
        }
        assert_eq!(copies.len(), self.ids.len(), "one Message-ID for each");
        let mut doubled = HashSet::new();
        for (message_id, count) in copies {
            let id = message_id.trim_start_matches('<').split('@').next();
            let id: Uuid = id.unwrap_or_default().parse().expect("the id of a delivery");
            assert!(self.ids.contains(&DeliveryId(id)), "{message_id}");
            assert!(count <= 2, "{count} copies of {message_id}");
            if count == 2 {
                doubled.insert(id);
            }
        }
        doubled
    }

    fn say(&self, what: &str, hands: usize, leaving: usize, took: (Duration, Duration), doubled: usize) {
        println!(
            "{what}: {} messages; in its hands {hands}, of them leaving {leaving}; these sent after {:.1} s, all after {:.1} s; doubled {doubled}",
            self.ids.len(),
            took.0.as_secs_f64(),
            took.1.as_secs_f64(),
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_worker_had_is_sent_by_the_other() {
    let mut scene = in_the_middle().await;
    let (hands, leaving) = scene.hold().await;
    scene.one.kill().await;
    let since = Instant::now();
    scene.let_leases_run_out().await;
    let took = scene.all_sent(&hands, since).await;
    let doubled = scene.doubled();
    scene.say("killed", hands.len(), leaving.len(), took, doubled.len());
    assert!(doubled.is_subset(&leaving), "{doubled:?} besides {leaving:?}");
    let lease = if scene.truly { 60 } else { 0 };
    assert!(
        took.0 <= Duration::from_secs(lease + 10),
        "{took:?}\n{}",
        logged(&scene.app)
    );
    assert!(scene.other.stop().await, "{}", logged(&scene.app));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_was_held_does_not_send_what_it_lost() {
    let mut scene = in_the_middle().await;
    let (hands, leaving) = scene.hold().await;
    let since = Instant::now();
    scene.let_leases_run_out().await;
    let took = scene.all_sent(&hands, since).await;
    if scene.truly {
        tokio::time::sleep(Duration::from_mins(2).saturating_sub(since.elapsed())).await;
    }
    assert!(scene.other.stop().await, "{}", logged(&scene.app));
    let before = scene.mail.count();
    scene.one.signal("CONT").await;
    // It goes on with what it had in mind, and then with what is new.
    scene.write_down_more().await;
    wait(&scene.app, async || scene.sent(None).await == scene.ids.len()).await;
    assert!(scene.one.stop().await, "{}", logged(&scene.app));
    let doubled = scene.doubled();
    scene.say("held", hands.len(), leaving.len(), took, doubled.len());
    assert!(doubled.is_subset(&leaving), "{doubled:?} besides {leaving:?}");
    let lease = if scene.truly { 60 } else { 0 };
    assert!(
        took.0 <= Duration::from_secs(lease + 10),
        "{took:?}\n{}",
        logged(&scene.app)
    );
    if scene.truly {
        // It knows by its own clock that its lease is over: only what was on the wire arrives now.
        let arrived = scene.mail.count() - before - MORE;
        println!("after it went on {arrived} arrived");
        assert!(arrived <= ON_THE_WIRE, "{arrived}");
    }
    assert_eq!(scene.sent(None).await, scene.ids.len(), "and it changed nothing");
}
