//! The whole program over a database of its own: served on a real port, with a clock the test moves and one client per role.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use reqwest::cookie::Jar;
use reqwest::{RequestBuilder, Response, StatusCode, Url, header};
use sea_orm::DatabaseConnection;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::{OnceCell, oneshot};
use xianglao::config::{PasswordHashing, Settings};
use xianglao::domain::access::Role;
use xianglao::domain::account::LoginKind;
use xianglao::services::{Clock, Context, account, seal};
use xianglao::storage::{Db, DbSettings};
use xianglao::web;

use super::postgres;
use super::seed::{self, Basic};

/// Where every test begins: 8:10 on a Wednesday morning in Shanghai.
pub const MORNING: &str = "2026-11-25T08:10:00+08:00";

/// A migrated and empty SQLite file, made once and copied for each test.
static SQLITE_TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();

/// A clock that stands still until the test moves it.
pub struct TestClock(Mutex<Timestamp>);

impl TestClock {
    /// Moves to an instant, written as in RFC 3339.
    pub fn set(&self, instant: &str) {
        *self.0.lock().unwrap() = instant.parse().expect("an instant");
    }

    /// Moves on.
    pub fn advance(&self, by: SignedDuration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn lease_now(&self, _: Timestamp) -> Timestamp {
        self.now()
    }
}

/// The running program.
pub struct TestApp {
    /// The context it serves with.
    pub ctx: Context,
    /// Its clock.
    pub clock: Arc<TestClock>,
    /// `http://127.0.0.1:PORT`.
    pub address: String,
    /// What [`TestApp::seed_basic`] stored.
    basic: OnceCell<Basic>,
    folder: TempDir,
    _stop: oneshot::Sender<()>,
}

impl TestApp {
    /// On an embedded database.
    pub async fn sqlite() -> Self {
        Self::sqlite_with(|_| {}).await
    }

    /// On an embedded database, with other settings.
    pub async fn sqlite_with(change: impl FnOnce(&mut Settings)) -> Self {
        let template = SQLITE_TEMPLATE
            .get_or_init(|| async {
                let folder = TempDir::new().expect("a folder");
                let path = folder.path().join("template.db");
                migrate(&DbSettings::sqlite(&path)).await;
                std::fs::read(&path).expect("the template is there")
            })
            .await;
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("xianglao.db");
        std::fs::write(&path, template).expect("the template is copied");
        Self::start(DbSettings::sqlite(&path), folder, change).await
    }

    /// On PostgreSQL.
    pub async fn postgres() -> Self {
        Self::postgres_with(|_| {}).await
    }

    /// On PostgreSQL, with other settings.
    pub async fn postgres_with(change: impl FnOnce(&mut Settings)) -> Self {
        let url = postgres::fresh_database_from(async |url| {
            migrate(&DbSettings {
                url,
                max_connections: 2,
            })
            .await;
        })
        .await;
        let folder = TempDir::new().expect("a folder");
        let settings = DbSettings {
            url,
            max_connections: 8,
        };
        Self::start(settings, folder, change).await
    }

    async fn start(database: DbSettings, folder: TempDir, change: impl FnOnce(&mut Settings)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let listen = listener.local_addr().expect("a bound socket has an address");
        let mut settings = Settings {
            listen,
            data_dir: folder.path().to_owned(),
            database_url: database.url.clone().into(),
            // The least that argon2 accepts: tests log in all the time.
            password_hashing: PasswordHashing {
                memory_kib: 8,
                passes: 1,
            },
            ..Settings::default()
        };
        change(&mut settings);
        let db = Db::connect(&database).await.expect("the database answers");
        let sealer = seal::prepare(&db, &settings.data_dir).await.expect("keys");
        let clock = Arc::new(TestClock(Mutex::new(MORNING.parse().expect("an instant"))));
        let mut ctx = Context::new(db, settings, clock.clone(), sealer);
        // Only for those who name a place where messages go: making the clients takes time.
        if !ctx.settings.outgoing.allow.is_empty() || !ctx.settings.smtp.host.is_empty() {
            xianglao::notify::prepare_tls();
            let courier = xianglao::app::courier(&ctx.settings).expect("the channels can be made");
            ctx = ctx.with_channel(courier);
        }
        let (stop, stopped) = oneshot::channel::<()>();
        let router = web::router(ctx.clone());
        tokio::spawn(web::server::serve(listener, router, async {
            // Resolves when the sender is dropped, too.
            let _ = stopped.await;
        }));
        Self {
            ctx,
            clock,
            address: format!("http://{listen}"),
            basic: OnceCell::new(),
            folder,
            _stop: stop,
        }
    }

    /// The connection pool, to look at and to prepare rows with `entities`.
    pub fn db(&self) -> &DatabaseConnection {
        self.ctx.db.reader()
    }

    /// The folder with the key file, and the database when it is embedded.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Stores two communities with venues, a partner, facilitators and accounts; calling it again gives the same.
    pub async fn seed_basic(&self) -> &Basic {
        self.basic.get_or_init(|| seed::basic(&self.ctx)).await
    }

    /// A client that is not logged in.
    pub fn client(&self) -> Client {
        Client::new(&self.address)
    }

    /// A client with the login cookie of the seeded account with this role.
    pub async fn client_as(&self, role: Role) -> Client {
        self.seed_basic().await;
        self.client_of(seed::username(role)).await
    }

    /// A client with the login cookie of the account with this user name and [`seed::PASSWORD`].
    pub async fn client_of(&self, username: &str) -> Client {
        let token = self.token_of(username, LoginKind::Cookie).await;
        let client = self.client();
        client
            .jar
            .add_cookie_str(&format!("login={token}; Path=/"), &client.base);
        client
    }

    /// A client that sends a bearer token of the seeded account with this role.
    pub async fn bearer_as(&self, role: Role) -> Client {
        self.seed_basic().await;
        let mut client = self.client();
        client.bearer = Some(self.token_of(seed::username(role), LoginKind::Bearer).await);
        client
    }

    async fn token_of(&self, username: &str, kind: LoginKind) -> String {
        let from = [127, 0, 0, 1].into();
        let login = account::log_in(&self.ctx, username, seed::PASSWORD, from, kind).await;
        login
            .expect("the database answers")
            .expect("name and password are right")
            .token
    }
}

async fn migrate(settings: &DbSettings) {
    let db = Db::connect(settings).await.expect("the database answers");
    db.migrate().await.expect("the schema is brought up to date");
    db.close().await.expect("the connections close");
}

/// Somebody's browser: keeps cookies, does not follow redirects by itself.
pub struct Client {
    http: reqwest::Client,
    /// Its cookies.
    pub jar: Arc<Jar>,
    /// Sent as `Authorization: Bearer` when there is one.
    pub bearer: Option<String>,
    base: Url,
}

impl Client {
    fn new(address: &str) -> Self {
        let jar = Arc::new(Jar::default());
        xianglao::notify::prepare_tls();
        let http = reqwest::Client::builder()
            .cookie_provider(jar.clone())
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("a client");
        Self {
            http,
            jar,
            bearer: None,
            base: address.parse().expect("an address"),
        }
    }

    /// A request, to be completed and sent.
    pub fn request(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        let url = self.base.join(path).expect("a path");
        let request = self.http.request(method, url);
        match &self.bearer {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// The answer to a GET.
    pub async fn get(&self, path: &str) -> Response {
        send(self.request(reqwest::Method::GET, path)).await
    }

    /// The page at `path`, which must be there.
    pub async fn page(&self, path: &str) -> String {
        let response = self.get(path).await;
        let status = response.status();
        let text = response.text().await.expect("a text");
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        text
    }

    /// The JSON at `path`, which must be there.
    pub async fn json(&self, path: &str) -> serde_json::Value {
        let text = self.page(path).await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"))
    }

    /// The answer to a form.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        send(self.request(reqwest::Method::POST, path).form(fields)).await
    }

    /// The answer to a JSON body sent with POST.
    pub async fn post(&self, path: &str, body: &serde_json::Value) -> Response {
        send(self.request(reqwest::Method::POST, path).json(body)).await
    }

    /// The answer to a JSON body sent with PATCH.
    pub async fn patch(&self, path: &str, body: &serde_json::Value) -> Response {
        send(self.request(reqwest::Method::PATCH, path).json(body)).await
    }

    /// The answer to a DELETE.
    pub async fn delete(&self, path: &str) -> Response {
        send(self.request(reqwest::Method::DELETE, path)).await
    }

    /// The page a redirect leads to.
    pub async fn follow(&self, response: Response) -> Response {
        let to = location(&response);
        self.get(&to).await
    }
}

async fn send(request: RequestBuilder) -> Response {
    request.send().await.expect("the server answers")
}

/// Where a redirect leads.
pub fn location(response: &Response) -> String {
    assert!(response.status().is_redirection(), "no redirect: {}", response.status());
    let value = response.headers().get(header::LOCATION).expect("a redirect says where");
    value.to_str().expect("an address").to_owned()
}

/// Runs one test body on both databases: `on_both!(seats_never_go_negative, async |app| { … });` makes the tests
/// `seats_never_go_negative::on_sqlite` and `…::on_postgres`.
macro_rules! on_both {
    ($name:ident, $body:expr) => {
        mod $name {
            #[allow(unused_imports, reason = "a body may need nothing of its module")]
            use super::*;

            async fn run(app: $crate::support::app::TestApp) {
                $crate::support::app::with(app, $body).await;
            }

            #[tokio::test]
            async fn on_sqlite() {
                run($crate::support::app::TestApp::sqlite().await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                run($crate::support::app::TestApp::postgres().await).await;
            }
        }
    };
}
pub(crate) use on_both;

/// Gives a test body its app (and the compiler the type of its argument).
pub async fn with(app: TestApp, body: impl AsyncFnOnce(TestApp)) {
    body(app).await;
}
