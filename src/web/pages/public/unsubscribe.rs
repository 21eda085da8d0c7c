//! 不再收提醒邮件: somebody's own wish, behind the link in a mail. Looking changes nothing; one press, or one click in the mail program
//! (RFC 8058), stops the mails, another press brings them back. Asked twice, the answer is the same.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::shell::Shell;
use crate::domain::community::Community;
use crate::services::notification::opt_out;
use crate::services::{Error, community};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// How somebody stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// The mails come.
    Told,
    /// They do not.
    Refused,
    /// The link leads to nobody.
    Unknown,
}

#[derive(Template)]
#[template(path = "public/unsubscribe.html")]
struct UnsubscribePage {
    shell: Shell,
    stands: Stands,
    class: &'static str,
    icon: &'static str,
    title: String,
    lines: Vec<String>,
    action: String,
}

fn page(visitor: &Visitor, home: &Community, token: &str, stands: Stands, just_now: bool) -> Response {
    let words = visitor.words;
    let address = format!("/c/{}/unsubscribe/{token}", home.slug);
    let (class, icon, title, lines) = match stands {
        Stands::Told if just_now => (
            "",
            "check",
            words.t("unsubscribe-back"),
            vec![words.t("unsubscribe-back-text")],
        ),
        Stands::Told => (
            " queue",
            "info",
            words.t("unsubscribe-ask"),
            vec![words.t("unsubscribe-ask-text"), words.t("unsubscribe-still")],
        ),
        Stands::Refused => (
            "",
            "check",
            words.t("unsubscribe-done"),
            vec![words.t("unsubscribe-done-text"), words.t("unsubscribe-still")],
        ),
        Stands::Unknown => (
            " gone",
            "info",
            words.t("unsubscribe-unknown"),
            vec![words.t("unsubscribe-unknown-text")],
        ),
    };
    let drawn = render(&UnsubscribePage {
        // A change of letter size leads back to the look, which changes nothing.
        shell: Shell::of(visitor, home).at(if stands == Stands::Unknown {
            format!("/c/{}", home.slug)
        } else {
            address.clone()
        }),
        action: if stands == Stands::Refused {
            format!("{address}/again")
        } else {
            address
        },
        stands,
        class,
        icon,
        title,
        lines,
    });
    let status = if stands == Stands::Unknown {
        StatusCode::NOT_FOUND
    } else {
        StatusCode::OK
    };
    (status, drawn).into_response()
}

/// Finds the page for what came of a link.
fn answer(
    visitor: &Visitor,
    home: &Community,
    token: &str,
    stands: Result<Stands, Error>,
    just_now: bool,
) -> Result<Response, WebError> {
    match stands {
        Ok(stands) => Ok(page(visitor, home, token, stands, just_now)),
        Err(Error::NotFound {
            what: "unsubscribe", ..
        }) => Ok(page(visitor, home, token, Stands::Unknown, false)),
        Err(error) => Err(WebError::new(visitor, error)),
    }
}

/// `GET /c/{community}/unsubscribe/{token}`.
pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path((slug, token)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let home = community::find_by_slug(&web.ctx, &slug).await.for_visitor(&visitor)?;
    let stands = opt_out::stands(&web.ctx, home.id, &token).await;
    let stands = stands.map(|(_, refused)| if refused { Stands::Refused } else { Stands::Told });
    answer(&visitor, &home, &token, stands, false)
}

/// `POST /c/{community}/unsubscribe/{token}`: from the button, or from a mail program, whatever it sends along.
pub(super) async fn stop(
    State(web): State<Web>,
    visitor: Visitor,
    Path((slug, token)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let home = community::find_by_slug(&web.ctx, &slug).await.for_visitor(&visitor)?;
    let done = opt_out::set_by_link(&web.ctx, home.id, &token, true).await;
    answer(&visitor, &home, &token, done.map(|_| Stands::Refused), true)
}

/// `POST /c/{community}/unsubscribe/{token}/again`: the mails come again.
pub(super) async fn again(
    State(web): State<Web>,
    visitor: Visitor,
    Path((slug, token)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let home = community::find_by_slug(&web.ctx, &slug).await.for_visitor(&visitor)?;
    let done = opt_out::set_by_link(&web.ctx, home.id, &token, false).await;
    answer(&visitor, &home, &token, done.map(|_| Stands::Told), true)
}
