//! The staff wing: what every page in it shares.
//!
//! The rail, the person and the community at its foot come from `layout/staff.html`, which asks of a page the fields `v`
//! (the visitor), `community`, `active` (`today`, `week`, `checkin`, `notifications` or `reports`) and `badge` (how many notices
//! failed).

use askama::filters::Safe;

use crate::web::assets;
use crate::web::error::encode;
use crate::web::extract::Visitor;

/// A drawing of the staff sprite, decoration only: the word always stands beside it.
pub fn icon(name: &str) -> Safe<String> {
    let sprite = assets::url("icons-staff.svg");
    Safe(format!(
        r##"<svg class="icon" aria-hidden="true" focusable="false"><use href="{sprite}#{name}"/></svg>"##
    ))
}

/// The address of this same page in the other language.
pub fn other_language(v: &Visitor) -> String {
    let (path, query) = v.path.split_once('?').unwrap_or((&v.path, ""));
    let tag = if v.words.is_en() { "zh-CN" } else { "en" };
    let mut kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("lang="))
        .collect();
    let asked = format!("lang={}", encode(tag));
    kept.push(&asked);
    format!("{path}?{}", kept.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_switch_keeps_the_rest_of_the_address() {
        let at = |path: &str| {
            other_language(&Visitor {
                path: path.to_owned(),
                ..Visitor::default()
            })
        };
        assert_eq!(at("/staff"), "/staff?lang=en");
        assert_eq!(
            at("/staff/week?week=2026-W48&lang=zh-CN&view=venue"),
            "/staff/week?week=2026-W48&view=venue&lang=en"
        );
    }
}
