//! Which line of a list is its header, and which column says what.
//!
//! Offices name the same thing in many ways; the usual ones are listed here, in Chinese and English. A label is compared without its white
//! space, brackets and marks. What is not in the list is not guessed at.

use super::clean::fold;
use super::{Field, Place};

const NAMES: &[(Field, &[&str])] = &[
    (
        Field::Name,
        &[
            "姓名",
            "名字",
            "居民姓名",
            "老人姓名",
            "老年人姓名",
            "本人姓名",
            "name",
            "fullname",
            "residentname",
        ],
    ),
    (Field::Gender, &["性别", "gender", "sex"]),
    (
        Field::Birth,
        &[
            "出生年份",
            "出生年",
            "出生日期",
            "出生年月",
            "出生年月日",
            "生日",
            "出生",
            "birthyear",
            "yearofbirth",
            "birth",
            "birthdate",
            "dateofbirth",
            "birthday",
            "dob",
        ],
    ),
    (Field::Age, &["年龄", "岁数", "周岁", "age"]),
    (
        Field::Phone,
        &[
            "电话",
            "手机",
            "手机号",
            "手机号码",
            "电话号码",
            "联系电话",
            "联系方式",
            "本人电话",
            "本人手机",
            "本人联系电话",
            "居民电话",
            "老人电话",
            "固定电话",
            "座机",
            "phone",
            "mobile",
            "telephone",
            "tel",
            "phonenumber",
            "mobilephone",
            "cell",
        ],
    ),
    (
        Field::Building,
        &[
            "楼栋",
            "楼号",
            "住址",
            "地址",
            "门牌",
            "门牌号",
            "家庭住址",
            "家庭地址",
            "居住地址",
            "现住址",
            "现住地址",
            "详细地址",
            "楼栋门牌",
            "楼栋单元",
            "楼栋房号",
            "房号",
            "building",
            "address",
            "homeaddress",
            "unit",
        ],
    ),
    (Field::Grid, &["网格", "所属网格", "网格名称", "网格号", "grid"]),
    (
        Field::Care,
        &[
            "类别",
            "人员类别",
            "老人类别",
            "居民类别",
            "人员类型",
            "关爱类别",
            "特殊类别",
            "标签",
            "care",
            "category",
            "categories",
            "carecategory",
        ],
    ),
    (
        Field::FamilyName,
        &[
            "家属",
            "家属姓名",
            "家人",
            "家人姓名",
            "紧急联系人",
            "紧急联系人姓名",
            "联系人",
            "联系人姓名",
            "子女",
            "子女姓名",
            "监护人",
            "监护人姓名",
            "family",
            "familyname",
            "familycontact",
            "emergencycontact",
            "contact",
            "nextofkin",
        ],
    ),
    (
        Field::FamilyPhone,
        &[
            "家属电话",
            "家属手机",
            "家属手机号",
            "家属联系电话",
            "家属联系方式",
            "家人电话",
            "家人手机",
            "家人联系电话",
            "紧急联系人电话",
            "紧急联系人手机",
            "紧急联系人联系电话",
            "紧急联系电话",
            "紧急联系方式",
            "紧急电话",
            "联系人电话",
            "联系人手机",
            "子女电话",
            "子女手机",
            "子女联系电话",
            "监护人电话",
            "监护人联系电话",
            "familyphone",
            "familyphonenumber",
            "emergencyphone",
            "emergencycontactphone",
            "contactphone",
        ],
    ),
    (
        Field::Email,
        &[
            "邮箱",
            "电子邮箱",
            "电子邮件",
            "邮箱地址",
            "email",
            "mail",
            "emailaddress",
        ],
    ),
    (
        Field::TellBy,
        &["通知方式", "怎么通知", "告知方式", "tellby", "notifyby", "notification"],
    ),
];

/// Parts of labels whose columns must not be read. A list of residents here has no papers, no health and no money in it.
const SENSITIVE: &[&str] = &[
    "身份证",
    "证件",
    "公民身份",
    "护照",
    "社保",
    "社会保障",
    "医保",
    "银行",
    "卡号",
    "账号",
    "账户",
    "病",
    "健康",
    "残疾",
    "诊断",
    "用药",
    "过敏",
    "血型",
    "失能",
    "收入",
    "养老金",
    "民族",
    "宗教",
    "信仰",
    "政治面貌",
    "idnumber",
    "idcard",
    "identity",
    "passport",
    "ssn",
    "medical",
    "illness",
    "disease",
    "health",
    "diagnosis",
    "medication",
    "disability",
    "bank",
    "income",
    "pension",
    "religion",
    "ethnic",
];

/// What a label stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// A column that is read.
    Known(Field),
    /// A column that must not be read.
    Sensitive,
    /// Something else.
    Unknown,
}

/// A label without white space, what stands in brackets, and marks.
fn bare(label: &str) -> String {
    let mut bare = String::new();
    let mut depth = 0_u32;
    for c in fold(label).to_lowercase().chars() {
        match c {
            '(' | '[' | '【' | '〔' => depth += 1,
            ')' | ']' | '】' | '〕' => depth = depth.saturating_sub(1),
            c if depth == 0 && c.is_alphanumeric() => bare.push(c),
            _ => {}
        }
    }
    bare
}

/// Reads a label.
pub fn label(text: &str) -> Label {
    let bare = bare(text);
    let known = NAMES.iter().find(|(_, names)| names.contains(&bare.as_str()));
    if let Some((field, _)) = known {
        Label::Known(*field)
    } else if SENSITIVE.iter().any(|part| bare.contains(part)) {
        Label::Sensitive
    } else {
        Label::Unknown
    }
}

/// Why no header was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoHeader {
    /// None of the first lines has labels that are known.
    #[error("no header line")]
    Nowhere,
    /// A line has known labels, but none of them is the name.
    #[error("no column with names")]
    NoName {
        /// The labels it has.
        labels: Vec<String>,
    },
}

/// Which of the first lines is the header: the one with a name column and the most known labels.
///
/// # Errors
/// [`NoHeader`].
pub fn find(lines: &[Vec<String>]) -> Result<usize, NoHeader> {
    let known = |line: &[String]| {
        let fields = line.iter().filter_map(|text| match label(text) {
            Label::Known(field) => Some(field),
            _ => None,
        });
        fields.collect::<Vec<_>>()
    };
    let mut best: Option<(usize, usize)> = None;
    let mut nameless = None;
    for (at, line) in lines.iter().enumerate() {
        let fields = known(line);
        if fields.contains(&Field::Name) {
            if best.is_none_or(|(_, most)| fields.len() > most) {
                best = Some((at, fields.len()));
            }
        } else if fields.len() >= 2 && nameless.is_none() {
            nameless = Some(line);
        }
    }
    match (best, nameless) {
        (Some((at, _)), _) => Ok(at),
        (None, Some(line)) => Err(NoHeader::NoName {
            labels: line
                .iter()
                .filter(|text| !text.trim().is_empty())
                .map(|text| shown(text))
                .collect(),
        }),
        (None, None) => Err(NoHeader::Nowhere),
    }
}

/// A label fit for showing. A run of seven digits and more is no label: it is hidden.
fn shown(label: &str) -> String {
    let clean: String = fold(label).chars().filter(|c| !c.is_control()).take(20).collect();
    super::clean::shown(clean.trim())
}

/// The columns of a header: those that are read, and the labels of those that are not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// Those that are read, in the order of the file.
    pub places: Vec<Place>,
    /// Labels nobody here knows, or that say what another column has said.
    pub unread: Vec<String>,
    /// Labels of what must not be read.
    pub sensitive: Vec<String>,
}

/// Reads a header.
///
/// A column for numbers that stands right behind the family contact is the family's number, because so the lists of offices are made.
/// A second column for the resident's own number is read too: it serves where the first one is empty. Any other field is read once.
pub fn columns(labels: &[String]) -> Columns {
    let mut columns = Columns::default();
    let mut before = None;
    for (at, text) in labels.iter().enumerate() {
        if text.trim().is_empty() {
            continue;
        }
        match label(text) {
            Label::Known(field) => {
                let has = |columns: &Columns, field| columns.places.iter().any(|place| place.field == field);
                let field =
                    if field == Field::Phone && before == Some(Field::FamilyName) && !has(&columns, Field::FamilyPhone)
                    {
                        Field::FamilyPhone
                    } else {
                        field
                    };
                before = Some(field);
                if has(&columns, field) && field != Field::Phone {
                    columns.unread.push(shown(text));
                } else {
                    columns.places.push(Place {
                        at,
                        field,
                        label: shown(text),
                    });
                }
            }
            Label::Sensitive => {
                before = None;
                columns.sensitive.push(shown(text));
            }
            Label::Unknown => {
                before = None;
                columns.unread.push(shown(text));
            }
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(labels: &[&str]) -> Vec<String> {
        labels.iter().map(|label| (*label).to_owned()).collect()
    }

    #[test]
    fn labels_are_read_as_offices_write_them() {
        for (text, expected) in [
            ("姓名", Label::Known(Field::Name)),
            (" 姓 名 （必填）", Label::Known(Field::Name)),
            ("姓名*", Label::Known(Field::Name)),
            ("手机号码", Label::Known(Field::Phone)),
            ("联系电话：", Label::Known(Field::Phone)),
            ("E-mail", Label::Known(Field::Email)),
            ("Ｎａｍｅ", Label::Known(Field::Name)),
            ("Date of birth", Label::Known(Field::Birth)),
            ("身份证号码", Label::Sensitive),
            ("既往病史", Label::Sensitive),
            ("ID number", Label::Sensitive),
            ("序号", Label::Unknown),
            ("备注", Label::Unknown),
            ("姓名拼音", Label::Unknown),
        ] {
            assert_eq!(label(text), expected, "{text}");
        }
        for (field, names) in NAMES {
            for name in *names {
                assert_eq!(label(name), Label::Known(*field), "{name}");
            }
        }
    }

    #[test]
    fn the_header_is_the_line_with_the_name_and_the_most_labels() {
        let title = line(&["运粮社区老人花名册", "", ""]);
        let header = line(&["序号", "姓名", "电话"]);
        let row = line(&["1", "薛秀英", "13800000001"]);
        assert_eq!(find(&[title.clone(), header.clone(), row.clone()]), Ok(1));
        assert_eq!(find(&[line(&["姓名"]), header, row.clone()]), Ok(1));
        assert_eq!(find(&[title, row]), Err(NoHeader::Nowhere));
        assert_eq!(
            find(&[line(&["楼栋", "电话", "备注"])]),
            Err(NoHeader::NoName {
                labels: line(&["楼栋", "电话", "备注"])
            })
        );
    }

    #[test]
    fn a_number_right_behind_the_family_contact_is_the_familys() {
        let found = columns(&line(&[
            "姓名",
            "手机",
            "座机",
            "紧急联系人",
            "联系电话",
            "身份证号",
            "备注",
            "性别",
            "性别",
        ]));
        let fields: Vec<Field> = found.places.iter().map(|place| place.field).collect();
        assert_eq!(
            fields,
            [
                Field::Name,
                Field::Phone,
                Field::Phone,
                Field::FamilyName,
                Field::FamilyPhone,
                Field::Gender
            ]
        );
        assert_eq!(found.sensitive, ["身份证号"]);
        assert_eq!(found.unread, ["备注", "性别"]);
    }

    #[test]
    fn a_number_is_no_label_and_is_not_repeated() {
        let found = columns(&line(&["姓名", "13812345678"]));
        assert_eq!(found.unread, ["138****5678"]);
    }
}
