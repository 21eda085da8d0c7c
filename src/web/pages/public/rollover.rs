//! 新一期还来吗: somebody's own question, behind the link they got. Looking changes nothing; the answer can be changed until the agreed
//! time.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::card::moment;
use super::shell::Shell;
use crate::domain::calendar::format::day_words;
use crate::domain::community::Community;
use crate::domain::rollover::{Answer, RolloverStatus};
use crate::domain::text::Purpose;
use crate::services::term::{self, Own, Which};
use crate::services::{Context, Error, community, schedule};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// Dates listed.
const MOST_DATES: usize = 30;

/// How the top of the page looks and what it says.
struct Outcome {
    class: &'static str,
    icon: &'static str,
    title: String,
    text: String,
}

/// The term in words.
struct About {
    title: String,
    rule: String,
    first: String,
    count: String,
    mark: String,
    tone: &'static str,
    venue: String,
    dates: Vec<String>,
}

#[derive(Template)]
#[template(path = "public/rollover.html")]
struct RolloverPage {
    shell: Shell,
    outcome: Outcome,
    about: Option<About>,
    until: String,
    may_come: bool,
    may_stay: bool,
}

/// What was answered.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AnswerForm {
    answer: String,
}

/// `GET /c/{community}/rollover/{token}`.
pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path((slug, token)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let home = community::find_by_slug(&web.ctx, &slug).await.for_visitor(&visitor)?;
    match term::own(&web.ctx, home.id, &token).await {
        Ok(own) => Ok(render(&page(&web.ctx, &visitor, &home, &own, &token))),
        Err(Error::NotFound { what: "rollover", .. }) => Ok(unknown(&visitor, &home)),
        Err(error) => Err(WebError::new(&visitor, error)),
    }
}

/// The page for a link that leads to no question: words, and the office's telephone.
fn unknown(visitor: &Visitor, home: &Community) -> Response {
    let words = visitor.words;
    let page = RolloverPage {
        shell: Shell::of(visitor, home).at(format!("/c/{}", home.slug)),
        outcome: Outcome {
            class: " gone",
            icon: "info",
            title: words.t("rollover-unknown"),
            text: words.t("rollover-unknown-text"),
        },
        about: None,
        until: String::new(),
        may_come: false,
        may_stay: false,
    };
    (StatusCode::NOT_FOUND, render(&page)).into_response()
}

fn page(ctx: &Context, visitor: &Visitor, home: &Community, own: &Own, token: &str) -> RolloverPage {
    let words = visitor.words;
    let now = ctx.now().to_zoned(home.zone.clone());
    let today = now.date();
    let name = own.resident.name.reveal(Purpose::ShowOwner);
    let status = own.rollover.asked.status;
    let begun = own.sessions.is_empty();
    let open = !own.over && !begun;
    let outcome = |class, icon, title: String, text: String| Outcome {
        class,
        icon,
        title,
        text,
    };
    let outcome = match status {
        _ if own.called_off => outcome(
            " gone",
            "x",
            words.t("rollover-called-off"),
            words.t("rollover-called-off-text"),
        ),
        _ if begun => outcome(
            " gone",
            "info",
            words.t("rollover-begun"),
            words.t("rollover-begun-text"),
        ),
        RolloverStatus::Confirmed if own.waits > 0 => outcome(
            " queue",
            "queue",
            words.t("rollover-waits"),
            words.with(
                "rollover-waits-text",
                [("seats", own.seats.into()), ("waits", own.waits.into())],
            ),
        ),
        RolloverStatus::Confirmed if own.seats < own.sessions.len() => outcome(
            "",
            "check",
            words.t("rollover-in"),
            words.with(
                "rollover-part-text",
                [
                    ("name", name.to_owned().into()),
                    ("n", own.seats.into()),
                    ("all", own.sessions.len().into()),
                ],
            ),
        ),
        RolloverStatus::Confirmed => outcome(
            "",
            "check",
            words.t("rollover-in"),
            words.aa("rollover-in-text", "name", name, "n", own.seats),
        ),
        RolloverStatus::Declined => outcome(
            " gone",
            "check",
            words.t("rollover-out"),
            words.t(if open { "rollover-out-text" } else { "rollover-out-late" }),
        ),
        RolloverStatus::Expired => late(words),
        RolloverStatus::Asked if own.over => late(words),
        RolloverStatus::Asked => outcome(
            " queue",
            "users",
            words.t("rollover-ask"),
            words.a("rollover-ask-text", "name", name),
        ),
    };
    let about = own.sessions.first().map(|first| About {
        title: words.pick(&first.programme.title, &first.programme.title_en).to_owned(),
        rule: schedule::in_words(&own.series, words.lang),
        first: moment(&first.starts, today, words),
        count: words.n("rollover-count", own.sessions.len()),
        mark: first.venue.mark.clone(),
        tone: first.venue.tone.as_str(),
        venue: words.pick(&first.venue.name, &first.venue.name_en).to_owned(),
        dates: own
            .sessions
            .iter()
            .take(MOST_DATES)
            .map(|session| day_words(session.starts.date(), words.lang))
            .collect(),
    });
    RolloverPage {
        shell: Shell::of(visitor, home).at(format!("/c/{}/rollover/{token}", home.slug)),
        outcome,
        about,
        until: if open {
            words.a("rollover-until", "until", moment(&own.until, today, words))
        } else {
            String::new()
        },
        may_come: open && status != RolloverStatus::Confirmed,
        may_stay: open && status != RolloverStatus::Declined,
    }
}

fn late(words: crate::services::wording::Words) -> Outcome {
    Outcome {
        class: " gone",
        icon: "clock",
        title: words.t("rollover-late"),
        text: words.t("rollover-late-text"),
    }
}

/// `POST /c/{community}/rollover/{token}`: the answer.
pub(super) async fn answer(
    State(web): State<Web>,
    visitor: Visitor,
    Path((slug, token)): Path<(String, String)>,
    Form(form): Form<AnswerForm>,
) -> Result<Response, WebError> {
    let ctx = &web.ctx;
    let home = community::find_by_slug(ctx, &slug).await.for_visitor(&visitor)?;
    let answer: Answer = form
        .answer
        .parse()
        .map_err(|_| Error::invalid("answer", "wish-unknown", &form.answer))
        .for_visitor(&visitor)?;
    match term::answer(ctx, home.id, Which::Token(token.clone()), answer).await {
        // Too late: the page says how it stands.
        Ok(_) | Err(Error::State { code: "term-too-late" }) => {
            Ok(Redirect::to(&format!("/c/{}/rollover/{token}", home.slug)).into_response())
        }
        Err(Error::NotFound { what: "rollover", .. }) => Ok(unknown(&visitor, &home)),
        Err(error) => Err(WebError::new(&visitor, error)),
    }
}
