//! The house checks itself: who imports whom, who may call which address, and whether everything that is said is said in both
//! languages.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use reqwest::{Method, StatusCode};
use xianglao::domain::access::Role;
use xianglao::web;

use crate::support::app::TestApp;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below `folder` with the given ending, in order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|found| found == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Which rooms of ours a room may import, and which outside crates only some rooms may name.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &["domain"]),
    ("storage", &["domain", "storage"]),
    // `config` is a value that the context carries.
    ("services", &["config", "domain", "services", "storage"]),
    ("web", &["domain", "services", "web"]),
    ("cli", &["cli", "config", "domain", "services"]),
    ("jobs", &["domain", "jobs", "services"]),
    ("notify", &["config", "domain", "notify", "services"]),
    ("config", &["config", "storage"]),
];
const OUTSIDE: &[(&str, &[&str])] = &[
    ("sea_orm", &["storage"]),
    ("sea_orm_migration", &["storage"]),
    ("entities", &["storage"]),
    ("migrations", &["storage"]),
    ("axum", &["web"]),
    ("axum_extra", &["web"]),
    ("askama", &["web"]),
    ("tower_http", &["web"]),
    ("lettre", &["notify"]),
    ("cron", &[]),
    ("chrono", &["storage"]),
    ("clap", &["cli"]),
];
/// Files that are the border to a crate which nobody else may name: chrono is the calendar of the cron crate.
const BORDERS: &[(&str, &[&str])] = &[("src/domain/cron.rs", &["chrono", "cron"])];
/// The only outside crates of the ground floor.
const GROUND: &[&str] = &[
    "std",
    "core",
    "jiff",
    "icu_calendar",
    "thiserror",
    "serde",
    "serde_json",
    "uuid",
];
/// Within the ground floor: who may be imported by whom, beside a room itself.
const WITHIN_DOMAIN: &[(&str, &[&str])] = &[
    ("id", &[]),
    ("lang", &[]),
    ("access", &["id"]),
    ("calendar", &["lang"]),
    ("recurrence", &["calendar", "lang"]),
];

/// The room a source file belongs to: the first name below `src`.
fn room_of(path: &Path) -> String {
    let below = path.strip_prefix(root().join("src")).expect("below src");
    let first = below.iter().next().expect("a name").to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// The paths a source file names: what follows `use`, and `crate::…` anywhere, without comments and without the tests at its end.
fn named_paths(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let mut paths = Vec::new();
    for line in code.lines() {
        let line = line.split("//").next().unwrap_or_default();
        let trimmed = line
            .trim_start()
            .trim_start_matches("pub ")
            .trim_start_matches("pub(crate) ");
        if let Some(rest) = trimmed.strip_prefix("use ") {
            paths.push(rest.trim_end_matches([';', '{']).to_owned());
        }
        for (at, _) in line.match_indices("crate::") {
            paths.push(
                line[at..]
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || "_:".contains(*c))
                    .collect(),
            );
        }
    }
    paths
}

fn breaches(room: &str, source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let allowed = ROOMS
        .iter()
        .find(|(name, _)| *name == room)
        .map(|(_, allowed)| *allowed);
    let Some(allowed) = allowed else { return found };
    for path in named_paths(source) {
        let mut parts = path.split("::");
        let first = parts.next().unwrap_or_default().trim();
        let second = parts.next().unwrap_or_default();
        if first == "crate" && second.chars().next().is_some_and(char::is_lowercase) && !allowed.contains(&second) {
            found.push(format!("{room} names {path}"));
        }
        if let Some((_, rooms)) = OUTSIDE.iter().find(|(name, _)| *name == first)
            && !rooms.contains(&room)
        {
            found.push(format!("{room} names {path}"));
        }
        let ours = ["crate", "super", "self"].contains(&first) || first.chars().next().is_none_or(char::is_uppercase);
        if room == "domain" && source_names_crate(source, first) && !ours && !GROUND.contains(&first) {
            found.push(format!("domain names {path}"));
        }
    }
    found
}

/// Whether `first` begins a `use` at the start of a line: not a module of the same file.
fn source_names_crate(source: &str, first: &str) -> bool {
    source.lines().any(|line| line.starts_with(&format!("use {first}::"))) && !source.contains(&format!("mod {first};"))
}

/// Whether a file may name the crate that a breach is about, because it is the border to it.
fn is_border(below: &Path, breach: &str) -> bool {
    BORDERS
        .iter()
        .filter(|(file, _)| below == Path::new(file))
        .flat_map(|(_, crates)| *crates)
        .any(|name| breach.contains(&format!(" names {name}::")))
}

#[test]
fn every_floor_looks_down_and_never_up_or_sideways() {
    let mut wrong = Vec::new();
    for path in files(&root().join("src"), "rs") {
        // Modules of tests only: they may name what tests need.
        let is_tests = |part: &std::ffi::OsStr| {
            ["laws.rs", "tests.rs", "oracle.rs", "oracle"]
                .iter()
                .any(|name| part == *name)
        };
        if path.iter().any(is_tests) {
            continue;
        }
        let source = fs::read_to_string(&path).expect("a readable file");
        let below = path.strip_prefix(root()).expect("below the root");
        for breach in breaches(&room_of(&path), &source) {
            if !is_border(below, &breach) {
                wrong.push(format!("{}: {breach}", below.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "floors are broken:\n{}", wrong.join("\n"));
}

#[test]
fn the_check_of_the_floors_sees_a_breach() {
    assert_eq!(
        breaches("domain", "use crate::storage::Db;").len(),
        2,
        "once as a use, once as a path"
    );
    assert_eq!(breaches("web", "use crate::storage::session;").len(), 2);
    assert_eq!(breaches("services", "use sea_orm::EntityTrait;").len(), 1);
    assert_eq!(breaches("domain", "use rand::Rng;\n").len(), 1);
    let cron = breaches("domain", "use cron::Schedule;\n");
    assert!(!cron.is_empty());
    for breach in cron {
        assert!(is_border(Path::new("src/domain/cron.rs"), &breach));
        assert!(!is_border(Path::new("src/domain/period.rs"), &breach));
    }
    for breach in breaches("domain", "use rand::Rng;\nuse sea_orm::Value;\n") {
        assert!(!is_border(Path::new("src/domain/cron.rs"), &breach));
    }
    assert_eq!(breaches("web", "let x = crate::storage::session::find();").len(), 1);
    assert!(
        breaches(
            "services",
            "use crate::storage::Txn;\nuse crate::domain::id::SessionId;"
        )
        .is_empty()
    );
}

#[test]
fn the_rooms_of_the_ground_floor_keep_their_order() {
    let mut wrong = Vec::new();
    for path in files(&root().join("src/domain"), "rs") {
        let below = path.strip_prefix(root().join("src/domain")).expect("below domain");
        let room = below
            .iter()
            .next()
            .expect("a name")
            .to_string_lossy()
            .trim_end_matches(".rs")
            .to_owned();
        let Some((_, allowed)) = WITHIN_DOMAIN.iter().find(|(name, _)| *name == room) else {
            continue;
        };
        let source = fs::read_to_string(&path).expect("a readable file");
        for named in named_paths(&source) {
            let other = named
                .strip_prefix("crate::domain::")
                .and_then(|rest| rest.split("::").next())
                .unwrap_or(&room);
            if other != room && !allowed.contains(&other) {
                wrong.push(format!("{}: {named}", below.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rows_have_no_behaviour_and_migrations_know_no_entities() {
    for (folder, allowed) in [("entities", "sea_orm"), ("migrations", "sea_orm_migration")] {
        for path in files(&root().join(folder).join("src"), "rs") {
            let source = fs::read_to_string(&path).expect("a readable file");
            for line in source.lines().filter(|line| line.starts_with("use ")) {
                let ok = line.starts_with(&format!("use {allowed}::")) || line.starts_with("use super::");
                assert!(ok, "{}: {line}", path.display());
            }
            if folder == "entities" {
                assert_eq!(
                    source.matches("impl ").count(),
                    source.matches("impl ActiveModelBehavior").count(),
                    "{}",
                    path.display()
                );
            }
        }
    }
}

fn keys_of(language: &str) -> BTreeMap<String, PathBuf> {
    let mut keys = BTreeMap::new();
    for path in files(&root().join("assets/i18n").join(language), "ftl") {
        let text = fs::read_to_string(&path).expect("a readable file");
        for line in text.lines() {
            let Some((key, _)) = line.split_once(" =") else {
                continue;
            };
            if key.starts_with(|c: char| c.is_ascii_lowercase())
                && key.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
            {
                let twice = keys.insert(key.to_owned(), path.clone());
                assert!(
                    twice.is_none(),
                    "{language}: {key} stands twice: {} and {}",
                    path.display(),
                    twice.unwrap().display()
                );
            }
        }
    }
    keys
}

#[test]
fn everything_is_said_in_both_languages_and_once() {
    let (chinese, english) = (keys_of("zh-CN"), keys_of("en"));
    let only = |these: &BTreeMap<String, PathBuf>, those: &BTreeMap<String, PathBuf>| -> Vec<String> {
        these.keys().filter(|key| !those.contains_key(*key)).cloned().collect()
    };
    assert_eq!(only(&chinese, &english), Vec::<String>::new(), "missing in English");
    assert_eq!(only(&english, &chinese), Vec::<String>::new(), "missing in Chinese");
}

/// Literal keys that templates and sources ask for: the first argument of `t`, `n`, `a`, `aa`, `with`, `find`.
fn asked_keys(text: &str) -> BTreeSet<String> {
    let mut asked = BTreeSet::new();
    for call in [".t(\"", ".n(\"", ".a(\"", ".aa(\"", ".with(\"", "words.find(\""] {
        for (at, _) in text.match_indices(call) {
            let key: String = text[at + call.len()..].chars().take_while(|c| *c != '"').collect();
            let is_key = key.contains('-')
                && key
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c));
            if is_key {
                asked.insert(key);
            }
        }
    }
    asked
}

#[test]
fn every_key_that_is_asked_for_is_there() {
    let known = keys_of("zh-CN");
    let mut missing = BTreeSet::new();
    let templates = files(&root().join("assets/templates"), "html");
    for path in files(&root().join("src"), "rs").into_iter().chain(templates) {
        let text = fs::read_to_string(&path).expect("a readable file");
        for key in asked_keys(&text) {
            if !known.contains_key(&key) {
                missing.insert(format!(
                    "{key} ({})",
                    path.strip_prefix(root()).expect("below the root").display()
                ));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn pages_have_no_inline_style_or_script_and_name_no_other_host() {
    for path in files(&root().join("assets/templates"), "html") {
        let text = fs::read_to_string(&path).expect("a readable file");
        for forbidden in [
            " style=\"",
            "<style",
            "onclick=",
            "onsubmit=",
            "onchange=",
            "javascript:",
            "src=\"http",
            "href=\"http",
        ] {
            assert!(!text.contains(forbidden), "{}: {forbidden}", path.display());
        }
        for (at, _) in text.match_indices("<script") {
            let tag = text[at..].split('>').next().unwrap_or_default();
            assert!(tag.contains("src="), "{}: an inline script", path.display());
        }
    }
}

#[test]
fn no_file_has_grown_past_one_idea() {
    let long: Vec<String> = files(&root().join("src"), "rs")
        .into_iter()
        .filter_map(|path| {
            let lines = fs::read_to_string(&path).expect("a readable file").lines().count();
            (lines > 1000).then(|| format!("{} has {lines} lines", path.display()))
        })
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

/// An address with something in place of its parameters.
fn concrete(path: &str) -> String {
    path.replace("{*file}", "none.css")
        .replace("{community}", "yunliang")
        .replace("{c}", "yunliang")
        .split('/')
        .map(|part| {
            if part.starts_with('{') {
                "01900000-0000-7000-8000-000000000000"
            } else {
                part
            }
        })
        .collect::<Vec<_>>()
        .join("/")
}

#[tokio::test]
async fn every_address_lets_in_whom_the_list_names_and_nobody_else() {
    let app = TestApp::sqlite().await;
    app.seed_basic().await;
    let routes = web::routes();
    assert!(routes.list().len() > 50, "the list is there");
    for role in [
        None,
        Some(Role::Admin),
        Some(Role::District),
        Some(Role::Staff),
        Some(Role::Partner),
    ] {
        for route in routes.list() {
            // Logging out would end the login the next addresses are asked with.
            if route.path == "/logout" {
                continue;
            }
            let path = concrete(route.path);
            let client = match role {
                Some(role) => app.client_as(role).await,
                None => app.client(),
            };
            let method = Method::from_bytes(route.method.as_str().as_bytes()).expect("a method");
            let request = client.request(method, &path);
            let response = request.send().await.expect("the server answers");
            let status = response.status();
            let to_login = status == StatusCode::SEE_OTHER
                && response
                    .headers()
                    .get("location")
                    .is_some_and(|to| to.to_str().is_ok_and(|to| to.starts_with("/login?back")));
            let turned_away = status == StatusCode::UNAUTHORIZED || to_login;
            let who = format!("{} {} as {role:?}: {status}", route.method, route.path);
            assert!(!status.is_server_error(), "{who}");
            match (route.who.admits(role), role) {
                (false, None) => assert!(turned_away, "{who}"),
                (false, Some(_)) => assert_eq!(status, StatusCode::FORBIDDEN, "{who}"),
                (true, None) => assert!(!turned_away, "{who}"),
                (true, Some(_)) => assert!(!turned_away, "{who}"),
            }
        }
    }
}
