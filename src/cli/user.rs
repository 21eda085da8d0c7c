//! `xianglao user`: accounts, from the terminal of whoever owns the machine.

use std::io::{IsTerminal as _, Read as _, Write};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};

use super::Usage;
use crate::domain::access::{Actor, Role};
use crate::domain::account::PASSWORD_MAX;
use crate::domain::lang::Lang;
use crate::services::account::{self, NewAccount};
use crate::services::wording::Words;
use crate::services::{Context, Error};

/// Flags of `user`.
#[derive(Debug, Args)]
pub struct UserArgs {
    /// sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME.
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub command: UserCommand,
}

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Create an account; asks for its password.
    Add(AddUser),
    /// Set an account's password, and end all its logins.
    Passwd {
        /// Login name.
        username: String,
        /// Read the password from standard input (its first line) instead of asking.
        #[arg(long)]
        password_stdin: bool,
    },
    /// List all accounts.
    List,
}

/// Flags of `user add`.
#[derive(Debug, Args)]
pub struct AddUser {
    /// Login name: 2 to 32 of a-z, 0-9 and . _ -
    pub username: String,
    /// What the account may be: admin, district, staff or partner.
    #[arg(long, value_name = "ROLE")]
    pub role: Role,
    /// The community of a staff or partner account, by the name in its address.
    #[arg(long, value_name = "SLUG")]
    pub community: Option<String>,
    /// The partner of a partner account, by name or id.
    #[arg(long, value_name = "NAME")]
    pub partner: Option<String>,
    /// Name shown on pages (default: the login name).
    #[arg(long, value_name = "NAME", default_value = "")]
    pub display_name: String,
    /// E-mail address.
    #[arg(long, value_name = "ADDRESS", default_value = "")]
    pub email: String,
    /// Read the password from standard input (its first line) instead of asking.
    #[arg(long)]
    pub password_stdin: bool,
}

/// Runs the command; what it has to say goes to `out`.
///
/// # Errors
/// In words for the terminal.
pub async fn run(ctx: &Context, command: UserCommand, out: &mut impl Write) -> anyhow::Result<()> {
    match command {
        UserCommand::Add(add) => {
            let (community, partner) = account::find_place(ctx, add.community.as_deref(), add.partner.as_deref())
                .await
                .map_err(in_words)?;
            let password = password(add.password_stdin, &add.username)?;
            let new = NewAccount {
                username: add.username,
                password,
                role: add.role,
                display_name: add.display_name,
                community,
                partner,
                email: add.email,
            };
            let created = account::create(ctx, &Actor::System, new).await.map_err(in_words)?;
            writeln!(out, "created {} ({})", created.username, created.role.as_str())?;
        }
        UserCommand::Passwd {
            username,
            password_stdin,
        } => {
            let password = password(password_stdin, &username)?;
            account::set_password(ctx, &Actor::System, &username, &password)
                .await
                .map_err(in_words)?;
            writeln!(out, "the password of {username} is set; its logins have ended")?;
        }
        UserCommand::List => {
            let listed = account::list(ctx, &Actor::System).await.map_err(in_words)?;
            writeln!(
                out,
                "{:<20} {:<9} {:<14} {:<9} name",
                "username", "role", "community", "state"
            )?;
            for each in listed {
                let community = each.community_slug.as_deref().unwrap_or("-");
                let state = if each.account.disabled_at.is_some() {
                    "disabled"
                } else {
                    "active"
                };
                let (username, role) = (&each.account.username, each.account.role.as_str());
                let name = &each.account.display_name;
                writeln!(out, "{username:<20} {role:<9} {community:<14} {state:<9} {name}")?;
            }
        }
    }
    Ok(())
}

/// Asks on the terminal, twice and without showing it; or takes the first line of standard input.
fn password(from_stdin: bool, username: &str) -> anyhow::Result<String> {
    if from_stdin {
        let mut text = String::new();
        // Four bytes are the most a character takes; the rest would be refused anyway.
        let most = PASSWORD_MAX as u64 * 4 + 2;
        std::io::stdin()
            .take(most)
            .read_to_string(&mut text)
            .context("cannot read the password from standard input")?;
        let line = text.lines().next().unwrap_or_default();
        return Ok(line.to_owned());
    }
    if !std::io::stdin().is_terminal() {
        return Err(
            Usage("there is no terminal to ask for the password: pipe it in with --password-stdin".into()).into(),
        );
    }
    let first = rpassword::prompt_password(format!("Password for {username}: ")).context("cannot read the password")?;
    let again = rpassword::prompt_password("Once more: ").context("cannot read the password")?;
    if first != again {
        bail!("the two passwords differ; nothing was changed");
    }
    Ok(first)
}

/// What a use case says, for the terminal.
fn in_words(error: Error) -> anyhow::Error {
    match error {
        Error::Invalid(fields) => {
            let words = Words::new(Lang::En);
            let said: Vec<String> = fields.iter().map(|field| words.field_error(field)).collect();
            anyhow::anyhow!("{}", said.join("\n          "))
        }
        other => other.into(),
    }
}
