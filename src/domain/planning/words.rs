//! A series said in words: `每周三 上午9:30`.

use super::Series;
use crate::domain::calendar::day_part::time_words;
use crate::domain::calendar::format::{moment_words, weekday_short};
use crate::domain::lang::Lang;
use crate::domain::recurrence::{Frequency, HolidayPolicy};

/// The dates of a series in words.
pub fn series_words(series: &Series, lang: Lang) -> String {
    let time = time_words(series.starts_local.time(), lang);
    let Some(rule) = &series.rule else {
        return moment_words(series.starts_local, lang);
    };
    let n = rule.interval();
    let days: Vec<&str> = rule.weekdays().map(|day| weekday_short(day, lang)).collect();
    let days = if days.is_empty() {
        weekday_short(series.starts_local.weekday(), lang).to_owned()
    } else {
        days.join(lang.pick("、", ", "))
    };
    let days_zh = days.replace('周', "");
    let every = match (rule.frequency(), lang, n) {
        (Frequency::Weekly, Lang::Zh, 1) => format!("每周{days_zh}"),
        (Frequency::Weekly, Lang::Zh, _) => format!("每{n}周一次，周{days_zh}"),
        (Frequency::Weekly, Lang::En, 1) => format!("every {days}"),
        (Frequency::Weekly, Lang::En, _) => format!("every {n} weeks on {days}"),
        (Frequency::Daily, Lang::Zh, 1) => "每天".to_owned(),
        (Frequency::Daily, Lang::En, 1) => "every day".to_owned(),
        _ => rule.to_string(),
    };
    let policy = match series.holiday_policy {
        HolidayPolicy::Hold => "",
        HolidayPolicy::Skip => lang.pick("，法定节假日停", ", not on public holidays"),
        HolidayPolicy::NextWorkday => lang.pick("，逢节假日顺延", ", after a public holiday when it falls on one"),
        HolidayPolicy::PreviousWorkday => lang.pick("，逢节假日提前", ", before a public holiday when it falls on one"),
    };
    format!("{every} {time}{policy}")
}
