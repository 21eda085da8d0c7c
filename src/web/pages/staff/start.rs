//! What a new activity begins with: the list to pick from, a template or another programme poured into the form, and the community's
//! own templates.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::StaffPage;
use super::activity_form::ActivityForm;
use super::form::{Choice, Wrong, choices};
use super::repeat::{DAYS, NTHS};
use crate::domain::id::{ProgrammeId, TemplateId};
use crate::domain::planning::ProgrammeKind;
use crate::domain::planning::template::{BUILT_IN, Template};
use crate::services::template::{self, Start};
use crate::services::wording::Words;
use crate::services::{Context, Error, community, material};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};

/// One template to pick.
pub(super) struct Pick {
    pub(super) href: String,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) on: bool,
    /// Its id, when it is the community's own and can be taken away.
    pub(super) own: Option<TemplateId>,
}

/// The list above the form.
#[derive(Default)]
pub(super) struct Picks {
    pub(super) built_in: Vec<Pick>,
    pub(super) own: Vec<Pick>,
    /// The partners to choose from.
    pub(super) partners: Vec<Choice>,
    /// How many materials go along.
    pub(super) materials: usize,
}

impl Picks {
    /// The list, with what was picked.
    pub(super) async fn load(ctx: &Context, page: &StaffPage, form: &ActivityForm) -> Result<Self, Error> {
        let words = page.visitor.words;
        let (actor, home) = (&page.visitor.actor, page.community.id);
        let kind = |kind: ProgrammeKind| words.t(&format!("staff-kind-{}", kind.as_str().replace('_', "-")));
        let partners = community::partners(ctx, home).await?;
        let materials = match form.like.parse::<ProgrammeId>() {
            Ok(like) => material::list(ctx, actor, home, like).await?.len(),
            Err(_) => 0,
        };
        Ok(Self {
            built_in: BUILT_IN
                .iter()
                .map(|one| Pick {
                    href: format!("/staff/programmes/new?template={}", one.key),
                    name: words.pick(one.title().0, one.title().1).to_owned(),
                    kind: kind(one.kind()),
                    on: form.template == one.key,
                    own: None,
                })
                .collect(),
            own: template::list(ctx, actor, home)
                .await?
                .into_iter()
                .map(|kept| Pick {
                    href: format!("/staff/programmes/new?template={}", kept.id),
                    on: form.template == kept.id.to_string(),
                    kind: kept.template.kind.map(kind).unwrap_or_default(),
                    name: kept.name,
                    own: Some(kept.id),
                })
                .collect(),
            partners: choices(
                std::iter::once((String::new(), words.t("template-no-partner"))).chain(partners.iter().map(
                    |partner| {
                        (
                            partner.id.to_string(),
                            words.pick(&partner.name, &partner.name_en).to_owned(),
                        )
                    },
                )),
                &form.partner,
            ),
            materials,
        })
    }
}

/// What an address asks a new form to begin with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// A template.
    pub(super) template: String,
    /// A programme that it is to be like.
    pub(super) like: String,
    /// What was just done with a template.
    pub(super) done: String,
    /// The template it was done to.
    pub(super) t: Option<TemplateId>,
}

/// Fills a blank form with what was asked for.
///
/// # Errors
/// When there is no such template or programme.
pub(super) async fn fill(
    ctx: &Context,
    page: &StaffPage,
    asked: &Asked,
    form: ActivityForm,
) -> Result<ActivityForm, Error> {
    let (actor, home) = (&page.visitor.actor, page.community.id);
    let start = if !asked.like.is_empty() {
        let shown: String = asked.like.chars().take(60).collect();
        let id: ProgrammeId = asked.like.parse().map_err(|_| Error::not_found("programme", shown))?;
        template::like(ctx, actor, home, id).await?
    } else if !asked.template.is_empty() {
        template::start(ctx, actor, home, &asked.template).await?
    } else {
        return Ok(form);
    };
    Ok(poured(&start, &asked.template, form))
}

/// A form with a template in it: what the template leaves open stays as it was.
fn poured(start: &Start, name: &str, form: ActivityForm) -> ActivityForm {
    let Template {
        title,
        title_en,
        slogan,
        slogan_en,
        kind,
        description,
        description_en,
        bring,
        bring_en,
        audience,
        capacity,
        sign_up,
        counting,
        matters,
        partner_id,
        venue_id,
        facilitator_id,
        starts,
        duration_minutes,
        rule,
        holiday_policy,
    } = start.template.clone();
    let mut form = ActivityForm {
        template: name.to_owned(),
        like: start.materials_of.map(|id| id.to_string()).unwrap_or_default(),
        with_materials: "1".to_owned(),
        title,
        title_en,
        slogan,
        slogan_en,
        description,
        description_en,
        bring,
        bring_en,
        audience,
        matters: matters.join("\n"),
        sign_up: sign_up.to_string(),
        counting: counting.to_string(),
        capacity: capacity.map(|seats| seats.to_string()).unwrap_or_default(),
        partner: partner_id.map(|id| id.to_string()).unwrap_or_default(),
        venue: venue_id.map(|id| id.to_string()).unwrap_or_default(),
        facilitator: facilitator_id.map(|id| id.to_string()).unwrap_or_default(),
        ..form
    };
    if let Some(kind) = kind {
        form.kind = kind.to_string();
    }
    if let Some(starts) = starts {
        form.start = starts.strftime("%H:%M").to_string();
    }
    if let Some(minutes) = duration_minutes {
        form.duration = minutes.to_string();
    }
    if let Some(policy) = holiday_policy {
        form.holiday = policy.name().to_owned();
    }
    match rule {
        Some(rule) => repeat_as(&mut form, &rule),
        None => form.repeat = "none".to_owned(),
    }
    form
}

/// Chooses in the form what a rule says; what the form has no boxes for stands as the rule itself.
fn repeat_as(form: &mut ActivityForm, rule: &str) {
    let parts: Vec<(&str, &str)> = rule.split(';').filter_map(|part| part.split_once('=')).collect();
    let value = |name: &str| parts.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let only = |names: &[&str]| parts.iter().all(|(key, _)| names.contains(key));
    let days: Option<Vec<String>> = value("BYDAY").map_or(Some(Vec::new()), |days| {
        days.split(',')
            .map(|day| DAYS.contains(&day).then(|| day.to_owned()))
            .collect()
    });
    let interval = value("INTERVAL").unwrap_or("1");
    match value("FREQ") {
        Some("WEEKLY") if only(&["FREQ", "INTERVAL", "BYDAY"]) && days.is_some() && ["1", "2"].contains(&interval) => {
            form.repeat = if interval == "1" { "weekly" } else { "biweekly" }.to_owned();
            form.days = days.unwrap_or_default();
        }
        Some("MONTHLY") if only(&["FREQ", "INTERVAL", "BYDAY"]) && interval == "1" => {
            let day = value("BYDAY").unwrap_or_default();
            let at = day.len().saturating_sub(2);
            match (day.get(..at), day.get(at..)) {
                (Some(nth), Some(weekday)) if NTHS.contains(&nth) && DAYS.contains(&weekday) => {
                    form.repeat = "monthly_nth".to_owned();
                    form.nth = nth.to_owned();
                    form.nth_day = weekday.to_owned();
                }
                _ => custom(form, rule),
            }
        }
        Some("MONTHLY") if only(&["FREQ", "BYMONTHDAY"]) => {
            match value("BYMONTHDAY").and_then(|day| day.parse::<u8>().ok()) {
                Some(day @ 1..=28) => {
                    form.repeat = "monthly_day".to_owned();
                    form.month_day = day.to_string();
                }
                _ => custom(form, rule),
            }
        }
        Some("YEARLY") if value("RSCALE") == Some("CHINESE") && only(&["RSCALE", "FREQ", "BYMONTH", "BYMONTHDAY"]) => {
            let number = |name: &str| value(name).and_then(|text| text.parse::<i8>().ok());
            match (number("BYMONTH"), number("BYMONTHDAY")) {
                (Some(month @ 1..=12), Some(day)) if day == -1 || (1..=29).contains(&day) => {
                    form.repeat = "lunar_year".to_owned();
                    form.lunar_month = month.to_string();
                    form.lunar_day = day.to_string();
                }
                _ => custom(form, rule),
            }
        }
        _ => custom(form, rule),
    }
}

fn custom(form: &mut ActivityForm, rule: &str) {
    form.repeat = "custom".to_owned();
    rule.clone_into(&mut form.rrule);
}

/// What is said after something was done with a template, and the template that can be brought back.
pub(super) fn said(words: Words, asked: &Asked) -> (String, Option<TemplateId>) {
    match asked.done.as_str() {
        "removed" => (words.t("template-done-removed"), asked.t),
        "restored" => (words.t("template-done-restored"), None),
        _ => (String::new(), None),
    }
}

/// What a template made of a programme is called.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NameForm {
    name: String,
}

/// `POST /staff/programmes/{id}/template`: keeps the programme as a template.
pub async fn save(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ProgrammeId>,
    Form(form): Form<NameForm>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    match template::save(&web.ctx, &v.actor, page.community.id, id, &form.name).await {
        Ok(_) => Ok(Redirect::to(&format!("/staff/programmes/{id}?done=template")).into_response()),
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            super::programmes::show_wrong(&web, &page, id, wrong).await
        }
    }
}

/// What is done with a template.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TemplateForm {
    act: String,
}

/// `POST /staff/templates/{id}`: takes a template away, or brings it back.
pub async fn act(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<TemplateId>,
    Form(form): Form<TemplateForm>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let gone = match form.act.as_str() {
        "remove" => true,
        "restore" => false,
        other => return Err(WebError::new(v, Error::invalid("act", "form-choose", other))),
    };
    template::set_removed(&web.ctx, &v.actor, page.community.id, id, gone)
        .await
        .for_visitor(v)?;
    let to = if gone {
        format!("/staff/programmes/new?done=removed&t={id}")
    } else {
        format!("/staff/programmes/new?template={id}&done=restored")
    };
    Ok(Redirect::to(&to).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_fills_the_boxes_there_are_and_else_stands_as_it_is() {
        let form = |rule: &str| {
            let mut form = ActivityForm::default();
            repeat_as(&mut form, rule);
            form
        };
        let weekly = form("FREQ=WEEKLY;BYDAY=TU,FR");
        assert_eq!(
            (weekly.repeat.as_str(), weekly.days),
            ("weekly", vec!["TU".to_owned(), "FR".to_owned()])
        );
        assert_eq!(form("FREQ=WEEKLY;INTERVAL=2").repeat, "biweekly");
        let nth = form("FREQ=MONTHLY;BYDAY=-1FR");
        assert_eq!(
            (nth.repeat, nth.nth, nth.nth_day),
            ("monthly_nth".into(), "-1".into(), "FR".into())
        );
        assert_eq!(form("FREQ=MONTHLY;BYMONTHDAY=15").month_day, "15");
        let lunar = form("RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=9");
        assert_eq!(
            (lunar.repeat, lunar.lunar_month, lunar.lunar_day),
            ("lunar_year".into(), "9".into(), "9".into())
        );
        for other in [
            "FREQ=DAILY",
            "FREQ=WEEKLY;INTERVAL=3",
            "FREQ=MONTHLY;BYDAY=MO",
            "TERM=LIQIU;OFFSET=-3",
        ] {
            let form = form(other);
            assert_eq!((form.repeat.as_str(), form.rrule.as_str()), ("custom", other));
        }
    }
}
