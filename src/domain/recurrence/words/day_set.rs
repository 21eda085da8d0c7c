//! Solar terms, 三伏 and 三九 said in words.

use super::listed;
use crate::domain::calendar::SolarTerm;
use crate::domain::lang::Lang;
use crate::domain::recurrence::rule::{DaySet, bits};

/// `每年立秋前3天`, `每年三伏（初伏、中伏、末伏）`; `Every year 3 days before Start of Autumn`.
pub(super) fn day_set(set: DaySet, lang: Lang) -> String {
    let chosen = |parts: u8, names: &[(&str, &str)]| {
        let names: Vec<String> = bits(u64::from(parts))
            .filter_map(|part| names.get(part as usize))
            .map(|(zh, en)| lang.pick(zh, en).to_owned())
            .collect();
        listed(&names, lang)
    };
    match set {
        DaySet::Terms { terms, offset_days } => {
            let named = SolarTerm::all().filter(|term| terms & (1 << term.index()) != 0);
            let names: Vec<String> = named.map(|term| term.name(lang).to_owned()).collect();
            let names = listed(&names, lang);
            let days = offset_days.unsigned_abs();
            match (offset_days, lang) {
                (0, Lang::Zh) => format!("每年{names}当天"),
                (..0, Lang::Zh) => format!("每年{names}前{days}天"),
                (_, Lang::Zh) => format!("每年{names}后{days}天"),
                (0, Lang::En) => format!("Every year on {names}"),
                (_, Lang::En) => {
                    let unit = if days == 1 { "day" } else { "days" };
                    let side = if offset_days < 0 { "before" } else { "after" };
                    format!("Every year {days} {unit} {side} {names}")
                }
            }
        }
        DaySet::Sanfu(parts) => {
            let names = [
                ("初伏", "Chufu"),
                ("中伏", "Zhongfu"),
                ("中伏加强", "the extra day of a long Zhongfu"),
                ("末伏", "Mofu"),
            ];
            let names = chosen(parts, &names);
            match lang {
                Lang::Zh => format!("每年三伏（{names}）"),
                Lang::En => format!("Every year on the hot days (sanfu: {names})"),
            }
        }
        DaySet::Sanjiu(parts) => {
            let names = [("一九", "first nine"), ("二九", "second nine"), ("三九", "third nine")];
            let names = chosen(parts, &names);
            match lang {
                Lang::Zh => format!("每年三九（{names}）"),
                Lang::En => format!("Every year on the cold days (sanjiu: {names})"),
            }
        }
    }
}
