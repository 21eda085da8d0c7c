//! Words in both languages: the Fluent files of `assets/i18n`, looked up by key.
//!
//! Keys are kebab case and start with the room they belong to (`week-`, `staff-`, `error-`, `mail-`). A test walks the templates
//! and the sources and goes red when a key is missing in one language.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::{LanguageIdentifier, Loader, fluent_bundle::FluentValue, langid, static_loader};

use crate::domain::lang::Lang;

static_loader! {
    static MESSAGES = {
        locales: "./assets/i18n",
        fallback_language: "zh-CN",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static ZH: LanguageIdentifier = langid!("zh-CN");
static EN: LanguageIdentifier = langid!("en");

/// A whole number that a message can say; also behind a reference, as templates pass their values.
pub trait Count {
    /// The number; one too large for a message is its largest.
    fn count(&self) -> i64;
}

macro_rules! counts {
    ($($number:ty),*) => {$(
        impl Count for $number {
            fn count(&self) -> i64 {
                i64::try_from(*self).unwrap_or(i64::MAX)
            }
        }
    )*};
}

counts!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

impl<T: Count> Count for &T {
    fn count(&self) -> i64 {
        (**self).count()
    }
}

/// The words of one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// The language.
    pub lang: Lang,
}

impl Words {
    /// Words in `lang`.
    pub fn new(lang: Lang) -> Self {
        Self { lang }
    }

    fn id(self) -> &'static LanguageIdentifier {
        match self.lang {
            Lang::Zh => &ZH,
            Lang::En => &EN,
        }
    }

    /// The language tag for `<html lang>`.
    pub fn tag(self) -> &'static str {
        match self.lang {
            Lang::Zh => "zh-CN",
            Lang::En => "en",
        }
    }

    /// Whether these words are English.
    pub fn is_en(self) -> bool {
        self.lang == Lang::En
    }

    /// The message of `key`.
    pub fn t(self, key: &str) -> String {
        MESSAGES.lookup(self.id(), key)
    }

    /// The message of `key`, which uses the number `$n`.
    pub fn n(self, key: &str, n: impl Count) -> String {
        self.with(key, [("n", FluentValue::from(n.count()))])
    }

    /// The message of `key`, which uses one text argument.
    pub fn a(self, key: &str, name: &'static str, value: impl std::fmt::Display) -> String {
        self.with(key, [(name, FluentValue::from(value.to_string()))])
    }

    /// The message of `key`, which uses two text arguments.
    pub fn aa(
        self,
        key: &str,
        name: &'static str,
        value: impl std::fmt::Display,
        other: &'static str,
        second: impl std::fmt::Display,
    ) -> String {
        self.with(
            key,
            [
                (name, FluentValue::from(value.to_string())),
                (other, FluentValue::from(second.to_string())),
            ],
        )
    }

    /// The message of `key` with any arguments: numbers stay numbers, so that plurals work.
    pub fn with<'a>(self, key: &str, args: impl IntoIterator<Item = (&'static str, FluentValue<'a>)>) -> String {
        let args: HashMap<Cow<'static, str>, FluentValue> = args
            .into_iter()
            .map(|(name, value)| (Cow::Borrowed(name), value))
            .collect();
        MESSAGES.lookup_with_args(self.id(), key, &args)
    }

    /// The message of `key`, or nothing when there is no such key in this language.
    pub fn find(self, key: &str) -> Option<String> {
        MESSAGES.try_lookup(self.id(), key)
    }

    /// Says what is wrong with a field.
    pub fn field_error(self, error: &super::FieldError) -> String {
        let mut args: Vec<(&'static str, FluentValue)> = vec![("value", FluentValue::from(error.value.clone()))];
        for (name, value) in &error.args {
            let value = value
                .parse::<i64>()
                .map_or_else(|_| FluentValue::from(value.clone()), FluentValue::from);
            args.push((*name, value));
        }
        self.with(&format!("error-{}", error.code), args)
    }
}

impl Words {
    /// The one of two texts that is in this language: the English one only when it is there.
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        if self.is_en() && !en.is_empty() { en } else { zh }
    }
}

impl Words {
    /// A remark behind a sentence, in brackets; nothing when there is none.
    pub fn in_brackets(self, remark: &str) -> String {
        match remark {
            "" => String::new(),
            remark if self.is_en() => format!(" ({remark})"),
            remark => format!("（{remark}）"),
        }
    }

    /// Says in words what speaks against a session.
    pub fn caution(self, caution: &crate::domain::planning::Caution) -> String {
        use crate::domain::calendar::day_part::time_range_short;
        use crate::domain::calendar::format::moment_words;
        use crate::domain::planning::Caution;

        let when = moment_words(caution.wanted_at().datetime(), self.lang);
        let mut args: Vec<(&'static str, FluentValue)> = vec![("when", when.into())];
        match caution {
            Caution::SameAudience {
                title,
                starts_at,
                ends_at,
                ..
            } => {
                args.push(("title", title.clone().into()));
                let time = time_range_short(starts_at.time(), ends_at.time(), self.lang);
                args.push(("time", time.into()));
            }
            Caution::Holiday { name, .. } => args.push(("holiday", name.clone().into())),
            Caution::WeeklyLimit { limit, planned, .. } => {
                args.push(("limit", (*limit).into()));
                args.push(("planned", (*planned).into()));
            }
            Caution::NoonRest { .. } => {}
        }
        self.with(&format!("caution-{}", caution.code().replace('_', "-")), args)
    }

    /// Says a clash in words: what was wanted when, and what stands there.
    pub fn clash(self, clash: &crate::domain::planning::Clash) -> String {
        use crate::domain::calendar::day_part::time_range_short;
        use crate::domain::calendar::format::{full_date, moment_words};
        use crate::domain::planning::Clash;

        let when = clash
            .wanted_at()
            .map_or_else(String::new, |at| moment_words(at.datetime(), self.lang));
        let mut args: Vec<(&'static str, FluentValue)> = vec![("when", when.into())];
        match clash {
            Clash::Venue {
                title,
                starts_at,
                ends_at,
                ..
            }
            | Clash::Facilitator {
                title,
                starts_at,
                ends_at,
                ..
            } => {
                args.push(("title", title.clone().into()));
                args.push((
                    "time",
                    time_range_short(starts_at.time(), ends_at.time(), self.lang).into(),
                ));
            }
            Clash::Capacity { wanted, seats, .. } => {
                args.push(("wanted", (*wanted).into()));
                args.push(("seats", (*seats).into()));
            }
            Clash::Licence { expires_on, .. } => args.push(("day", full_date(*expires_on, self.lang).into())),
            Clash::Closure { until, reason, .. } => {
                args.push(("until", moment_words(until.datetime(), self.lang).into()));
                args.push(("reason", self.in_brackets(reason).into()));
            }
            Clash::Closed { .. } | Clash::Frozen { .. } => {}
        }
        let key = match clash {
            Clash::Venue { by: None, .. } => "clash-venue-held".to_owned(),
            _ => format!("clash-{}", clash.code()),
        };
        self.with(&key, args)
    }
}
