//! Accounts of channels at a server that stands in for a robot or a provider.

use uuid::Uuid;
use xianglao::domain::access::Actor;
use xianglao::domain::channel_account::AccountKind;
use xianglao::domain::id::CommunityId;
use xianglao::services::channel_account::{self, Draft};

use super::app::TestApp;
use super::sink::{Reply, Sink};

/// A sink whose answer every robot and the gateway below take for success, and an app whose operator allows it.
pub async fn with_sink(postgres: bool) -> (TestApp, Sink) {
    let sink = Sink::start(Reply::ok(r#"{"errcode":0,"code":0}"#)).await;
    (allowing(postgres, sink.host()).await, sink)
}

/// An app whose operator allows this `host:port`.
pub async fn allowing(postgres: bool, host: String) -> TestApp {
    let allow = vec![host];
    if postgres {
        TestApp::postgres_with(|settings| settings.outgoing.allow = allow).await
    } else {
        TestApp::sqlite_with(|settings| settings.outgoing.allow = allow).await
    }
}

/// A WeCom robot of a community, at `host:port`.
pub async fn robot(app: &TestApp, community: CommunityId, host: &str) -> Uuid {
    let draft = Draft {
        name: "网格员群".to_owned(),
        url: format!("http://{host}/cgi-bin/webhook/send?key=k1234567"),
        ..Draft::default()
    };
    make(app, community, AccountKind::Wecom, draft).await
}

/// A gateway of one's own at `host:port`, for text messages.
pub async fn gateway(app: &TestApp, community: CommunityId, host: &str) -> Uuid {
    let draft = Draft {
        name: "短信机".to_owned(),
        url: format!("http://{host}/send"),
        method: "POST".to_owned(),
        format: "json".to_owned(),
        body: r#"{"to":"{phone}","text":"{text}","id":"{id}"}"#.to_owned(),
        pointer: "code".to_owned(),
        expected: "0".to_owned(),
        ..Draft::default()
    };
    make(app, community, AccountKind::Gateway, draft).await
}

async fn make(app: &TestApp, community: CommunityId, kind: AccountKind, draft: Draft) -> Uuid {
    channel_account::create(&app.ctx, &Actor::System, community, kind, &draft)
        .await
        .expect("the account can be made")
        .0
}

/// Runs a test body on both databases, with a sink: `on_both_with_sink!(name, async |app: TestApp, sink: Sink| { … });`
macro_rules! on_both_with_sink {
    ($name:ident, $body:expr) => {
        mod $name {
            #[allow(unused_imports, reason = "a body may need nothing of its module")]
            use super::*;

            async fn run(postgres: bool) {
                let (app, sink) = $crate::support::accounts::with_sink(postgres).await;
                $crate::support::accounts::with(app, sink, $body).await;
            }

            #[tokio::test]
            async fn on_sqlite() {
                run(false).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                run(true).await;
            }
        }
    };
}
pub(crate) use on_both_with_sink;

/// Gives a test body its app and its sink (and the compiler the type of its arguments).
pub async fn with(app: TestApp, sink: Sink, body: impl AsyncFnOnce(TestApp, Sink)) {
    body(app, sink).await;
}
