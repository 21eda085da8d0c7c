//! Settings: `xianglao.toml`, overridden by `XIANGLAO_*` in the environment, overridden by flags. `DATABASE_URL` is honoured.
//!
//! Every field says its unit, its default and its environment name.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A value that Debug, Display and `config` show as `***`.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The plain value.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.0.is_empty() { "" } else { "***" })
    }
}

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpTls {
    /// Not at all: for a relay on the same machine.
    None,
    /// STARTTLS, refused when the server does not offer it (port 587).
    #[default]
    Starttls,
    /// TLS from the first byte (port 465).
    Implicit,
}

/// The mail server. Without `host` no mail is sent: messages are kept in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmtpSettings {
    /// Host name; empty: no mail. `XIANGLAO_SMTP_HOST`.
    pub host: String,
    /// Port, default 587. `XIANGLAO_SMTP_PORT`.
    pub port: u16,
    /// `none`, `starttls` (default) or `implicit`. `XIANGLAO_SMTP_TLS`.
    pub tls: SmtpTls,
    /// User name; empty: no authentication. `XIANGLAO_SMTP_USERNAME`.
    pub username: String,
    /// Password. `XIANGLAO_SMTP_PASSWORD`.
    pub password: Secret,
    /// Sender, as `享老 <noreply@example.org>`. `XIANGLAO_SMTP_FROM`.
    pub from: String,
    /// Seconds to wait for a connection, default 10.
    pub connect_timeout_seconds: u64,
    /// Seconds to wait for the answer to a command, default 30.
    pub command_timeout_seconds: u64,
    /// Seconds to wait for the answer to the final dot, default 600 (RFC 5321 §4.5.3.2.6).
    pub final_dot_timeout_seconds: u64,
}

impl Default for SmtpSettings {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 587,
            tls: SmtpTls::default(),
            username: String::new(),
            password: Secret::default(),
            from: "xianglao@localhost".to_owned(),
            connect_timeout_seconds: 10,
            command_timeout_seconds: 30,
            final_dot_timeout_seconds: 600,
        }
    }
}

/// Where requests of ours may go besides where everybody's may.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutgoingSettings {
    /// `host:port` pairs that robots and text message gateways may be at though they are no public HTTPS address: a gateway in one's own
    /// network, a stand-in for a robot. `XIANGLAO_OUTGOING_ALLOW`, separated by commas. Empty unless set.
    pub allow: Vec<String>,
}

/// A shorter token could be guessed.
const LEAST_TOKEN: usize = 16;

/// All settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Address and port to listen on, default `127.0.0.1:8080`. `XIANGLAO_LISTEN`, `--listen`.
    pub listen: SocketAddr,
    /// `sqlite:PATH` or `postgres://…`; empty: `xianglao.db` in `data_dir`. `XIANGLAO_DATABASE_URL`, `DATABASE_URL`,
    /// `--database-url`.
    pub database_url: Secret,
    /// Folder of the key file and of the embedded database, default `.`. `XIANGLAO_DATA_DIR`.
    pub data_dir: PathBuf,
    /// The address people type, without a slash at the end; empty: `http://` and `listen`. `XIANGLAO_PUBLIC_URL`. When it starts
    /// with `https://`, cookies are marked secure.
    pub public_url: String,
    /// Whether the background workers run in `serve`, default yes. `XIANGLAO_WORKERS`, `--no-workers`.
    pub workers: bool,
    /// Connections to the database, default 8. `XIANGLAO_MAX_CONNECTIONS`.
    pub max_connections: u32,
    /// How many proxies in front are trusted to name the client in `X-Forwarded-For`, default 0. `XIANGLAO_TRUSTED_PROXIES`.
    pub trusted_proxies: u8,
    /// Public sign-ups from one telephone number in a day, default 20. `XIANGLAO_SIGN_UPS_PER_PHONE`.
    pub sign_ups_per_phone: i32,
    /// Public sign-ups from one network (IPv4 /24, IPv6 /64) in ten minutes, default 30. `XIANGLAO_SIGN_UPS_PER_NETWORK`.
    pub sign_ups_per_network: i32,
    /// What a monitoring system on another machine brings to `/metrics` as `Authorization: Bearer …`; empty: only this machine may ask.
    /// `XIANGLAO_METRICS_TOKEN`.
    pub metrics_token: Secret,
    /// Log lines as JSON, default no. `XIANGLAO_LOG_JSON`.
    pub log_json: bool,
    /// The mail server.
    pub smtp: SmtpSettings,
    /// Where requests of ours may go.
    pub outgoing: OutgoingSettings,
    /// How hard passwords are to guess. No file and no variable changes it.
    #[serde(skip)]
    pub password_hashing: PasswordHashing,
}

/// The cost of one argon2id hash (RFC 9106 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordHashing {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
}

impl Default for PasswordHashing {
    /// 19 MiB and two passes, the least that OWASP's password storage guidance asks of argon2id with one lane.
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            passes: 2,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            database_url: Secret::default(),
            data_dir: PathBuf::from("."),
            public_url: String::new(),
            workers: true,
            max_connections: 8,
            trusted_proxies: 0,
            sign_ups_per_phone: 20,
            sign_ups_per_network: 30,
            metrics_token: Secret::default(),
            log_json: false,
            smtp: SmtpSettings::default(),
            outgoing: OutgoingSettings::default(),
            password_hashing: PasswordHashing::default(),
        }
    }
}

/// A setting that cannot be read. The message names the file or variable and the value.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the settings file {path}: {reason}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// An environment variable has a value that does not fit.
    #[error("{name}={value:?}: {reason}")]
    Variable {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
        /// What would fit.
        reason: String,
    },
}

impl Settings {
    /// Reads the file (`xianglao.toml` in the working folder unless named; a missing unnamed file is no error), then the
    /// environment.
    ///
    /// # Errors
    /// [`ConfigError`], naming the file or the variable.
    pub fn load(file: Option<&Path>, environment: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let path = file.unwrap_or(Path::new("xianglao.toml"));
        let mut settings = match std::fs::read_to_string(path) {
            Ok(text) => toml::from_str(&text).map_err(|error| ConfigError::File {
                path: path.to_owned(),
                reason: error.to_string(),
            })?,
            Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => Settings::default(),
            Err(error) => {
                return Err(ConfigError::File {
                    path: path.to_owned(),
                    reason: error.to_string(),
                });
            }
        };
        settings.read_environment(&environment)?;
        Ok(settings)
    }

    fn read_environment(&mut self, environment: &impl Fn(&str) -> Option<String>) -> Result<(), ConfigError> {
        fn set<T: std::str::FromStr>(
            target: &mut T,
            name: &str,
            wanted: &str,
            environment: &impl Fn(&str) -> Option<String>,
        ) -> Result<(), ConfigError> {
            if let Some(value) = environment(name) {
                *target = value.parse().map_err(|_| ConfigError::Variable {
                    name: name.to_owned(),
                    value,
                    reason: format!("expected {wanted}"),
                })?;
            }
            Ok(())
        }
        set(
            &mut self.listen,
            "XIANGLAO_LISTEN",
            "an address and a port, like 127.0.0.1:8080",
            environment,
        )?;
        for name in ["DATABASE_URL", "XIANGLAO_DATABASE_URL"] {
            if let Some(value) = environment(name) {
                self.database_url = value.into();
            }
        }
        set(&mut self.data_dir, "XIANGLAO_DATA_DIR", "a folder", environment)?;
        set(&mut self.public_url, "XIANGLAO_PUBLIC_URL", "an address", environment)?;
        set(&mut self.workers, "XIANGLAO_WORKERS", "true or false", environment)?;
        set(
            &mut self.max_connections,
            "XIANGLAO_MAX_CONNECTIONS",
            "a number",
            environment,
        )?;
        set(
            &mut self.trusted_proxies,
            "XIANGLAO_TRUSTED_PROXIES",
            "a number",
            environment,
        )?;
        set(
            &mut self.sign_ups_per_phone,
            "XIANGLAO_SIGN_UPS_PER_PHONE",
            "a number",
            environment,
        )?;
        set(
            &mut self.sign_ups_per_network,
            "XIANGLAO_SIGN_UPS_PER_NETWORK",
            "a number",
            environment,
        )?;
        if let Some(value) = environment("XIANGLAO_METRICS_TOKEN") {
            self.metrics_token = value.into();
        }
        if (1..LEAST_TOKEN).contains(&self.metrics_token.reveal().len()) {
            return Err(ConfigError::Variable {
                name: "XIANGLAO_METRICS_TOKEN".to_owned(),
                value: "(hidden)".to_owned(),
                reason: format!("expected at least {LEAST_TOKEN} characters, or none"),
            });
        }
        set(&mut self.log_json, "XIANGLAO_LOG_JSON", "true or false", environment)?;
        set(&mut self.smtp.host, "XIANGLAO_SMTP_HOST", "a host name", environment)?;
        set(&mut self.smtp.port, "XIANGLAO_SMTP_PORT", "a port number", environment)?;
        set(
            &mut self.smtp.username,
            "XIANGLAO_SMTP_USERNAME",
            "a user name",
            environment,
        )?;
        set(&mut self.smtp.from, "XIANGLAO_SMTP_FROM", "an address", environment)?;
        if let Some(value) = environment("XIANGLAO_OUTGOING_ALLOW") {
            self.outgoing.allow = value
                .split(',')
                .map(|pair| pair.trim().to_ascii_lowercase())
                .filter(|pair| !pair.is_empty())
                .collect();
        }
        if let Some(wrong) = self.outgoing.allow.iter().find(|pair| !names_a_port(pair)) {
            return Err(ConfigError::Variable {
                name: "XIANGLAO_OUTGOING_ALLOW".to_owned(),
                value: wrong.clone(),
                reason: "expected host:port, like 192.168.1.20:8080".to_owned(),
            });
        }
        if let Some(value) = environment("XIANGLAO_SMTP_PASSWORD") {
            self.smtp.password = value.into();
        }
        if let Some(value) = environment("XIANGLAO_SMTP_TLS") {
            self.smtp.tls = match value.as_str() {
                "none" => SmtpTls::None,
                "starttls" => SmtpTls::Starttls,
                "implicit" => SmtpTls::Implicit,
                _ => {
                    return Err(ConfigError::Variable {
                        name: "XIANGLAO_SMTP_TLS".to_owned(),
                        value,
                        reason: "expected none, starttls or implicit".to_owned(),
                    });
                }
            };
        }
        Ok(())
    }

    /// Lays a `--database-url` over the settings, when there is one.
    pub fn name_database(&mut self, url: Option<String>) {
        if let Some(url) = url {
            self.database_url = url.into();
        }
    }

    /// Where the database is.
    pub fn database(&self) -> crate::storage::DbSettings {
        let url = self.database_url.reveal();
        if url.is_empty() {
            let mut settings = crate::storage::DbSettings::sqlite(&self.data_dir.join("xianglao.db"));
            settings.max_connections = self.max_connections;
            settings
        } else {
            crate::storage::DbSettings {
                url: url.to_owned(),
                max_connections: self.max_connections,
            }
        }
    }

    /// The address people type, without a slash at the end.
    pub fn base_url(&self) -> String {
        if self.public_url.is_empty() {
            format!("http://{}", self.listen)
        } else {
            self.public_url.trim_end_matches('/').to_owned()
        }
    }

    /// Whether people come over TLS, so that cookies can be marked secure.
    pub fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// Whether a text is a host and a port.
fn names_a_port(pair: &str) -> bool {
    pair.rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && !host.contains('/') && port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_wins_over_the_default_and_our_variable_over_the_common_one() {
        let environment = |name: &str| match name {
            "DATABASE_URL" => Some("postgres://common".to_owned()),
            "XIANGLAO_DATABASE_URL" => Some("postgres://ours".to_owned()),
            "XIANGLAO_LISTEN" => Some("0.0.0.0:80".to_owned()),
            _ => None,
        };
        let settings = Settings::load(None, environment).expect("settings");
        assert_eq!(settings.database_url.reveal(), "postgres://ours");
        assert_eq!(settings.listen.port(), 80);
    }

    #[test]
    fn a_wrong_variable_is_named_with_its_value() {
        let wrong = |name: &str| (name == "XIANGLAO_LISTEN").then(|| "nowhere".to_owned());
        let error = Settings::load(None, wrong).expect_err("an error").to_string();
        assert!(
            error.contains("XIANGLAO_LISTEN") && error.contains("nowhere"),
            "{error}"
        );
    }

    #[test]
    fn what_may_be_asked_outside_is_a_list_of_hosts_with_ports() {
        let with = |value: &'static str| {
            Settings::load(None, move |name: &str| {
                (name == "XIANGLAO_OUTGOING_ALLOW").then(|| value.to_owned())
            })
        };
        let settings = with("192.168.1.20:8080, SMS.local:443,").expect("settings");
        assert_eq!(settings.outgoing.allow, ["192.168.1.20:8080", "sms.local:443"]);
        for wrong in ["192.168.1.20", "http://sms.local:80/", ":80", "sms.local:port"] {
            let error = with(wrong).expect_err("an error").to_string();
            assert!(error.contains(wrong), "{error}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let settings = Settings {
            database_url: "postgres://u:secret@h/d".to_owned().into(),
            ..Settings::default()
        };
        assert!(!format!("{settings:?}").contains("secret@"));
        assert!(!toml::to_string(&settings).expect("toml").contains("secret@"));
    }
}
