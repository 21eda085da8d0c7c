//! The mail server fails at each point of a conversation, in each way, and with each the worker is killed or not. Workers are processes.
//!
//! Whatever happens, the message arrives or somebody has to phone. Up to the final dot it arrives once; after it at most once more, with the
//! same Message-ID.

use std::sync::Arc;

use entities::venue;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use uuid::Uuid;
use xianglao::domain::notification::Status;
use xianglao::services::notification::deliver_ready;

use super::all;
use crate::support::app::TestApp;
use crate::support::background::{Background, PATIENT, Patience, logged};
use crate::support::outbox::{
    Told, a_class_of_these_days, attempts, is_at_work, let_time_pass, row, status, wait_until, write_down,
};
use crate::support::smtp::{Fault, Options, Point, SmtpServer};

/// Cells of the matrix that are tried at once.
const AT_ONCE: usize = 8;
/// A worker that faces silence and is left alive loses patience after so long.
const IMPATIENT: Patience = Patience(3);
/// So many bytes do not fit into the buffers of sockets: a server can fail in the middle of them.
const LONG: usize = 6 * 1024 * 1024;

#[derive(Clone, Copy, Debug)]
struct Cell {
    point: Point,
    fault: Fault,
    killed: bool,
}

impl Cell {
    fn all() -> impl Iterator<Item = Self> {
        Point::ALL.into_iter().flat_map(|point| {
            Fault::ALL
                .into_iter()
                .flat_map(move |fault| [false, true].map(|killed| Self { point, fault, killed }))
        })
    }

    /// Whether the server says that it will never take the message: before MAIL it is us whom it refuses, and that may pass.
    fn is_refusal(self) -> bool {
        self.fault == Fault::Permanent
            && !matches!(self.point, Point::Connect | Point::Banner | Point::Ehlo | Point::Quit)
    }

    /// Whether the server has the message and does not say so.
    fn is_kept_in_silence(self) -> bool {
        self.point == Point::FinalDot && matches!(self.fault, Fault::Drop | Fault::Stall)
    }

    /// How the delivery stands when a worker that lives has noticed the fault, and what its first try is called.
    fn noticed(self) -> (Status, &'static str) {
        if self.is_refusal() {
            (Status::ToCall, "rejected")
        } else if self.is_kept_in_silence() {
            (Status::Retry, "unknown")
        } else {
            (Status::Retry, "retry")
        }
    }

    /// How it must end: state, copies, tries. `fault_known`: the worker lived long enough to write down what happened.
    fn end(self, fault_known: bool) -> (Status, usize, Vec<&'static str>) {
        let first = if fault_known { self.noticed().1 } else { "unknown" };
        match self.point {
            Point::Quit => (Status::Sent, 1, vec!["sent"]),
            _ if self.is_refusal() && fault_known => (Status::ToCall, 0, vec![first]),
            _ if self.is_kept_in_silence() => (Status::Sent, 2, vec![first, "sent"]),
            _ => (Status::Sent, 1, vec![first, "sent"]),
        }
    }
}

/// Tries one cell, against a server that takes commands in a row or not; gives whether a killed worker died before it wrote down what happened.
async fn try_out(app: TestApp, cell: Cell, one_at_a_time: bool) -> bool {
    let class = a_class_of_these_days(&app).await;
    if cell.point == Point::Body {
        name_the_place(&app, "a very large room ".repeat(LONG / 18)).await;
    }
    let id = write_down(&app, class.community, &Told::promoted(&class), 1).await[0];
    let options = Options {
        one_at_a_time,
        ..Options::default()
    };
    let server = SmtpServer::start_with(options).await;
    server.misbehave_once(cell.point, cell.fault);
    let patience = if cell.fault == Fault::Stall && !cell.killed {
        IMPATIENT
    } else {
        PATIENT
    };
    let mut worker = Background::start(&app, Some(&server), patience);
    if cell.point == Point::Quit {
        wait_until(&app, id, |status| status == Status::Sent).await;
        worker.signal("TERM").await;
    }
    server.wait_for_faults(1).await;
    if cell.point == Point::Body {
        // The next try need not be long.
        name_the_place(&app, "a room".to_owned()).await;
    }
    let mut fault_known = true;
    if cell.killed {
        worker.kill().await;
        let found = status(&row(&app, id).await);
        fault_known = found != Status::Sending;
        let known = if cell.point == Point::Quit {
            Status::Sent
        } else {
            cell.noticed().0
        };
        assert!(!fault_known || found == known, "{cell:?}: {found:?} at its death");
        let_time_pass(&app, app.ctx.now()).await;
        worker = Background::start(&app, Some(&server), PATIENT);
    } else if cell.point == Point::Quit {
        assert!(worker.ended().await.success(), "{cell:?}");
    } else {
        let found = wait_until(&app, id, |status| !is_at_work(status)).await;
        assert_eq!(status(&found), cell.noticed().0, "{cell:?}: {:?}", found.last_error);
        assert!(found.last_error.is_some(), "{cell:?}");
        let_time_pass(&app, app.ctx.now()).await;
    }
    let (ends_as, copies, tries) = cell.end(fault_known);
    let last = wait_until(&app, id, |status| !is_at_work(status) && status != Status::Retry).await;
    assert_eq!(
        status(&last),
        ends_as,
        "{cell:?}: {:?}\n{}",
        last.last_error,
        logged(&app)
    );
    let tried = attempts(&app, id).await;
    let outcomes: Vec<&str> = tried.iter().map(|attempt| attempt.outcome.as_str()).collect();
    assert_eq!(outcomes, tries, "{cell:?}: {tried:?}");
    assert_eq!(last.attempts, tries.len() as i32, "{cell:?}");
    assert_eq!(last.deaths, i32::from(!fault_known), "{cell:?}");
    if cell.point != Point::Quit {
        assert!(worker.stop().await, "{cell:?}: {}", logged(&app));
    }
    // Long after, nothing more is to leave.
    let later = app.ctx.now() + jiff::SignedDuration::from_hours(3);
    app.clock.set(&later.to_string());
    let more = deliver_ready(&app.ctx, None, Uuid::from_u128(7))
        .await
        .expect("the database answers");
    assert_eq!(more.taken, 0, "{cell:?}");
    let messages = server.messages();
    assert_eq!(messages.len(), copies, "{cell:?}");
    for message in messages {
        assert!(
            message.message_id().starts_with(&format!("<{id}@")),
            "{cell:?}: {}",
            message.message_id()
        );
    }
    !fault_known
}

/// Gives the place of the class a name, which stands in the letter.
async fn name_the_place(app: &TestApp, name: String) {
    let room = app.seed_basic().await.activity_room;
    venue::Entity::update_many()
        .col_expr(venue::Column::Name, Expr::value(name))
        .filter(venue::Column::Id.eq(room.0))
        .exec(app.db())
        .await
        .expect("the name is stored");
}

/// Tries cells of the matrix, a few at once.
async fn matrix<F: Future<Output = TestApp> + Send + 'static>(tried: Vec<Cell>, start: fn() -> F, one_at_a_time: bool) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut cells = JoinSet::new();
    for cell in tried {
        let places = Arc::clone(&places);
        cells.spawn(async move {
            let _place = places.acquire().await.expect("it is never closed");
            try_out(start().await, cell, one_at_a_time).await
        });
    }
    let died_knowing_nothing = all(cells).await;
    // With silence the worker is certainly there when it is killed: at each point but QUIT.
    assert!(died_knowing_nothing >= 8, "{died_knowing_nothing}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_each_point_in_each_way_nothing_is_lost_and_nothing_doubled_on_sqlite() {
    let cells: Vec<Cell> = Cell::all().collect();
    assert_eq!(cells.len(), 72);
    matrix(cells, TestApp::sqlite, false).await;
}

/// What a worker that lives makes of an answer does not depend on the database: only those that are killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_each_point_in_each_way_nothing_is_lost_and_nothing_doubled_on_postgres() {
    let cells: Vec<Cell> = Cell::all().filter(|cell| cell.killed).collect();
    assert_eq!(cells.len(), 36);
    matrix(cells, TestApp::postgres, true).await;
}
