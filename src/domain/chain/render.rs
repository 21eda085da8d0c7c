//! A list as it is written into a chat.

/// One line of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The name as it may be shown there.
    pub name: String,
    /// Where they live; may be empty.
    pub place: String,
    /// How many come with them.
    pub more: u8,
    /// Who wrote for them; may be empty.
    pub by: String,
    /// Whether they wait.
    pub waits: bool,
    /// Whether they gave it up.
    pub cancelled: bool,
}

/// The numbered lines of a list, as [`super::read`] reads them.
pub fn render(lines: &[Line]) -> String {
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        text.push_str(&format!("{}. ", at + 1));
        if line.waits {
            text.push_str("候补：");
        }
        text.push_str(&line.name);
        if !line.place.is_empty() {
            text.push_str(&format!(" {}", line.place));
        }
        if line.more > 0 {
            text.push_str(&format!(" +{}", line.more));
        }
        if !line.by.is_empty() {
            text.push_str(&format!("（{}代报）", line.by));
        }
        if line.cancelled {
            text.push_str("（取消）");
        }
    }
    text
}
