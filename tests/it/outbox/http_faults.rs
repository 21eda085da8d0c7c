//! The server of a robot or of a gateway for text messages fails in each way, and with each the worker is killed or not. Workers are processes.
//!
//! Nobody can tell such a server that it has a message already. So what may have left is never sent again by itself, and what has not left is.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use uuid::Uuid;
use xianglao::domain::channel::ChannelKind;
use xianglao::domain::notification::Status;
use xianglao::services::notification::deliver_ready;

use super::all;
use crate::support::accounts::{allowing, gateway, robot};
use crate::support::app::TestApp;
use crate::support::background::{Background, PATIENT, logged};
use crate::support::outbox::{
    Told, a_class_of_these_days, attempts, is_at_work, let_time_pass, row, status, wait_until, write_down,
};
use crate::support::sink::{Closed, Reply, Sink};

/// Cells of the matrix that are tried at once.
const AT_ONCE: usize = 8;

/// What the server does wrong, once.
#[derive(Clone, Debug)]
enum Wrong {
    /// Nobody listens.
    NotThere,
    /// This.
    Answers(Reply),
}

/// What a worker that lives makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meant {
    /// It has not left: another try.
    NotLeft,
    /// Refused for good.
    Refused,
    /// Nobody knows.
    Unknown,
}

#[derive(Clone, Debug)]
struct Cell {
    channel: ChannelKind,
    wrong: Wrong,
    meant: Meant,
    /// Part of what the log says.
    said: &'static str,
    /// How many requests are read while it goes wrong.
    read: usize,
    killed: bool,
}

fn right() -> Reply {
    Reply::ok(r#"{"errcode":0,"code":0}"#)
}

fn cells() -> Vec<Cell> {
    use Meant::{NotLeft, Refused, Unknown};
    let html = "<!doctype html><title>登录</title>".to_owned();
    let answers = Wrong::Answers;
    let both = [
        (Wrong::NotThere, NotLeft, "没有接", 0),
        (answers(Reply::DropAtConnect), Unknown, "断了", 0),
        (answers(Reply::DropBeforeAnswer), Unknown, "断了", 1),
        (answers(Reply::DropMidBody), Unknown, "断了", 1),
        (answers(Reply::Stall), Unknown, "没有回答", 1),
        (answers(Reply::Body(500, "{}".to_owned())), Unknown, "500", 1),
        (answers(Reply::Body(200, html)), Refused, "网页", 1),
        (answers(Reply::ok("no JSON at all")), Refused, "看不懂", 1),
        (answers(Reply::Endless(10 * 1024 * 1024)), Refused, "太长", 1),
        (answers(Reply::Body(429, String::new())), NotLeft, "429", 1),
    ];
    let robot = [
        (answers(Reply::ok(r#"{"errcode":93000}"#)), Refused, "93000", 1),
        (answers(Reply::ok(r#"{"errcode":45009}"#)), NotLeft, "太快", 1),
    ];
    let sms = [(answers(Reply::ok(r#"{"code":7}"#)), Refused, "7", 1)];
    let mut cells = Vec::new();
    for (channel, own) in [(ChannelKind::Robot, &robot[..]), (ChannelKind::Sms, &sms[..])] {
        for (wrong, meant, said, read) in both.iter().chain(own) {
            for killed in [false, true] {
                cells.push(Cell {
                    channel,
                    wrong: wrong.clone(),
                    meant: *meant,
                    said,
                    read: *read,
                    killed,
                });
            }
        }
    }
    cells
}

impl Cell {
    /// How the delivery stands when a worker that lives has noticed what went wrong.
    fn noticed(&self) -> Status {
        match (self.meant, self.channel) {
            (Meant::NotLeft, _) => Status::Retry,
            (Meant::Unknown, _) => Status::Unknown,
            // Nobody is phoned for what a group was to hear.
            (Meant::Refused, ChannelKind::Robot) => Status::Dead,
            (Meant::Refused, _) => Status::ToCall,
        }
    }
}

/// Tries one cell; gives whether a killed worker died before it wrote down what happened.
async fn try_out(postgres: bool, cell: Cell) -> bool {
    let closed = Closed::new();
    let host = closed.host();
    let app = allowing(postgres, host.clone()).await;
    let class = a_class_of_these_days(&app).await;
    let mut told = Told {
        channel: cell.channel,
        ..Told::promoted(&class)
    };
    if cell.channel == ChannelKind::Robot {
        told.resident = None;
        told.robot = Some(robot(&app, class.community, &host).await);
    } else {
        gateway(&app, class.community, &host).await;
    }
    let id = write_down(&app, class.community, &told, 1).await[0];
    let (sink, closed) = match &cell.wrong {
        Wrong::NotThere => (None, Some(closed)),
        Wrong::Answers(reply) => {
            let sink = closed.open(right());
            sink.answer_once(reply.clone());
            (Some(sink), None)
        }
    };
    let mut worker = Background::start(&app, None, PATIENT);
    let mut known = true;
    if cell.killed {
        came_there(&app, sink.as_ref(), &cell, id).await;
        worker.kill().await;
        let found = status(&row(&app, id).await);
        known = found != Status::Sending;
        assert!(!known || found == cell.noticed(), "{cell:?}: {found:?} at its death");
    } else {
        let found = wait_until(&app, id, |status| !is_at_work(status)).await;
        let error = found.last_error.clone().unwrap_or_default();
        assert_eq!(status(&found), cell.noticed(), "{cell:?}: {error}");
        assert!(error.contains(cell.said), "{cell:?}: {error}");
        assert!(
            !error.contains("k1234567") && !error.contains("13900001234"),
            "{cell:?}: {error}"
        );
    }
    let sink = match (sink, closed) {
        (Some(sink), _) => sink,
        (None, Some(closed)) => closed.open(right()),
        (None, None) => unreachable!("it is one of the two"),
    };
    let_time_pass(&app, app.ctx.now()).await;
    if cell.killed {
        worker = Background::start(&app, None, PATIENT);
    }
    let (ends_as, tries, requests) = match (known, cell.meant) {
        // It was said to be leaving, and whoever sent it is gone: nobody knows, whatever the server did.
        (false, _) => (Status::Unknown, 1, cell.read),
        (true, Meant::NotLeft) => (Status::Sent, 2, cell.read + 1),
        (true, _) => (cell.noticed(), 1, cell.read),
    };
    let last = wait_until(&app, id, |status| !is_at_work(status) && status != Status::Retry).await;
    assert_eq!(
        status(&last),
        ends_as,
        "{cell:?}: {:?}\n{}",
        last.last_error,
        logged(&app)
    );
    let tried = attempts(&app, id).await;
    assert_eq!(
        (last.attempts, tried.len()),
        (tries, tries as usize),
        "{cell:?}: {tried:?}"
    );
    assert!(
        tried.iter().all(|attempt| attempt.outcome != "sending"),
        "{cell:?}: {tried:?}"
    );
    assert!(worker.stop().await, "{cell:?}: {}", logged(&app));
    // Long after, nothing more is to leave.
    let later = app.ctx.now() + SignedDuration::from_hours(3);
    app.clock.set(&later.to_string());
    let more = deliver_ready(&app.ctx, app.ctx.channel(), Uuid::from_u128(7)).await;
    assert_eq!(more.expect("the database answers").taken, 0, "{cell:?}");
    // A killed worker may have been ended before its request was whole.
    let read = sink.got().len();
    assert!(
        read == requests || (!known && read < requests),
        "{cell:?}: {read} requests, {requests} expected"
    );
    !known
}

/// Waits until the worker is where the fault is.
async fn came_there(app: &TestApp, sink: Option<&Sink>, cell: &Cell, id: xianglao::domain::id::DeliveryId) {
    for _ in 0..30_000 {
        let is_there = match sink {
            Some(sink) if cell.read > 0 => !sink.got().is_empty(),
            Some(sink) => sink.connections() > 0,
            None => row(app, id).await.attempts > 0,
        };
        if is_there {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("{cell:?}: nobody came\n{}", logged(app));
}

async fn matrix(postgres: bool) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut trying = JoinSet::new();
    let mut cells = cells();
    assert_eq!(cells.len(), 46);
    // Silence takes longest.
    cells.sort_by_key(|cell| !matches!(cell.wrong, Wrong::Answers(Reply::Stall)));
    for cell in cells {
        let places = Arc::clone(&places);
        trying.spawn(async move {
            let _place = places.acquire().await.expect("it is never closed");
            try_out(postgres, cell).await
        });
    }
    let died_knowing_nothing = all(trying).await;
    // With silence the worker is certainly waiting when it is killed.
    assert!(died_knowing_nothing >= 2, "{died_knowing_nothing}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_have_left_is_never_sent_again_and_what_has_not_is_on_sqlite() {
    matrix(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_have_left_is_never_sent_again_and_what_has_not_is_on_postgres() {
    matrix(true).await;
}
