//! What surrounds a public page: the top with the community's name and the letter sizes, the foot, the bar at the bottom.

use crate::domain::community::Community;
use crate::web::extract::{Size, Theme, Visitor};

/// What `layout/public.html` shows around a page.
#[derive(Clone, Debug)]
pub struct Shell {
    /// Who reads, and how.
    pub v: Visitor,
    /// The name at the top.
    pub name: String,
    /// Where the name leads.
    pub home: String,
    /// The office's telephone; empty on pages of no community.
    pub phone: String,
    /// The office's address.
    pub address: String,
    /// When the desk is open, in words.
    pub desk_hours: String,
    /// The community's notice line; empty when there is none.
    pub notice: String,
    /// This page's own address without `lang`, to come back to.
    pub here: String,
}

impl Shell {
    /// The frame of a page that belongs to no community.
    pub fn plain(v: &Visitor) -> Self {
        Self {
            v: v.clone(),
            name: v.words.t("product-name"),
            home: "/".to_owned(),
            phone: String::new(),
            address: String::new(),
            desk_hours: String::new(),
            notice: String::new(),
            here: without_lang(&v.path),
        }
    }

    /// The frame of a community's page. Whoever is logged in gets the same page as everybody.
    pub fn of(v: &Visitor, community: &Community) -> Self {
        let words = v.words;
        Self {
            v: v.clone(),
            name: words.pick(&community.name, &community.name_en).to_owned(),
            home: format!("/c/{}", community.slug),
            phone: community.phone.clone(),
            address: community.address.clone(),
            desk_hours: community.desk_hours.clone(),
            notice: community.notice.clone(),
            here: without_lang(&v.path),
        }
    }

    /// The same, to come back to `here` instead of the address that was asked for.
    #[must_use]
    pub fn at(mut self, here: impl Into<String>) -> Self {
        self.here = here.into();
        self
    }

    /// The three letter sizes: value, key of the name, whether it is the present one.
    pub fn sizes(&self) -> [(&'static str, &'static str, bool); 3] {
        [
            (Size::Std, "public-size-std"),
            (Size::Large, "public-size-large"),
            (Size::XLarge, "public-size-xlarge"),
        ]
        .map(|(size, name)| (size.as_str(), name, self.v.size == size))
    }

    /// Whether the page is white on black.
    pub fn is_contrast(&self) -> bool {
        self.v.theme == Theme::Contrast
    }

    /// The words on the button that changes the colours.
    pub fn theme_words(&self) -> String {
        self.v.words.t(theme_key(self.is_contrast()))
    }

    /// The words it will have once pressed.
    pub fn other_theme_words(&self) -> String {
        self.v.words.t(theme_key(!self.is_contrast()))
    }

    /// The tag of the language the page is not in.
    pub fn other_language_tag(&self) -> &'static str {
        if self.v.words.is_en() { "zh-CN" } else { "en" }
    }

    /// This page in the other language.
    pub fn other_language_href(&self) -> String {
        let (path, fragment) = self.here.split_once('#').unwrap_or((&self.here, ""));
        let joint = if path.contains('?') { '&' } else { '?' };
        let fragment = if fragment.is_empty() {
            String::new()
        } else {
            format!("#{fragment}")
        };
        format!("{path}{joint}lang={}{fragment}", self.other_language_tag())
    }

    /// The telephone number as a `tel:` address takes it.
    pub fn tel(&self) -> String {
        self.phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect()
    }
}

fn theme_key(contrast: bool) -> &'static str {
    if contrast {
        "public-theme-light"
    } else {
        "public-theme-contrast"
    }
}

/// A path and query without its `lang` parameter, which would win over the choice made on the page.
pub fn without_lang(path: &str) -> String {
    let Some((path, query)) = path.split_once('?') else {
        return path.to_owned();
    };
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && *pair != "lang" && !pair.starts_with("lang="))
        .collect();
    if kept.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", kept.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_taken_out_of_an_address_and_nothing_else_is() {
        assert_eq!(without_lang("/c/a?lang=en"), "/c/a");
        assert_eq!(without_lang("/c/a?week=2026-W48&lang=en"), "/c/a?week=2026-W48");
        assert_eq!(without_lang("/c/a?language=x"), "/c/a?language=x");
        assert_eq!(without_lang("/c/a"), "/c/a");
    }

    #[test]
    fn the_other_language_keeps_the_week_and_the_place_on_the_page() {
        let shell = Shell::plain(&Visitor::default()).at("/c/a?week=2026-W48#today");
        assert_eq!(shell.other_language_href(), "/c/a?week=2026-W48&lang=en#today");
    }
}
