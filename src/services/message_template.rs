//! A community's own words for its messages: looked at, tried on a real session, kept, and given up for the built-in ones again.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::json;

use super::error::FieldError;
use super::notification::{Draft, Filled, Story, draft, draft_of, fill};
use super::wording::Words;
use super::{Context, Error, Result, audit};
use crate::domain::access::{Action, Actor, may};
use crate::domain::calendar::format::{full_date, moment_words};
use crate::domain::community::Community;
use crate::domain::id::CommunityId;
use crate::domain::lang::Lang;
use crate::domain::message_template::{Class, TemplateError, Variable, allowed, risky_words};
use crate::domain::notification::Event;
use crate::domain::sms::{SMS_CHARS_MAX, sms_chars, sms_units};
use crate::domain::text;
use crate::storage::message_template::{self as rows, Stored};
use crate::storage::notification as outbox;
use crate::storage::{self, Txn};

pub use crate::storage::message_template::Place;

/// How far ahead a session is looked for to try words on.
const AHEAD: SignedDuration = SignedDuration::from_hours(14 * 24);
/// The most bytes of words that are looked at at all.
const MOST_BYTES: usize = 64 * 1024;

/// The words for one place as staff see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Subject and text.
    pub draft: Draft,
    /// Whether the community wrote them.
    pub is_own: bool,
}

/// How long a text message is, with the community's name as signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SmsLength {
    /// Characters.
    pub chars: usize,
    /// Units that are billed.
    pub units: usize,
}

/// Words as they would arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Subject and text, filled.
    pub filled: Filled,
    /// The title of the session they were tried on; none when none is planned and an example stands in.
    pub session: Option<String>,
    /// How long it is as a text message; none for other channels.
    pub length: Option<SmsLength>,
    /// Words for which carriers may refuse it as a text message.
    pub risky: Vec<&'static str>,
}

/// For which events and channels the community wrote words of its own.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn written(ctx: &Context, actor: &Actor, home: CommunityId) -> Result<Vec<(Event, Class)>> {
    may(actor, Action::ManageNotifications, home)?;
    Ok(rows::written(ctx.db.reader(), home).await?)
}

/// The words for one place.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn show(ctx: &Context, actor: &Actor, home: CommunityId, place: Place) -> Result<Shown> {
    may(actor, Action::ManageNotifications, home)?;
    let words = Words::new(place.lang);
    let (draft, is_own) = draft_of(ctx.db.reader(), home, (place.event, false), place.class, words).await?;
    Ok(Shown { draft, is_own })
}

/// Keeps words for one place; the built-in ones written again are not kept. What is wrong is told of the fields `subject_…` and
/// `body_…`, with the language behind.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`] for all that is wrong; [`Error::Storage`].
pub async fn save(ctx: &Context, actor: &Actor, home: &Community, wished: Vec<(Place, Draft)>) -> Result<()> {
    may(actor, Action::ManageNotifications, home.id)?;
    let now = ctx.now();
    let mut wrong = Vec::new();
    let mut clean = Vec::with_capacity(wished.len());
    for (place, draft) in wished {
        match checked(home, place, &draft) {
            Ok(draft) => clean.push((place, draft)),
            Err(errors) => wrong.extend(errors),
        }
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let (inner, actor, home) = (ctx.clone(), actor.clone(), home.id);
    ctx.db
        .write(async move |txn: &Txn| {
            for (place, own) in clean {
                let built_in = draft(place.event, false, place.class, Words::new(place.lang));
                let (stands, is_own) =
                    draft_of(txn, home, (place.event, false), place.class, Words::new(place.lang)).await?;
                if stands == own {
                    continue;
                }
                let back = own == built_in;
                if back && is_own {
                    rows::remove(txn, home, place).await?;
                } else {
                    let words = Stored {
                        subject: own.subject,
                        body: own.body,
                        updated_at: now,
                    };
                    rows::put(txn, home, inner.new_id(now), place, &words, actor.account()).await?;
                }
                note(
                    &inner,
                    txn,
                    now,
                    &actor,
                    home,
                    place,
                    if back { "reset" } else { "save" },
                )
                .await?;
            }
            Ok::<_, Error>(())
        })
        .await
}

/// Gives up the community's words for an event and a channel, in both languages.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn reset(ctx: &Context, actor: &Actor, home: CommunityId, event: Event, class: Class) -> Result<()> {
    may(actor, Action::ManageNotifications, home)?;
    let now = ctx.now();
    let (inner, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn: &Txn| {
            for lang in [Lang::Zh, Lang::En] {
                let place = Place { event, class, lang };
                if rows::remove(txn, home, place).await? {
                    note(&inner, txn, now, &actor, home, place, "reset").await?;
                }
            }
            Ok::<_, Error>(())
        })
        .await
}

async fn note(
    ctx: &Context,
    txn: &Txn,
    now: jiff::Timestamp,
    actor: &Actor,
    home: CommunityId,
    place: Place,
    what: &str,
) -> storage::Result<()> {
    let detail = json!({ "event": place.event.as_str(), "class": place.class.as_str(), "lang": place.lang.tag() });
    let action = format!("message_template.{what}");
    audit::record(ctx, txn, now, home, actor, &action, None, &detail).await
}

/// The words for one place tried on the next session that is planned.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`] for all that is wrong with the words; [`Error::Storage`].
pub async fn preview(ctx: &Context, actor: &Actor, home: &Community, place: Place, words: &Draft) -> Result<Preview> {
    may(actor, Action::ManageNotifications, home.id)?;
    let draft = checked(home, place, words).map_err(Error::Invalid)?;
    let now = ctx.now();
    let conn = ctx.db.reader();
    let next = outbox::upcoming_of(conn, home.id, now, now + AHEAD).await?;
    let news = match next {
        Some(id) => outbox::session_news(conn, home.id, &[id]).await?.pop(),
        None => None,
    };
    let session = news.as_ref().map(|news| news.title.clone());
    let lang = Words::new(place.lang);
    let story = example(home, place.event, news, now, &ctx.settings.base_url(), lang);
    let sender = outbox::Sender {
        name: home.name.clone(),
        phone: home.phone.clone(),
        zone: home.zone.clone(),
    };
    let values = story.values(place.class, &lang.t("wording-example-name"), &sender, now, lang);
    let filled =
        fill(&draft, place.event, place.class, &values).map_err(|wrong| Error::Invalid(field_errors(place, wrong)))?;
    let is_sms = place.class == Class::Sms;
    Ok(Preview {
        length: is_sms.then(|| SmsLength {
            chars: sms_chars(&home.name, &filled.body),
            units: sms_units(&home.name, &filled.body),
        }),
        risky: if is_sms { risky_words(&filled.body) } else { Vec::new() },
        filled,
        session,
    })
}

/// A story to try words on: the session that is given, else one made up; everything else an event knows is made up.
fn example(
    home: &Community,
    event: Event,
    news: Option<outbox::SessionNews>,
    now: jiff::Timestamp,
    base_url: &str,
    words: Words,
) -> Story {
    let two_days = SignedDuration::from_hours(48);
    let (title, venue, starts_at, link) = match news {
        Some(news) => (
            news.title,
            news.venue,
            news.starts_at,
            format!("{base_url}/c/{}/sessions/{}", home.slug, news.id),
        ),
        None => (
            words.t("wording-example-title"),
            words.t("wording-example-venue"),
            now + two_days,
            format!("{base_url}/c/{}", home.slug),
        ),
    };
    let said = |at: jiff::Timestamp| moment_words(home.zone.to_datetime(at), words.lang);
    let was = starts_at - SignedDuration::from_hours(2);
    let line = match event {
        Event::Moved | Event::Cancelled | Event::Restored => event,
        _ => Event::Moved,
    };
    let changes = words.with(
        &format!("mail-{}-line", line.as_str()),
        [
            ("title", title.clone().into()),
            ("was", said(was).into()),
            ("when", said(starts_at).into()),
            ("venue", venue.clone().into()),
        ],
    );
    let decision = words.a("mail-proposal-approved-subject", "title", &title);
    let dates = format!(
        "{}\n{}",
        said(starts_at),
        said(starts_at + SignedDuration::from_hours(7 * 24))
    );
    let day = home.zone.to_datetime(now + SignedDuration::from_hours(30 * 24)).date();
    Story::new(event)
        .text(Variable::Venue, venue)
        .at(Variable::When, starts_at)
        .at(Variable::Was, was)
        .at(Variable::Until, now + SignedDuration::from_hours(24))
        .text(Variable::Reason, words.t("wording-example-reason"))
        .text(Variable::Changes, changes)
        .text(Variable::Count, "2")
        .text(Variable::Dates, dates)
        .text(Variable::Rule, words.t("wording-example-rule"))
        .text(Variable::Link, link)
        .text(Variable::Paper, words.t("paper-licence"))
        .text(Variable::Day, full_date(day, words.lang))
        .text(Variable::Decision, decision)
        .text(Variable::Remark, words.t("wording-example-remark"))
        .text(
            Variable::Heading,
            words.t(&format!("wording-example-heading-{}", event.as_str().replace('_', "-"))),
        )
        .text(Variable::Content, format!("{} {title}", said(starts_at)))
        .text(Variable::Title, title)
}

/// Words as they are kept: cleaned, and checked.
fn checked(home: &Community, place: Place, words: &Draft) -> std::result::Result<Draft, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let mut clean = |field: &str, typed: &str, one_line: bool| {
        // Far too long is told by the check below; that many characters need no cleaning.
        if typed.len() > MOST_BYTES {
            return typed.chars().take(MOST_BYTES).collect();
        }
        let max = typed.chars().count().max(1);
        let read = if one_line {
            text::line(typed, max)
        } else {
            text::lines(typed, max)
        };
        read.unwrap_or_else(|error| {
            wrong.push(FieldError::new(name(field, place), error.code(), typed));
            String::new()
        })
    };
    let has_subject = place.class.has_subject();
    let draft = Draft {
        subject: if has_subject {
            clean("subject", &words.subject, true)
        } else {
            String::new()
        },
        body: clean("body", &words.body, place.class == Class::Sms),
    };
    if !wrong.is_empty() {
        return Err(wrong);
    }
    // Filled with the names of the places themselves, to see how long a text message is without their values.
    let names = allowed(place.event, place.class)
        .into_iter()
        .map(|one| (one, String::new()))
        .collect::<BTreeMap<_, _>>();
    match fill(&draft, place.event, place.class, &names) {
        Err(errors) => Err(field_errors(place, errors)),
        Ok(filled) if place.class == Class::Sms && sms_chars(&home.name, &filled.body) > SMS_CHARS_MAX => {
            let length = sms_chars(&home.name, &filled.body);
            let error = FieldError::new(name("body", place), "template-sms-long", draft.body.clone());
            Err(vec![error.with("length", length)])
        }
        Ok(_) => Ok(draft),
    }
}

/// The name of a field on the form that has both languages.
fn name(field: &str, place: Place) -> String {
    format!("{field}_{}", place.lang.pick("zh", "en"))
}

/// What is wrong, as the form tells it.
fn field_errors(place: Place, (subject, body): (Vec<TemplateError>, Vec<TemplateError>)) -> Vec<FieldError> {
    let known = allowed(place.event, place.class);
    let list = |lang: Lang| -> String {
        let names: Vec<String> = known.iter().map(|one| one.placeholder(lang)).collect();
        names.join(lang.pick("、", ", "))
    };
    let told = |field: &str, error: TemplateError| {
        let new = |value: &str| FieldError::new(name(field, place), error.code(), value);
        match &error {
            TemplateError::Empty => new(""),
            TemplateError::Long { length, max } => new("").with("length", length).with("max", max),
            TemplateError::Unknown { name } => new(name)
                .with("allowed", list(Lang::Zh))
                .with("allowed_en", list(Lang::En)),
            TemplateError::Unclosed { before: near } | TemplateError::Unopened { after: near } => new(near),
            TemplateError::Adjacent { first, second } => {
                let pair = |lang: Lang| [first.placeholder(lang), second.placeholder(lang)].concat();
                new(&pair(Lang::Zh)).with("pair_en", pair(Lang::En))
            }
            TemplateError::Sign { sign } => new(&sign.to_string()),
            TemplateError::InsideAddress { name } => {
                new(&name.placeholder(Lang::Zh)).with("name_en", name.placeholder(Lang::En))
            }
        }
    };
    let subject = subject.into_iter().map(|error| told("subject", error));
    let body: Vec<FieldError> = body.into_iter().map(|error| told("body", error)).collect();
    subject.chain(body).collect()
}
