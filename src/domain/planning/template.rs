//! Templates: what a new activity begins with. Seven are built in, for the usual; a community keeps its own, made from what it has.
//!
//! A template is words and habits, never dates. Health activities describe what is done and promise nothing.

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use super::{Counting, Programme, ProgrammeKind, Series, SignUpMode};
use crate::domain::id::{FacilitatorId, PartnerId, VenueId};
use crate::domain::recurrence::{End, HolidayPolicy, Rule};

/// The most templates of its own a community keeps.
pub const MOST_TEMPLATES: u64 = 60;

/// What a new activity begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Template {
    /// Title.
    pub title: String,
    /// Title in English.
    pub title_en: String,
    /// Second line.
    pub slogan: String,
    /// The same in English.
    pub slogan_en: String,
    /// What kind of thing it is.
    pub kind: Option<ProgrammeKind>,
    /// What it is about.
    pub description: String,
    /// The same in English.
    pub description_en: String,
    /// What to bring.
    pub bring: String,
    /// The same in English.
    pub bring_en: String,
    /// For whom.
    pub audience: String,
    /// Seats.
    pub capacity: Option<i32>,
    /// Whether one signs up.
    pub sign_up: SignUpMode,
    /// How those who came are counted.
    pub counting: Counting,
    /// Matters (事项) of a help desk.
    pub matters: Vec<String>,
    /// The partner that gives it.
    pub partner_id: Option<PartnerId>,
    /// Where it usually is.
    pub venue_id: Option<VenueId>,
    /// Who usually leads it.
    pub facilitator_id: Option<FacilitatorId>,
    /// Usual start, wall clock.
    pub starts: Option<Time>,
    /// Usual length, minutes.
    pub duration_minutes: Option<i32>,
    /// How it repeats, without an end (RRULE value); none where it does not.
    pub rule: Option<String>,
    /// What happens on official days off.
    pub holiday_policy: Option<HolidayPolicy>,
}

impl Template {
    /// A programme's words and the habits of one of its series.
    pub fn of(programme: &Programme, series: Option<&Series>) -> Self {
        Self {
            title: programme.title.clone(),
            title_en: programme.title_en.clone(),
            slogan: programme.slogan.clone(),
            slogan_en: programme.slogan_en.clone(),
            kind: Some(programme.kind),
            description: programme.description.clone(),
            description_en: programme.description_en.clone(),
            bring: programme.bring.clone(),
            bring_en: programme.bring_en.clone(),
            audience: programme.audience.clone(),
            capacity: series.and_then(|series| series.capacity).or(programme.capacity),
            sign_up: programme.sign_up,
            counting: programme.counting,
            matters: programme.matters.clone(),
            partner_id: programme.partner_id,
            venue_id: series.map(|series| series.venue_id),
            facilitator_id: series.and_then(|series| series.facilitator_id),
            starts: series.map(|series| series.starts_local.time()),
            duration_minutes: series.map(|series| series.duration_minutes),
            rule: series.and_then(|series| series.rule.as_ref()).map(shape),
            holiday_policy: series.map(|series| series.holiday_policy),
        }
    }
}

/// A rule without its end: how something repeats, not how long.
fn shape(rule: &Rule) -> String {
    rule.clone().ending(End::Never).to_string()
}

/// A template that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its name in addresses.
    pub key: &'static str,
    title: (&'static str, &'static str),
    slogan: (&'static str, &'static str),
    kind: ProgrammeKind,
    description: (&'static str, &'static str),
    bring: (&'static str, &'static str),
    audience: &'static str,
    capacity: Option<i32>,
    sign_up: SignUpMode,
    counting: Counting,
    matters: &'static [&'static str],
    starts: Time,
    duration_minutes: i32,
    rule: Option<&'static str>,
    holiday_policy: HolidayPolicy,
}

impl BuiltIn {
    /// Its title, Chinese and English.
    pub const fn title(&self) -> (&'static str, &'static str) {
        self.title
    }

    /// What kind of thing it is.
    pub const fn kind(&self) -> ProgrammeKind {
        self.kind
    }

    /// What a new activity begins with.
    pub fn template(&self) -> Template {
        Template {
            title: self.title.0.to_owned(),
            title_en: self.title.1.to_owned(),
            slogan: self.slogan.0.to_owned(),
            slogan_en: self.slogan.1.to_owned(),
            kind: Some(self.kind),
            description: self.description.0.to_owned(),
            description_en: self.description.1.to_owned(),
            bring: self.bring.0.to_owned(),
            bring_en: self.bring.1.to_owned(),
            audience: self.audience.to_owned(),
            capacity: self.capacity,
            sign_up: self.sign_up,
            counting: self.counting,
            matters: self.matters.iter().map(|matter| (*matter).to_owned()).collect(),
            partner_id: None,
            venue_id: None,
            facilitator_id: None,
            starts: Some(self.starts),
            duration_minutes: Some(self.duration_minutes),
            rule: self.rule.map(str::to_owned),
            holiday_policy: Some(self.holiday_policy),
        }
    }

    /// The one with this name.
    pub fn find(key: &str) -> Option<&'static BuiltIn> {
        BUILT_IN.iter().find(|one| one.key == key)
    }
}

const fn at(hour: i8, minute: i8) -> Time {
    Time::constant(hour, minute, 0, 0)
}

/// The templates that come with the program, in the order they are offered.
pub const BUILT_IN: [BuiltIn; 7] = [
    BuiltIn {
        key: "anti-fraud",
        title: ("老年反诈课", "Fraud awareness class"),
        slogan: (
            "新型诈骗花样多 捂紧群众钱袋子",
            "New tricks every week: keep your money safe",
        ),
        kind: ProgrammeKind::Class,
        description: (
            "先看两段短视频，再讲最近发生在身边的骗局：冒充公检法、保健品、假客服、中奖短信。边看边问，当场教您怎么挂电话、怎么核实、找谁报警。",
            "Two short films, then the tricks that were tried nearby of late: false officers, miracle products, false \
             customer service, prizes. Ask as we go; we practise hanging up, checking, and whom to call.",
        ),
        bring: (
            "手机，可疑的短信和电话号码",
            "Your phone, and any message or number you wonder about",
        ),
        audience: "60 岁以上居民和家人",
        capacity: Some(30),
        sign_up: SignUpMode::Optional,
        counting: Counting::Both,
        matters: &[],
        starts: at(9, 30),
        duration_minutes: 60,
        rule: Some("FREQ=WEEKLY"),
        holiday_policy: HolidayPolicy::Skip,
    },
    BuiltIn {
        key: "moxibustion",
        title: ("艾灸体验", "Moxibustion session"),
        slogan: ("坐下来歇一歇 暖一暖", "Sit down, rest, keep warm"),
        kind: ProgrammeKind::Wellness,
        description: (
            "合作单位的老师带着做艾灸体验，每人约 30 分钟。这是养生体验，不看病、不代替吃药。皮肤有破口、正在发烧、对烟味敏感的，请先跟老师说一声，这次先不做。不收费，不推销。",
            "A practitioner from our partner gives each guest about thirty minutes of moxibustion. It is a comfort, not \
             medical care, and replaces no medicine. With broken skin, a fever or trouble with smoke, please say so \
             first and sit this one out. Free, nothing is sold.",
        ),
        bring: ("宽松的衣服，一条毛巾", "Loose clothes and a towel"),
        audience: "60 岁以上居民",
        capacity: Some(12),
        sign_up: SignUpMode::Required,
        counting: Counting::Both,
        matters: &[],
        starts: at(9, 0),
        duration_minutes: 120,
        rule: Some("FREQ=WEEKLY"),
        holiday_policy: HolidayPolicy::Skip,
    },
    BuiltIn {
        key: "health-talk",
        title: ("健康讲座", "Health talk"),
        slogan: (
            "换季怎么吃、怎么穿、怎么动",
            "What to eat, wear and do as the season turns",
        ),
        kind: ProgrammeKind::Talk,
        description: (
            "讲这个季节的日常起居：饮食、穿衣、活动、睡觉。讲完留半小时提问。讲的是平常的保养知识，身体不舒服请到医院看医生。不卖东西。",
            "Everyday habits for the season: food, clothes, movement, sleep; then half an hour of questions. General \
             knowledge only: when you feel unwell, please see a doctor. Nothing is sold.",
        ),
        bring: ("老花镜，想问的问题", "Reading glasses and your questions"),
        audience: "全体居民",
        capacity: Some(40),
        sign_up: SignUpMode::Optional,
        counting: Counting::Both,
        matters: &[],
        starts: at(15, 0),
        duration_minutes: 90,
        rule: Some("FREQ=MONTHLY;BYDAY=1TH"),
        holiday_policy: HolidayPolicy::NextWorkday,
    },
    BuiltIn {
        key: "help-desk",
        title: ("便民服务台", "Help desk"),
        slogan: ("手机上的事 我们教您办", "Things on the phone: we do them together"),
        kind: ProgrammeKind::HelpDesk,
        description: (
            "工作人员坐在居民会客厅，一件一件教您在手机上办。证件您自己拿着，密码您自己输，我们只教不代。",
            "Staff sit in the parlour and go through it with you, one thing at a time, on your own phone. Your papers \
             stay in your hand and you type your own passwords.",
        ),
        bring: (
            "手机、身份证；办医保再带社保卡",
            "Your phone and identity card; for insurance matters the social security card too",
        ),
        audience: "60 岁以上居民和家人",
        capacity: None,
        sign_up: SignUpMode::None,
        counting: Counting::Both,
        matters: &[
            "电子社保卡激活",
            "医保缴费",
            "养老金资格认证",
            "高龄津贴申请",
            "手机设置（字体、流量、防骚扰）",
            "挂号和查报告",
        ],
        starts: at(9, 0),
        duration_minutes: 150,
        rule: Some("FREQ=WEEKLY;BYDAY=TU,FR"),
        holiday_policy: HolidayPolicy::Skip,
    },
    BuiltIn {
        key: "service-day",
        title: ("入户服务日", "Door-to-door day"),
        slogan: ("上门问一问 有事记下来", "We knock, we ask, we write it down"),
        kind: ProgrammeKind::ServiceDay,
        description: (
            "驻村干部、网格员和志愿者分组上门，看望独居、高龄和行动不便的老人，问问缺什么、难在哪。能当场办的当场办，办不了的记下来，有回音再告诉您。",
            "Posted cadres, grid workers and volunteers go from door to door in groups, first to those who live alone, \
             are very old or cannot get out. What can be done is done at once; the rest is written down and answered.",
        ),
        bring: ("", ""),
        audience: "独居、高龄、行动不便的老人",
        capacity: None,
        sign_up: SignUpMode::None,
        counting: Counting::Both,
        matters: &[],
        starts: at(8, 30),
        duration_minutes: 180,
        rule: Some("FREQ=MONTHLY;BYDAY=-1FR"),
        holiday_policy: HolidayPolicy::PreviousWorkday,
    },
    BuiltIn {
        key: "choir",
        title: ("合唱排练", "Choir rehearsal"),
        slogan: ("不会唱也能来 一起开开嗓", "No voice needed: come and warm up with us"),
        kind: ProgrammeKind::Culture,
        description: (
            "练声二十分钟，学一首歌，再把会的唱两遍。歌谱放大印好，到了就领。想上台的报名参加节庆演出。",
            "Twenty minutes of warming up, one new song, and the old ones twice. Large-print scores are handed out at \
             the door. Whoever likes can join the festival performance.",
        ),
        bring: ("水杯，老花镜", "A cup and reading glasses"),
        audience: "爱唱歌的居民",
        capacity: Some(40),
        sign_up: SignUpMode::Optional,
        counting: Counting::Both,
        matters: &[],
        starts: at(15, 0),
        duration_minutes: 90,
        rule: Some("FREQ=WEEKLY"),
        holiday_policy: HolidayPolicy::Skip,
    },
    BuiltIn {
        key: "double-ninth",
        title: ("重阳节联欢", "Double Ninth party"),
        slogan: ("九月初九 敬老过节", "The ninth of the ninth: a day for our elders"),
        kind: ProgrammeKind::Festival,
        description: (
            "唱歌、下棋、吃重阳糕，给当月过生日的老人送祝福。腿脚不方便的跟我们说，志愿者去接。照片会洗出来送给您。",
            "Songs, chess and Chongyang cake, and good wishes for everybody whose birthday is this month. If walking is \
             hard, tell us and a volunteer will fetch you. Prints of the photographs are yours.",
        ),
        bring: ("", ""),
        audience: "60 岁以上居民和家人",
        capacity: Some(60),
        sign_up: SignUpMode::Optional,
        counting: Counting::Both,
        matters: &[],
        starts: at(9, 0),
        duration_minutes: 150,
        rule: Some("RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=9"),
        holiday_policy: HolidayPolicy::Hold,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::{TEXT_CHARS, TITLE_CHARS};

    #[test]
    fn what_is_built_in_fits_the_form_it_fills() {
        let mut keys = Vec::new();
        for one in &BUILT_IN {
            let template = one.template();
            assert!(!keys.contains(&one.key), "{} stands twice", one.key);
            keys.push(one.key);
            assert!(template.title.chars().count() <= 10, "{}", one.key);
            assert!(template.title_en.chars().count() <= TITLE_CHARS * 2);
            assert!(template.slogan.chars().count() <= TITLE_CHARS);
            assert!(template.slogan_en.chars().count() <= TITLE_CHARS * 3);
            assert!(template.description.chars().count() <= TEXT_CHARS);
            for text in [&template.title_en, &template.slogan_en, &template.description_en] {
                assert!(!text.is_empty() && text.is_ascii(), "{}: {text}", one.key);
            }
            assert_eq!(template.bring.is_empty(), template.bring_en.is_empty());
            if let Some(rule) = &template.rule {
                assert!(rule.parse::<Rule>().is_ok(), "{rule}");
            }
            assert_eq!(BuiltIn::find(one.key), Some(one));
        }
        assert_eq!(BuiltIn::find("no-such"), None);
    }

    #[test]
    fn no_template_promises_a_cure() {
        for one in &BUILT_IN {
            let template = one.template();
            for text in [template.title, template.slogan, template.description] {
                for promise in ["治疗", "治愈", "疗效", "根治", "包好", "医治"] {
                    assert!(!text.contains(promise), "{}: {promise}", one.key);
                }
            }
            for text in [template.title_en, template.slogan_en, template.description_en] {
                let text = text.to_lowercase();
                for promise in ["cure", "treatment", "heal ", "heals"] {
                    assert!(!text.contains(promise), "{}: {promise}", one.key);
                }
            }
        }
    }
}
