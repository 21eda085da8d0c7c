//! The notice of a whole closure on the building's door: which of the sessions it hit stand on it, and how large, so that it is one page and
//! every word on it is at least 26 points.
//!
//! Sessions stand under their days. Where not all of them fit, what takes place as planned goes first, then what comes last; how many are
//! left out is said.

use super::door_notice::{Kind, ROOM, Size, height};

/// A session on the notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its day, in words: said once for the sessions of a day, which follow one another.
    pub day: String,
    /// At what time, what, and what became of it.
    pub text: String,
    /// Whether it takes place as planned.
    pub is_kept: bool,
}

/// How a notice is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// How large.
    pub size: Size,
    /// Its blocks, in the order of the sheet.
    pub blocks: Vec<(Kind, String)>,
}

/// Sets a notice: `head` stands above the rows, `more` says how many are left out. Of the head the venues that are shut ([`Kind::Shut`]) go
/// when nothing else would fit.
pub fn fit(head: &[(Kind, String)], rows: &[Row], more: impl Fn(usize) -> String) -> Fit {
    // What matters most first.
    let mut ranked: Vec<usize> = (0..rows.len()).collect();
    ranked.sort_by_key(|index| (rows[*index].is_kept, *index));
    let with = |head: &[(Kind, String)], count: usize| {
        let mut shown = ranked[..count].to_vec();
        shown.sort_unstable();
        let mut blocks = head.to_vec();
        let mut day = "";
        for row in shown.into_iter().map(|index| &rows[index]) {
            if row.day != day {
                blocks.push((Kind::Date, row.day.clone()));
                day = &row.day;
            }
            blocks.push((Kind::Row, row.text.clone()));
        }
        if count < rows.len() {
            blocks.push((Kind::More, more(rows.len() - count)));
        }
        blocks
    };
    let all = with(head, rows.len());
    if let Some(size) = Size::ALL.into_iter().find(|size| height(&all, *size) <= ROOM) {
        return Fit { size, blocks: all };
    }
    let short: Vec<(Kind, String)> = head.iter().filter(|(kind, _)| *kind != Kind::Shut).cloned().collect();
    let size = Size::Least;
    for head in [head, &short] {
        // Each row more is higher.
        let counts: Vec<usize> = (0..rows.len().max(1)).collect();
        let fitting = counts.partition_point(|count| height(&with(head, *count), size) <= ROOM);
        // A sheet that says nothing of any session says less than one that does not say what is shut.
        if fitting > 1 || head.len() == short.len() {
            return Fit {
                size,
                blocks: with(head, fitting.saturating_sub(1).min(rows.len())),
            };
        }
    }
    Fit {
        size,
        blocks: with(&short, 0),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn head(reason: &str, shut: &str) -> Vec<(Kind, String)> {
        [
            (Kind::State, "场地停用"),
            (Kind::Title, reason),
            (Kind::Span, "12月2日 周三 上午8:00 到 12月3日 周四 下午6:00"),
            (Kind::Shut, shut),
        ]
        .map(|(kind, text)| (kind, text.to_owned()))
        .to_vec()
    }

    fn rows(count: usize, kept: usize) -> Vec<Row> {
        (0..count)
            .map(|n| Row {
                day: format!("12月{}日", n / 5 + 1),
                text: format!("上午9:00 反诈课{n}：换到会客厅"),
                is_kept: n < kept,
            })
            .collect()
    }

    fn more(count: usize) -> String {
        format!("另有 {count} 场，请打电话问")
    }

    fn texts(fit: &Fit, kind: Kind) -> Vec<&str> {
        let of_kind = fit.blocks.iter().filter(|(one, _)| *one == kind);
        of_kind.map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn a_few_sessions_are_large_and_all_there_and_each_day_is_said_once() {
        let few = fit(&head("暖气检修", "老年活动室"), &rows(6, 0), more);
        assert_eq!(texts(&few, Kind::Row).len(), 6);
        assert_eq!(texts(&few, Kind::Date), ["12月1日", "12月2日"]);
        assert!(texts(&few, Kind::More).is_empty());
        let one = fit(&head("暖气检修", "老年活动室"), &rows(1, 0), more);
        assert_ne!(one.size, Size::Least);
        assert!(height(&one.blocks, one.size) <= ROOM);
    }

    #[test]
    fn of_too_many_what_takes_place_as_planned_goes_first_and_the_rest_is_counted() {
        let many = fit(&head("暖气检修", "老年活动室"), &rows(40, 4), more);
        let shown = texts(&many, Kind::Row);
        assert!(shown.len() >= 6, "{}", shown.len());
        assert_eq!(shown[0], "上午9:00 反诈课4：换到会客厅", "those before are kept");
        assert_eq!(texts(&many, Kind::More), [more(40 - shown.len())]);
        assert!(height(&many.blocks, many.size) <= ROOM);
    }

    #[test]
    fn a_list_of_venues_that_fills_the_sheet_goes() {
        let long = "长".repeat(400);
        let fit = fit(&head("暖气检修", &long), &rows(12, 0), more);
        assert!(texts(&fit, Kind::Shut).is_empty());
        assert!(!texts(&fit, Kind::Row).is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_notice_is_one_page(count in 0..60_usize, kept in 0..60_usize, reason in "[一-龥，。]{1,100}|([a-zA-Z]{1,9} ){1,10}", shut in "[一-龥、]{0,600}") {
            let rows = rows(count, kept);
            let fit = fit(&head(&reason, &shut), &rows, more);
            prop_assert!(height(&fit.blocks, fit.size) <= ROOM);
            let left: usize = count - texts(&fit, Kind::Row).len();
            prop_assert_eq!(texts(&fit, Kind::More).len(), usize::from(left > 0));
        }
    }
}
