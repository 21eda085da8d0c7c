//! PostgreSQL for the tests: one private server for this process, one database for each test.
//!
//! The server is started when the first test asks, from the binaries of Debian's `postgresql` package, in a directory
//! of its own under the temporary folder, on a free port of 127.0.0.1. It keeps nothing safe (`fsync=off`) and is
//! removed with its directory when the process ends. With `XIANGLAO_TEST_POSTGRES` set to the URL of a server (with
//! the right to create databases) that one is used, and only our databases in it are dropped at the end.

use std::any::TypeId;
use std::collections::HashMap;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock};

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::watchdog::Watchdog;

/// The server of this process.
static SERVER: OnceLock<Server> = OnceLock::new();
/// For each function given to [`fresh_database_from`], the name of the database it prepared.
static TEMPLATES: LazyLock<Mutex<HashMap<TypeId, Arc<OnceCell<String>>>>> = LazyLock::new(Mutex::default);

/// The URL of a new and empty database.
///
/// # Panics
/// When PostgreSQL is not installed or does not start.
pub async fn fresh_database() -> String {
    let server = server();
    let name = server.next_name();
    server.administer(&format!("CREATE DATABASE {name}")).await;
    server.url(&name)
}

/// The URL of a new database that looks as `template_init` left the first one.
///
/// `template_init` gets the URL of an empty database and prepares it (migrations). It runs once for the process,
/// however often the same function is given, and must have closed its connections when it returns, for PostgreSQL
/// copies only databases nobody is connected to.
///
/// # Panics
/// When PostgreSQL is not installed or does not start.
pub async fn fresh_database_from<F, Fut>(template_init: F) -> String
where
    F: FnOnce(String) -> Fut + 'static,
    Fut: Future<Output = ()>,
{
    let server = server();
    let template = Arc::clone(TEMPLATES.lock().unwrap().entry(TypeId::of::<F>()).or_default());
    let template = template
        .get_or_init(|| async {
            let name = server.next_name();
            server.administer(&format!("CREATE DATABASE {name}")).await;
            template_init(server.url(&name)).await;
            name
        })
        .await;
    let name = server.next_name();
    server
        .administer(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
        .await;
    server.url(&name)
}

fn server() -> &'static Server {
    SERVER.get_or_init(|| match std::env::var("XIANGLAO_TEST_POSTGRES") {
        Ok(url) => Server::borrow(&url),
        Err(_) => Server::start(),
    })
}

struct Server {
    /// Everything of the URL before the database's name.
    base: String,
    /// Everything of the URL after it.
    query: String,
    /// The database from which others are created.
    maintenance: String,
    /// Distinguishes our databases from those of other processes on a borrowed server.
    prefix: String,
    made: AtomicU32,
    _watchdog: Watchdog,
}

impl Server {
    /// Uses a server that somebody else runs.
    fn borrow(url: &str) -> Self {
        let (address, query) = url.split_at(url.find('?').unwrap_or(url.len()));
        let slash = address.rfind('/').expect("XIANGLAO_TEST_POSTGRES is a URL");
        let (base, maintenance) = if address[..slash].ends_with('/') {
            (address, "postgres")
        } else {
            (&address[..slash], &address[slash + 1..])
        };
        let prefix = format!("xianglao_test_{:016x}", rand::random::<u64>());
        let watchdog = Watchdog::start(
            r#"for name in $(psql "$1" -Atc "SELECT datname FROM pg_database WHERE starts_with(datname, '$2')"); do
                psql "$1" -c "DROP DATABASE $name WITH (FORCE)"
            done"#,
            &[url, &prefix],
        );
        Self {
            base: base.to_owned(),
            query: query.to_owned(),
            maintenance: if maintenance.is_empty() {
                "postgres"
            } else {
                maintenance
            }
            .to_owned(),
            prefix,
            made: AtomicU32::new(0),
            _watchdog: watchdog,
        }
    }

    /// Starts a server of our own.
    fn start() -> Self {
        let programs = programs();
        let owner = Owner::find();
        // The watchdog removes the directory, after the server has left it.
        let root = TempDir::with_prefix("xianglao-postgres-")
            .expect("a temporary directory")
            .keep();
        if let Owner::Postgres { uid, gid } = owner {
            chown(&root, Some(uid), Some(gid)).expect("the directory can be given to postgres");
        }
        let watchdog = Watchdog::start(
            &format!(
                "{} \"$1/pg_ctl\" stop -D \"$2/data\" -m immediate\nrm -rf \"$2\"",
                owner.prefix().join(" ")
            ),
            &[&programs.to_string_lossy(), &root.to_string_lossy()],
        );

        let password = format!("{:032x}", rand::random::<u128>());
        let password_file = root.join("password");
        fs::write(&password_file, &password).expect("the password file is written");
        if let Owner::Postgres { uid, gid } = owner {
            chown(&password_file, Some(uid), Some(gid)).expect("the file can be given to postgres");
        }
        let data = root.join("data");
        // `password`: the server compares; SCRAM would have each connection hash for a tenth of a second in our
        // unoptimised build. It never leaves this machine's loopback.
        run(owner
            .command(&programs.join("initdb"))
            .args([
                "--username=postgres",
                "--auth=password",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ])
            .arg(format!("--pwfile={}", password_file.display()))
            .arg(&data));
        // Somebody else may take the port between our asking and the server's start: ask again.
        let port = (0..5)
            .find_map(|_| {
                let port = free_port();
                let options = format!(
                    "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='' -c max_connections=300 \
                     -c shared_buffers=64MB -c fsync=off -c full_page_writes=off -c autovacuum=off"
                );
                owner
                    .command(&programs.join("pg_ctl"))
                    .args(["start", "--wait", "--timeout=60", "--silent"])
                    .arg(format!("--pgdata={}", data.display()))
                    .arg(format!("--log={}", root.join("log").display()))
                    .arg(format!("--options={options}"))
                    .status()
                    .is_ok_and(|status| status.success())
                    .then_some(port)
            })
            .unwrap_or_else(|| {
                let log = fs::read_to_string(root.join("log")).unwrap_or_default();
                panic!("PostgreSQL does not start:\n{log}")
            });
        Self {
            base: format!("postgres://postgres:{password}@127.0.0.1:{port}"),
            query: String::new(),
            maintenance: "postgres".to_owned(),
            prefix: "test".to_owned(),
            made: AtomicU32::new(0),
            _watchdog: watchdog,
        }
    }

    fn next_name(&self) -> String {
        format!("{}_{}", self.prefix, self.made.fetch_add(1, Ordering::Relaxed))
    }

    fn url(&self, name: &str) -> String {
        format!("{}/{name}{}", self.base, self.query)
    }

    /// Runs one statement in the maintenance database, over a connection of its own: a pool belongs to the runtime of
    /// the test that opened it.
    async fn administer(&self, statement: &str) {
        let mut options = ConnectOptions::new(self.url(&self.maintenance));
        options.max_connections(1).sqlx_logging(false);
        let db = Database::connect(options).await.expect("the test server answers");
        db.execute_unprepared(statement).await.expect("the statement is obeyed");
        db.close().await.expect("the connection closes");
    }
}

/// Whom the server runs as: PostgreSQL refuses to run as root.
#[derive(Clone, Copy)]
enum Owner {
    Ourselves,
    Postgres { uid: u32, gid: u32 },
}

impl Owner {
    fn find() -> Self {
        let we = fs::metadata("/proc/self").expect("/proc is mounted").uid();
        if we != 0 {
            return Self::Ourselves;
        }
        let id = |flag: &str| {
            let answer = Command::new("id").args([flag, "postgres"]).output().expect("`id` runs");
            String::from_utf8_lossy(&answer.stdout).trim().parse().ok()
        };
        let (Some(uid), Some(gid)) = (id("-u"), id("-g")) else {
            panic!("we are root and there is no user `postgres` to run PostgreSQL as: install Debian's `postgresql`");
        };
        Self::Postgres { uid, gid }
    }

    /// What stands before a command so that it runs as this owner.
    fn prefix(self) -> Vec<String> {
        match self {
            Self::Ourselves => Vec::new(),
            Self::Postgres { uid, gid } => {
                vec![
                    "setpriv".to_owned(),
                    format!("--reuid={uid}"),
                    format!("--regid={gid}"),
                    "--clear-groups".to_owned(),
                ]
            }
        }
    }

    fn command(self, program: &Path) -> Command {
        let mut words = self.prefix().into_iter();
        let mut command = match words.next() {
            Some(first) => {
                let mut command = Command::new(first);
                command.args(words).arg(program);
                command
            }
            None => Command::new(program),
        };
        // The current directory may be closed to `postgres`, which then complains at each start.
        command.current_dir("/");
        command
    }
}

/// Where PostgreSQL's programs are: the newest of Debian's versions, or beside the `initdb` of the PATH.
fn programs() -> PathBuf {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = debian
        .filter_map(|version| {
            let bin = version.path().join("bin");
            let number: u32 = version.file_name().to_str()?.parse().ok()?;
            bin.join("initdb").exists().then_some((number, bin))
        })
        .max();
    if let Some((_, bin)) = newest {
        return bin;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .find(|dir| dir.join("initdb").exists())
        .expect("PostgreSQL is installed: run tests/run once, or set XIANGLAO_TEST_POSTGRES")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}

fn run(command: &mut Command) {
    let answer = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?} cannot be run: {error}"));
    assert!(
        answer.status.success(),
        "{command:?} failed:\n{}",
        String::from_utf8_lossy(&answer.stderr)
    );
}

/// Returns when at least so many connections to this database wait for a lock. PostgreSQL runs changes side by side: one that is not committed
/// yet is waited for. (SQLite takes them one by one.)
pub async fn waiting(db: &DatabaseConnection, connections: i64) {
    loop {
        let row = db
            .query_one_raw(Statement::from_string(
                DbBackend::Postgres,
                "SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
            ))
            .await
            .expect("the server answers")
            .expect("one row");
        if row.try_get::<i64>("", "n").expect("a number") >= connections {
            return;
        }
        tokio::task::yield_now().await;
    }
}

mod tests {
    use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};

    use super::{fresh_database, fresh_database_from};

    async fn connect(url: &str) -> DatabaseConnection {
        Database::connect(url).await.unwrap()
    }

    async fn count(db: &DatabaseConnection, query: &str) -> i64 {
        let row = db
            .query_one_raw(Statement::from_string(DbBackend::Postgres, query))
            .await
            .unwrap()
            .unwrap();
        row.try_get_by_index(0).unwrap()
    }

    async fn lay_out_seats(url: String) {
        let db = connect(&url).await;
        db.execute_unprepared("CREATE TABLE seat (number int); INSERT INTO seat VALUES (1), (2)")
            .await
            .unwrap();
        db.close().await.unwrap();
    }

    #[tokio::test]
    async fn databases_from_one_template_start_alike_and_do_not_see_each_other() {
        let one = connect(&fresh_database_from(lay_out_seats).await).await;
        let two = connect(&fresh_database_from(lay_out_seats).await).await;
        one.execute_unprepared("INSERT INTO seat VALUES (3)").await.unwrap();
        assert_eq!(count(&one, "SELECT count(*) FROM seat").await, 3);
        assert_eq!(count(&two, "SELECT count(*) FROM seat").await, 2);
    }

    #[tokio::test]
    async fn a_fresh_database_is_empty() {
        let db = connect(&fresh_database().await).await;
        let tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'";
        assert_eq!(count(&db, tables).await, 0);
    }
}
