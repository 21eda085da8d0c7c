//! A worker that was held up for longer than its lease: what it has not begun it gives back, and what somebody else took up meanwhile it leaves
//! alone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use sea_orm::EntityTrait;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use xianglao::domain::channel::ChannelKind;
use xianglao::domain::notification::Status;
use xianglao::services::Context;
use xianglao::services::channel::{Channel, Outgoing, SendOutcome};
use xianglao::services::notification::{Worker, deliver_ready};

use crate::support::app::{TestApp, TestClock, on_both};
use crate::support::outbox::{Told, a_class, status, write_down};

const CLASS: &str = "2026-11-27T10:00:00";
const MESSAGES: usize = 200;

/// Takes every message and remembers it.
#[derive(Default)]
struct Taker(Mutex<Vec<Uuid>>);

impl Taker {
    fn took(&self) -> Vec<Uuid> {
        self.0.lock().unwrap().clone()
    }
}

impl Channel for Taker {
    fn carries(&self, _: ChannelKind) -> bool {
        true
    }

    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, SendOutcome> {
        self.0.lock().unwrap().push(message.delivery_id);
        let answer = "taken".to_owned();
        Box::pin(std::future::ready(SendOutcome::Sent { answer }))
    }
}

/// A channel in which the first message takes so long that the worker's lease is over; meanwhile somebody else may work.
struct Slow {
    taker: Taker,
    clock: Arc<TestClock>,
    takes: SignedDuration,
    meanwhile: Option<(Context, Arc<Taker>)>,
}

impl Channel for Slow {
    fn carries(&self, _: ChannelKind) -> bool {
        true
    }

    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, SendOutcome> {
        Box::pin(async move {
            if self.taker.took().is_empty() {
                self.clock.advance(self.takes);
                if let Some((ctx, other)) = &self.meanwhile {
                    let worker = Worker::new(Uuid::from_u128(2), CancellationToken::new());
                    while worker.round(ctx, Some(other.as_ref())).await.expect("it works").taken > 0 {}
                }
            }
            self.taker.send(message).await
        })
    }
}

/// How many deliveries stand how.
async fn states(app: &TestApp) -> HashMap<Status, usize> {
    let mut states = HashMap::new();
    for row in entities::delivery::Entity::find().all(app.db()).await.unwrap() {
        *states.entry(status(&row)).or_default() += 1;
    }
    states
}

on_both!(
    what_has_not_begun_when_the_lease_is_over_does_not_leave,
    async |app: TestApp| {
        let class = a_class(&app, CLASS).await;
        write_down(&app, class.community, &Told::promoted(&class), MESSAGES).await;
        let slow = Slow {
            taker: Taker::default(),
            clock: app.clock.clone(),
            // Before it is over for the others, it is over for the worker itself.
            takes: SignedDuration::from_secs(56),
            meanwhile: None,
        };
        let first = deliver_ready(&app.ctx, Some(&slow), Uuid::from_u128(1)).await.unwrap();
        assert_eq!((first.taken, first.sent), (MESSAGES, 1));
        assert_eq!(slow.taker.took().len(), 1, "the rest was said to be leaving, or waited");
        assert_eq!(
            states(&app).await,
            HashMap::from([(Status::Sent, 1), (Status::Due, MESSAGES - 1)]),
            "given back at once"
        );
        let tries = entities::attempt::Entity::find().all(app.db()).await.unwrap();
        let held_up: Vec<&str> = tries
            .iter()
            .filter(|attempt| attempt.outcome == "retry")
            .map(|attempt| attempt.detail.as_str())
            .collect();
        assert!(held_up.len() > 1, "some were said to be leaving: {}", held_up.len());
        assert!(held_up.iter().all(|detail| detail.contains("held up")), "{held_up:?}");
        assert_eq!(tries.len(), held_up.len() + 1, "no try is left open");

        let other = Taker::default();
        let second = deliver_ready(&app.ctx, Some(&other), Uuid::from_u128(2)).await.unwrap();
        assert_eq!(second.sent, MESSAGES - 1);
        let mut all = [slow.taker.took(), other.took()].concat();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), MESSAGES, "each once");
    }
);

on_both!(
    what_somebody_else_took_up_meanwhile_is_left_alone,
    async |app: TestApp| {
        let class = a_class(&app, CLASS).await;
        write_down(&app, class.community, &Told::promoted(&class), MESSAGES).await;
        let other = Arc::new(Taker::default());
        let slow = Slow {
            taker: Taker::default(),
            clock: app.clock.clone(),
            takes: SignedDuration::from_secs(61),
            meanwhile: Some((app.ctx.clone(), Arc::clone(&other))),
        };
        let first = deliver_ready(&app.ctx, Some(&slow), Uuid::from_u128(1)).await.unwrap();
        assert_eq!(first.sent, 0, "what it would have written down is not its own any more");
        assert_eq!(slow.taker.took().len(), 1, "only what was leaving when it was held up");
        let mut others = other.took();
        others.sort_unstable();
        others.dedup();
        assert_eq!((other.took().len(), others.len()), (MESSAGES, MESSAGES), "each once");
        assert_eq!(states(&app).await, HashMap::from([(Status::Sent, MESSAGES)]));
        let tries = entities::attempt::Entity::find().all(app.db()).await.unwrap();
        let lost = tries.iter().filter(|attempt| attempt.outcome == "unknown").count();
        assert!(lost > 0, "some were said to be leaving");
        assert_eq!(
            tries.len(),
            MESSAGES + lost,
            "one try each, and that of the worker that was late"
        );
    }
);
