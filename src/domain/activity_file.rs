//! The activity file (活动档案) of a session: what belongs into it, and what is still missing.
//!
//! Offices keep one folder per session: the notice, the signed sheet, photos, the record, the answers to "were you satisfied?", and the
//! papers of the partner who gave it.

use super::activity_record::{PROCESS_CHARS, length};
use super::community::Paper;
use super::photo::WANTED_PHOTOS;

/// What is known of a session's file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Whether attendance was taken, be it that nobody came.
    pub counted: bool,
    /// Photos of the signed sheet.
    pub sheet_photos: i64,
    /// Photos of the activity.
    pub photos: i64,
    /// How it went.
    pub process: String,
    /// Who wrote it down.
    pub recorder: String,
    /// Answers about satisfaction.
    pub answers: i64,
    /// Papers of the partner that had run out on the day.
    pub expired: Vec<Paper>,
}

/// What a file still lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Nobody has been counted.
    Attendance,
    /// No photo of the signed sheet.
    SheetPhoto,
    /// So many photos of the activity too few.
    Photos(i64),
    /// The course of it is not written, or so many characters too short.
    Process(usize),
    /// Nobody stands for the record.
    Recorder,
    /// No answers about satisfaction.
    Feedback,
    /// A paper of the partner had run out on the day.
    Paper(Paper),
}

impl Missing {
    /// The last part of the key of its words.
    pub fn name(self) -> &'static str {
        match self {
            Missing::Attendance => "attendance",
            Missing::SheetPhoto => "sheet-photo",
            Missing::Photos(_) => "photos",
            Missing::Process(_) => "process",
            Missing::Recorder => "recorder",
            Missing::Feedback => "feedback",
            Missing::Paper(Paper::Licence) => "licence",
            Missing::Paper(Paper::Qualification) => "qualification",
            Missing::Paper(Paper::Pledge) => "pledge",
        }
    }

    /// The number its words use; 0 without one.
    pub fn count(self) -> i64 {
        match self {
            Missing::Photos(count) => count,
            Missing::Process(count) => i64::try_from(count).unwrap_or(i64::MAX),
            _ => 0,
        }
    }
}

/// What a file still lacks, in the order of the file.
pub fn missing(contents: &Contents) -> Vec<Missing> {
    let photos = WANTED_PHOTOS - contents.photos;
    let letters = PROCESS_CHARS.start().saturating_sub(length(&contents.process));
    let parts = [
        (!contents.counted).then_some(Missing::Attendance),
        (contents.sheet_photos == 0).then_some(Missing::SheetPhoto),
        (photos > 0).then_some(Missing::Photos(photos)),
        (letters > 0).then_some(Missing::Process(letters)),
        contents.recorder.is_empty().then_some(Missing::Recorder),
        (contents.answers == 0).then_some(Missing::Feedback),
    ];
    let papers = contents.expired.iter().copied().map(Missing::Paper);
    parts.into_iter().flatten().chain(papers).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Contents {
        Contents {
            counted: true,
            sheet_photos: 1,
            photos: 3,
            process: "字".repeat(150),
            recorder: "小张".to_owned(),
            answers: 1,
            expired: Vec::new(),
        }
    }

    #[test]
    fn a_whole_file_lacks_nothing_and_each_part_is_missed_by_itself() {
        assert_eq!(missing(&whole()), []);
        let without = |change: fn(&mut Contents)| {
            let mut contents = whole();
            change(&mut contents);
            missing(&contents)
        };
        assert_eq!(without(|c| c.counted = false), [Missing::Attendance]);
        assert_eq!(without(|c| c.sheet_photos = 0), [Missing::SheetPhoto]);
        assert_eq!(without(|c| c.photos = 1), [Missing::Photos(2)]);
        assert_eq!(without(|c| c.process.truncate(3)), [Missing::Process(149)]);
        assert_eq!(without(|c| c.process = "字".repeat(280)), [], "longer is no lack");
        assert_eq!(without(|c| c.photos = 9), [], "more is no lack");
        assert_eq!(without(|c| c.recorder.clear()), [Missing::Recorder]);
        assert_eq!(without(|c| c.answers = 0), [Missing::Feedback]);
        assert_eq!(
            without(|c| c.expired.push(Paper::Pledge)),
            [Missing::Paper(Paper::Pledge)]
        );
        assert_eq!(missing(&Contents::default()).len(), 6);
    }
}
